"""Examples as token ids, and the batches that training and prediction take them in.

Token ids of all examples lie in one flat array with offsets, so that a batch is cut out by a few numpy
operations whatever its rows. A batch is padded to its longest example. `epoch_batches` is a pure function of
the lengths, the seed and the epoch: the order of training never depends on what was drawn before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.errors import InputError

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

POOL = 50
"""Most batches among which neighbours in length are sought (transformers, `get_length_grouped_indices`)."""

POOLS = 4
"""Least number of pools that a corpus is divided into, so that a small one is still shuffled; same source."""


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


@dataclass(frozen=True)
class Batch:
    """One batch on a device; all tensors of shape (rows, longest example) but `labels`, of shape (rows,)."""

    tokens: torch.Tensor
    types: torch.Tensor
    mask: torch.Tensor | None
    """1 where there is a token, 0 where there is padding; None where all rows are equally long."""
    labels: torch.Tensor


def encode(tokenizer: "PreTrainedTokenizerFast", examples: Examples, max_tokens: int) -> Encoded:
    """Turn examples into token ids, pairs as pairs, cut to `max_tokens` tokens (of a pair, the longer text first).

    Raises:
        InputError: If `max_tokens` is more than the encoder reads.
    """
    if max_tokens > tokenizer.model_max_length:
        raise InputError(
            f"max_tokens is {max_tokens}, more than the {tokenizer.model_max_length} tokens that the encoder reads: lower max_tokens."
        )
    rows: dict[str, list[list[int]]] = {"input_ids": [], "token_type_ids": []}
    if len(examples.texts):
        rows = tokenizer(
            list(examples.texts),
            None if examples.pairs is None else list(examples.pairs),
            truncation="longest_first",
            max_length=max_tokens,
            # Not given by default for XLNet, though its segments are part of its attention.
            return_token_type_ids=True,
            return_attention_mask=False,
        )
    lengths = [len(row) for row in rows["input_ids"]]
    offsets = np.zeros(len(lengths) + 1, dtype=np.int64)
    np.cumsum(lengths, out=offsets[1:])
    return Encoded(
        tokens=_flat(rows["input_ids"], offsets[-1], np.int32),
        types=_flat(rows["token_type_ids"], offsets[-1], np.int8),
        offsets=offsets,
        labels=np.asarray(examples.labels, dtype=np.int64),
        padding=tokenizer.pad_token_id,
        left=tokenizer.padding_side == "left",
    )


def epoch_batches(lengths: NDArray[np.int64], size: int, seed: int, epoch: int) -> list[NDArray[np.int64]]:
    """The batches of one epoch: row numbers, `size` a batch (one batch may be smaller), each row once.

    The rows are shuffled and divided into pools of at most `POOL` batches, sorted by length within a pool, cut
    into batches, and the batches are shuffled: neighbours in length share a batch, and no length has a fixed
    place in the epoch.
    """
    generator = np.random.default_rng((seed, epoch))
    order = generator.permutation(len(lengths))
    pool = size * max(1, min(POOL, len(lengths) // (size * POOLS)))
    batches = []
    for start in range(0, len(order), pool):
        rows = order[start : start + pool]
        rows = rows[np.argsort(lengths[rows], kind="stable")]
        batches += [rows[first : first + size] for first in range(0, len(rows), size)]
    return [batches[index] for index in generator.permutation(len(batches))]


def cut(encoded: Encoded, rows: NDArray[np.int64], device: torch.device) -> Batch:
    """The batch of the given rows, padded to the longest of them, on `device`."""
    starts = encoded.offsets[rows]
    lengths = encoded.offsets[rows + 1] - starts
    longest = int(lengths.max())
    # Place of each cell of the batch within its example: negative, or beyond its length, where there is padding.
    shifts = longest - lengths if encoded.left else np.zeros_like(lengths)
    places = np.arange(longest) - shifts[:, None]
    inside = (places >= 0) & (places < lengths[:, None])
    flat = np.where(inside, starts[:, None] + places, 0)
    tokens = np.where(inside, encoded.tokens[flat], encoded.padding)
    types = np.where(inside, encoded.types[flat], 0)
    mask = None if lengths.min() == longest else _tensor(inside, device)
    return Batch(_tensor(tokens, device), _tensor(types, device), mask, _tensor(encoded.labels[rows], device))


def _flat(rows: list[list[int]], total: int, kind: type) -> NDArray:
    return np.fromiter((value for row in rows for value in row), dtype=kind, count=total)


def _tensor(values: NDArray, device: torch.device) -> torch.Tensor:
    return torch.from_numpy(values.astype(np.int64)).to(device, non_blocking=True)
