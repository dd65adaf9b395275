"""Which tokens of texts a model has to predict, and what it sees in their place.

**Masks** (BERT, RoBERTa, XLM-R): `SHARE` of a text's tokens are chosen at random; of these 80 % are replaced by the mask token, 10 % by a
random token and 10 % are left as they are (Devlin et al. 2019, section 3.1). **Permutations** (XLNet): about a sixth of a text's tokens
are chosen in spans, no token is replaced, and a random order says which of the chosen see which others (Yang et al. 2019,
sections 2.3 and 3.1). Special tokens, the unknown one among them, are never chosen, and at least one token of each text is.

A choice is a pure function of the texts and of the generator: one of the seed and the epoch gives every epoch masks of its own
(dynamic masking: Liu et al. 2019, section 4.1), a fixed one the same each time.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from pipeline.training.batches import Encoded

SHARE = 0.15
"""Share of the tokens that are chosen (Devlin et al. 2019, section 3.1)."""

MASKED, RANDOM = 0.8, 0.1
"""Shares of the chosen tokens that the mask token replaces, and that a random token does; same source."""

ONE_IN = 6
"""One of so many tokens is chosen: XLNet's constant K (Yang et al. 2019, section 3.1)."""

LONGEST_SPAN = 5
"""Tokens of the longest span of choices; same source."""


@dataclass(frozen=True)
class Words:
    """What a choice has to know of a tokenizer."""

    mask: int
    """Id of the mask token."""
    special: tuple[int, ...]
    """Ids of all special tokens, the mask among them."""
    size: int
    """Number of ids."""


@dataclass(frozen=True)
class Hidden(Encoded):
    """Texts some of whose tokens are to be predicted; `tokens` holds what a model sees."""

    chosen: NDArray[np.int64]
    """Places in `tokens` of those to be predicted, rising; shape (chosen,)."""
    targets: NDArray[np.int64]
    """What stands there in truth, shape (chosen,)."""
    firsts: NDArray[np.int64]
    """Example i has the choices `firsts[i]:firsts[i + 1]`; shape (examples + 1,)."""
    ranks: NDArray[np.float64]
    """Place of each choice in the order in which a permutation predicts: it sees lower ones alone; shape (chosen,)."""

    def counts(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """How many tokens of each of the given rows are to be predicted; at least one."""
        return self.firsts[rows + 1] - self.firsts[rows]

    def choices(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Numbers of the choices of the given rows, row by row."""
        counts = self.counts(rows)
        ends = np.cumsum(counts)
        return np.arange(ends[-1]) + np.repeat(self.firsts[rows] - (ends - counts), counts)


def can_be_chosen(encoded: Encoded, words: Words) -> NDArray[np.bool_]:
    """Of each token whether it is no special one; shape (tokens,)."""
    return ~np.isin(encoded.tokens, words.special)


def masked(encoded: Encoded, words: Words, generator: np.random.Generator) -> Hidden:
    """Choose tokens and mask them; every text needs one that can be chosen."""
    places = np.flatnonzero(can_be_chosen(encoded, words))
    rows = _rows(encoded, places)
    counts = np.bincount(rows, minlength=len(encoded))
    # 15 % of six tokens are .9 of a token: rounded up or down at random, the share is right on average.
    wanted = np.maximum(1, np.floor(SHARE * counts + generator.random(len(encoded)))).astype(np.int64)
    order = np.lexsort((generator.random(len(places)), rows))
    within = np.arange(len(places)) - np.repeat(np.cumsum(counts) - counts, counts)
    chosen = np.sort(places[order[within < wanted[rows]]])
    fates = generator.random(len(chosen))
    others = np.setdiff1d(np.arange(words.size), words.special)
    drawn = generator.choice(others, len(chosen))
    truth = encoded.tokens[chosen]
    tokens = encoded.tokens.copy()
    tokens[chosen] = np.where(fates < MASKED, words.mask, np.where(fates < MASKED + RANDOM, drawn, truth))
    return _hidden(encoded, tokens, chosen, np.zeros(len(chosen)))


def permuted(encoded: Encoded, words: Words, generator: np.random.Generator) -> Hidden:
    """Choose tokens in spans and draw the order in which they are predicted; every text needs one that can be chosen."""
    can = can_be_chosen(encoded, words)
    chosen = np.zeros(len(encoded.tokens), dtype=np.bool_)
    for first, last in zip(encoded.offsets[:-1], encoded.offsets[1:], strict=True):
        spans = _spans(int(last - first), generator) & can[first:last]
        if not spans.any():
            spans[generator.choice(np.flatnonzero(can[first:last]))] = True
        chosen[first:last] = spans
    places = np.flatnonzero(chosen)
    return _hidden(encoded, encoded.tokens, places, generator.random(len(places)))


def commonest_share(train: Encoded, hidden: Hidden, words: Words) -> float:
    """Share of the choices that the commonest token of `train` is: what a model has that knows the frequencies of tokens alone."""
    counts = np.bincount(train.tokens[can_be_chosen(train, words)])
    return float(np.mean(hidden.targets == counts.argmax()))


def _spans(length: int, generator: np.random.Generator) -> NDArray[np.bool_]:
    """Spans of one to `LONGEST_SPAN` tokens, each somewhere within `ONE_IN` times as many; shape (length,)."""
    spans = np.zeros(length, dtype=np.bool_)
    place = 0
    while place < length:
        span = int(generator.integers(1, LONGEST_SPAN + 1))
        first = place + int(generator.integers(0, (ONE_IN - 1) * span + 1))
        spans[first : first + span] = True
        place += ONE_IN * span
    return spans


def _hidden(
    encoded: Encoded, tokens: NDArray[np.int32], chosen: NDArray[np.int64], ranks: NDArray[np.float64]
) -> Hidden:
    values = {field.name: getattr(encoded, field.name) for field in fields(Encoded)}
    firsts = np.searchsorted(chosen, encoded.offsets)
    targets = encoded.tokens[chosen].astype(np.int64)
    return Hidden(**{**values, "tokens": tokens}, chosen=chosen, targets=targets, firsts=firsts, ranks=ranks)


def _rows(encoded: Encoded, places: NDArray[np.int64]) -> NDArray[np.int64]:
    """The example of each place of a token."""
    return np.searchsorted(encoded.offsets, places, side="right") - 1
