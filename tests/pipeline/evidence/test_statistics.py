"""The statistics against scipy, scikit-learn, explicit loops and planted cases."""

import itertools
import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import integrate
from scipy import special as scipy_special
from scipy import stats as scipy_stats
from sklearn.metrics import accuracy_score, f1_score

from pipeline.evidence import statistics

DEGREES = [0.7, 1.0, 2.0, 3.5, 4.0, 29.0, 59.0, 61.0, 499.0, 1e4, 1e6]


class TestScores:
    @given(st.integers(1, 30), st.integers(1, 8), st.integers(0, 2**32 - 1))
    def test_equal_scikit_learn_over_all_declared_labels(self, n, classes, seed):
        gold, predicted = np.random.default_rng(seed).integers(0, classes, (2, n))
        expected = f1_score(gold, predicted, labels=range(classes), average="macro", zero_division=0)
        assert statistics.macro_f1(predicted, gold, classes) == pytest.approx(expected, abs=1e-14)
        assert statistics.accuracy(predicted, gold) == pytest.approx(accuracy_score(gold, predicted))

    def test_a_label_that_never_occurs_counts_as_zero(self):
        ids = np.array([0, 1, 1])
        assert statistics.macro_f1(ids, ids, 4) == pytest.approx(0.5)

    @given(st.integers(1, 25), st.integers(1, 6), st.integers(0, 2**32 - 1))
    def test_pseudo_values_equal_scoring_again_without_each_example(self, n, classes, seed):
        gold, predicted = np.random.default_rng(seed).integers(0, classes, (2, n))
        labels = range(classes)
        whole = f1_score(gold, predicted, labels=labels, average="macro", zero_division=0)
        without = [
            f1_score(np.delete(gold, e), np.delete(predicted, e), labels=labels, average="macro", zero_division=0)
            for e in range(n)
            if n > 1
        ]
        expected = [n * whole - (n - 1) * score for score in without] or [whole]
        assert statistics.macro_f1_pseudo_values(predicted, gold, classes) == pytest.approx(expected, abs=1e-10)


class TestStudentT:
    @pytest.mark.parametrize("df", DEGREES)
    def test_distribution_equals_scipy(self, df):
        t = np.concatenate([[0.0], np.logspace(-6, 3, 60)])
        t = np.concatenate([-t, t])
        assert np.abs(statistics.t_cdf(t, df) - scipy_stats.t.cdf(t, df)).max() < 1e-10

    @pytest.mark.parametrize("df", DEGREES)
    def test_far_tail_keeps_its_digits(self, df):
        t = np.logspace(0, 1, 30)
        assert statistics.t_tail(t, df) == pytest.approx(scipy_stats.t.sf(t, df), rel=1e-8, abs=0)

    @pytest.mark.parametrize("df", DEGREES)
    def test_quantile_equals_scipy(self, df):
        for p in (1e-8, 1e-4, 0.0014, 0.025, 0.2, 0.4999, 0.5, 0.7, 0.975, 0.999):
            assert statistics.t_quantile(p, df) == pytest.approx(scipy_stats.t.ppf(p, df), rel=1e-8, abs=1e-12)

    def test_density_equals_scipy(self):
        t = np.linspace(-8, 8, 41)
        for df in DEGREES:
            assert statistics.t_density(t, df) == pytest.approx(scipy_stats.t.pdf(t, df), rel=1e-9)

    @given(st.floats(0.1, 50), st.floats(0.1, 50), st.floats(0, 1))
    def test_incomplete_beta_equals_scipy(self, a, b, x):
        assert float(statistics.incomplete_beta(a, b, x, 1 - x)) == pytest.approx(
            scipy_special.betainc(a, b, x), abs=1e-12
        )


def explicit_mean_squares(values):
    """The textbook sums of squares, one cell at a time."""
    seeds, examples = len(values), len(values[0])
    grand = sum(map(sum, values)) / (seeds * examples)
    row = [sum(line) / examples for line in values]
    column = [sum(line[e] for line in values) / seeds for e in range(examples)]
    between_seeds = sum((row[s] - grand) ** 2 for s in range(seeds) for _ in range(examples))
    between_examples = sum((column[e] - grand) ** 2 for _ in range(seeds) for e in range(examples))
    rest = sum((values[s][e] - row[s] - column[e] + grand) ** 2 for s in range(seeds) for e in range(examples))
    a, b = seeds - 1, examples - 1
    return between_seeds / a, between_examples / b, rest / (a * b)


