"""Slopes and equivalence against statsmodels, scipy and planted truths."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from pipeline.evidence.studies.slopes import FACTOR, MEANS, MIXED, equivalent_ratio, language_slope, weighted_slope


def test_equivalence_is_the_paired_test_of_statsmodels_on_logarithms() -> None:
    rng = np.random.default_rng(1)
    below = rng.uniform(1, 3, 8)
    above = below * np.exp(rng.normal(0.05, 0.1, 8))
    found = equivalent_ratio(list(above), list(below))
    assert found is not None
    p_value, *_ = ttost_paired(np.log(above), np.log(below), -math.log(FACTOR), math.log(FACTOR))
    assert found.p_value == pytest.approx(p_value)
    low, high = stats.ttest_rel(np.log(above), np.log(below)).confidence_interval(0.9)
    assert (math.log(found.low), math.log(found.high)) == pytest.approx((low, high))
    assert found.equivalent == (math.log(FACTOR) > max(-low, high))


def test_far_ratios_are_not_equivalent_and_two_pairs_give_no_test() -> None:
    found = equivalent_ratio([2.0, 2.1, 1.9], [1.0, 1.0, 1.0])
    assert found is not None and not found.equivalent
    assert found.ratio == pytest.approx((2.0 * 2.1 * 1.9) ** (1 / 3))
    assert equivalent_ratio([1.0, 1.0], [1.0, 1.0]) is None
    alike = equivalent_ratio([1.0] * 3, [1.0] * 3)
    assert alike is not None and alike.equivalent and (alike.low, alike.high) == (1.0, 1.0)


def test_a_weighted_slope_is_that_of_statsmodels() -> None:
    rng = np.random.default_rng(2)
    x, groups, errors = np.tile([5.0, 6.0, 7.0, 8.0], 3), np.repeat(["a", "b", "c"], 4), rng.uniform(0.01, 0.05, 12)
    y = 0.03 * x + np.repeat([0.1, -0.2, 0.3], 4) + rng.normal(0, errors)
    found = weighted_slope(x, y, list(groups), errors)
    design = np.column_stack([x, *(groups == name for name in "abc")]).astype(float)
    fitted = sm.WLS(y, design, weights=1 / errors**2).fit()
    assert found is not None
    assert (found.slope, found.p_value) == pytest.approx((fitted.params[0], fitted.pvalues[0]))
    assert (found.low, found.high) == pytest.approx(tuple(fitted.conf_int()[0]))
    assert found.df == fitted.df_resid == 8


def test_an_error_that_is_nought_makes_all_gains_weigh_alike() -> None:
    x, y = np.array([1.0, 2.0, 3.0]), np.array([0.0, 0.2, 0.1])
    found = weighted_slope(x, y, ["a"] * 3, np.array([0.0, 0.1, 0.2]))
    plain = stats.linregress(x, y)
    assert found is not None and found.method.startswith("least squares")
    assert (found.slope, found.p_value) == pytest.approx((plain.slope, plain.pvalue))


@pytest.mark.parametrize("x", [[1.0, 2.0], [1.0, 1.0, 1.0]])
def test_two_points_or_one_size_give_no_slope(x: list[float]) -> None:
    assert weighted_slope(np.array(x), np.zeros(len(x)), ["a"] * len(x), np.ones(len(x))) is None


def languages(between: float, seed: int = 3) -> tuple[np.ndarray, np.ndarray, list[str]]:
    rng = np.random.default_rng(seed)
    distances = np.linspace(0.1, 0.5, 8)
    effects = rng.normal(0, between, 8)
    x = np.repeat(distances, 6)
    return (
        x,
        0.1 - 0.5 * x + np.repeat(effects, 6) + rng.normal(0, 0.01, 48),
        [f"l{place}" for place in range(8) for _ in range(6)],
    )


def test_a_planted_slope_over_languages_is_found_by_the_mixed_model() -> None:
    x, y, names = languages(between=0.03)
    found = language_slope(x, y, names)
    assert found is not None and found.method == MIXED
    assert found.low < -0.5 < found.high < 0
    assert found.df == 6
    # The distance varies between languages alone: balanced, the slope is that of their means.
    means = stats.linregress(x[::6], y.reshape(8, 6).mean(1))
    assert found.slope == pytest.approx(means.slope, abs=1e-4)
    assert found.high - found.low == pytest.approx(2 * stats.t.ppf(0.975, 6) * means.stderr, rel=0.01)


def test_the_interval_covers_a_slope_of_nought_about_as_often_as_it_says() -> None:
    # 60 draws: .95 of them within three Monte-Carlo standard errors.
    covered = 0
    for seed in range(60):
        x, y, names = languages(between=0.03, seed=seed)
        found = language_slope(x, y + 0.5 * x, names)
        assert found is not None
        covered += found.low <= 0 <= found.high
    assert covered >= 52


def test_without_variance_between_languages_their_means_answer() -> None:
    x = np.array([0.1, 0.2, 0.3, 0.4])
    y = np.array([0.0, 0.1, 0.05, 0.2])
    found = language_slope(x, y, ["de", "es", "fr", "hi"])
    plain = stats.linregress(x, y)
    assert found is not None and found.method == MEANS
    assert (found.slope, found.p_value) == pytest.approx((plain.slope, plain.pvalue))
    assert language_slope(x[:2], y[:2], ["de", "es"]) is None
