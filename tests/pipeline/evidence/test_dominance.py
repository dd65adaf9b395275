"""Almost stochastic order against integration on a fine grid and closed forms."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm

from pipeline.evidence.dominance import epsilon_min, violation_ratio

samples = st.lists(st.integers(0, 8), min_size=1, max_size=6)


@given(samples, samples)
def test_the_ratio_equals_integration_over_the_quantiles(one: list[int], other: list[int]) -> None:
    size = 2 * 3 * 4 * 5
    at = (np.arange(size) + 0.5) / size
    first, second = (np.sort(side)[(at * len(side)).astype(int)] for side in (one, other))
    differences = (first - second).astype(float)
    total = np.square(differences).sum()
    expected = np.square(differences[differences < 0]).sum() / total if total else 0.5
    assert violation_ratio(np.array(one), np.array(other)) == pytest.approx(expected)


@given(samples, samples)
def test_what_one_violates_the_other_keeps(one: list[int], other: list[int]) -> None:
    assert violation_ratio(np.array(one), np.array(other)) + violation_ratio(
        np.array(other), np.array(one)
    ) == pytest.approx(1)


def test_large_normal_samples_reach_the_closed_form() -> None:
    # For N(0, 1) against N(0, s) the quantile functions cross at 1/2: half the distance lies on either side.
    quantiles = norm.ppf((np.arange(2000) + 0.5) / 2000)
    assert violation_ratio(quantiles, 2 * quantiles) == pytest.approx(0.5, abs=1e-9)
    # For N(m, 1) against N(0, s) the difference is m + (1 - s) z, negative beyond z = m / (s - 1).
    shift, spread = 0.5, 2.0
    edge = shift / (spread - 1)
    z = np.linspace(-8, 8, 400_001)
    squares = np.square(shift + (1 - spread) * z) * norm.pdf(z)
    expected = squares[z > edge].sum() / squares.sum()
    assert violation_ratio(shift + quantiles, spread * quantiles) == pytest.approx(expected, abs=0.01)


def test_a_clear_winner_is_dominant_and_its_rival_is_not() -> None:
    low, high = np.array([0.5, 0.52, 0.51, 0.49]), np.array([0.8, 0.82, 0.81, 0.79])
    assert epsilon_min(high, low) == 0.0
    assert epsilon_min(low, high) == 1.0


def test_equal_runs_are_not_ordered() -> None:
    runs = np.array([0.5, 0.6, 0.7])
    assert violation_ratio(runs, runs) == 0.5
    assert epsilon_min(runs, runs) > 0.5


def test_below_three_runs_nothing_is_said() -> None:
    assert epsilon_min(np.array([0.9, 0.8]), np.array([0.1, 0.2, 0.3])) is None
