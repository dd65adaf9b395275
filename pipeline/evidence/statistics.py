"""Scores, gains, their intervals and their verdicts, with numpy alone.

**Estimand.** The expected value (of a score, or of a gain: IF minus F) over new fine-tuning seeds and new test
examples of one split. The data are a matrix of seeds x examples, crossed: every seed predicts every example.

**Interval and p-value.** Two-way crossed random effects give three mean squares: between seeds (A), between
examples (B), interaction (AB). The variance of the mean of S seeds x n examples is estimated by V = max(A + B -
AB, AB) / (S n): where a component comes out negative, V never falls below what the interaction alone would
leave. V has the Satterthwaite degrees of freedom, which are reported, but a t distribution with them does not
carry the test: with few seeds A is a guess, and taking it at its word makes p-values 2 to 10 times too small in
the far tail, which is where Holm looks. Instead the t with n - 1 degrees of freedom is averaged over what A may
have been, (S - 1) A / chi-square(S - 1). This is a generalised p-value (Tsui and Weerahandi 1989, J. Amer.
Statist. Assoc. 84:602). Interval, p-value and equivalence come from this one distribution, so they never
contradict each other. `python -m benchmarks.statistics` measures coverage and family-wise error of both.

**Edges.** One seed or one example: the mean, and None for the rest. Values that do not vary at all: the interval
has no width (nothing varied; that is not certainty), and the p-values are exact bounds over the n examples
instead of an infinite t.

**Verdict.** `holm` adjusts the p-values of one family; `verdict` applies the rule of the study, in order.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ids = NDArray[np.int64]
VerdictName = Literal["positive", "negative", "equivalent", "inconclusive"]

MINIMUM_SEEDS = 3
"""Below this many seeds a verdict is inconclusive and provisional."""


def accuracy(predicted: Ids, gold: Ids) -> float:
    """The share of n predicted label ids that equal the gold ids."""
    return float(np.mean(np.asarray(predicted) == np.asarray(gold)))


def macro_f1(predicted: Ids, gold: Ids, classes: int) -> float:
    """F1 averaged over the ids 0 .. classes - 1; a class neither predicted nor present counts as 0."""
    return float(_f1_by_class(*_counts(np.asarray(predicted), np.asarray(gold), classes)).mean())


def macro_f1_pseudo_values(predicted: Ids, gold: Ids, classes: int) -> Floats:
    """Delete-one jackknife pseudo-values of macro-F1 for one seed, in O(n + classes).

    The pseudo-value of example e is n F - (n - 1) F without e (Efron 1982, The Jackknife, the Bootstrap and
    Other Resampling Plans, section 2.1). Removing an example changes the F1 of its gold and of its predicted class
    only, by amounts that depend on the class alone.

    Returns:
        n values; their spread is that of the score, their mean is the bias-corrected score.
    """
    predicted, gold = np.asarray(predicted), np.asarray(gold)
    hits, sizes = _counts(predicted, gold, classes)
    f1 = _f1_by_class(hits, sizes)
    without_hit = _f1_by_class(hits - 1, sizes - 2) - f1
    without_miss = _f1_by_class(hits, sizes - 1) - f1
    change = np.where(predicted == gold, without_hit[gold], without_miss[gold] + without_miss[predicted])
    n = len(gold)
    return np.asarray(f1.mean() - (n - 1) * change / classes, dtype=np.float64)


def _counts(predicted: Ids, gold: Ids, classes: int) -> tuple[Ids, Ids]:
    """By class: the hits, and predicted plus gold occurrences (F1 is twice the hits over these)."""
    hits = np.bincount(gold[predicted == gold], minlength=classes)
    return hits, np.bincount(gold, minlength=classes) + np.bincount(predicted, minlength=classes)


def _f1_by_class(hits: Ids, sizes: Ids) -> Floats:
    return np.where(sizes > 0, 2.0 * hits / np.maximum(sizes, 1), 0.0)


def incomplete_beta(a: Floats | float, b: Floats | float, x: Floats | float, rest: Floats | float) -> Floats:
    """The regularised incomplete beta function I_x(a, b), elementwise.

    The continued fraction DLMF 8.17.22 by the modified Lentz method, on the side where it converges fast;
    DLMF 8.17.4 gives the other side.

    Args:
        a: first parameter, positive.
        b: second parameter, positive; exact to 1e-13 for large a only where it or `a` is 1/2.
        x: in [0, 1].
        rest: 1 - x, passed in because the subtraction would lose the small one's digits.
    """
    a, b, x, rest = (np.asarray(v, dtype=np.float64) for v in (a, b, x, rest))
    with np.errstate(divide="ignore"):
        factor = np.exp(a * np.log(x) + b * np.log(rest) - _log_beta(a, b))
    swap = x > (a + 1) / (a + b + 2)
    p, q, y = np.where(swap, b, a), np.where(swap, a, b), np.where(swap, rest, x)
    value = factor / p / _beta_fraction(p, q, y)
    return np.asarray(np.where(swap, 1 - value, value))


def _beta_fraction(a: Floats, b: Floats, x: Floats) -> Floats:
    """1 + d1/(1 + d2/(1 + ...)) by the modified Lentz method."""
    tiny = 1e-300
    total = np.ones_like(x)
    upper, lower = np.ones_like(x), np.zeros_like(x)
    for step in range(1, 20_000):
        d = _beta_coefficient(step, a, b, x)
        lower = 1 + d * lower
        lower = 1 / np.where(np.abs(lower) < tiny, tiny, lower)
        upper = 1 + d / upper
        upper = np.where(np.abs(upper) < tiny, tiny, upper)
        change = upper * lower
        total = total * change
        if np.all(np.abs(change - 1) < 1e-15):
            break
    return np.asarray(total)


def _beta_coefficient(step: int, a: Floats, b: Floats, x: Floats) -> Floats:
    """d of DLMF 8.17.23."""
    m = step // 2
    if step % 2:
        return -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
    return m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))


@np.vectorize
def _log_beta(a: float, b: float) -> float:
    """The logarithm of the complete beta function."""
    large, small = max(a, b), min(a, b)
    if small != 0.5 or large < 30:
        return math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    # ln G(z + 1/2) - ln G(z) by DLMF 5.11.8: a difference of two lgamma loses digits that the tail needs.
    inverse = 1 / large
    series = inverse * (-1 / 8 + inverse**2 * (1 / 192 + inverse**2 * (-1 / 640 + inverse**2 * 17 / 14336)))
    return 0.5 * math.log(math.pi / large) - series


def t_tail(t: Floats | float, df: Floats | float) -> Floats:
    """P(T > t) of Student's t with `df` degrees of freedom, elementwise; keeps its digits far out."""
    t, df = np.asarray(t, dtype=np.float64), np.asarray(df, dtype=np.float64)
    square = t * t
    half = incomplete_beta(df / 2, 0.5, df / (df + square), square / (df + square)) / 2
    return np.where(t < 0, 1 - half, half)


