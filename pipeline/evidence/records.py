"""The two records of a cell, from its predictions.

`cell_record` is what reports/cells holds: scores overall and by language, with their spread over seeds and their
intervals; the paper's protocol, the floors and collapsed runs beside them; and the digests that make two cells
comparable. `predicted_record` is what reports/predicted holds: gold and predicted label ids, so that gains,
intervals and flips follow from git alone. Both are pure: the same results give the same bytes through
`pipeline.files.write_json`.

Scored are the test rows that no start of the task has seen, for F and IF alike. What one seed cannot tell (a
deviation, an interval) is null.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

import numpy as np

from pipeline.errors import InputError
from pipeline.evidence.statistics import (
    Estimate,
    Ids,
    accuracy,
    accuracy_estimate,
    crossed_interval,
    macro_f1,
    macro_f1_estimate,
)
from pipeline.files import digest

V = TypeVar("V", int, float)

ScoreBlock = dict[str, Any]
"""{"mean", "sd", "low", "high", "seeds": {seed: value}}"""


@dataclass(frozen=True)
class CellResults:
    """All that training a cell has given; n is the number of test rows in the order of the test file."""

    cell: Mapping[str, str]
    """`task`, `target`, `start` and `model`."""
    kind: str
    """`domain` or `crosslingual`."""
    labels: Sequence[str]
    """Declared label names in the order of their ids."""
    ids: Sequence[str]
    """n row ids."""
    gold: Sequence[int]
    """n label ids."""
    languages: Sequence[str]
    """n languages."""
    seen: Sequence[bool]
    """n marks of rows that a start of the task has seen: left out of the scores."""
    predicted: Mapping[int, Sequence[int]]
    """By seed: n label ids predicted at the epoch that dev selected."""
    epochs: Mapping[int, int]
    """By seed: that epoch."""
    paper_accuracy: Mapping[int, float]
    """By seed: the accuracy on all n rows at the epoch that is best on them, as the paper reports it."""
    paper_epochs: Mapping[int, int]
    """By seed: that epoch."""
    majority: int
    """The label id most frequent in training."""
    tfidf: Sequence[int]
    """n label ids predicted by TF-IDF and logistic regression."""
    settings: Mapping[str, Any]
    """All that must agree between F and IF, by leaf key: training.target, split and the target's corpus block."""
    checkpoint: str
    """Digest of the start's checkpoint."""
    intermediate_seeds: Sequence[int]
    """Seeds of the intermediate checkpoints; empty for `pretrained`."""
    truncation: Mapping[str, int]
    """`max_tokens`, and of all `rows` of the target how many are longer and so `cut`."""
    folds: Mapping[int, Sequence[int]] = field(default_factory=dict)
    """By seed: n numbers, from 1, of the folds in which the rows were tested; empty for an ordinary split."""

    def __post_init__(self) -> None:
        rows = len(self.gold)
        columns = (self.ids, self.languages, self.seen, self.tfidf, *self.predicted.values(), *self.folds.values())
        if any(len(column) != rows for column in columns):
            raise ValueError(f"every column needs {rows} test rows, got {[len(column) for column in columns]}")
        by_seed = (self.epochs, self.paper_accuracy, self.paper_epochs, *([self.folds] if self.folds else []))
        if not self.predicted or any(mapping.keys() != self.predicted.keys() for mapping in by_seed):
            raise ValueError(f"every result needs the seeds {sorted(self.predicted)}")
        if all(self.seen):
            raise InputError(
                f"{self.cell['task']}/{self.cell['target']}: all {rows} test rows were seen by a start of the task, "
                "so nothing is left to score; take another target or another corpus for the start."
            )


@dataclass(frozen=True)
class _Scored:
    """The scored rows as arrays: S seeds in rising order x m rows."""

    seeds: list[int]
    gold: Ids
    predicted: Ids
    tfidf: Ids
    languages: list[str]
    test: str


def _scored(results: CellResults) -> _Scored:
    keep = [row for row, seen in enumerate(results.seen) if not seen]
    seeds = sorted(results.predicted)
    gold = np.asarray(results.gold, dtype=np.int64)[keep]
    rows = {
        "ids": [str(results.ids[row]) for row in keep],
        "labels": [results.labels[results.gold[row]] for row in keep],
    }
    return _Scored(
        seeds,
        gold,
        np.array([results.predicted[seed] for seed in seeds], dtype=np.int64)[:, keep],
        np.asarray(results.tfidf, dtype=np.int64)[keep],
        [str(results.languages[row]) for row in keep],
        digest(rows),
    )


