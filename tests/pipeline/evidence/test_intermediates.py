"""The variance in three against planted components and the plain crossed interval."""

import numpy as np
import pytest

from pipeline.evidence.intermediates import variance_in_three
from pipeline.evidence.statistics import crossed_interval


def planted(
    rng: np.random.Generator, checkpoints: int, each: int, rows: int, deviations: tuple[float, ...]
) -> np.ndarray:
    """S x n values in the order of the study: seed i belongs to checkpoint i modulo `checkpoints`."""
    intermediate, fine_tuning, example, rest = deviations
    values = (
        rng.normal(0, intermediate, (1, checkpoints, 1))
        + rng.normal(0, fine_tuning, (each, checkpoints, 1))
        + rng.normal(0, example, (1, 1, rows))
        + rng.normal(0, rest, (each, checkpoints, rows))
    )
    return values.reshape(each * checkpoints, rows)


@pytest.mark.parametrize("each", [1, 3])
def test_planted_components_are_found_on_average(each: int) -> None:
    rng = np.random.default_rng(1)
    deviations = (0.3, 0.2, 0.5, 1.0)
    found = [variance_in_three(planted(rng, 4, each, 30, deviations), 4) for _ in range(150)]
    parts = [one.components for one in found if one is not None and one.components is not None]
    # Components below 0 are cut, which lifts their mean a little.
    if each == 1:
        assert np.mean([part.intermediate for part in parts]) == pytest.approx(0.09 + 0.04, rel=0.3)
        assert {part.fine_tuning for part in parts} == {None}
    else:
        assert np.mean([part.intermediate for part in parts]) == pytest.approx(0.09, rel=0.35)
        assert np.mean([part.fine_tuning for part in parts]) == pytest.approx(0.04, rel=0.35)
    assert np.mean([part.examples for part in parts]) == pytest.approx(0.25, rel=0.15)
    assert np.mean([part.rest for part in parts]) == pytest.approx(1.0, rel=0.05)


def test_the_interval_covers_where_seeds_taken_for_independent_do_not() -> None:
    rng = np.random.default_rng(2)
    honest, naive = [], []
    for _ in range(120):
        values = planted(rng, 3, 3, 30, (0.2, 0.02, 0.2, 0.4))
        found, plain = variance_in_three(values, 3), crossed_interval(values)
        assert found is not None
        honest.append(found.estimate.low <= 0 <= found.estimate.high)
        naive.append(plain.low <= 0 <= plain.high)
    assert np.mean(honest) >= 0.9
    assert np.mean(naive) <= 0.85


def test_one_seed_a_checkpoint_is_the_plain_interval() -> None:
    values = planted(np.random.default_rng(3), 4, 1, 30, (0.0, 0.01, 0.03, 0.05))
    found, plain = variance_in_three(values, 4), crossed_interval(values)
    assert found is not None
    assert (found.estimate.low, found.estimate.high) == pytest.approx((plain.low, plain.high))


def test_seeds_spread_unevenly_have_an_interval_and_no_components() -> None:
    found = variance_in_three(planted(np.random.default_rng(4), 5, 1, 30, (0.1, 0.1, 0.1, 0.1)), 2)
    assert found is not None
    assert found.components is None and found.checkpoints == 2 and found.estimate.low is not None


def test_one_checkpoint_tells_nothing_of_its_variance() -> None:
    values = planted(np.random.default_rng(5), 3, 1, 30, (0.1, 0.1, 0.1, 0.1))
    assert variance_in_three(values, 1) is None
    assert variance_in_three(values[:1], 4) is None
