"""Whether targets are above their floor, and why not."""

import pytest

from pipeline.reporting.curves import SeedCurve
from pipeline.reporting.learning import learning_text


def record(mean=0.0, low=-0.1, high=0.1, tfidf=0.9, collapsed=(), seeds=2):
    return {
        "accuracy": {"seeds": {str(seed): 0.5 for seed in range(seeds)}},
        "floors": {"tfidf": tfidf, "above_tfidf": {"mean": mean, "low": low, "high": high}},
        "collapsed": list(collapsed),
    }


ABOVE, BELOW = record(0.2, 0.1, 0.3), record(-0.2, -0.3, -0.1)
CARD = {
    "parts": {"train": {"rows": 1234}},
    "label_order": ["a", "b", "c"],
    "languages": {"en": {}, "es": {}, "fr": {}},
    "translation": {"direction": "none", "untranslated": 9},
}


def curves(*dev):
    return {seed: SeedCurve(values, values) for seed, values in enumerate(dev)}


def study(*cells, task="similarity", target="t"):
    """Cells of one target by start: the first is F."""
    starts = ("pretrained", "paws", "other")
    return {f"{task}/{target}-{start}-bert": cell for start, cell in zip(starts, cells, strict=False)}


def text(cells, curves=None, cards=None):
    return " ".join(learning_text(cells, curves or {}, cards or {}).split())


class TestStanding:
    def test_counts_cells_and_gives_the_interval_of_the_highest(self):
        said = text(study(BELOW, ABOVE, record()))
        assert "- t: 1 of 3 cells above TF-IDF (.900), 1 below, 1 not distinguishable; " in said
        assert "highest bert IF from paws, +.200 [+.100, +.300]." in said

    def test_a_distance_of_zero_is_higher_than_one_below(self):
        assert "highest bert IF from paws, +.000" in text(study(BELOW, record()))

    def test_tells_cells_that_are_missing_or_have_no_interval(self):
        said = text(study(record(low=None, high=None), None))
        assert "0 of 1 cells above" in said and "1 without an interval" in said
        assert "highest bert F, +.000; 1 not measured." in said

    def test_a_target_without_a_result_says_so(self):
        assert "- t: no cell is measured." in text(study(None, None))
        assert learning_text({}, {}, {}) == ""


class TestFewTargetsAboveTheirFloor:
    def several(self, *cells):
        return {
            name: cell for place, cell in enumerate(cells) for name, cell in study(cell, target=f"t{place}").items()
        }

    def test_is_said_with_the_way_to_the_curves(self):
        said = text(self.several(ABOVE, BELOW, ABOVE, record()))
        assert "Fewer than 3 targets have a cell above the floor: 2 of 4 (t0, t2)." in said
        assert "reports/figure1.svg" in said
        reasons = said.split("is known:")[1]
        assert "t1:" in reasons and "t3:" in reasons and "t0:" not in reasons

    def test_is_not_said_of_three(self):
        assert "Fewer" not in text(self.several(ABOVE, ABOVE, BELOW, ABOVE))


class TestReasons:
    def reasons(self, cells, curves=None, cards=None):
        return text(cells, curves, cards).split("is known:")[1]

    def test_training_rows_and_languages_come_from_the_card(self):
        said = self.reasons(study(BELOW), cards={"t": CARD})
        assert "- t: 1,234 training rows for 3 labels; texts in es, fr are not translated." in said

    def test_rows_that_lack_a_translation_are_counted_where_one_is_meant(self):
        translation = {"direction": "to_english", "untranslated": 9}
        said = self.reasons(study(BELOW), cards={"t": {**CARD, "translation": translation}})
        assert "9 texts have no translation" in said and "not translated" not in said
        english = {**CARD, "languages": {"en": {}}}
        assert "transla" not in self.reasons(study(BELOW), cards={"t": english})

    def test_a_missing_card_is_named(self):
        assert "unknown (no reports/corpora/t.json)" in self.reasons(study(BELOW))

    @pytest.mark.parametrize(
        "dev, told",
        [
            (((0.1, 0.2), (0.1, 0.3)), "highest in the last of 2 epochs in 2 of 2 runs, so more epochs would help"),
            (((0.1, 0.2), (0.3, 0.3)), "highest in the last of 2 epochs in 1 of 2 runs, which more epochs may help"),
            (((0.2, 0.2), (0.3, 0.3)), "dev accuracy had stopped rising in all 2 runs"),
        ],
    )
    def test_a_dev_accuracy_that_still_rises_asks_for_more_epochs(self, dev, told):
        assert told in self.reasons(study(BELOW), {"similarity/t-pretrained-bert": curves(*dev)})

    def test_collapsed_runs_are_counted(self):
        assert "3 of 4 runs predict one class only" in self.reasons(
            study(record(collapsed=[1, 2]), record(collapsed=[1]))
        )

    def test_a_perfect_floor_leaves_nothing_to_pass(self):
        assert "TF-IDF has every test row right" in self.reasons(study(record(tfidf=1.0)))
        assert "every test row" not in self.reasons(study(record()))


def test_lines_stay_within_the_width():
    said = learning_text(study(BELOW, record()), {}, {"t": CARD})
    assert max(map(len, said.split("\n"))) <= 110 and said.endswith("\n")
