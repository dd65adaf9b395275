"""A distance between two corpora beside its noise floor: what the same distance says of two halves of one corpus.

Most distances between finite samples are never 0 and shrink as the samples grow, so that a bare number says little. Here all three
are taken on samples of one size: m rows of one corpus against m rows of the other, and m against m other rows of each. Samples are
drawn without replacement, `repeats` times; the means are reported.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.evidence.statistics import Ids

Distance = Callable[[int, Ids, int, Ids], float]
"""Of the rows given by number of the corpus given as 0 or 1, and the rows of another or the same."""
MINIMUM_ROWS = 10
"""A half below this says nothing."""


@dataclass(frozen=True)
class Measured:
    """A distance, higher is farther, and what it says of halves."""

    value: float
    floor: float
    """The mean of both corpora's floors."""
    floors: tuple[float, float]
    """Of the start's corpus and of the target."""
    rows: int
    """Rows a side."""
    repeats: int

    @property
    def as_json(self) -> dict[str, Any]:
        """Plain values; `above_floor` is what is left for the difference between the corpora."""
        return {
            "value": self.value,
            "floor": self.floor,
            "above_floor": self.value - self.floor,
            "floors": {"start": self.floors[0], "target": self.floors[1]},
            "rows": self.rows,
            "repeats": self.repeats,
        }


def with_floor(distance: Distance, sizes: tuple[int, int], most: int, repeats: int, seed: int) -> Measured | None:
    """A distance between two corpora with its split-half noise floor.

    Args:
        distance: what is measured.
        sizes: rows of the two corpora.
        most: rows of a half at most.
        repeats: how often samples are drawn.
        seed: of the draws.

    Returns:
        None where half of a corpus has fewer than `MINIMUM_ROWS` rows.
    """
    half = min(sizes[0] // 2, sizes[1] // 2, most)
    if half < MINIMUM_ROWS:
        return None
    rng = np.random.default_rng(seed)
    found = []
    for _ in range(repeats):
        halves = [rng.permutation(size)[: 2 * half].reshape(2, half) for size in sizes]
        between = distance(0, halves[0][0], 1, halves[1][0])
        found.append((between, *(distance(side, *_both(side, rows)) for side, rows in enumerate(halves))))
    value, of_start, of_target = (float(mean) for mean in np.mean(found, axis=0))
    return Measured(value, (of_start + of_target) / 2, (of_start, of_target), half, repeats)


def _both(side: int, rows: Ids) -> tuple[Ids, int, Ids]:
    return rows[0], side, rows[1]
