"""How a classifier is trained, and on what."""

from dataclasses import dataclass, replace
from typing import Literal

import torch

Precision = Literal["auto", "fp32", "bf16"]
Truncation = Literal["head", "head_tail"]
Layout = Literal["auto", "padded", "unpadded"]
Order = Literal["buckets", "shuffled"]


@dataclass(frozen=True)
class TrainSettings:
    """All choices of a fit; two fits with equal settings, data, weights and seed are the same fit."""

    epochs: int
    """Planned passes over the training examples; the decay of the learning rate is planned for all of them."""
    learning_rate: float
    """Highest learning rate, reached at the end of the warm-up."""
    warmup: float
    """Share of all planned steps over which the learning rate rises from 0."""
    weight_decay: float
    """AdamW's decay of all weights but biases and norms."""
    batch_size: int
    """Examples a step."""
    max_tokens: int
    """Longest input in tokens, special tokens included; used by `encode`."""
    truncation: Truncation = "head"
    """What of a longer text is kept; used by `encode`."""
    precision: Precision = "auto"
    """`bf16` computes under autocast; weights and optimiser stay in fp32. `auto` is bf16 on a GPU that has it, else fp32."""
    patience: int | None = None
    """Epochs without a better dev score after which no later epoch is a candidate; None for no limit."""
    protocol: Literal["paper", "credible"] = "paper"
    """`paper` trains all planned epochs; `credible` stops when the patience has run out."""
    layout: Layout = "auto"
    """`unpadded` lays the tokens of a batch end to end; `auto` does so for every architecture that can."""
    order: Order = "buckets"
    """`buckets` draws batches of neighbours in length; `shuffled` draws them of any lengths."""

    def on(self, device: torch.device) -> "TrainSettings":
        """These settings with the precision that `auto` stands for on a device."""
        return replace(self, precision=resolved(self.precision, device))


def resolved(precision: Precision, device: torch.device) -> Precision:
    """The precision that is computed in: bf16 for `auto` on a GPU that has it, fp32 on everything else."""
    if precision != "auto":
        return precision
    has_bf16 = device.type == "cuda" and torch.cuda.is_bf16_supported(including_emulation=False)
    return "bf16" if has_bf16 else "fp32"


def prepare_device() -> torch.device:
    """Choose the device and ask for deterministic kernels on it.

    Strictly, on CUDA too, because attention answers a mere warning (`warn_only`) by staying non-deterministic.
    """
    torch.use_deterministic_algorithms(True)
    # No operation here reads memory that it has not written, and filling it costs a pass over every new tensor.
    torch.utils.deterministic.fill_uninitialized_memory = False
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")
