"""What may be known of a start's worth before any fine-tuning: scores of features and labels of a target's training rows.

`logme`, `h_score` and `leep` tell how well features, or another task's head, fit a target's labels. A gain is a difference of two
starts, so that the predictors of a gain are the differences of IF's score and F's on the same rows; LEEP needs a head, which F does not
have, and stands alone.
"""

import math

import numpy as np

from pipeline.evidence.statistics import Floats, Ids

SOURCES = {
    "logme": "LogME of IF's features minus F's (You et al. 2021, ICML), nats a row",
    "h_score": "regularised H-score of IF's features minus F's (Bao et al. 2019, ICIP; Ibrahim et al. 2021)",
    "leep": "LEEP of the intermediate task's head on the target's rows (Nguyen et al. 2020, ICML), nats a row",
    "task_similarity": "cosine of the two corpora's mean text vectors under the pretrained encoder (TextEmb, Vu et al. 2020, EMNLP)",
    "feature_change": "1 - linear CKA of IF's features and F's on the target's rows (Kornblith et al. 2019, ICML)",
    "start_rows": "logarithm of the start's training rows",
    "target_rows": "logarithm of the target's training rows",
    "size_ratio": "logarithm of the start's training rows over the target's",
}
ITERATIONS = 100
TOLERANCE = 1e-9


def logme(features: Floats, labels: Ids, classes: int) -> float:
    """The mean log evidence of linear models on the features, one for each label against the rest, per row.

    You, Liu, Wang and Long 2021, equation 2 and algorithm 1: weights have a normal prior of precision alpha, labels (0 or 1) normal noise
    of precision beta, and both are set to maximise the evidence by MacKay's fixed point.

    Args:
        features: n x d.
        labels: n label ids.
        classes: K; labels that no row has are left out.
    """
    features = np.asarray(features, dtype=np.float64)
    u, s, _ = np.linalg.svd(features, full_matrices=False)
    evidences = []
    for kind in range(classes):
        wanted = (labels == kind).astype(np.float64)
        if wanted.any():
            evidences.append(_evidence(u.T @ wanted, np.square(s), float(wanted @ wanted), *features.shape))
    return float(np.mean(evidences)) if evidences else math.nan


def _evidence(projected: Floats, squares: Floats, length: float, rows: int, dimensions: int) -> float:
    """The greatest log evidence of one label, per row.

    Args:
        projected: the label's values along the left singular vectors.
        squares: squared singular values.
        length: the label's squared length.
        rows: n.
        dimensions: d.
    """
    alpha = beta = 1.0
    outside = max(0.0, length - float(np.square(projected).sum()))
    for _ in range(ITERATIONS):
        before = alpha / beta
        shrunk = squares / (squares + before)
        gamma = float(shrunk.sum())
        weights = float((squares * np.square(projected) / np.square(squares + before)).sum())
        left = outside + float((np.square(projected) * np.square(1 - shrunk)).sum())
        alpha = gamma / max(weights, 1e-12)
        beta = (rows - gamma) / max(left, 1e-12)
        if abs(alpha / beta - before) <= TOLERANCE * before:
            break
    return log_evidence(alpha, beta, projected, squares, outside, rows, dimensions)


def log_evidence(
    alpha: float, beta: float, projected: Floats, squares: Floats, outside: float, rows: int, dimensions: int
) -> float:
    """log p(y | F, alpha, beta) / n (You et al. 2021, equation 2), by the singular values of F; `outside` is what of y F cannot reach."""
    ratio = alpha / beta
    weights = float((squares * np.square(projected) / np.square(squares + ratio)).sum())
    left = outside + float((np.square(projected) * np.square(ratio / (squares + ratio))).sum())
    determinant = float(np.log(alpha + beta * squares).sum()) + (dimensions - len(squares)) * math.log(alpha)
    total = rows * math.log(beta) + dimensions * math.log(alpha) - determinant - rows * math.log(2 * math.pi)
    return (total - beta * left - alpha * weights) / (2 * rows)


def h_score(features: Floats, labels: Ids) -> float:
    """tr(cov(f)^-1 cov(E[f | y])): the share of the features' spread, direction by direction, that the labels explain.

    Bao et al. 2019, definition 2. With fewer rows than dimensions the plain score is at its maximum for noise as well; the covariance is
    therefore shrunk towards the identity as Ledoit and Wolf 2004 have it, and that of the means with the same weight (Ibrahim,
    Ponomareva and Mazumder 2021, "Newer is not always better", section 4).

    Args:
        features: n x d.
        labels: n label ids.
    """
    from sklearn.covariance import ledoit_wolf

    centred = np.asarray(features, dtype=np.float64)
    centred = centred - centred.mean(0)
    covariance, shrinkage = ledoit_wolf(centred, assume_centered=True)
    kinds, places = np.unique(labels, return_inverse=True)
    means = np.stack([centred[places == kind].mean(0) for kind in range(len(kinds))])[places]
    between = means.T @ means / len(means)
    return float((1 - shrinkage) * np.trace(np.linalg.pinv(covariance, hermitian=True) @ between))


def leep(probabilities: Floats, labels: Ids, classes: int) -> float:
    """The mean log likelihood of the labels under what another task's head says of them, at most 0.

    Nguyen, Hassner, Seeger and Archambeau 2020, equation 2: the head's labels z become the target's by the empirical P(y | z).

    Args:
        probabilities: n x Z of the intermediate task's head.
        labels: n label ids of the target.
        classes: K.
    """
    joint = np.zeros((classes, probabilities.shape[1]))
    np.add.at(joint, labels, probabilities)
    totals = joint.sum(0)
    given = np.divide(joint, totals, out=np.zeros_like(joint), where=totals > 0)
    likelihoods = (given[labels] * probabilities).sum(1)
    return float(np.mean(np.log(np.maximum(likelihoods, 1e-300))))