def expected_tail(distance, a, b, ab, seeds, examples):
    """The reference distribution by adaptive integration over the chi-square density."""
    df = seeds - 1
    kink = a * df / (2 * ab - b) if 2 * ab > b else 0.0

    def at(q):
        error = math.sqrt(max(a * df / q + b - ab, ab) / (seeds * examples))
        return scipy_stats.chi2.pdf(q, df) * scipy_stats.t.sf(distance / error, examples - 1)

    edges = sorted({0.0, 1e-6, 1e-3, 0.1, float(df), kink, 3.0 * df, df + 60.0})
    return sum(integrate.quad(at, low, high, epsabs=1e-12)[0] for low, high in itertools.pairwise(edges))


matrices = hnp.arrays(
    np.float64, st.tuples(st.integers(2, 5), st.integers(2, 12)), elements=st.sampled_from([-1.0, 0.0, 1.0])
)


class TestCrossedInterval:
    @given(matrices)
    def test_mean_squares_equal_the_textbook_sums(self, values):
        squares = statistics.mean_squares(values)
        found = [float(v[0]) for v in (squares.between_seeds, squares.between_examples, squares.interaction)]
        assert found == pytest.approx(explicit_mean_squares(values.tolist()), abs=1e-12)

    def test_standard_error_and_satterthwaite_degrees_of_freedom(self):
        values = np.random.default_rng(1).normal(size=(4, 20)) + np.arange(4)[:, None]
        a, b, ab = explicit_mean_squares(values.tolist())
        estimate = statistics.crossed_interval(values)
        assert a > ab and b > 0
        variance = a + b - ab
        assert estimate.standard_error == pytest.approx(math.sqrt(variance / 80))
        assert estimate.df == pytest.approx(variance**2 / (a**2 / 3 + b**2 / 19 + ab**2 / 57))

    def test_the_variance_never_falls_below_the_interaction(self):
        values = np.array([[1.0, -1.0, 1.0, -1.0], [-1.0, 1.0, -1.0, 1.0]])
        estimate = statistics.crossed_interval(values)
        assert explicit_mean_squares(values.tolist())[:2] == (0.0, 0.0)
        assert estimate.standard_error == pytest.approx(math.sqrt(8 / 3 / 8))
        assert (estimate.mean, estimate.p_value) == (0.0, 1.0)

    @pytest.mark.parametrize("a, b, ab", [(1, 1, 1), (5, 1, 1), (0.3, 1.2, 1), (0.1, 3, 1), (0.2, 0.5, 1), (50, 2, 0)])
    @pytest.mark.parametrize("seeds", [2, 3, 5, 10])
    def test_tail_equals_adaptive_integration(self, a, b, ab, seeds):
        squares = statistics.MeanSquares(seeds, 200, *(np.array([float(v)]) for v in (a, b, ab)))
        for scaled in (0.0, 0.5, 2.0, 4.0):
            distance = scaled * math.sqrt(float(squares.variance))
            expected = expected_tail(distance, a, b, ab, seeds, 200)
            assert float(squares.tail(distance)) == pytest.approx(expected, rel=1e-3)
            assert float(squares.tail(-distance)) == pytest.approx(1 - expected, rel=1e-3)

    @pytest.mark.parametrize("alpha", [0.01, 0.05, 0.1])
    def test_interval_holds_exactly_the_values_that_the_p_value_does_not_refuse(self, alpha):
        values = np.random.default_rng(2).choice([-1.0, 0.0, 0.0, 1.0, 1.0], (3, 40))
        low, high = statistics.crossed_interval(values).interval(alpha)
        for edge in (low, high):
            assert statistics.crossed_interval(values - edge).p_value == pytest.approx(alpha, rel=1e-6)

    def test_seeds_alone_make_it_nearly_a_t_interval_over_seeds(self):
        by_seed = np.array([0.01, 0.05, 0.02, 0.09])
        noise = np.random.default_rng(3).normal(scale=1e-6, size=(4, 2000))
        estimate = statistics.crossed_interval(by_seed[:, None] + noise)
        expected = scipy_stats.t.interval(0.95, 3, by_seed.mean(), scipy_stats.sem(by_seed))
        assert (estimate.low, estimate.high) == pytest.approx(expected, rel=1e-2)

    def test_equal_seeds_make_it_nearly_a_t_interval_over_examples(self):
        by_example = np.random.default_rng(4).normal(size=60)
        estimate = statistics.crossed_interval(np.tile(by_example, (5, 1)))
        expected = scipy_stats.t.interval(0.95, 59, by_example.mean(), scipy_stats.sem(by_example))
        assert (estimate.low, estimate.high) == pytest.approx(expected, rel=1e-6)

    @settings(max_examples=40)
    @given(matrices)
    def test_exchanging_f_and_if_mirrors_everything(self, values):
        one, other = statistics.crossed_interval(values), statistics.crossed_interval(-values)
        assert (other.mean, other.low, other.high) == pytest.approx((-one.mean, -one.high, -one.low))
        assert other.p_value == pytest.approx(one.p_value)
        assert other.equivalence_p(0.01) == pytest.approx(one.equivalence_p(0.01))

    @settings(max_examples=40)
    @given(matrices, st.randoms(use_true_random=False))
    def test_the_order_of_seeds_and_examples_does_not_matter(self, values, random):
        rows, columns = (random.sample(range(size), size) for size in values.shape)
        one, other = statistics.crossed_interval(values), statistics.crossed_interval(values[rows][:, columns])
        assert (other.low, other.high, other.p_value) == pytest.approx((one.low, one.high, one.p_value))

    @settings(max_examples=40)
    @given(matrices.filter(lambda values: np.ptp(values) > 0), st.floats(-3, 3))
    def test_shifting_every_value_shifts_the_interval(self, values, shift):
        one, other = statistics.crossed_interval(values), statistics.crossed_interval(values + shift)
        assert (other.low - shift, other.high - shift) == pytest.approx((one.low, one.high), abs=1e-9)

    @settings(max_examples=40)
    @given(matrices)
    def test_nothing_is_ever_nan(self, values):
        estimate = statistics.crossed_interval(values)
        numbers = (estimate.mean, estimate.low, estimate.high, estimate.p_value, estimate.equivalence_p(0.01))
        assert all(math.isfinite(number) for number in numbers)
        assert 0 <= estimate.p_value <= 1
        assert estimate.low <= estimate.mean <= estimate.high

    @pytest.mark.parametrize("shape", [(1, 30), (3, 1), (1, 1)])
    def test_one_seed_or_one_example_tells_the_mean_alone(self, shape):
        estimate = statistics.crossed_interval(np.ones(shape))
        assert estimate.mean == 1.0
        assert {estimate.low, estimate.high, estimate.standard_error, estimate.df, estimate.p_value} == {None}
        assert estimate.interval(0.1) is None and estimate.equivalence_p(0.01) is None

    def test_differences_that_are_all_zero(self):
        estimate = statistics.crossed_interval(np.zeros((3, 500)))
        assert (estimate.mean, estimate.low, estimate.high, estimate.p_value) == (0.0, 0.0, 0.0, 1.0)
        assert estimate.equivalence_p(0.01) == pytest.approx(scipy_stats.binom.pmf(0, 500, 0.01))
        assert statistics.crossed_interval(np.zeros((3, 60))).equivalence_p(0.01) > 0.5

    @pytest.mark.parametrize("n, expected", [(2, 0.5), (6, 2**-5), (500, 2.0**-499)])
    def test_a_constant_difference_is_a_sign_test_over_examples(self, n, expected):
        estimate = statistics.crossed_interval(-np.ones((3, n)))
        assert (estimate.low, estimate.high, estimate.equivalence_p(0.01)) == (-1.0, -1.0, 1.0)
        assert estimate.p_value == expected
        assert estimate.p_value == pytest.approx(scipy_stats.binomtest(0, n).pvalue)

    def test_the_interval_is_cut_to_the_range_of_the_mean(self):
        values = np.array([[1.0, 1.0, 0.0], [0.0, 1.0, 0.0]])
        estimate = statistics.crossed_interval(values, within=(0.0, 1.0))
        assert (estimate.low, estimate.high) == (0.0, 1.0)
        assert estimate.interval(0.5)[0] > 0.0

    @pytest.mark.parametrize("values", [np.zeros(3), np.zeros((0, 3)), np.array([[1.0, math.nan], [0.0, 1.0]])])
    def test_anything_but_a_finite_matrix_is_refused(self, values):
        with pytest.raises(ValueError, match="finite matrix"):
            statistics.crossed_interval(values)

    def test_intervals_cover_and_the_far_tail_is_honest_with_three_seeds(self):
        rng = np.random.default_rng(5)
        repetitions, rows = 4000, 60
        values = rng.normal(size=(repetitions, 3, rows)) + rng.normal(scale=0.3, size=(repetitions, 3, 1))
        squares = statistics.mean_squares(values + rng.normal(scale=0.5, size=(repetitions, 1, rows)))
        means = values.mean((-2, -1))
        p_values = 2 * squares.tail(np.abs(means))
        assert 0.93 <= np.mean(p_values > 0.05) <= 0.99
        limit = 0.003 + 3 * math.sqrt(0.003 / repetitions)
        assert np.mean(p_values <= 0.003) <= limit
        # What the Satterthwaite t would do is the reason for the module's own distribution.
        satterthwaite = 2 * statistics.t_tail(np.abs(means) / np.sqrt(squares.variance), squares.df)
        assert np.mean(satterthwaite <= 0.003) > limit