def cell_record(results: CellResults, alpha: float = 0.05) -> dict[str, Any]:
    """The cell's record with 1 - alpha intervals.

    Raises:
        ValueError: lengths or seeds of the results disagree.
    """
    scored = _scored(results)
    everywhere = {seed: accuracy(_ids(results.predicted[seed]), _ids(results.gold)) for seed in scored.seeds}
    return {
        "cell": dict(results.cell),
        "kind": results.kind,
        **_scores(scored.predicted, scored.gold, results, alpha),
        "languages": _by_language(scored, results, alpha),
        "with_overlap": {"rows": int(np.sum(results.seen)), "accuracy": _mean(everywhere)},
        "paper": {
            "accuracy": {"mean": _mean(results.paper_accuracy), "seeds": _by_seed(results.paper_accuracy)},
            "epochs": _by_seed(results.paper_epochs),
            # Both sides on all test rows: the paper leaves none out.
            "optimism": _mean(results.paper_accuracy) - _mean(everywhere),
        },
        "epochs": _by_seed(results.epochs),
        "floors": _floors(scored, results.majority, alpha),
        "collapsed": [seed for seed, row in zip(scored.seeds, scored.predicted, strict=True) if np.ptp(row) == 0],
        "test_rows": len(scored.gold),
        "settings": digest(dict(results.settings)),
        "test": scored.test,
        "checkpoint": results.checkpoint,
    }


def predicted_record(results: CellResults) -> dict[str, Any]:
    """The cell's gold and predicted label ids, scored rows only, in the order of the test file.

    Holds lists alone: `about` is a list of one.
    """
    scored = _scored(results)
    about = {
        "cell": dict(results.cell),
        "settings": dict(results.settings),
        "test": scored.test,
        "checkpoint": results.checkpoint,
        "truncation": dict(results.truncation),
    }
    keep = [row for row, seen in enumerate(results.seen) if not seen]
    folds = {str(seed): [int(results.folds[seed][row]) for row in keep] for seed in sorted(results.folds)}
    return {
        # In a list, because DVC takes this file for a metric and shows every single value of a metric.
        "about": [about],
        "labels": list(results.labels),
        "languages": scored.languages,
        "gold": scored.gold.tolist(),
        "predicted": {str(seed): row.tolist() for seed, row in zip(scored.seeds, scored.predicted, strict=True)},
        "tfidf": scored.tfidf.tolist(),
        "intermediate_seeds": [int(seed) for seed in results.intermediate_seeds],
        **({"folds": folds} if folds else {}),
    }


def _scores(predicted: Ids, gold: Ids, results: CellResults, alpha: float) -> dict[str, ScoreBlock]:
    """Accuracy and macro-F1 of S x m predicted ids."""
    classes, seeds = len(results.labels), sorted(results.predicted)
    by_seed = {
        "accuracy": {seed: accuracy(row, gold) for seed, row in zip(seeds, predicted, strict=True)},
        "macro_f1": {seed: macro_f1(row, gold, classes) for seed, row in zip(seeds, predicted, strict=True)},
    }
    return {
        "accuracy": _block(accuracy_estimate(predicted, gold, alpha), by_seed["accuracy"]),
        "macro_f1": _block(macro_f1_estimate(predicted, gold, classes, alpha), by_seed["macro_f1"]),
    }


def _block(estimate: Estimate, by_seed: Mapping[int, float]) -> ScoreBlock:
    deviation = float(np.std(list(by_seed.values()), ddof=1)) if len(by_seed) > 1 else None
    return {
        "mean": estimate.mean,
        "sd": deviation,
        "low": estimate.low,
        "high": estimate.high,
        "seeds": _by_seed(by_seed),
    }


def _by_language(scored: _Scored, results: CellResults, alpha: float) -> dict[str, dict[str, ScoreBlock]]:
    """The scores on the rows of each language, over all declared labels."""
    languages = np.array(scored.languages)
    blocks = {}
    for language in sorted(set(scored.languages)):
        of_it = languages == language
        blocks[language] = _scores(scored.predicted[:, of_it], scored.gold[of_it], results, alpha)
    return blocks


def _floors(scored: _Scored, majority: int, alpha: float) -> dict[str, Any]:
    """The floors' accuracies, and how far the cell is above TF-IDF on the same rows."""
    hits = (scored.predicted == scored.gold).astype(np.float64)
    floor = (scored.tfidf == scored.gold).astype(np.float64)
    above = crossed_interval(hits - floor, alpha, within=(-1.0, 1.0))
    return {
        "majority": accuracy(np.full_like(scored.gold, majority), scored.gold),
        "tfidf": float(floor.mean()),
        "above_tfidf": {"mean": above.mean, "low": above.low, "high": above.high},
    }


def _ids(values: Sequence[int]) -> Ids:
    return np.asarray(values, dtype=np.int64)


def _mean(by_seed: Mapping[int, float]) -> float:
    # In the order of the seeds: a sum in another order may differ in its last bit.
    return float(np.mean([by_seed[seed] for seed in sorted(by_seed)]))


def _by_seed(by_seed: Mapping[int, V]) -> dict[str, V]:
    return {str(seed): by_seed[seed] for seed in sorted(by_seed)}
