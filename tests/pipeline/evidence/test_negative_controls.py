"""Where there is nothing to find, the verdicts find nothing but for their stated error rate.

F against F with other seeds, and IF from labels without a meaning, simulated as `benchmarks.statistics` does: seeds have luck, examples
are easy or hard for every checkpoint alike, and the recipe is one. The p-values of many gains are computed at once and are those of
`crossed_interval`; Holm's adjustment and the verdict are the study's own.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from benchmarks.statistics import OTHER_WORLDS, simulate
from pipeline.evidence.statistics import Estimate, crossed_interval, holm, mean_squares, verdict

ALPHA, MARGIN, FAMILY = 0.05, 0.01, 18
FAMILIES = 100
SAME = OTHER_WORLDS["same_examples"]
"""F and IF find the same examples hard: a detour that does nothing, or none at all."""
WORLDS = ((0.0, 60), (0.01, 400), (0.03, 60), (0.03, 400))
"""Deviation of seeds and test rows."""
Floats = NDArray[np.float64]


@cache
def differences(deviation: float, rows: int, true_gain: float, families: int = FAMILIES) -> Floats:
    """Families of gains: gains x 5 seeds x rows, IF minus F, each -1, 0 or 1."""
    rng = np.random.default_rng([rows, round(1000 * deviation), round(1000 + 1000 * true_gain)])
    chunks = simulate(rng, SAME, rows, deviation, true_gain, families * FAMILY)
    return np.concatenate(list(chunks))[: families * FAMILY].astype(np.float64)


def p_values(values: Floats) -> tuple[Floats, Floats]:
    """The p-values of a difference and of equivalence of gains x seeds x rows, as `crossed_interval` has them."""
    mean = values.mean((-2, -1))
    varies = np.ptp(values, axis=(-2, -1)) > 0
    p, equivalence = np.ones(len(mean)), np.full(len(mean), (1 - MARGIN) ** values.shape[-1])
    squares = mean_squares(values[varies])
    p[varies] = np.minimum(2 * squares.tail(np.abs(mean[varies])), 1.0)
    equivalence[varies] = squares.tail(MARGIN - np.abs(mean[varies]))
    return p, equivalence


def verdicts(values: Floats) -> Iterator[list[str]]:
    """The verdicts of each family."""
    p, equivalence = p_values(values)
    means = values.mean((-2, -1))
    for begin in range(0, len(values), FAMILY):
        family = slice(begin, begin + FAMILY)
        adjusted = holm(p[family].tolist()), holm(equivalence[family].tolist())
        # Of the estimate a verdict needs its sign; whether a difference is negligible is not asked here.
        bare = [Estimate(float(mean), None, None, None, None, None, 0, None, (-1.0, 1.0)) for mean in means[family]]
        yield [
            verdict(one, values.shape[1], *pair, ALPHA, MARGIN).name for one, *pair in zip(bare, *adjusted, strict=True)
        ]


def share(families: Sequence[Sequence[str]], *names: str) -> float:
    """Of all families those with any of these verdicts."""
    return float(np.mean([any(name in names for name in family) for family in families]))


def limit(rate: float, count: int) -> float:
    """A rate and three Monte-Carlo standard errors."""
    return rate + 3 * (rate * (1 - rate) / count) ** 0.5


def test_the_p_values_are_those_of_one_gain_at_a_time() -> None:
    values = differences(0.01, 60, 0.0, families=1)[:6, :3]
    for one, p, equivalence in zip(values, *p_values(values), strict=True):
        found = crossed_interval(one, within=(-1.0, 1.0))
        assert (found.p_value, found.equivalence_p(MARGIN)) == pytest.approx((p, equivalence))


@pytest.mark.parametrize("seeds", [3, 5])
def test_without_an_effect_the_stated_error_rate_is_all_there_is(seeds: int) -> None:
    wrong, positive = [], []
    for deviation, rows in WORLDS:
        values = differences(deviation, rows, 0.0)[:, :seeds]
        found = list(verdicts(values))
        # F against F with other seeds: anything else is inconclusive or equivalent.
        wrong.append(share(found, "positive", "negative"))
        assert wrong[-1] <= limit(ALPHA, FAMILIES), (deviation, rows)
        # Labels without a meaning: a family errs to either side alike.
        positive.append(share(found, "positive"))
        assert positive[-1] <= limit(ALPHA / 2, FAMILIES), (deviation, rows)
    assert np.mean(wrong) <= limit(ALPHA, FAMILIES * len(WORLDS))
    assert np.mean(positive) <= limit(ALPHA / 2, FAMILIES * len(WORLDS))


def test_labels_without_a_meaning_that_harm_are_never_positive() -> None:
    for deviation, rows in WORLDS:
        values = differences(deviation, rows, -0.05, 20)[:, :3]
        assert share(list(verdicts(values)), "positive") == 0


def test_a_gain_on_its_own_has_the_error_rate_of_its_interval() -> None:
    for deviation, rows in WORLDS:
        values = differences(deviation, rows, 0.0)[:, :3]
        assert np.mean(p_values(values)[0] <= ALPHA) <= limit(ALPHA, len(values)), (deviation, rows)


def test_what_is_there_is_found() -> None:
    found = Counter(name for family in verdicts(differences(0.01, 400, 0.08, 20)) for name in family)
    assert found["positive"] >= 0.9 * found.total()
    assert found["negative"] == 0


def test_two_seeds_never_say_more_than_inconclusive() -> None:
    assert {name for family in verdicts(differences(0.03, 60, 0.08, 20)[:, :2]) for name in family} == {"inconclusive"}
