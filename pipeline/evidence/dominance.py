"""Almost stochastic order of two sets of runs: how far the scores of IF are from dominating those of F; numpy alone.

IF dominates F stochastically where each quantile of its scores is at least F's. The violation ratio is the share of the squared
2-Wasserstein distance that lies where it is not (del Barrio, Cuesta-Albertos and Matran 2018, "An optimal transportation approach for
assessing almost stochastic order"); `epsilon_min` adds to it what the runs, few as they are, leave open, by the bootstrap (Dror,
Shlomov and Reichart 2019, "Deep Dominance", ACL). Below .5 IF is almost dominant, the nearer to 0 the surer.

It speaks of seeds with the test rows as given, and of scores' whole distribution where the study's interval speaks of their mean.
With two to five runs the bootstrap knows little: below `MINIMUM_RUNS` nothing is said.
"""

import math
from statistics import NormalDist

import numpy as np

from pipeline.evidence.statistics import Floats, Ids

MINIMUM_RUNS = 3
LABEL = "almost stochastic order over seeds (Dror et al. 2019); these test rows only"


def violation_ratio(better: Floats, worse: Floats) -> float:
    """The share of the squared 2-Wasserstein distance where `better`'s quantiles are below `worse`'s, exactly.

    Empirical quantile functions are steps, so that the integral is a sum over the steps of both. Equal samples: .5.
    """
    one, other = np.sort(np.asarray(better, dtype=np.float64)), np.sort(np.asarray(worse, dtype=np.float64))
    edges = np.unique(np.concatenate([_edges(len(one), len(other)), _edges(len(other), len(one))]))
    middles, widths = (edges[:-1] + edges[1:]) // 2, np.diff(edges)
    differences = one[middles // len(other)] - other[middles // len(one)]
    squares = np.square(differences) * widths
    total = squares.sum()
    return float(squares[differences < 0].sum() / total) if total > 0 else 0.5


def _edges(size: int, other: int) -> Ids:
    """The steps of a quantile function of `size` runs, in units of 1 / (size x other): whole, so that they compare exactly."""
    return np.arange(size + 1, dtype=np.int64) * other


def epsilon_min(
    better: Floats, worse: Floats, alpha: float = 0.05, replicates: int = 1_000, seed: int = 0
) -> float | None:
    """The upper confidence bound of the violation ratio, in [0, 1]; None below `MINIMUM_RUNS` runs of either.

    Dror et al. 2019, equation 9: the ratio minus the normal quantile of alpha times its bootstrap deviation.
    """
    one, other = np.asarray(better, dtype=np.float64), np.asarray(worse, dtype=np.float64)
    if min(len(one), len(other)) < MINIMUM_RUNS:
        return None
    rng = np.random.default_rng(seed)
    scale = math.sqrt(len(one) * len(other) / (len(one) + len(other)))
    ratio = violation_ratio(one, other)
    drawn = [
        scale * (violation_ratio(rng.choice(one, len(one)), rng.choice(other, len(other))) - ratio)
        for _ in range(replicates)
    ]
    bound = ratio - NormalDist().inv_cdf(alpha) * float(np.std(drawn)) / scale
    return min(max(bound, 0.0), 1.0)
