"""What Figure 1 shows, by its numbers."""

import pytest

from pipeline.reporting.curves import SeedCurve
from pipeline.reporting.panels import panels

KINDS = {"spam": "domain", "ham": "domain", "reviews": "crosslingual"}


def record(**epochs):
    chosen = {seed.removeprefix("s"): epoch for seed, epoch in epochs.items()}
    return {"epochs": chosen, "floors": {"majority": 0.5, "tfidf": 0.9}}


def curves(*by_seed):
    return {seed: SeedCurve(values, values) for seed, values in enumerate(by_seed, 1)}


def line(*by_seed, **epochs):
    name = "classification/spam-imdb-bert"
    (panel,) = panels({name: record(**epochs)}, {name: curves(*by_seed)}, KINDS)
    return panel.lines[0]


class TestBand:
    def test_is_the_range_of_two_seeds(self):
        found = line((0.2, 0.4), (0.4, 0.8))
        assert found.mean == pytest.approx((0.3, 0.6))
        assert (found.low, found.high) == ((0.2, 0.4), (0.4, 0.8))

    def test_is_one_deviation_about_the_mean_of_three(self):
        found = line((0.4,), (0.5,), (0.6,))
        assert (found.low[0], found.high[0]) == pytest.approx((0.4, 0.6))

    def test_stays_within_the_scale(self):
        found = line((1.0,), (1.0,), (0.4,))
        assert found.high == (1.0,) and found.low[0] > 0.4

    def test_is_of_the_seeds_that_still_train(self):
        found = line((0.2, 0.4, 0.6), (0.4,), (0.6,))
        assert found.mean == pytest.approx((0.4, 0.4, 0.6))
        assert (found.low[2], found.high[2]) == (0.6, 0.6)


def test_selected_epochs_have_their_share_of_the_seeds():
    assert line((0.1, 0.2), (0.1, 0.2), (0.1, 0.2), s1=2, s2=1, s3=2).selected == pytest.approx({1: 1 / 3, 2: 2 / 3})


CELLS = {
    "classification/spam-pretrained-bert": record(s1=1),
    "classification/spam-imdb-bert": None,
    "classification/reviews-pretrained-bert": None,
    "similarity/ham-pretrained-bert": record(s1=1),
}


class TestPanels:
    def found(self):
        return panels(CELLS, {name: curves((0.3,)) for name in list(CELLS)[:3]}, KINDS)

    def test_are_the_targets_in_the_studys_order(self):
        assert [(panel.task, panel.target, panel.kind) for panel in self.found()] == [
            ("classification", "spam", "domain"),
            ("classification", "reviews", "crosslingual"),
            ("similarity", "ham", "domain"),
        ]

    def test_say_how_many_of_their_cells_are_there(self):
        assert [panel.shortfall for panel in self.found()] == ["1 of 2 cells", "0 of 1 cells", "0 of 1 cells"]
        (whole,) = panels({"a/ham-b-c": record(s1=1)}, {"a/ham-b-c": curves((0.1,))}, KINDS)
        assert whole.shortfall is None

    def test_know_their_floors_and_what_must_fit_in(self):
        first, second, _ = self.found()
        assert (first.floors, first.limits) == ({"majority": 0.5, "tfidf": 0.9}, (0.3, 0.9))
        assert (second.floors, second.limits) == ({}, (0.0, 1.0))
