"""Slopes and equivalence over few measurements; needs scipy, and statsmodels for the mixed model, which is loaded only when asked."""

import math
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from scipy import stats

from pipeline.evidence.statistics import Floats

FACTOR = 1.25
"""Two quantities within this factor are called equivalent: the bound of bioequivalence trials (Schuirmann 1987, J. Pharmacokinet.
Biopharm. 15:657), taken over for want of one for latencies."""
MIXED = "mixed-effects model by restricted maximum likelihood, language as random effect (Lindstrom and Bates 1988)"
MEANS = "least squares on the means of the languages"


@dataclass(frozen=True)
class Ratio:
    """A geometric mean of ratios, and whether it is within a factor of 1."""

    ratio: float
    low: float
    high: float
    """The 1 - 2 alpha interval, which lies within the factor where the test says equivalent."""
    p_value: float
    """The larger one of the two one-sided tests."""
    pairs: int
    equivalent: bool

    def as_mapping(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def equivalent_ratio(above: Sequence[float], below: Sequence[float], alpha: float = 0.05) -> Ratio | None:
    """Two one-sided t tests on the logarithms of n paired ratios; None below three pairs.

    Args:
        above: n positive numerators.
        below: n positive denominators, each measured beside its numerator.
        alpha: the error rate of the test.
    """
    if len(above) < 3 or min(*above, *below) <= 0:
        return None
    logs = np.log(np.asarray(above)) - np.log(np.asarray(below))
    mean, bound, df = float(logs.mean()), math.log(FACTOR), len(logs) - 1
    error = float(logs.std(ddof=1)) / math.sqrt(len(logs))
    if error < 1e-12:
        p_value = 0.0 if abs(mean) < bound else 1.0
    else:
        p_value = float(max(stats.t.sf((bound + mean) / error, df), stats.t.sf((bound - mean) / error, df)))
    width = float(stats.t.isf(alpha, df)) * error
    ends = math.exp(mean - width), math.exp(mean + width)
    return Ratio(math.exp(mean), *ends, p_value, len(logs), p_value <= alpha)


@dataclass(frozen=True)
class Slope:
    """A change for each unit of something, with its interval."""

    slope: float
    low: float
    high: float
    p_value: float
    """Two-sided, of no slope."""
    df: int
    method: str

    def as_mapping(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def weighted_slope(x: Floats, y: Floats, groups: Sequence[str], errors: Floats, alpha: float = 0.05) -> Slope | None:
    """The slope of y on x by weighted least squares, an intercept for each group.

    Weights are the inverse squares of the errors, known but for a common factor that the residuals tell: the usual t interval. Where
    an error is 0 or not a number, none is believed and all weigh alike.

    Args:
        x: n values.
        y: n values.
        groups: n names.
        errors: n standard errors of y.
        alpha: the interval's error rate.

    Returns:
        None where x does not vary within any group, or the residuals have no degree of freedom.
    """
    x, y, errors = (np.asarray(values, dtype=np.float64) for values in (x, y, errors))
    names = sorted(set(groups))
    intercepts = np.array([[group == name for name in names] for group in groups], dtype=np.float64)
    design = np.column_stack([x, intercepts])
    df = len(y) - design.shape[1]
    if df < 1 or np.linalg.matrix_rank(design) < design.shape[1]:
        return None
    trusted = bool(np.isfinite(errors).all() and (errors > 0).all())
    roots = 1 / errors if trusted else np.ones_like(y)
    scaled, response = design * roots[:, None], y * roots
    solution, *_ = np.linalg.lstsq(scaled, response, rcond=None)
    scale = float(np.square(response - scaled @ solution).sum()) / df
    error = math.sqrt(scale * float(np.linalg.inv(scaled.T @ scaled)[0, 0]))
    method = "weighted least squares" if trusted else "least squares"
    return _with_t(float(solution[0]), error, df, f"{method}, an intercept for each target", alpha)


def language_slope(distances: Floats, gains: Floats, languages: Sequence[str], alpha: float = 0.05) -> Slope | None:
    """The slope of gains on the distance of their language, with a random intercept for each language.

    The distance varies between languages alone, so that t has as many degrees of freedom as there are languages, less two (Hox 2010,
    Multilevel Analysis, 3.2), whatever the number of gains. Where the random effect cannot be told from none, least squares on the means of
    the languages answers instead.

    Returns:
        None below three languages, or where distances do not vary.
    """
    names = sorted(set(languages))
    distances, gains = np.asarray(distances, dtype=np.float64), np.asarray(gains, dtype=np.float64)
    if len(names) < 3 or np.ptp(distances) == 0:
        return None
    df = len(names) - 2
    found = _mixed(distances, gains, languages)
    if found is not None:
        return _with_t(*found, df, MIXED, alpha)
    places = [np.array([language == name for language in languages]) for name in names]
    x = np.array([distances[place].mean() for place in places])
    y = np.array([gains[place].mean() for place in places])
    means = weighted_slope(x, y, ["all"] * len(x), np.zeros_like(x), alpha)
    return None if means is None else Slope(means.slope, means.low, means.high, means.p_value, df, MEANS)


def _mixed(distances: Floats, gains: Floats, languages: Sequence[str]) -> tuple[float, float] | None:
    """Slope and standard error; None where the fit has no inside maximum."""
    if len(gains) <= len(set(languages)):
        return None
    from statsmodels.regression.mixed_linear_model import MixedLM

    design = np.column_stack([np.ones_like(distances), distances])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            fitted = MixedLM(gains, design, groups=np.asarray(languages)).fit(reml=True)
        except (np.linalg.LinAlgError, ValueError):
            return None
    slope, error = float(fitted.fe_params[1]), float(fitted.bse_fe[1])
    variance = float(np.asarray(fitted.cov_re)[0, 0])
    inside = bool(fitted.converged) and variance > 1e-8 * float(fitted.scale)
    return (slope, error) if inside and math.isfinite(error) and error > 0 else None


def _with_t(slope: float, error: float, df: int, method: str, alpha: float) -> Slope:
    width = float(stats.t.isf(alpha / 2, df)) * error
    p_value = 2 * float(stats.t.sf(abs(slope) / error, df)) if error > 0 else float(slope == 0)
    return Slope(slope, slope - width, slope + width, p_value, df, method)
