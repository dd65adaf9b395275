"""Scores, against scikit-learn."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, f1_score

from pipeline.training.scores import accuracy, collapsed, macro_f1

label_lists = st.integers(1, 6).flatmap(
    lambda labels: st.tuples(
        st.just(labels),
        st.lists(st.tuples(st.integers(0, labels - 1), st.integers(0, labels - 1)), min_size=1, max_size=30),
    )
)


@settings(deadline=None)
@given(label_lists)
def test_scores_are_scikit_learns(case: tuple[int, list[tuple[int, int]]]) -> None:
    labels, pairs = case
    gold, predicted = np.array(pairs, dtype=np.int64).T
    expected = f1_score(gold, predicted, labels=range(labels), average="macro", zero_division=0)
    assert macro_f1(gold, predicted, labels) == pytest.approx(expected, abs=1e-12)
    assert accuracy(gold, predicted) == accuracy_score(gold, predicted)


def test_a_declared_label_that_occurs_nowhere_counts_with_zero() -> None:
    gold = np.array([0, 1, 0, 1])
    assert macro_f1(gold, gold, 2) == 1.0
    assert macro_f1(gold, gold, 4) == 0.5


def test_accuracy_of_nothing_is_not_a_number() -> None:
    nothing = np.array([], dtype=np.int64)
    assert math.isnan(accuracy(nothing, nothing))


@pytest.mark.parametrize(
    ("gold", "predicted", "flag"),
    [([0, 1, 1], [1, 1, 1], True), ([0, 1, 1], [1, 1, 0], False), ([1, 1, 1], [1, 1, 1], False)],
)
def test_a_run_that_predicts_one_label_for_several_is_collapsed(
    gold: list[int], predicted: list[int], flag: bool
) -> None:
    assert collapsed(np.array(gold), np.array(predicted)) is flag