def t_cdf(t: Floats | float, df: Floats | float) -> Floats:
    """P(T <= t) of Student's t with `df` degrees of freedom, elementwise."""
    return t_tail(-np.asarray(t, dtype=np.float64), df)


def t_density(t: Floats | float, df: float) -> Floats:
    """The density of Student's t with `df` degrees of freedom, elementwise."""
    scale = math.exp(-float(_log_beta(df / 2, 0.5))) / math.sqrt(df)
    return np.asarray(scale * np.exp(-(df + 1) / 2 * np.log1p(np.square(t) / df)))


@lru_cache(maxsize=4096)
def t_quantile(p: float, df: float) -> float:
    """The t with P(T <= t) = p, for 0 < p < 1."""
    if p == 0.5:
        return 0.0
    if p > 0.5:
        return -t_quantile(1 - p, df)
    start = max(NormalDist().inv_cdf(1 - p), 1e-3)
    return -_solve(lambda t: (float(t_tail(t, df)), float(t_density(t, df))), p, start)


def _solve(tail_and_density: Callable[[float], tuple[float, float]], target: float, start: float) -> float:
    """The positive point where a tail probability equals `target`.

    Newton's method on log tail against log point, where tails are nearly straight; a step stays within a factor
    of e^3.
    """
    point = start
    for _ in range(100):
        tail, density = tail_and_density(point)
        step = math.log(tail / target) * tail / (point * density)
        point *= math.exp(min(max(step, -3.0), 3.0))
        # The error shrinks with the square of the step: this was the last step that changes a digit.
        if abs(step) < 1e-8:
            break
    return point


