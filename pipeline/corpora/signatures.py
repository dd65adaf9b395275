"""MinHash signatures of texts by their shingles: rows that agree in many values have many shingles in common.

Words are numbered and runs of them hashed by numpy, many texts at once; rensa makes the signatures (R-MinHash, after Dahlgaard, Knudsen
and Thorup 2017, Fast Similarity Sketching). The same texts have the same signatures on every machine.
"""

import sys
from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

from pipeline.corpora.shingles import ALONE, APART, INSIDE, LENGTH, WRITTEN, kind

VALUES = 128
"""Values of a signature."""
SEED = 1
AT_ONCE = 1_000_000
"""Characters that are hashed at once; bounds memory."""
BASE = 0x9E3779B97F4A7C15
"""An odd number, so that it has an inverse modulo 2^64."""

Texts = tuple[str, str | None]
"""The folded text, or texts, of a row; none of them empty."""
Numbers = NDArray[np.uint64]
Integers = NDArray[np.int64]
Signatures = NDArray[np.uint32]


def signatures(rows: Sequence[Texts]) -> Signatures:
    """Rows x `VALUES`; the two texts of a pair count together, neither in the other's place."""
    parts = [_sketch(chunk) for chunk in _chunks(rows)]
    return np.concatenate(parts) if parts else np.zeros((0, VALUES), np.uint32)


def _chunks(rows: Sequence[Texts]) -> Iterator[list[Texts]]:
    chunk: list[Texts] = []
    size = 0
    for texts in rows:
        chunk.append(texts)
        size += len(texts[0]) + len(texts[1] or "")
        if size >= AT_ONCE:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _sketch(chunk: Sequence[Texts]) -> Signatures:
    from rensa import RMinHash

    texts = [text for row in chunk for text in row if text is not None]
    of_pairs = np.array([side for row in chunk for side in range(2 - (row[1] is None))], np.uint64)
    owners = np.repeat(np.arange(len(chunk)), [2 - (row[1] is None) for row in chunk])
    numbers, counts = _words(texts)
    hashes, runs = _shingles(numbers, counts, of_pairs)
    begins = np.concatenate([[0], np.cumsum(np.bincount(owners, runs, len(chunk)))]).astype(np.uint64)
    made = RMinHash.digest_matrix_from_flat_token_hashes(hashes, begins, num_perm=VALUES, seed=SEED)
    return np.array(made.to_rows(), np.uint32)


def _words(texts: Sequence[str]) -> tuple[Numbers, Integers]:
    """A number for each word of the texts, text after text, and how many words each has."""
    codes = np.frombuffer("\0".join(texts).encode("utf-32-le", "surrogatepass"), np.uint32)
    lengths = np.array([len(text) for text in texts])
    begins = np.cumsum(lengths + 1) - (lengths + 1)
    kinds = _kinds()[codes]
    first = (kinds == ALONE) | ((kinds == INSIDE) & (np.concatenate([[APART], kinds[:-1]]) != INSIDE))
    counts = np.diff(np.concatenate([[0], np.cumsum(first)])[np.append(begins, len(codes))])
    for text in np.flatnonzero(counts == 0):
        # Without words, the whole text is one.
        begin = begins[text]
        kinds[begin : begin + lengths[text]], first[begin], counts[text] = INSIDE, True, 1
    starts = np.flatnonzero(first)
    after = np.concatenate([kinds[1:], [APART]])
    ends = np.flatnonzero((kinds == ALONE) | ((kinds == INSIDE) & (after != INSIDE)))
    return _hashes_of_runs(codes, starts, ends), counts


def _hashes_of_runs(codes: NDArray[np.uint32], starts: Integers, ends: Integers) -> Numbers:
    """The polynomial hash of each run of characters, modulo 2^64 and wherever it stands."""
    base, inverse = np.uint64(BASE), np.uint64(pow(BASE, -1, 2**64))
    powers = np.cumprod(np.full(len(codes), base))
    sums = np.concatenate([np.zeros(1, np.uint64), np.cumsum(codes * powers)])
    back = np.cumprod(np.full(len(codes), inverse))
    return _mixed((sums[ends + 1] - sums[starts]) * back[starts])


def _shingles(words: Numbers, counts: Integers, sides: Numbers) -> tuple[Numbers, Integers]:
    """A number for each shingle of the texts, text after text, and how many each text has.

    The second texts of pairs (`sides` is 1) have other numbers than the first: pairs that share one text alone are not alike.
    """
    padded = np.zeros(counts.sum() + (LENGTH - 1) * len(counts), np.uint64)
    # A text of fewer words than a shingle has one, filled up with zeros.
    padded[np.arange(len(words)) + np.repeat(np.arange(len(counts)) * (LENGTH - 1), counts)] = words
    runs = np.maximum(1, counts - LENGTH + 1)
    sizes = counts + LENGTH - 1
    first = np.repeat(np.cumsum(sizes) - sizes - (np.cumsum(runs) - runs), runs) + np.arange(runs.sum())
    hashes = np.repeat(sides, runs)
    for place in range(LENGTH):
        hashes = _mixed(hashes + padded[first + place])
    return hashes, runs


def _mixed(numbers: Numbers) -> Numbers:
    """Each number spread over 64 bits (the finaliser of splitmix64, Steele, Lea and Flood 2014)."""
    numbers = numbers + np.uint64(0x9E3779B97F4A7C15)
    numbers = (numbers ^ (numbers >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    numbers = (numbers ^ (numbers >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return numbers ^ (numbers >> np.uint64(31))


@cache
def _kinds() -> NDArray[np.uint8]:
    """What every character is, by code point."""
    kinds = np.full(sys.maxunicode + 1, APART, np.uint8)
    kinds[:WRITTEN] = [kind(code) for code in range(WRITTEN)]
    return kinds
