"""Distances of two samples of encoder features: centroids and the shape of their spread (linear CKA); numpy alone."""

import math

import numpy as np

from pipeline.evidence.statistics import Floats


def centroid_distance(one: Floats, other: Floats) -> float:
    """1 - the cosine of the mean features, from 0 to 2; 1 where a mean is 0."""
    return 1.0 - cosine(one.mean(0), other.mean(0))


def cosine(one: Floats, other: Floats) -> float:
    """The cosine of two vectors; 0 where one of them is 0."""
    lengths = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.clip(one @ other / lengths, -1.0, 1.0)) if lengths > 0 else 0.0


def linear_cka(one: Floats, other: Floats) -> float:
    """Linear centred kernel alignment of two descriptions of the same n examples, from 0 to 1.

    Kornblith, Norouzi, Lee and Hinton 2019 (ICML), equation 3 and section 3: |Y'X|^2 / (|X'X| |Y'Y|) in Frobenius norms of centred
    features. How far a detour moved what an encoder says of a target's texts.

    Args:
        one: n x d.
        other: n x e, the same examples in the same order.
    """
    x, y = one - one.mean(0), other - other.mean(0)
    return _alignment(float(np.square(y.T @ x).sum()), x, y)


def spread_distance(one: Floats, other: Floats) -> float:
    """1 - linear CKA over the encoder's dimensions, from 0 to 1, for two samples of different examples.

    The examples of two corpora do not correspond, but the dimensions of one encoder do: with them in the place of the examples,
    linear CKA is the cosine of the two covariance matrices.
    """
    x, y = one - one.mean(0), other - other.mean(0)
    covariances = x.T @ x / len(x), y.T @ y / len(y)
    return 1.0 - cosine(covariances[0].ravel(), covariances[1].ravel())


def _alignment(shared: float, x: Floats, y: Floats) -> float:
    norms = math.sqrt(_self_product(x) * _self_product(y))
    return shared / norms if norms > 0 else 0.0


def _self_product(x: Floats) -> float:
    """|X'X|^2, on the smaller side."""
    product = x.T @ x if x.shape[0] > x.shape[1] else x @ x.T
    return float(np.square(product).sum())


def principal(samples: list[Floats], dimensions: int) -> list[Floats]:
    """Samples of features in their common principal directions, at most so many."""
    together = np.concatenate(samples)
    mean = together.mean(0)
    _, _, directions = np.linalg.svd(together - mean, full_matrices=False)
    return [(sample - mean) @ directions[:dimensions].T for sample in samples]
