"""Distances of words: Jensen-Shannon divergence of unigrams and overlap of vocabularies; numpy alone.

A word is a run of letters, digits and underscores, lower-cased. Texts are turned into numbers once; a distance of any rows is then
a count over them.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from pipeline.evidence.statistics import Floats, Ids

WORD = re.compile(r"\w+")


@dataclass(frozen=True)
class Words:
    """Texts as numbers of words: text i has `numbers[offsets[i]:offsets[i + 1]]`."""

    numbers: Ids
    offsets: Ids

    def counts(self, rows: Ids, size: int) -> Ids:
        """How often each of `size` words occurs in the given texts."""
        lengths = np.diff(self.offsets)[rows]
        starts = np.repeat(self.offsets[rows] - np.cumsum(lengths) + lengths, lengths)
        return np.bincount(self.numbers[starts + np.arange(lengths.sum())], minlength=size)


def number_words(corpora: Sequence[Iterable[str]]) -> tuple[list[Words], int]:
    """The words of several corpora, numbered together, and how many different ones there are."""
    known: dict[str, int] = {}
    found = []
    for texts in corpora:
        lines = [[known.setdefault(word, len(known)) for word in WORD.findall(text.lower())] for text in texts]
        offsets = np.zeros(len(lines) + 1, dtype=np.int64)
        np.cumsum([len(line) for line in lines], out=offsets[1:])
        flat = np.fromiter((word for line in lines for word in line), np.int64, int(offsets[-1]))
        found.append(Words(flat, offsets))
    return found, len(known)


def jensen_shannon(one: Ids | Floats, other: Ids | Floats) -> float:
    """The divergence of two word distributions in bits, from 0 to 1 (Lin 1991, IEEE Trans. Inf. Theory 37:145).

    Args:
        one: counts by word.
        other: counts by the same words. Without any word on one side alone the divergence is 1; without any on both, 0.
    """
    totals = float(one.sum()), float(other.sum())
    if not all(totals):
        return 0.0 if totals[0] == totals[1] else 1.0
    p, q = one / totals[0], other / totals[1]
    middle = (p + q) / 2
    return float(min(1.0, max(0.0, (_information(p, middle) + _information(q, middle)) / 2)))


def _information(p: Floats, middle: Floats) -> float:
    """Kullback and Leibler's divergence in bits."""
    said = p > 0
    return float(np.sum(p[said] * np.log2(p[said] / middle[said])))


def vocabulary_distance(one: Ids, other: Ids) -> float:
    """1 - Jaccard's index of the two vocabularies; 0 where neither has a word."""
    either = int(np.sum((one > 0) | (other > 0)))
    return 1 - int(np.sum((one > 0) & (other > 0))) / either if either else 0.0


def unknown_words(start: Ids, target: Ids) -> float:
    """The share of the target's running words that the start's corpus does not have; 0 where it has no word."""
    total = int(target.sum())
    return float(target[start == 0].sum() / total) if total else 0.0
