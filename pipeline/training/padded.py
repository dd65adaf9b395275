"""Batches padded to their longest example, through a model's own forward pass: for any architecture."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.training.batches import Encoded, to_device

if TYPE_CHECKING:
    from transformers import PreTrainedModel


@dataclass(frozen=True)
class Batch:
    """One batch on a device; all tensors of shape (rows, longest example)."""

    tokens: torch.Tensor
    types: torch.Tensor
    mask: torch.Tensor | None
    """1 where there is a token, 0 where there is padding; None where all rows are equally long."""


def logits(model: "PreTrainedModel", encoded: Encoded, rows: NDArray[np.int64]) -> torch.Tensor:
    """Scores of the given rows in fp32, shape (rows, labels)."""
    batch = cut(encoded, rows, model.device)
    output = model(input_ids=batch.tokens, attention_mask=batch.mask, token_type_ids=batch.types)
    return output.logits.float()


def computed(lengths: NDArray[np.int64]) -> int:
    """Tokens that a batch of these lengths makes a model compute."""
    return int(lengths.max()) * len(lengths)


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
    mask = None if lengths.min() == longest else to_device(inside, device)
    return Batch(to_device(tokens, device), to_device(types, device), mask)
