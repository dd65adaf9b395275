"""How far two annotators agree: Cohen's kappa with its interval, and the confusion matrix behind it.

Texts count that both gave a label; a skip is no label. Kappa is scikit-learn's `cohen_kappa_score`, unweighted, over the labels of
the scheme.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Z = 1.959964
"""The normal distribution's .975 quantile."""
FEW = 5
"""Fewer texts with equal labels, or with different ones, and the normal approximation says nothing."""


@dataclass(frozen=True)
class Agreement:
    """Two annotators over the texts that both labelled."""

    texts: int
    observed: float | None
    """Share of texts with equal labels; None where there are no texts, as all that follows."""
    expected: float | None
    """Share that two annotators with these shares of labels would agree on by chance."""
    kappa: float | None
    low: float | None
    high: float | None
    """The 95 % interval, from the normal approximation, which is rough below 50 texts; None where fewer than FEW texts agree or differ."""
    matrix: list[list[int]]
    """Labels x labels: rows are the first annotator's, columns the second's."""
    why: str
    """Why there is no kappa; empty where there is one."""


def agreement(pairs: Sequence[tuple[str, str]], labels: Sequence[str]) -> Agreement:
    """Compare two annotators.

    Args:
        pairs: Both labels of each text.
        labels: The labels of the scheme, which order the matrix.
    """
    from sklearn.metrics import cohen_kappa_score, confusion_matrix

    if not pairs:
        empty = [[0] * len(labels) for _ in labels]
        return Agreement(0, None, None, None, None, None, empty, "no text has a label of both")
    first, second = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    matrix = confusion_matrix(first, second, labels=list(labels))
    shares = matrix / len(pairs)
    observed = float(np.trace(shares))
    expected = float(shares.sum(axis=1) @ shares.sum(axis=0))
    if len({*first, *second}) == 1:
        why = "both gave one and the same label to every text, so that chance alone would agree"
        return Agreement(len(pairs), observed, expected, None, None, None, matrix.tolist(), why)
    kappa = float(cohen_kappa_score(first, second, labels=list(labels)))
    low, high = _interval(kappa, matrix)
    return Agreement(len(pairs), observed, expected, kappa, low, high, matrix.tolist(), "")


def _interval(kappa: float, matrix: NDArray[np.int_]) -> tuple[float, float] | tuple[None, None]:
    equal = int(np.trace(matrix))
    if min(equal, int(matrix.sum()) - equal) < FEW:
        return None, None
    half = Z * standard_error(matrix)
    return max(-1.0, kappa - half), min(1.0, kappa + half)


def standard_error(matrix: NDArray[np.int_]) -> float:
    """The large-sample standard error of kappa.

    Fleiss, Cohen and Everitt 1969, Large sample standard errors of kappa and weighted kappa, equation 13.

    Args:
        matrix: Labels x labels, counts of texts; not all in one cell of the diagonal.
    """
    count = int(matrix.sum())
    shares = matrix / count
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    observed, expected = float(np.trace(shares)), float(rows @ columns)
    kappa = (observed - expected) / (1 - expected)
    margins = columns[:, None] + rows[None, :]
    agreed = float((np.diag(shares) * (1 - np.diag(margins) * (1 - kappa)) ** 2).sum())
    apart = shares * margins**2
    differing = (1 - kappa) ** 2 * float(apart.sum() - np.trace(apart))
    shift = (kappa - expected * (1 - kappa)) ** 2
    return math.sqrt(max(0.0, agreed + differing - shift) / count) / (1 - expected)
