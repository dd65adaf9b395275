"""Statistics over targets, folds and sizes against scipy, statsmodels, published examples and simulation."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.power import TTestPower

from pipeline.evidence import families

STUDENTIZED = {3: 2.343, 4: 2.569, 5: 2.728, 6: 2.850, 10: 3.164}
"""Critical values of Nemenyi's test at .05 by number of systems: Demsar 2006, table 5a."""


class TestRanking:
    @pytest.mark.parametrize("systems", STUDENTIZED)
    def test_the_critical_difference_is_the_published_one(self, systems: int) -> None:
        found = families.friedman_nemenyi(np.random.default_rng(1).random((14, systems)))
        assert found is not None
        expected = STUDENTIZED[systems] * math.sqrt(systems * (systems + 1) / (6 * 14))
        assert found.critical_difference == pytest.approx(expected, rel=1e-3)
        # Demsar's example: 1.25 for 4 classifiers on 14 data sets.
        assert systems != 4 or expected == pytest.approx(1.25, abs=5e-3)
        far = np.abs(found.ranks[:, None] - found.ranks) > found.critical_difference
        assert ((found.pairs < 0.05) == far).all()

    def test_the_f_statistic_is_iman_and_davenports(self) -> None:
        found = families.friedman_nemenyi(np.random.default_rng(2).random((14, 4)))
        assert found is not None
        expected = 13 * found.chi_square / (14 * 3 - found.chi_square)
        assert found.f_statistic == pytest.approx(expected)
        assert found.f_p_value == pytest.approx(stats.f.sf(expected, 3, 39))

    @settings(max_examples=30)
    @given(st.integers(2, 8), st.integers(3, 5), st.integers(0, 2**32 - 1), st.booleans())
    def test_friedman_equals_scipy_with_and_without_ties(self, n: int, k: int, seed: int, ties: bool) -> None:
        scores = np.random.default_rng(seed).integers(0, 3 if ties else 10**9, (n, k))
        if any(len(set(row)) == 1 for row in scores.tolist()):
            scores[:, 0] = 5
        found = families.friedman_nemenyi(scores)
        expected = stats.friedmanchisquare(*scores.T)
        assert found is not None
        assert (found.chi_square, found.p_value) == pytest.approx((expected.statistic, expected.pvalue), abs=1e-9)

    def test_two_systems_or_one_target_cannot_be_ranked(self) -> None:
        assert families.friedman_nemenyi(np.ones((5, 2))) is None
        assert families.friedman_nemenyi(np.ones((1, 5))) is None

    def test_systems_that_are_all_alike_have_no_statistic(self) -> None:
        found = families.friedman_nemenyi(np.ones((4, 3)))
        assert found is not None
        assert (found.chi_square, found.p_value) == (0.0, 1.0)


class TestDiscoveries:
    @given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
    def test_equals_statsmodels(self, p_values: list[float]) -> None:
        expected = multipletests(p_values, method="fdr_bh")[1]
        assert families.benjamini_hochberg(p_values) == pytest.approx(list(expected), abs=1e-12)

    def test_what_could_not_be_tested_still_counts(self) -> None:
        assert families.benjamini_hochberg([0.01, None]) == [pytest.approx(0.02), None]
        assert families.benjamini_hochberg([]) == []


class TestDetectableEffect:
    @pytest.mark.parametrize("n, alpha, power", [(5, 0.05, 0.8), (30, 0.05, 0.9), (200, 0.05 / 18, 0.8)])
    def test_equals_statsmodels(self, n: int, alpha: float, power: float) -> None:
        expected = TTestPower().solve_power(nobs=n, alpha=alpha, power=power) / 1.0
        assert families.minimum_detectable_effect(1 / math.sqrt(n), n - 1, alpha, power) == pytest.approx(
            expected, rel=1e-4
        )

    def test_it_is_found_as_often_as_promised(self) -> None:
        rng, n = np.random.default_rng(2), 20
        effect = families.minimum_detectable_effect(1 / math.sqrt(n), n - 1)
        assert effect is not None
        found = stats.ttest_1samp(rng.normal(effect, 1, (4000, n)), 0, axis=1).pvalue <= 0.05
        assert np.mean(found) == pytest.approx(0.8, abs=0.03)

    def test_without_an_error_there_is_none(self) -> None:
        assert families.minimum_detectable_effect(0.0, 4) is None

    def test_the_error_before_training_is_the_simulated_one(self) -> None:
        rng, seeds, rows = np.random.default_rng(3), 3, 400
        by_seed = rng.normal(0, 0.02, (2000, seeds, 1))
        # Rows differ alike for all seeds: +1, -1 or 0, one of five.
        by_row = rng.choice([-1, 1, 0], (2000, 1, rows), p=[0.1, 0.1, 0.8])
        means = (by_seed + by_row).mean((1, 2))
        assert families.expected_standard_error(rows, 0.2, seeds, 0.02) == pytest.approx(means.std(), rel=0.06)


class TestRepeatedCrossValidation:
    def test_equals_the_published_formula(self) -> None:
        differences = np.random.default_rng(4).normal(0.02, 0.03, (3, 5))
        found = families.corrected_repeated_cv(differences, 0.2)
        assert found is not None
        t = differences.mean() / math.sqrt((1 / 15 + 0.25) * differences.var(ddof=1))
        assert found.p_value == pytest.approx(2 * stats.t.sf(abs(t), 14))
        low, high = stats.t.interval(0.95, 14, differences.mean(), found.standard_error)
        assert (found.low, found.high) == pytest.approx((low, high))

    def test_repeating_does_not_make_it_sure(self) -> None:
        once = np.random.default_rng(5).normal(0.02, 0.03, (1, 5))
        one, many = (families.corrected_repeated_cv(np.repeat(once, times, 0), 0.2) for times in (1, 50))
        assert one is not None and many is not None
        naive = once.std(ddof=1) / math.sqrt(250)
        assert many.standard_error > 0.6 * one.standard_error > 3 * naive

    def test_one_fold_tells_nothing_and_equal_folds_have_no_width(self) -> None:
        assert families.corrected_repeated_cv(np.ones((1, 1)), 0.2) is None
        found = families.corrected_repeated_cv(np.zeros((2, 5)), 0.2)
        assert found is not None and (found.low, found.high, found.p_value) == (0.0, 0.0, 1.0)
