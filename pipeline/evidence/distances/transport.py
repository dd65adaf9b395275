"""Optimal transport between labelled corpora (OTDD).

Alvarez-Melis and Fusi 2020 (NeurIPS), "Geometric dataset distances via optimal transport".

Moving a row onto another costs the squared distance of their features and the squared 2-Wasserstein distance of their labels, each label
being the normal distribution with the mean and covariance of its rows (their section 4.2): labels need not correspond, nor be as many.
The distance is the square root of the cheapest transport, solved exactly by POT.
"""

import math

import numpy as np

from pipeline.evidence.statistics import Floats, Ids

DIMENSIONS = 32
"""Principal directions that features are taken down to: covariances of a label's few rows need no more."""


def dataset_distance(one: Floats, labels: Ids, other: Floats, other_labels: Ids) -> float:
    """OTDD of n x d features with n label ids and m x d features with m label ids, in the features' own units."""
    import ot
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1):
        kinds, places = np.unique(labels, return_inverse=True)
        other_kinds, other_places = np.unique(other_labels, return_inverse=True)
        first = [_normal(one[places == kind]) for kind in range(len(kinds))]
        second = [_normal(other[other_places == kind]) for kind in range(len(other_kinds))]
        between = np.array([[squared_bures(*p, *q) for q in second] for p in first])
        squares = np.square(one).sum(1)[:, None] + np.square(other).sum(1) - 2 * one @ other.T
        cost = np.maximum(squares, 0.0) + between[places][:, other_places]
        weights = [np.full(len(side), 1 / len(side)) for side in (one, other)]
        return math.sqrt(max(0.0, float(ot.emd2(*weights, np.ascontiguousarray(cost)))))


def _normal(rows: Floats) -> tuple[Floats, Floats]:
    """The mean and the covariance of rows; one row has none."""
    centred = rows - rows.mean(0)
    return rows.mean(0), centred.T @ centred / max(1, len(rows) - 1)


def squared_bures(mean: Floats, covariance: Floats, other_mean: Floats, other_covariance: Floats) -> float:
    """The squared 2-Wasserstein distance of two normal distributions (Dowson and Landau 1982, J. Multivar. Anal. 12:450)."""
    root = _root(covariance)
    crossed = np.linalg.eigvalsh(root @ other_covariance @ root)
    shape = np.trace(covariance) + np.trace(other_covariance) - 2 * np.sqrt(np.maximum(crossed, 0.0)).sum()
    return max(0.0, float(np.square(mean - other_mean).sum() + shape))


def _root(matrix: Floats) -> Floats:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.sqrt(np.maximum(values, 0.0))) @ vectors.T)
