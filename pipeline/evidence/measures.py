"""Scores beside accuracy and macro-F1, each with its definition and its source; numpy alone.

Label ids are 0 .. K - 1 and K counts the declared labels, whether they occur or not. What a score cannot tell (no
positive row, no row at all) is None, never 0.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipeline.evidence.statistics import Estimate, Floats, Ids, crossed_interval

BINS = 15
"""Equal-width bins of confidence (Guo et al. 2017, "On Calibration of Modern Neural Networks", section 4)."""


def confusion(predicted: Ids, gold: Ids, classes: int) -> Ids:
    """Rows by gold label (first axis) and predicted label, shape (K, K)."""
    places = np.asarray(gold) * classes + np.asarray(predicted)
    return np.bincount(places, minlength=classes * classes).reshape(classes, classes)


@dataclass(frozen=True)
class ClassScores:
    """How one label fares: precision is hits / predicted, recall hits / gold, F1 their harmonic mean (van Rijsbergen 1979)."""

    precision: float | None
    """None where the label is never predicted."""
    recall: float | None
    """None where no row has the label."""
    f1: float | None
    """None where it is neither predicted nor present; macro-F1 counts it as 0."""
    rows: int
    """Rows whose gold label it is."""


def class_scores(predicted: Ids, gold: Ids, classes: int) -> list[ClassScores]:
    """Precision, recall and F1 of every label."""
    table = confusion(predicted, gold, classes)
    hits, asked, said = np.diag(table), table.sum(1), table.sum(0)
    return [
        ClassScores(
            float(hit / claims) if claims else None,
            float(hit / rows) if rows else None,
            float(2 * hit / (rows + claims)) if rows + claims else None,
            int(rows),
        )
        for hit, rows, claims in zip(hits.tolist(), asked.tolist(), said.tolist(), strict=True)
    ]


def mcc(predicted: Ids, gold: Ids, classes: int) -> float:
    """Matthews' correlation of K labels, R_K (Gorodkin 2004, Comput. Biol. Chem. 28:367); 0 where either side is constant."""
    table = confusion(predicted, gold, classes)
    correct, rows = np.array([np.trace(table)]), np.array([table.sum()])
    asked, said = table.sum(1), table.sum(0)
    return float(_correlation(correct, rows, *(np.array([part]) for part in _products(asked, said)))[0])


def mcc_pseudo_values(predicted: Ids, gold: Ids, classes: int) -> Floats:
    """Delete-one jackknife pseudo-values of R_K for one seed, in O(n + K); as `statistics.macro_f1_pseudo_values`.

    Taking out an example of gold label g and predicted label p changes each sum by an amount that depends on g and p alone.
    """
    predicted, gold = np.asarray(predicted), np.asarray(gold)
    n = len(gold)
    table = confusion(predicted, gold, classes)
    asked, said = table.sum(1), table.sum(0)
    both, of_asked, of_said = _products(asked, said)
    right = (predicted == gold).astype(np.int64)
    without = _correlation(
        np.trace(table) - right,
        np.full(n, n - 1),
        both - said[gold] - asked[predicted] + right,
        of_asked - 2 * asked[gold] + 1,
        of_said - 2 * said[predicted] + 1,
    )
    return np.asarray(n * mcc(predicted, gold, classes) - (n - 1) * without, dtype=np.float64)


def mcc_gain(f: Ids, if_: Ids, gold: Ids, classes: int, alpha: float = 0.05) -> Estimate:
    """The gain in MCC, IF minus F, of S x n predicted ids, with the interval of `statistics.crossed_interval`."""
    values = [np.stack([mcc_pseudo_values(row, gold, classes) for row in side]) for side in (f, if_)]
    scores = [float(np.mean([mcc(row, gold, classes) for row in side])) for side in (f, if_)]
    return crossed_interval(values[1] - values[0], alpha, scores[1] - scores[0], within=(-2.0, 2.0))


def _products(asked: Ids, said: Ids) -> tuple[int, int, int]:
    return int(asked @ said), int(asked @ asked), int(said @ said)


def _correlation(correct: Ids, rows: Ids, both: Ids, of_asked: Ids, of_said: Ids) -> Floats:
    """R_K from its sums, elementwise."""
    above = correct.astype(np.float64) * rows - both
    square = rows.astype(np.float64) ** 2
    below = np.sqrt(np.maximum(square - of_said, 0)) * np.sqrt(np.maximum(square - of_asked, 0))
    return np.asarray(np.divide(above, below, out=np.zeros_like(above), where=below > 0))


def brier(probabilities: Floats, gold: Ids) -> float | None:
    """The mean squared distance from n x K probabilities to the gold labels, from 0 to 2 (Brier 1950, Mon. Weather Rev. 78:1)."""
    probabilities, gold = np.asarray(probabilities, dtype=np.float64), np.asarray(gold)
    if not len(gold):
        return None
    at_gold = probabilities[np.arange(len(gold)), gold]
    return float(np.mean(np.square(probabilities).sum(1) - 2 * at_gold + 1))


def expected_calibration_error(probabilities: Floats, gold: Ids, bins: int = BINS) -> float | None:
    """The mean distance of confidence and accuracy over equal-width bins of confidence, weighted by their rows.

    Naeini, Cooper and Hauskrecht 2015 (AAAI), with the bins of Guo et al. 2017: (0, 1/bins], ..., up to 1. It depends on the bins
    and is biased upwards in small samples: compared between cells of one test set, not read as a number of its own.
    """
    probabilities, gold = np.asarray(probabilities, dtype=np.float64), np.asarray(gold)
    if not len(gold):
        return None
    confidence = probabilities.max(1)
    right = probabilities.argmax(1) == gold
    place = np.clip(np.ceil(confidence * bins).astype(np.int64) - 1, 0, bins - 1)
    gaps = np.bincount(place, right - confidence, bins)
    return float(np.abs(gaps).sum() / len(gold))


def pr_auc(scores: Floats, positive: NDArray[np.bool_]) -> float | None:
    """Average precision: precision summed over the steps of recall, without interpolation (Davis and Goadrich 2006, ICML).

    Args:
        scores: n scores, the higher the more positive; equal scores are one step.
        positive: n marks; None comes back where there is none.
    """
    scores, positive = np.asarray(scores, dtype=np.float64), np.asarray(positive, dtype=bool)
    total = int(positive.sum())
    if not total:
        return None
    order = np.argsort(-scores, kind="stable")
    hits = np.cumsum(positive[order])
    last = np.append(np.flatnonzero(np.diff(scores[order])), len(scores) - 1)
    precision, recall = hits[last] / (last + 1), hits[last] / total
    return float(np.sum(np.diff(recall, prepend=0.0) * precision))
