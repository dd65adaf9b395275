"""What many targets, repeated cross-validation, or a size tell: statistics that need scipy, kept from the app.

Each answer stands beside the study's verdicts, which remain Holm's (`pipeline.evidence.gains`), with the label of its constant.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize, stats

from pipeline.evidence.statistics import Floats

FRIEDMAN = "Friedman test over targets with the F of Iman and Davenport 1980, and Nemenyi's post-hoc test (Demsar 2006, JMLR 7)"
DISCOVERIES = (
    "Benjamini and Hochberg 1995: the expected share of false discoveries; descriptive, the verdicts are Holm's"
)
DETECTABLE = "minimum detectable effect (Bloom 1995, Evaluation Review 19:547)"
REPEATED = "corrected resampled t-test (Nadeau and Bengio 2003, Machine Learning 52:239; Bouckaert and Frank 2004)"
MINIMUM_TARGETS = 2


@dataclass(frozen=True)
class Ranking:
    """Systems compared over targets."""

    ranks: Floats
    """Mean rank of each of k systems; 1 is best, ties share their ranks."""
    chi_square: float
    """Friedman's statistic, corrected for ties; k - 1 degrees of freedom."""
    p_value: float
    f_statistic: float | None
    """Iman and Davenport's; None where every target ranks alike."""
    f_p_value: float
    critical_difference: float
    """Nemenyi's, at alpha: mean ranks that differ by less cannot be told apart."""
    pairs: Floats
    """k x k p-values of Nemenyi's test."""


def friedman_nemenyi(scores: Floats, alpha: float = 0.05) -> Ranking | None:
    """Rank k systems on N targets.

    Args:
        scores: N targets x k systems, the higher the better, finite.
        alpha: the error rate of the critical difference.

    Returns:
        None below two targets or three systems, of which there is nothing to rank.
    """
    scores = np.asarray(scores, dtype=np.float64)
    targets, systems = scores.shape
    if targets < MINIMUM_TARGETS or systems < 3:
        return None
    ranked = stats.rankdata(-scores, axis=1)
    ranks = ranked.mean(0)
    spread = np.square(ranked - (systems + 1) / 2).sum()
    # Ties make ranks vary less; without any the spread is N k (k^2 - 1) / 12.
    chi_square = (
        (systems - 1) * targets**2 * float(np.square(ranks - (systems + 1) / 2).sum() / spread) if spread else 0.0
    )
    below = targets * (systems - 1) - chi_square
    f_statistic = (targets - 1) * chi_square / below if below > 1e-9 else None
    f_p = float(stats.f.sf(f_statistic, systems - 1, (systems - 1) * (targets - 1))) if f_statistic is not None else 0.0
    error = math.sqrt(systems * (systems + 1) / (6 * targets))
    distances = np.abs(ranks[:, None] - ranks[None, :]) / error * math.sqrt(2)
    critical = float(stats.studentized_range.ppf(1 - alpha, systems, np.inf)) / math.sqrt(2) * error
    pairs = np.asarray(stats.studentized_range.sf(distances, systems, np.inf))
    return Ranking(ranks, chi_square, float(stats.chi2.sf(chi_square, systems - 1)), f_statistic, f_p, critical, pairs)


def benjamini_hochberg(p_values: Sequence[float | None]) -> list[float | None]:
    """Adjusted p-values in the order given; as in `statistics.holm`, a None counts as p = 1 and stays None."""
    if not p_values:
        return []
    adjusted = stats.false_discovery_control([1.0 if p is None else p for p in p_values])
    return [None if p is None else float(value) for p, value in zip(p_values, adjusted, strict=True)]


def minimum_detectable_effect(
    standard_error: float, df: float, alpha: float = 0.05, power: float = 0.8
) -> float | None:
    """The smallest true gain that a two-sided t test finds with probability `power`; None without a standard error.

    Args:
        standard_error: of the gain.
        df: its degrees of freedom.
        alpha: the test's error rate; alpha / m for the first step of Holm's procedure over m gains.
        power: the probability.
    """
    if not standard_error > 0:
        return None
    critical = float(stats.t.isf(alpha / 2, df))

    def lacks(shift: float) -> float:
        # From the other side nothing is found that matters: at a power of .8 its share is below 1e-6.
        return float(stats.nct.sf(critical, df, shift)) - power

    return standard_error * float(optimize.brentq(lacks, 0.0, 2 * critical + 20))


def expected_standard_error(rows: int, disagreement: float, seeds: int, seed_deviation: float) -> float:
    """The standard error of a gain before anything is trained, by the crossed model of `statistics`.

    Args:
        rows: test rows.
        disagreement: the share of rows on which F and IF differ in being right, averaged over seeds; under no gain it is the
            variance of a row's difference (McNemar 1947).
        seeds: fine-tuning seeds.
        seed_deviation: the standard deviation of the gain between seeds on infinitely many rows.
    """
    return math.sqrt(seed_deviation**2 / seeds + disagreement / rows)


@dataclass(frozen=True)
class Repeated:
    """The mean difference of a repeated cross-validation."""

    mean: float
    low: float
    high: float
    p_value: float
    standard_error: float
    df: int


def corrected_repeated_cv(differences: Floats, test_share: float, alpha: float = 0.05) -> Repeated | None:
    """The mean of r x k differences of folds, with a variance that knows that folds share training rows.

    The variance of the mean is (1 / (r k) + n_test / n_train) s^2: without the second term a repeated cross-validation can be made
    as sure as one likes by repeating it.

    Args:
        differences: r repeats x k folds, IF minus F.
        test_share: test rows of a fold as a share of all rows, so that n_test / n_train = share / (1 - share).
        alpha: the interval's error rate.

    Returns:
        None below two folds.
    """
    differences = np.asarray(differences, dtype=np.float64)
    count = differences.size
    if count < 2:
        return None
    mean = float(differences.mean())
    error = math.sqrt((1 / count + test_share / (1 - test_share)) * float(differences.var(ddof=1)))
    if error == 0:
        return Repeated(mean, mean, mean, 1.0 if mean == 0 else 0.0, 0.0, count - 1)
    width = float(stats.t.isf(alpha / 2, count - 1)) * error
    p_value = 2 * float(stats.t.sf(abs(mean) / error, count - 1))
    return Repeated(mean, mean - width, mean + width, p_value, error, count - 1)