@dataclass(frozen=True)
class MeanSquares:
    """The crossed analysis of variance of matrices of seeds x examples; arrays of shape (matrices..., 1)."""

    seeds: int
    examples: int
    between_seeds: Floats
    between_examples: Floats
    interaction: Floats

    @property
    def variance(self) -> Floats:
        """The variance of each mean over new seeds and new examples: V of the module docstring."""
        return self._variance_at(self.between_seeds)[..., 0]

    @property
    def df(self) -> Floats:
        """Degrees of freedom of the variance, at least 1 (Satterthwaite 1946, Biometrics Bulletin 2:110)."""
        a, b = self.seeds - 1, self.examples - 1
        spread = self.between_seeds**2 / a + self.between_examples**2 / b + self.interaction**2 / (a * b)
        return np.maximum((self.variance * self.seeds * self.examples) ** 2 / spread[..., 0], 1.0)

    def tail(self, distance: Floats | float) -> Floats:
        """P(a mean errs upwards by more than `distance`), of either sign, one distance for each matrix."""
        errors, weights = self._standard_errors()
        return np.asarray(t_tail(np.asarray(distance)[..., None] / errors, self.examples - 1) @ weights)

    def half_width(self, alpha: float) -> float:
        """Half the width of the 1 - alpha interval of a single matrix: where the tail is alpha / 2."""
        errors, weights = self._standard_errors()
        df = self.examples - 1

        def tail_and_density(distance: float) -> tuple[float, float]:
            scaled = distance / errors
            return float(t_tail(scaled, df) @ weights), float((t_density(scaled, df) / errors) @ weights)

        # Cochran's weighted quantile lies close, and its two quantiles are remembered.
        share = max(0.0, 1 - float(self.between_seeds[0] / self.variance) / (self.seeds * self.examples))
        quantile = -(1 - share) * t_quantile(alpha / 2, self.seeds - 1) - share * t_quantile(alpha / 2, df)
        return _solve(tail_and_density, alpha / 2, math.sqrt(float(self.variance)) * quantile)

    def _standard_errors(self) -> tuple[Floats, Floats]:
        """The standard errors for what the seeds' mean square may have been, and the weight of each."""
        square, weights = _chi_square_nodes(self.seeds - 1)
        return np.sqrt(self._variance_at(self.between_seeds * (self.seeds - 1) / square)), weights

    def _variance_at(self, between_seeds: Floats) -> Floats:
        variance = np.maximum(between_seeds + self.between_examples - self.interaction, self.interaction)
        return variance / (self.seeds * self.examples)


def mean_squares(values: Floats) -> MeanSquares:
    """The mean squares of matrices (..., S, n) with S, n >= 2 (Scheffe 1959, Analysis of Variance, 7.4)."""
    seeds, examples = values.shape[-2:]
    mean = values.mean((-2, -1), keepdims=True)
    by_seed = values.mean(-1, keepdims=True) - mean
    by_example = values.mean(-2, keepdims=True) - mean
    rest = values - mean - by_seed - by_example
    return MeanSquares(
        seeds,
        examples,
        examples * np.square(by_seed).sum((-2, -1))[..., None] / (seeds - 1),
        seeds * np.square(by_example).sum((-2, -1))[..., None] / (examples - 1),
        np.square(rest).sum((-2, -1))[..., None] / ((seeds - 1) * (examples - 1)),
    )