class TestGain:
    def test_accuracy_and_macro_f1_gains_of_matrices(self):
        rng = np.random.default_rng(6)
        gold = rng.integers(0, 4, 80)
        f = np.where(rng.random((3, 80)) < 0.5, gold, rng.integers(0, 4, (3, 80)))
        if_ = np.where(rng.random((3, 80)) < 0.8, gold, rng.integers(0, 4, (3, 80)))
        gain = statistics.gain(f, if_, gold, 4)
        accuracies = [np.mean([accuracy_score(gold, row) for row in rows]) for rows in (f, if_)]
        scores = [np.mean([f1_score(gold, row, average="macro") for row in rows]) for rows in (f, if_)]
        assert (gain.f, gain.if_) == pytest.approx(accuracies)
        assert (gain.f_macro_f1, gain.if_macro_f1) == pytest.approx(scores)
        assert gain.accuracy.mean == pytest.approx(accuracies[1] - accuracies[0])
        assert gain.macro_f1.mean == pytest.approx(scores[1] - scores[0])
        assert 0 < gain.accuracy.low < gain.accuracy.mean < gain.accuracy.high
        assert 0 < gain.macro_f1.low < gain.macro_f1.mean < gain.macro_f1.high

    def test_estimates_of_one_cell_hold_the_seeds_mean(self):
        rng = np.random.default_rng(7)
        gold = rng.integers(0, 3, 60)
        predicted = np.where(rng.random((3, 60)) < 0.7, gold, rng.integers(0, 3, (3, 60)))
        accuracy = statistics.accuracy_estimate(predicted, gold)
        score = statistics.macro_f1_estimate(predicted, gold, 3)
        assert accuracy.mean == pytest.approx(np.mean(predicted == gold))
        assert score.mean == pytest.approx(np.mean([f1_score(gold, row, average="macro") for row in predicted]))
        assert accuracy.low < accuracy.mean < accuracy.high and score.low < score.mean < score.high

    def test_other_shapes_are_refused(self):
        with pytest.raises(ValueError, match="expected S x n"):
            statistics.gain(np.zeros((2, 3), int), np.zeros((3, 3), int), np.zeros(3, int), 2)


