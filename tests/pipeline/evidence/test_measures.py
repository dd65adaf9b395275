"""Scores beside accuracy and macro-F1, against scikit-learn and explicit loops."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, matthews_corrcoef, precision_recall_fscore_support

from pipeline.evidence import measures

pytestmark = pytest.mark.filterwarnings("ignore:A single label was found")

SIZES = (st.integers(1, 30), st.integers(2, 6), st.integers(0, 2**32 - 1))


def ids(n: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    gold, predicted = np.random.default_rng(seed).integers(0, classes, (2, n))
    return gold, predicted


@given(*SIZES)
def test_mcc_equals_scikit_learn(n: int, classes: int, seed: int) -> None:
    gold, predicted = ids(n, classes, seed)
    assert measures.mcc(predicted, gold, classes) == pytest.approx(matthews_corrcoef(gold, predicted), abs=1e-12)


@settings(max_examples=15)
@given(st.integers(2, 25), st.integers(2, 5), st.integers(0, 2**32 - 1))
def test_mcc_pseudo_values_equal_scoring_again_without_each_example(n: int, classes: int, seed: int) -> None:
    gold, predicted = ids(n, classes, seed)
    whole = matthews_corrcoef(gold, predicted)
    without = [matthews_corrcoef(np.delete(gold, e), np.delete(predicted, e)) for e in range(n)]
    expected = [n * whole - (n - 1) * score for score in without]
    assert measures.mcc_pseudo_values(predicted, gold, classes) == pytest.approx(expected, abs=1e-9)


def test_a_gain_in_mcc_has_the_seeds_mean_and_an_interval_around_it() -> None:
    rng = np.random.default_rng(1)
    gold = rng.integers(0, 3, 120)
    f = np.where(rng.random((3, 120)) < 0.4, gold, rng.integers(0, 3, (3, 120)))
    if_ = np.where(rng.random((3, 120)) < 0.8, gold, rng.integers(0, 3, (3, 120)))
    found = measures.mcc_gain(f, if_, gold, 3)
    expected = np.mean([matthews_corrcoef(gold, row) for row in if_]) - np.mean(
        [matthews_corrcoef(gold, row) for row in f]
    )
    assert found.mean == pytest.approx(expected)
    assert 0 < found.low < found.mean < found.high


def test_constant_predictions_have_no_correlation_and_no_nan() -> None:
    gold = np.array([0, 1, 1, 2])
    constant = np.zeros(4, int)
    assert measures.mcc(constant, gold, 3) == 0.0
    assert np.isfinite(measures.mcc_pseudo_values(constant, gold, 3)).all()


@given(*SIZES)
def test_class_scores_equal_scikit_learn_where_they_are_known(n: int, classes: int, seed: int) -> None:
    gold, predicted = ids(n, classes, seed)
    found = measures.class_scores(predicted, gold, classes)
    expected = precision_recall_fscore_support(gold, predicted, labels=range(classes), zero_division=0)
    for scores, precision, recall, f1, rows in zip(found, *expected, strict=True):
        assert (scores.precision or 0.0, scores.recall or 0.0, scores.f1 or 0.0) == pytest.approx(
            (precision, recall, f1)
        )
        assert scores.rows == rows


def test_a_label_that_is_absent_in_test_has_no_recall_and_one_that_is_nowhere_no_f1() -> None:
    found = measures.class_scores(np.array([0, 1]), np.array([0, 0]), 3)
    assert (found[1].recall, found[1].precision, found[1].f1) == (None, 0.0, 0.0)
    assert (found[2].recall, found[2].precision, found[2].f1) == (None, None, None)


def probabilities(n: int, classes: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.dirichlet(np.ones(classes), n), rng.integers(0, classes, n)


@given(*SIZES)
def test_brier_score_is_the_squared_distance_to_the_labels_corner(n: int, classes: int, seed: int) -> None:
    given_, gold = probabilities(n, classes, seed)
    corners = np.eye(classes)[gold]
    assert measures.brier(given_, gold) == pytest.approx(np.mean(np.sum((given_ - corners) ** 2, axis=1)))


@given(*SIZES)
def test_calibration_error_equals_a_loop_over_bins(n: int, classes: int, seed: int) -> None:
    given_, gold = probabilities(n, classes, seed)
    confidence, right = given_.max(1), given_.argmax(1) == gold
    expected = 0.0
    for low, high in zip(np.arange(10) / 10, np.arange(1, 11) / 10, strict=True):
        inside = (confidence > low) & (confidence <= high)
        if inside.any():
            expected += inside.mean() * abs(confidence[inside].mean() - right[inside].mean())
    assert measures.expected_calibration_error(given_, gold, 10) == pytest.approx(expected)


@given(st.lists(st.tuples(st.integers(0, 5), st.booleans()), min_size=1, max_size=40))
def test_area_under_precision_and_recall_equals_scikit_learn_with_ties(rows: list[tuple[int, bool]]) -> None:
    scores, positive = (np.array(column) for column in zip(*rows, strict=True))
    found = measures.pr_auc(scores, positive)
    assert found == (pytest.approx(average_precision_score(positive, scores)) if positive.any() else None)


def test_nothing_is_said_of_no_rows() -> None:
    nothing = np.zeros((0, 2))
    assert measures.brier(nothing, np.zeros(0, int)) is None
    assert measures.expected_calibration_error(nothing, np.zeros(0, int)) is None