@lru_cache(maxsize=32)
def _chi_square_nodes(df: int) -> tuple[Floats, Floats]:
    """Points and weights that average a function over chi-square(df).

    The trapezoid rule in the logarithm of the root. The lower end leaves out a probability of 1e-10; tails come
    out to a relative error below 1e-3 down to 1e-6.
    """
    low = (math.log(1e-10) + df / 2 * math.log(2) + math.lgamma(df / 2 + 1)) / df
    root = np.exp(np.linspace(low, math.log(math.sqrt(df) + 7), 128))
    weights = np.exp(df * np.log(root / math.sqrt(df)) - (root**2 - df) / 2)
    return root**2, weights / weights.sum()


@dataclass(frozen=True)
class Estimate:
    """A mean over seeds x examples with its interval; None is what one seed, or one example, cannot tell."""

    mean: float
    low: float | None
    high: float | None
    standard_error: float | None
    df: float | None
    """Satterthwaite's, for the reader; None also where nothing varied."""
    p_value: float | None
    """Two-sided, of a mean of 0."""
    examples: int
    squares: MeanSquares | None
    """None for one seed, one example, or values that do not vary."""
    within: tuple[float, float]

    def interval(self, alpha: float) -> tuple[float, float] | None:
        """The 1 - alpha interval, cut to the range that the mean can have."""
        if self.standard_error is None:
            return None
        width = self.squares.half_width(alpha) if self.squares else 0.0
        return max(self.mean - width, self.within[0]), min(self.mean + width, self.within[1])

    def equivalence_p(self, margin: float) -> float | None:
        """The larger p-value of the two one-sided tests that the mean lies below -margin or above margin.

        Schuirmann 1987, J. Pharmacokinet. Biopharm. 15:657. Where every difference is 0: were the mean beyond
        the margin, at least that share of examples would differ, and n of them without any would have
        probability (1 - margin) ** n.
        """
        if self.standard_error is None:
            return None
        if self.squares is None:
            return (1 - margin) ** self.examples if self.mean == 0 else 1.0
        return float(max(self.squares.tail(margin + self.mean), self.squares.tail(margin - self.mean)))


def crossed_interval(
    values: Floats,
    alpha: float = 0.05,
    centre: float | None = None,
    within: tuple[float, float] = (-math.inf, math.inf),
) -> Estimate:
    """The mean of a matrix over new seeds and new examples, with its 1 - alpha interval.

    Args:
        values: S seeds x n examples, finite.
        alpha: the interval's error rate.
        centre: the estimate, where it is not the mean of the values (a score beside its pseudo-values).
        within: the range that the mean can have; the interval is cut to it.

    Raises:
        ValueError: the matrix is empty, not two-dimensional, or holds NaN or infinity.
    """
    values = np.asarray(values, dtype=np.float64)
    if values.ndim != 2 or values.size == 0 or not np.isfinite(values).all():
        raise ValueError(f"expected a finite matrix of seeds x examples, got shape {values.shape}")
    mean = float(values.mean()) if centre is None else centre
    examples = values.shape[1]
    if min(values.shape) < 2:
        return Estimate(mean, None, None, None, None, None, examples, None, within)
    if np.ptp(values) <= 1e-12 * max(1.0, float(np.abs(values).max())):
        # Were the mean 0, an example would favour one side with probability 1/2 at most: the sign test.
        p_value = 1.0 if mean == 0 else min(1.0, 2.0 ** (1 - examples))
        return Estimate(mean, mean, mean, 0.0, None, p_value, examples, None, within)
    squares = mean_squares(values)
    error, p_value = math.sqrt(float(squares.variance)), 2 * float(squares.tail(abs(mean)))
    bare = Estimate(mean, None, None, error, float(squares.df), min(p_value, 1.0), examples, squares, within)
    low, high = bare.interval(alpha) or (None, None)
    return replace(bare, low=low, high=high)


def accuracy_estimate(predicted: Ids, gold: Ids, alpha: float = 0.05) -> Estimate:
    """The accuracy of S x n predicted ids against n gold ids."""
    hits = np.equal(predicted, np.asarray(gold)[None, :]).astype(np.float64)
    return crossed_interval(hits, alpha, within=(0.0, 1.0))


