"""Tests that speak of checkpoints, beside the rules of the study: paired bootstrap and approximate randomisation; numpy alone.

Both take the trained checkpoints as given. With new seeds a recipe gives other checkpoints, and then such an answer is too sure of
itself: under the null with seed variance its false-positive rate was .22 to .51 (`python -m benchmarks.statistics`). They stand beside
the verdict with that label, because reviewers ask for them and other papers have nothing else.

Replicates are computed by counts. Rows that agree in gold and all predicted labels are one *cell*; a replicate is a vector of how
often each cell was drawn, and the hits and sizes of every label are products of these vectors with 0/1 matrices: no replicate ever
touches a row's label.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Literal, cast

import numpy as np

from pipeline.evidence.statistics import Floats, Ids, accuracy, macro_f1

Score = Literal["accuracy", "macro_f1"]
REPLICATES = 10_000
CHUNK = 1_000
"""Replicates at once; bounds memory."""
SCOPE = "these checkpoints only"
BOOTSTRAP = "paired percentile bootstrap over test rows (Efron and Tibshirani 1993, chapter 13); these checkpoints only"
RANDOMISATION = (
    "approximate randomisation of F and IF by test row (Yeh 2000, COLING; Noreen 1989); these checkpoints only"
)


@dataclass(frozen=True)
class Cells:
    """The distinct rows of a comparison: R rows are drawn from M cells."""

    gold: Ids
    """M label ids."""
    f: Ids
    """S x M predicted label ids."""
    if_: Ids
    """S x M predicted label ids."""
    counts: Ids
    """M: how many test rows each cell stands for."""
    classes: int

    @property
    def rows(self) -> int:
        """Test rows."""
        return int(self.counts.sum())


def cells_of(f: Ids, if_: Ids, gold: Ids, classes: int) -> Cells:
    """The distinct rows of S x n predicted ids beside n gold ids.

    Raises:
        ValueError: the shapes differ, or there is no row.
    """
    f, if_, gold = (np.asarray(ids, dtype=np.int64) for ids in (f, if_, gold))
    if f.shape != if_.shape or f.shape[1:] != gold.shape or not len(gold):
        raise ValueError(f"F is {f.shape}, IF is {if_.shape} and gold is {gold.shape}: expected S x n, S x n and n")
    found, counts = np.unique(np.vstack([gold[None], f, if_]), axis=1, return_counts=True)
    seeds = len(f)
    return Cells(found[0], found[1 : seeds + 1], found[seeds + 1 :], counts, classes)


@dataclass(frozen=True)
class Resampled:
    """What replicates say of a difference of mean scores, IF minus F."""

    difference: float
    low: float | None
    """None for a test, which has no interval."""
    high: float | None
    p_value: float
    """Two-sided, never 0: the observed one counts as a replicate (Davison and Hinkley 1997, section 4.2)."""
    replicates: int


def paired_bootstrap(
    f: Ids,
    if_: Ids,
    gold: Ids,
    classes: int,
    score: Score,
    alpha: float = 0.05,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> Resampled:
    """The percentile interval over resampled test rows; F and IF, and all seeds, share the rows of a replicate.

    The p-value is twice the smaller share of replicates on either side of 0.
    """
    cells = cells_of(f, if_, gold, classes)
    rng = np.random.default_rng(seed)
    drawn = np.concatenate([_difference(cells, counts, score) for counts in _draws(rng, cells, replicates)])
    low, high = np.quantile(drawn, [alpha / 2, 1 - alpha / 2])
    side = min(int(np.sum(drawn <= 0)), int(np.sum(drawn >= 0)))
    p_value = min(1.0, 2 * (side + 1) / (replicates + 1))
    return Resampled(_observed(cells, score), float(low), float(high), p_value, replicates)


def approximate_randomisation(
    f: Ids, if_: Ids, gold: Ids, classes: int, score: Score, replicates: int = REPLICATES, seed: int = 0
) -> Resampled:
    """How often F and IF, exchanged at random row by row (all seeds of a row together), differ as much as observed."""
    cells = cells_of(f, if_, gold, classes)
    rng = np.random.default_rng(seed)
    observed = _observed(cells, score)
    as_far = 0
    for size in _sizes(replicates):
        # Of the rows of a cell a binomial number is exchanged.
        exchanged = cast(Floats, rng.binomial(cells.counts, 0.5, (size, len(cells.counts))).astype(np.float32))
        kept = cells.counts.astype(np.float32) - exchanged
        one = _mean_score(cells, cells.f, kept, score, cells.if_, exchanged)
        other = _mean_score(cells, cells.if_, kept, score, cells.f, exchanged)
        as_far += int(np.sum(np.abs(other - one) >= abs(observed) - 1e-9))
    return Resampled(observed, None, None, (as_far + 1) / (replicates + 1), replicates)


def _observed(cells: Cells, score: Score) -> float:
    sides = [np.repeat(side, cells.counts, axis=1) for side in (cells.f, cells.if_)]
    gold = np.repeat(cells.gold, cells.counts)
    means = [
        np.mean([accuracy(row, gold) if score == "accuracy" else macro_f1(row, gold, cells.classes) for row in side])
        for side in sides
    ]
    return float(means[1] - means[0])


def _sizes(replicates: int) -> Iterator[int]:
    for start in range(0, replicates, CHUNK):
        yield min(CHUNK, replicates - start)


def _draws(rng: np.random.Generator, cells: Cells, replicates: int) -> Iterator[Floats]:
    """Counts of cells in resampled rows, shape (replicates of a chunk, M)."""
    rows, width = cells.rows, len(cells.counts)
    of_row = np.repeat(np.arange(width), cells.counts)
    for size in _sizes(replicates):
        drawn = of_row[rng.integers(0, rows, (size, rows))]
        drawn += np.arange(size)[:, None] * width
        yield np.bincount(drawn.ravel(), minlength=size * width).reshape(size, width).astype(np.float32)


def _difference(cells: Cells, counts: Floats, score: Score) -> Floats:
    return _mean_score(cells, cells.if_, counts, score) - _mean_score(cells, cells.f, counts, score)


def _mean_score(
    cells: Cells, side: Ids, counts: Floats, score: Score, other: Ids | None = None, other_counts: Floats | None = None
) -> Floats:
    """The mean score over seeds in each replicate.

    Args:
        cells: the distinct rows.
        side: S x M predicted ids.
        counts: replicates x M, how often each cell counts with `side`.
        score: which score.
        other: S x M predicted ids of the rows that were exchanged.
        other_counts: replicates x M, how often each cell counts with `other`.
    """
    parts = [(side, counts)] if other is None or other_counts is None else [(side, counts), (other, other_counts)]
    total = np.zeros(len(counts))
    golds = _sum(weights for _, weights in parts) @ _one_hot(cells.gold, cells.classes)
    for seed in range(len(side)):
        hits = _sum(weights @ _one_hot(cells.gold, cells.classes, ids[seed] == cells.gold) for ids, weights in parts)
        hits = hits.astype(np.float64)
        if score == "accuracy":
            total += hits.sum(1) / golds.sum(1)
            continue
        sizes = golds + _sum(weights @ _one_hot(ids[seed], cells.classes) for ids, weights in parts)
        total += np.where(sizes > 0, 2.0 * hits / np.maximum(sizes, 1), 0.0).mean(1)
    return np.asarray(total / len(side))


def _sum(arrays: Iterable[Floats]) -> Floats:
    return reduce(np.add, arrays)


def _one_hot(ids: Ids, classes: int, where: Ids | None = None) -> Floats:
    """M x K, float32 because counts below 2^24 are exact in it and products twice as fast."""
    matrix = np.zeros((len(ids), classes), np.float32)
    matrix[np.arange(len(ids)), ids] = 1.0 if where is None else where
    return cast(Floats, matrix)
