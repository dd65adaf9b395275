"""The gain over folds: by the published formula from planted folds, and a reason wherever it cannot be told."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from pipeline.evidence.opinions import opinions
from pipeline.evidence.repeated import fold_gains, repeated_cv

DIVISIONS = ([1, 1, 2, 2, 3, 3], [3, 1, 2, 3, 1, 2])
GOLD = [0, 1, 0, 1, 0, 1]
RIGHT_F, RIGHT_IF = ([1, 0, 1, 0, 1, 1], [0, 0, 0, 1, 1, 1]), ([1, 1, 1, 1, 0, 1], [1, 1, 1, 1, 1, 0])
"""By seed, which rows are right."""


def predicted(right: Any, divisions: Any = DIVISIONS, **changes: Any) -> dict[str, Any]:
    return {
        "about": [{"settings": {"corpora.reviews.split.folds": 3, "corpora.reviews.split.repeats": 2}}],
        "labels": ["bad", "good"],
        "gold": GOLD,
        "languages": ["en"] * 6,
        "intermediate_seeds": [1],
        "predicted": {str(seed): np.where(one, GOLD, 1 - np.array(GOLD)).tolist() for seed, one in enumerate(right, 1)},
        "folds": {str(seed): list(one) for seed, one in enumerate(divisions[: len(right)], 1)},
    } | changes


def test_each_fold_is_a_difference_of_accuracies_and_the_interval_is_the_published_one() -> None:
    differences = np.array([[0.5, 0.5, -0.5], [0.5, 0.0, 0.5]])
    assert fold_gains(predicted(RIGHT_F), predicted(RIGHT_IF), 3) == pytest.approx(differences)
    told = repeated_cv(predicted(RIGHT_F), predicted(RIGHT_IF))
    assert told is not None and (told["repeats"], told["folds"], told["reason"]) == (2, 3, None)
    error = math.sqrt((1 / 6 + 1 / 2) * differences.var(ddof=1))
    assert (told["low"], told["high"]) == pytest.approx(stats.t.interval(0.95, 5, differences.mean(), error))
    assert "Nadeau and Bengio 2003" in told["label"] and "decides nothing" in told["label"]


def test_seeds_of_one_division_are_one_repeat() -> None:
    same = (DIVISIONS[0], DIVISIONS[0])
    found = fold_gains(predicted(RIGHT_F, same), predicted(RIGHT_IF, same), 3)
    assert found == pytest.approx(np.array([[0.75, 0.5, -0.5]]))


@pytest.mark.parametrize(
    "f, if_, reason",
    [
        ({"folds": None}, {}, "do not say in which fold"),
        ({"divisions": DIVISIONS[::-1]}, {}, "the same seed on other divisions"),
        ({"divisions": ([1, 1, 2, 2, 2, 2],) * 2}, {"divisions": ([1, 1, 2, 2, 2, 2],) * 2}, "no row that is scored"),
    ],
)
def test_what_cannot_be_told_has_a_reason(f: Any, if_: Any, reason: str) -> None:
    told = repeated_cv(predicted(RIGHT_F, **f), predicted(RIGHT_IF, **if_))
    assert told is not None and reason in told["reason"]
    assert {told[key] for key in ("gain", "low", "high", "p")} == {None}


def test_it_stands_among_the_other_tests_of_a_target_in_folds_and_of_no_other() -> None:
    entry = {"task": "t", "target": "reviews", "start": "s", "model": "m", "verdict": "inconclusive"}
    one_split = {"about": [{"settings": {}}], "folds": {}}
    for changes, has in (({}, True), (one_split, False)):
        sides = (predicted(RIGHT_F, **changes), predicted(RIGHT_IF, **changes))
        told = opinions(entry, *sides, {"alpha": 0.05, "size": 1}, replicates=20, seed=1)
        assert ("repeated_cv" in told) is has
