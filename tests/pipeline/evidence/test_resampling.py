"""Paired bootstrap and approximate randomisation against resampling row by row, scipy and exact enumeration."""

import itertools

import numpy as np
import pytest
from scipy.stats import binomtest, bootstrap
from sklearn.metrics import f1_score

from pipeline.evidence import resampling
from pipeline.evidence.resampling import approximate_randomisation, cells_of, paired_bootstrap


def a_pair(seeds: int = 2, rows: int = 60, classes: int = 3) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    gold = rng.integers(0, classes, rows)
    f = np.where(rng.random((seeds, rows)) < 0.6, gold, rng.integers(0, classes, (seeds, rows)))
    if_ = np.where(rng.random((seeds, rows)) < 0.75, gold, rng.integers(0, classes, (seeds, rows)))
    return f, if_, gold


def macro_f1_difference(f: np.ndarray, if_: np.ndarray, gold: np.ndarray, classes: int) -> float:
    scores = [
        np.mean([f1_score(gold, row, labels=range(classes), average="macro", zero_division=0) for row in side])
        for side in (f, if_)
    ]
    return float(scores[1] - scores[0])


def test_a_replicate_by_counts_is_the_score_of_the_drawn_rows() -> None:
    f, if_, gold = a_pair()
    cells = cells_of(f, if_, gold, 3)
    counts = next(resampling._draws(np.random.default_rng(1), cells, 20))
    found = resampling._differences(cells, counts, ("accuracy", "macro_f1"))
    for row, accuracy, macro_f1 in zip(counts.astype(int), found["accuracy"], found["macro_f1"], strict=True):
        f, if_, gold = (np.repeat(ids, row, axis=-1) for ids in (cells.f, cells.if_, cells.gold))
        assert macro_f1 == pytest.approx(macro_f1_difference(f, if_, gold, 3), abs=1e-6)
        assert accuracy == pytest.approx(np.mean(if_ == gold) - np.mean(f == gold))


def test_scores_asked_for_together_are_those_asked_for_alone() -> None:
    f, if_, gold = a_pair(rows=90)
    for ask in (resampling.paired_bootstraps, resampling.approximate_randomisations):
        both = ask(f, if_, gold, 3, ("accuracy", "macro_f1"), replicates=500)
        for score in ("accuracy", "macro_f1"):
            assert ask(f, if_, gold, 3, (score,), replicates=500) == {score: both[score]}


def test_accuracy_interval_equals_scipy_bootstrap() -> None:
    f, if_, gold = a_pair(rows=200)
    found = paired_bootstrap(f, if_, gold, 3, "accuracy", replicates=8_000)
    by_row = ((if_ == gold).astype(float) - (f == gold)).mean(0)
    expected = bootstrap((by_row,), np.mean, n_resamples=8_000, method="percentile", rng=np.random.default_rng(2))
    interval = expected.confidence_interval
    assert (found.low, found.high) == pytest.approx((interval.low, interval.high), abs=0.01)
    assert found.difference == pytest.approx(by_row.mean())


def test_randomisation_of_accuracy_is_the_sign_test_that_enumeration_gives() -> None:
    rng = np.random.default_rng(5)
    gold = np.zeros(12, int)
    f, if_ = (rng.random((1, 12)) < 0.6).astype(int), (rng.random((1, 12)) < 0.2).astype(int)
    differences = ((if_ == gold).astype(int) - (f == gold)).ravel()
    differing = differences[differences != 0]
    observed = abs(differing.sum())
    signs = np.array(list(itertools.product([-1, 1], repeat=len(differing))))
    expected = np.mean(np.abs(signs @ np.abs(differing)) >= observed)
    found = approximate_randomisation(f, if_, gold, 2, "accuracy", replicates=20_000)
    assert found.p_value == pytest.approx(expected, abs=0.02)
    wins = int(np.sum(differing > 0))
    assert found.p_value == pytest.approx(binomtest(wins, len(differing)).pvalue, abs=0.02)


def test_randomisation_of_macro_f1_equals_exchanging_rows_one_by_one() -> None:
    f, if_, gold = a_pair(seeds=1, rows=30)
    found = approximate_randomisation(f, if_, gold, 3, "macro_f1", replicates=4_000)
    rng = np.random.default_rng(9)
    observed = macro_f1_difference(f, if_, gold, 3)
    as_far = []
    for _ in range(250):
        swap = rng.random(30) < 0.5
        as_far.append(
            abs(macro_f1_difference(np.where(swap, if_, f), np.where(swap, f, if_), gold, 3)) >= abs(observed) - 1e-9
        )
    assert found.p_value == pytest.approx(np.mean(as_far), abs=0.08)


def test_equal_predictions_differ_by_nothing() -> None:
    f, _, gold = a_pair()
    found = paired_bootstrap(f, f, gold, 3, "macro_f1", replicates=500)
    assert (found.difference, found.low, found.high, found.p_value) == (0.0, 0.0, 0.0, 1.0)
    assert approximate_randomisation(f, f, gold, 3, "macro_f1", replicates=500).p_value == 1.0


def test_exchanging_f_and_if_mirrors_the_interval() -> None:
    f, if_, gold = a_pair()
    one = paired_bootstrap(f, if_, gold, 3, "macro_f1", replicates=4_000)
    other = paired_bootstrap(if_, f, gold, 3, "macro_f1", replicates=4_000)
    assert (other.low, other.high) == pytest.approx((-one.high, -one.low), abs=0.02)
    assert other.difference == pytest.approx(-one.difference)


def test_other_shapes_are_refused() -> None:
    with pytest.raises(ValueError, match="expected S x n"):
        paired_bootstrap(np.zeros((2, 3), int), np.zeros((3, 3), int), np.zeros(3, int), 2, "accuracy")
