"""Tests that speak of checkpoints, beside the rules of the study: paired bootstrap and approximate randomisation; numpy alone.

Both take the trained checkpoints as given. With new seeds a recipe gives other checkpoints, and then such an answer is too sure of
itself: under the null with seed variance its false-positive rate was .22 to .51 (`python -m benchmarks.statistics`). They stand beside
the verdict with that label, because reviewers ask for them and other papers have nothing else.

Replicates are computed by counts. Rows that agree in gold and all predicted labels are one *cell*; a replicate is a vector of how
often each cell was drawn, and the hits and sizes of every label are products of these vectors with 0/1 matrices: no replicate ever
touches a row's label.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
    return paired_bootstraps(f, if_, gold, classes, (score,), alpha, replicates, seed)[score]


def paired_bootstraps(
    f: Ids,
    if_: Ids,
    gold: Ids,
    classes: int,
    scores: Sequence[Score],
    alpha: float = 0.05,
    replicates: int = REPLICATES,
    seed: int = 0,
) -> dict[Score, Resampled]:
    """`paired_bootstrap` of several scores on the same replicates, which are drawn once."""
    cells = cells_of(f, if_, gold, classes)
    rng = np.random.default_rng(seed)
    parts = [_differences(cells, counts, scores) for counts in _draws(rng, cells, replicates)]
    found: dict[Score, Resampled] = {}
    for score in scores:
        drawn = np.concatenate([part[score] for part in parts])
        low, high = np.quantile(drawn, [alpha / 2, 1 - alpha / 2])
        side = min(int(np.sum(drawn <= 0)), int(np.sum(drawn >= 0)))
        p_value = min(1.0, 2 * (side + 1) / (replicates + 1))
        found[score] = Resampled(_observed(cells, score), float(low), float(high), p_value, replicates)
    return found


def approximate_randomisation(
    f: Ids, if_: Ids, gold: Ids, classes: int, score: Score, replicates: int = REPLICATES, seed: int = 0
) -> Resampled:
    """How often F and IF, exchanged at random row by row (all seeds of a row together), differ as much as observed."""
    return approximate_randomisations(f, if_, gold, classes, (score,), replicates, seed)[score]


def approximate_randomisations(
    f: Ids,
    if_: Ids,
    gold: Ids,
    classes: int,
    scores: Sequence[Score],
    replicates: int = REPLICATES,
    seed: int = 0,
) -> dict[Score, Resampled]:
    """`approximate_randomisation` of several scores on the same exchanges, which are drawn once."""
    cells = cells_of(f, if_, gold, classes)
    rng = np.random.default_rng(seed)
    observed = {score: _observed(cells, score) for score in scores}
    as_far = dict.fromkeys(scores, 0)
    for size in _sizes(replicates):
        exchanged = _exchanged(rng, cells, size)
        for score, (one, other) in _after_exchange(cells, exchanged, scores).items():
            as_far[score] += int(np.sum(np.abs(other - one) >= abs(observed[score]) - 1e-9))
    return {
        score: Resampled(observed[score], None, None, (as_far[score] + 1) / (replicates + 1), replicates)
        for score in scores
    }


def _exchanged(rng: np.random.Generator, cells: Cells, size: int) -> Floats:
    """How many rows of each cell are exchanged in each replicate, each row with probability 1/2; shape (size, M)."""
    rows = cells.rows
    # A bit a row: binomial numbers take twenty times as long.
    bits = np.unpackbits(rng.integers(0, 256, (size, -(-rows // 8)), dtype=np.uint8), axis=1)[:, :rows]
    begins = np.cumsum(cells.counts) - cells.counts
    return cast(Floats, np.add.reduceat(bits, begins, axis=1, dtype=np.float32))


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


def _after_exchange(cells: Cells, exchanged: Floats, scores: Sequence[Score]) -> dict[Score, tuple[Floats, Floats]]:
    """The mean scores of F and IF over seeds in each replicate, `exchanged` rows of each cell having changed sides.

    What leaves one side comes to the other, so that one product gives both.
    """
    f, if_ = ([_columns(cells, ids, scores) for ids in side] for side in (cells.f, cells.if_))
    moved = _products(exchanged, [after - before for before, after in zip(f, if_, strict=True)])
    counts = cells.counts.astype(np.float64)
    golds = counts @ _one_hot(cells.gold, cells.classes)
    totals = {score: [np.zeros(len(exchanged)), np.zeros(len(exchanged))] for score in scores}
    for before, after, change in zip(f, if_, moved, strict=True):
        for place, sums in enumerate((counts @ before + change, counts @ after - change)):
            for score, found in _scores_of(cells, sums, golds, scores).items():
                totals[score][place] += found
    return {score: (one / len(cells.f), other / len(cells.f)) for score, (one, other) in totals.items()}


def _differences(cells: Cells, counts: Floats, scores: Sequence[Score]) -> dict[Score, Floats]:
    """IF minus F in each replicate; `counts` is replicates x M."""
    sides = [_columns(cells, ids, scores) for side in (cells.f, cells.if_) for ids in side]
    golds, *sums = _products(counts, [_one_hot(cells.gold, cells.classes), *sides])
    found = [_scores_of(cells, one, golds, scores) for one in sums]
    seeds = len(cells.f)
    return {
        score: np.asarray((sum(one[score] for one in found[seeds:]) - sum(one[score] for one in found[:seeds])) / seeds)
        for score in scores
    }


def _products(counts: Floats, columns: Sequence[Floats]) -> list[Floats]:
    """`counts` times each block of columns, in one product: many narrow ones take four times as long."""
    ends = np.cumsum([block.shape[1] for block in columns])[:-1]
    return np.split((counts @ np.hstack(columns)).astype(np.float64), ends, axis=1)


def _columns(cells: Cells, ids: Ids, scores: Sequence[Score]) -> Floats:
    """What has to be summed over rows for some scores of one run: hits in all, hits by label, what it says by label."""
    right = ids == cells.gold
    blocks = [right.astype(np.float32)[:, None]] if "accuracy" in scores else []
    if "macro_f1" in scores:
        blocks += [_one_hot(cells.gold, cells.classes, right), _one_hot(ids, cells.classes)]
    return cast(Floats, np.hstack(blocks))


def _scores_of(cells: Cells, sums: Floats, golds: Floats, scores: Sequence[Score]) -> dict[Score, Floats]:
    """Scores by replicate of the sums of `_columns`; `golds` is rows by label, of each replicate or of all."""
    found: dict[Score, Floats] = {}
    if "accuracy" in scores:
        found["accuracy"], sums = sums[:, 0] / cells.rows, sums[:, 1:]
    if "macro_f1" in scores:
        hits, said = np.split(sums, 2, axis=1)
        found["macro_f1"] = _macro(hits, golds + said)
    return found


def _macro(hits: Floats, sizes: Floats) -> Floats:
    """Macro-F1 of replicates x K hits and sizes, as in `statistics`."""
    return np.asarray(np.where(sizes > 0, 2.0 * hits / np.maximum(sizes, 1), 0.0).mean(1))


def _one_hot(ids: Ids, classes: int, where: Ids | None = None) -> Floats:
    """M x K, float32 because counts below 2^24 are exact in it and products twice as fast."""
    matrix = np.zeros((len(ids), classes), np.float32)
    matrix[np.arange(len(ids)), ids] = 1.0 if where is None else where
    return cast(Floats, matrix)