class TestHolm:
    def test_equals_the_published_steps(self):
        assert statistics.holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])

    @given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
    def test_rejects_what_the_step_down_procedure_rejects(self, p_values):
        rejected, ordered = set(), sorted(range(len(p_values)), key=lambda place: p_values[place])
        for rank, place in enumerate(ordered):
            if (len(p_values) - rank) * p_values[place] > 0.05:
                break
            rejected.add(place)
        assert {place for place, p in enumerate(statistics.holm(p_values)) if p <= 0.05} == rejected

    def test_what_could_not_be_tested_still_counts(self):
        assert statistics.holm([0.02, None, None]) == [pytest.approx(0.06), None, None]
        assert statistics.holm([]) == []


def planted(mean, spread=0.02, seeds=5, rows=400):
    """An estimate around `mean` whose standard error is of the order of spread / sqrt(seeds x rows)."""
    noise = np.random.default_rng(8).normal(scale=spread, size=(seeds, rows))
    return statistics.crossed_interval(mean + noise - noise.mean())


class TestVerdict:
    def decide(self, estimate, seeds=5):
        return statistics.verdict(estimate, seeds, estimate.p_value, estimate.equivalence_p(0.01), 0.05, 0.01)

    @pytest.mark.parametrize(
        "mean, spread, expected",
        [
            (0.2, 0.5, ("positive", False, False)),
            (-0.2, 0.5, ("negative", False, False)),
            (0.004, 0.02, ("positive", False, True)),
            (-0.004, 0.02, ("negative", False, True)),
            (0.0001, 0.05, ("equivalent", False, False)),
            (0.01, 2.0, ("inconclusive", False, False)),
        ],
    )
    def test_follows_the_rule_in_order(self, mean, spread, expected):
        verdict = self.decide(planted(mean, spread))
        assert (verdict.name, verdict.provisional, verdict.negligible) == expected

    def test_below_three_seeds_it_is_inconclusive_and_provisional(self):
        estimate = planted(0.2, 0.01, seeds=2)
        assert statistics.verdict(estimate, 2, 0.0, 0.0, 0.05, 0.01) == statistics.Verdict("inconclusive", True, False)

    def test_without_an_interval_it_is_inconclusive(self):
        estimate = statistics.crossed_interval(np.ones((3, 1)))
        assert self.decide(estimate, seeds=3).name == "inconclusive"

    def test_adjustment_for_the_family_is_what_decides(self):
        estimate = planted(0.2, 0.5)
        assert statistics.verdict(estimate, 5, 0.06, 1.0, 0.05, 0.01).name == "inconclusive"
        assert statistics.verdict(estimate, 5, 0.06, 0.04, 0.05, 0.01).name == "equivalent"


def test_the_module_needs_numpy_alone():
    code = (
        "import sys, pipeline.evidence.statistics\n"
        "print(sorted({'scipy', 'pandas', 'torch', 'sklearn', 'pyarrow', 'pydantic'} & set(sys.modules)))"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
