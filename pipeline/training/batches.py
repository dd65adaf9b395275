"""Examples as token ids, and which of them training and prediction take together.

Token ids of all examples lie in one flat array with offsets, so that a batch is cut out by a few numpy
operations whatever its rows (`padded`, `unpadded`). `epoch_batches` is a pure function of the lengths, the seed
and the epoch: the order of training never depends on what was drawn before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.errors import InputError
from pipeline.training.settings import Order, Truncation

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

POOL = 50
"""Most batches among which neighbours in length are sought (transformers, `get_length_grouped_indices`)."""

POOLS = 4
"""Least number of pools that a corpus is divided into, so that a small one is still shuffled; same source."""

HEAD = 0.25
"""Share of the tokens that `head_tail` keeps from the beginning: 128 of 510 (Sun et al. 2019, "How to fine-tune BERT for text
classification?", section 5.3.1)."""


@dataclass(frozen=True)
class Examples:
    """Labelled texts, or pairs of texts."""

    texts: Sequence[str]
    pairs: Sequence[str] | None
    """Second texts, as many as `texts`; None for a corpus of single texts."""
    labels: NDArray[np.int64]
    """Label ids, shape (examples,)."""


@dataclass(frozen=True)
class Encoded:
    """Examples as token ids in flat arrays: example i has the tokens `offsets[i]:offsets[i + 1]`."""

    tokens: NDArray[np.int32]
    """Token ids of all examples, special tokens included."""
    types: NDArray[np.int8]
    """Token types beside `tokens`: 0 and 1 for first and second texts, 2 for XLNet's classification token."""
    offsets: NDArray[np.int64]
    """Shape (examples + 1,)."""
    labels: NDArray[np.int64]
    """Label ids, shape (examples,)."""
    padding: int
    """Id of the padding token."""
    left: bool
    """Whether shorter examples are padded on the left, as XLNet's are."""

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def lengths(self) -> NDArray[np.int64]:
        """Number of tokens of each example, shape (examples,)."""
        return np.diff(self.offsets)


def encode(
    tokenizer: "PreTrainedTokenizerFast", examples: Examples, max_tokens: int, truncation: Truncation = "head"
) -> Encoded:
    """Turn examples into token ids, pairs as pairs, cut to `max_tokens` tokens.

    Args:
        tokenizer: The encoder's.
        examples: Texts or pairs; an empty text has its special tokens alone.
        max_tokens: Longest example, special tokens included.
        truncation: `head` keeps the beginning of a text, `head_tail` its beginning and its end (`HEAD`). Of a pair, the
            longer text is always cut first, at its end.

    Raises:
        InputError: If `max_tokens` is more than the encoder reads.
    """
    if max_tokens > tokenizer.model_max_length:
        raise InputError(
            f"max_tokens is {max_tokens}, more than the {tokenizer.model_max_length} tokens that the encoder reads: lower max_tokens."
        )
    whole = truncation == "head_tail" and examples.pairs is None
    columns: dict[str, list[list[int]]] = {"input_ids": [], "token_type_ids": [], "special_tokens_mask": []}
    if len(examples.texts):
        columns = tokenizer(
            list(examples.texts),
            None if examples.pairs is None else list(examples.pairs),
            truncation=False if whole else "longest_first",
            max_length=None if whole else max_tokens,
            # Not given by default for XLNet, though its segments are part of its attention.
            return_token_type_ids=True,
            return_attention_mask=False,
            return_special_tokens_mask=whole,
            # The tokenizer warns of texts that are longer than the model reads, which are cut below.
            verbose=False,
        )
    tokens, types = columns["input_ids"], columns["token_type_ids"]
    if whole:
        kept = [_head_and_tail(special, max_tokens) for special in columns["special_tokens_mask"]]
        tokens, types = (
            [[row[place] for place in places] for row, places in zip(rows, kept, strict=True)]
            for rows in (tokens, types)
        )
    offsets = np.zeros(len(tokens) + 1, dtype=np.int64)
    np.cumsum([len(row) for row in tokens], out=offsets[1:])
    return Encoded(
        tokens=_flat(tokens, offsets[-1], np.int32),
        types=_flat(types, offsets[-1], np.int8),
        offsets=offsets,
        labels=np.asarray(examples.labels, dtype=np.int64),
        padding=tokenizer.pad_token_id,
        left=tokenizer.padding_side == "left",
    )


def epoch_batches(
    lengths: NDArray[np.int64], size: int, seed: int, epoch: int, order: Order = "buckets"
) -> list[NDArray[np.int64]]:
    """The batches of one epoch: row numbers, `size` a batch (one batch may be smaller), each row once.

    The rows are shuffled and divided into pools of at most `POOL` batches, sorted by length within a pool (`order`
    `buckets`), cut into batches, and the batches are shuffled: neighbours in length share a batch, and no length has a
    fixed place in the epoch.
    """
    generator = np.random.default_rng((seed, epoch))
    rows = generator.permutation(len(lengths))
    pool = size * max(1, min(POOL, len(lengths) // (size * POOLS)))
    batches = []
    for start in range(0, len(rows), pool):
        pooled = rows[start : start + pool]
        if order == "buckets":
            pooled = pooled[np.argsort(lengths[pooled], kind="stable")]
        batches += [pooled[first : first + size] for first in range(0, len(pooled), size)]
    return [batches[index] for index in generator.permutation(len(batches))]


def sorted_batches(lengths: NDArray[np.int64], tokens: int, size: int | None = None) -> list[NDArray[np.int64]]:
    """All rows, the longest first, in batches of neighbours in length.

    The longest come first so that memory that does not suffice is noticed at once.

    Args:
        lengths: Tokens of each row, shape (rows,).
        tokens: Most tokens a batch, counted as rows x longest row; a batch has one row at least.
        size: Rows a batch, whatever their tokens.
    """
    rows = np.argsort(-lengths, kind="stable")
    batches = []
    while len(rows):
        count = size or max(1, tokens // max(1, int(lengths[rows[0]])))
        batches.append(rows[:count])
        rows = rows[count:]
    return batches


def to_device(values: NDArray, device: torch.device, kind: torch.dtype = torch.int64) -> torch.Tensor:
    """An array as a tensor on `device`, copied without waiting for it."""
    tensor = torch.from_numpy(np.ascontiguousarray(values)).to(kind)
    # Only from pinned memory does a copy run beside the computation.
    return tensor.pin_memory().to(device, non_blocking=True) if device.type == "cuda" else tensor


def _head_and_tail(special: list[int], max_tokens: int) -> list[int]:
    """Places of a tokenised text that are kept: its special tokens, and of the rest the beginning and the end."""
    content = [place for place, is_special in enumerate(special) if not is_special]
    room = max_tokens - (len(special) - len(content))
    if len(content) <= room:
        return list(range(len(special)))
    head = round(HEAD * room)
    dropped = set(content[head : len(content) - (room - head)])
    return [place for place in range(len(special)) if place not in dropped]


def _flat(rows: list[list[int]], total: int, kind: type) -> NDArray:
    return np.fromiter((value for row in rows for value in row), dtype=kind, count=total)
