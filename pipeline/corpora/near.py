"""Near-duplicates: texts whose shingles have a Jaccard similarity of `THRESHOLD` or more; of pairs, both texts.

Three steps, each exact enough for the next. MinHash signatures in bands tell which rows may have a near-duplicate at all: those that
share every value of one of `BANDS` bands with another row. At a similarity of exactly .9 one pair in 8,000 shares none,
(1 - .9 ** 8) ** 16, and fewer above it. Among these rows, two are compared if they share one of their rarest shingles, since two
sets of which nine tenths are common cannot but share one of the rarest tenth and one more (prefix filtering: Chaudhuri, Ganti and
Kaushik 2006); in texts made from templates bands alone would pair everything. Last, the shingles themselves decide, so that
nothing is called near that is not. The same rows give the same answer on every machine.
"""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import lru_cache

import numpy as np

from pipeline.corpora.cleaning import Dropped, fold_pair
from pipeline.corpora.schema import Row
from pipeline.corpora.shingles import Shingle, jaccard, shingles
from pipeline.corpora.signatures import VALUES, Signatures, signatures

THRESHOLD = 0.9
BANDS = 16
MAY_BE_NEAR = 0.78
"""Rows whose signatures agree in a smaller share are not compared: at .9 that is four and a half standard deviations below."""

Marked = tuple[int, Shingle]
"""A shingle of the first (0) or second (1) text of a row."""


class NearIndex:
    """Rows among which those similar to a row are found; a row is found once it was added."""

    def __init__(self, rows: Sequence[Row]) -> None:
        texts = [fold_pair(row) for row in rows]
        self._signatures = signatures(texts)
        # Of most corpora few rows share a band: the others' texts are not needed again.
        self._texts = {row: texts[row] for row in _rows_that_share_a_band(self._signatures)}
        self._sets = lru_cache(maxsize=256)(self._shingles_of)
        self._rarest = self._rarest_of(list(self._texts))
        self._members: dict[Marked, list[int]] = {}

    def add(self, row: int) -> None:
        """Let a row be found."""
        for shingle in self._rarest.get(row, ()):
            self._members.setdefault(shingle, []).append(row)

    def near(self, row: int) -> Iterator[int]:
        """The added rows that are near-duplicates of `row`, itself excepted, in rising order."""
        found = {other for shingle in self._rarest.get(row, ()) for other in self._members.get(shingle, ())}
        candidates = np.array(sorted(found - {row}), np.int64)
        agreement = (self._signatures[candidates] == self._signatures[row]).mean(axis=1)
        return (other for other in candidates[agreement >= MAY_BE_NEAR].tolist() if self._alike(row, other))

    def _alike(self, row: int, other: int) -> bool:
        ours, theirs = self._sets(row), self._sets(other)
        return len(ours) == len(theirs) and all(
            jaccard(mine, yours) >= THRESHOLD for mine, yours in zip(ours, theirs, strict=True)
        )

    def _shingles_of(self, row: int) -> list[set[Shingle]]:
        return [shingles(text) for text in self._texts[row] if text is not None]

    def _marked(self, row: int) -> list[Marked]:
        return [(side, shingle) for side, found in enumerate(self._sets(row)) for shingle in found]

    def _rarest_of(self, rows: Sequence[int]) -> dict[int, list[Marked]]:
        """As many of each row's shingles as a near-duplicate cannot do without, the rarest among these rows."""
        frequency = Counter(marked for row in rows for marked in self._marked(row))
        rarest = {}
        for row in rows:
            ordered = sorted(self._marked(row), key=lambda marked: (frequency[marked], marked))
            rarest[row] = ordered[: len(ordered) - math.ceil(THRESHOLD * len(ordered)) + 1]
        return rarest


def without_near(rows: Sequence[Row], dropped: Dropped) -> tuple[list[Row], Dropped]:
    """Drop every row that is a near-duplicate of an earlier one that is kept and has its label.

    A row that differs little and has another label stays: the difference is what the label hangs on.

    Args:
        rows: Rows without exact and folded duplicates.
        dropped: What went before.

    Returns:
        The remaining rows in their order, and all that was dropped.
    """
    index, kept, contrasts = NearIndex(rows), [], 0
    for place, row in enumerate(rows):
        labels = {rows[other].label for other in index.near(place)}
        if row.label in labels:
            continue
        contrasts += bool(labels)
        index.add(place)
        kept.append(row)
    return kept, replace(dropped, near=len(rows) - len(kept), contrasts=contrasts)


def near_rows(rows: Sequence[Row], seen: Sequence[Row]) -> list[bool]:
    """Of each row, whether one of the rows seen is a near-duplicate of it, whatever their labels."""
    index = NearIndex([*seen, *rows])
    for place in range(len(seen)):
        index.add(place)
    return [any(True for _ in index.near(len(seen) + place)) for place in range(len(rows))]


def _rows_that_share_a_band(found: Signatures) -> list[int]:
    """The rows, in rising order, that have all values of a band in common with another."""
    width = VALUES // BANDS
    share = np.zeros(len(found), bool)
    for band in range(BANDS):
        values = np.ascontiguousarray(found[:, band * width : (band + 1) * width])
        _, same, counts = np.unique(values.view(f"V{4 * width}")[:, 0], return_inverse=True, return_counts=True)
        share |= counts[same] > 1
    return np.flatnonzero(share).tolist()
