"""Which labels are taken for which, and how well each is found: from the predicted ids of one cell."""

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui.evidence.predicted import Predicted

Counts = tuple[tuple[int, ...], ...]
"""Rows by gold label (lines) and predicted label (columns)."""


@dataclass(frozen=True)
class Spread:
    """A score over seeds; None where no seed has it."""

    mean: float | None
    sd: float | None
    """None with one seed."""


@dataclass(frozen=True)
class ClassScore:
    """How well one label is found."""

    label: str
    support: int
    """Test rows that have it."""
    precision: Spread
    """None where no seed ever predicts the label; of the seeds that do otherwise."""
    recall: Spread
    """None where no test row has the label."""
    f1: Spread
    """0 where a seed neither predicts the label nor finds it, as macro-F1 counts it."""
    predicted: float
    """Rows that are given the label, mean over seeds."""


def confusion(predicted: Predicted, seed: str) -> Counts:
    """The confusion matrix of one seed."""
    size = len(predicted.labels)
    counts = [[0] * size for _ in range(size)]
    for gold, id in zip(predicted.gold, predicted.by_seed[seed], strict=True):
        counts[gold][id] += 1
    return tuple(map(tuple, counts))


def mean_confusion(predicted: Predicted) -> tuple[tuple[float, ...], ...]:
    """The confusion matrix, mean over seeds."""
    matrices = [confusion(predicted, seed) for seed in predicted.seeds]
    return tuple(
        tuple(statistics.fmean(values) for values in zip(*lines, strict=True)) for lines in zip(*matrices, strict=True)
    )


def class_scores(predicted: Predicted) -> list[ClassScore]:
    """Precision, recall and F1 of every declared label."""
    matrices = [confusion(predicted, seed) for seed in predicted.seeds]
    return [_score(label, id, matrices) for id, label in enumerate(predicted.labels)]


def _score(label: str, id: int, matrices: Sequence[Counts]) -> ClassScore:
    hits = [matrix[id][id] for matrix in matrices]
    given = [sum(line[id] for line in matrix) for matrix in matrices]
    support = sum(matrices[0][id])
    return ClassScore(
        label,
        support,
        _spread([hit / count for hit, count in zip(hits, given, strict=True) if count]),
        _spread([hit / support for hit in hits] if support else []),
        _spread(
            [2 * hit / (count + support) if count + support else 0.0 for hit, count in zip(hits, given, strict=True)]
        ),
        statistics.fmean(given),
    )


def _spread(values: Sequence[float]) -> Spread:
    if not values:
        return Spread(None, None)
    return Spread(statistics.fmean(values), statistics.stdev(values) if len(values) > 1 else None)


@dataclass(frozen=True)
class Confused:
    """A label that is taken for another."""

    gold: str
    predicted: str
    rows: float
    """Mean over seeds."""
    share: float
    """Of the rows that have the gold label."""


def most_confused(predicted: Predicted, most: int = 10) -> list[Confused]:
    """The pairs of labels that are most often taken for each other, the most frequent first."""
    support = [predicted.gold.count(id) for id in range(len(predicted.labels))]
    found = [
        Confused(predicted.labels[gold], predicted.labels[id], rows, rows / support[gold])
        for gold, line in enumerate(mean_confusion(predicted))
        for id, rows in enumerate(line)
        if id != gold and rows
    ]
    return sorted(found, key=lambda one: (-one.rows, one.gold, one.predicted))[:most]


def constant(predicted: Predicted) -> Mapping[str, str]:
    """Seeds that predict one label only, with that label."""
    return {seed: predicted.labels[ids[0]] for seed, ids in predicted.by_seed.items() if len(set(ids)) == 1}