def macro_f1_estimate(predicted: Ids, gold: Ids, classes: int, alpha: float = 0.05) -> Estimate:
    """The macro-F1 of S x n predicted ids: the mean score of the seeds, its spread by the jackknife."""
    values, centre = _macro_f1_by_seed(predicted, gold, classes)
    return crossed_interval(values, alpha, centre, within=(0.0, 1.0))


def _macro_f1_by_seed(predicted: Ids, gold: Ids, classes: int) -> tuple[Floats, float]:
    """Pseudo-values S x n and the mean score of the seeds."""
    values = np.stack([macro_f1_pseudo_values(row, gold, classes) for row in predicted])
    return values, float(np.mean([macro_f1(row, gold, classes) for row in predicted]))


@dataclass(frozen=True)
class Gain:
    """IF minus F on the same seeds and examples: both scores and both differences."""

    f: float
    if_: float
    accuracy: Estimate
    f_macro_f1: float
    if_macro_f1: float
    macro_f1: Estimate


def gain(f: Ids, if_: Ids, gold: Ids, classes: int, alpha: float = 0.05) -> Gain:
    """The gain of IF over F.

    Args:
        f: S x n predicted label ids of the cell started from `pretrained`, a row a seed.
        if_: the same of the cell started from an intermediate checkpoint: the same seeds in the same order.
        gold: n label ids.
        classes: the number of declared labels.
        alpha: the error rate of the intervals.

    Raises:
        ValueError: the shapes differ.
    """
    f, if_, gold = np.asarray(f), np.asarray(if_), np.asarray(gold)
    if f.shape != if_.shape or f.shape[1:] != gold.shape:
        raise ValueError(f"F is {f.shape}, IF is {if_.shape} and gold is {gold.shape}: expected S x n, S x n and n")
    hits_f, hits_if = ((predicted == gold).astype(np.float64) for predicted in (f, if_))
    values_f, score_f = _macro_f1_by_seed(f, gold, classes)
    values_if, score_if = _macro_f1_by_seed(if_, gold, classes)
    return Gain(
        float(hits_f.mean()),
        float(hits_if.mean()),
        crossed_interval(hits_if - hits_f, alpha, within=(-1.0, 1.0)),
        score_f,
        score_if,
        crossed_interval(values_if - values_f, alpha, score_if - score_f, within=(-1.0, 1.0)),
    )


def holm(p_values: Sequence[float | None]) -> list[float | None]:
    """Holm-adjusted p-values (Holm 1979, Scand. J. Statist. 6:65), in the order given.

    A None is a hypothesis of the family that could not be tested: it counts, as p = 1, and stays None.
    """
    adjusted: list[float | None] = [None] * len(p_values)
    highest = 0.0
    tested = sorted((p, place) for place, p in enumerate(p_values) if p is not None)
    for rank, (p, place) in enumerate(tested):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p))
        adjusted[place] = highest
    return adjusted


@dataclass(frozen=True)
class Verdict:
    """What may be said of a gain."""

    name: VerdictName
    provisional: bool
    """Too few seeds for any other verdict than inconclusive."""
    negligible: bool
    """Positive or negative, but the 1 - 2 alpha interval lies inside the margin."""


def verdict(
    estimate: Estimate,
    seeds: int,
    p_holm: float | None,
    equivalence_p_holm: float | None,
    alpha: float,
    margin: float,
) -> Verdict:
    """The rule of the study, in order: too few seeds, a difference, equivalence, else inconclusive."""
    if seeds < MINIMUM_SEEDS or p_holm is None or equivalence_p_holm is None:
        return Verdict("inconclusive", provisional=True, negligible=False)
    if p_holm <= alpha:
        low, high = estimate.interval(2 * alpha) or (-math.inf, math.inf)
        return Verdict("positive" if estimate.mean > 0 else "negative", False, -margin < low and high < margin)
    return Verdict("equivalent" if equivalence_p_holm <= alpha else "inconclusive", False, False)
