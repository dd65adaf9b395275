"""What a training costs: the operations that its model needs, and the share of the device's peak that they are.

Arithmetic over sizes, but for a peak that has to be measured. A utilisation is comparable between layouts and
machines because it counts the operations that the model needs for its real tokens, never those spent on padding or on
computing anything again: the "model FLOPs utilization" of PaLM (Chowdhery et al. 2022, section 4.1, appendix B).
A layout that leaves out what nobody reads, such as the last layer's tokens but the first, is credited with the
whole model, as with any other way of being faster.
"""

import functools
import math
import time
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.peaks import published_peak
from pipeline.training.counters import peak_memory

if TYPE_CHECKING:
    from transformers import PreTrainedConfig

Arithmetic = Literal["fp32", "bf16"]
"""What matrix products are computed in; a precision of `auto` has been resolved."""

MEASURING_SECONDS = 0.1
"""How long a peak that no table knows is measured."""


class Peak(NamedTuple):
    """The most that a device computes."""

    flops: float
    """Dense floating-point operations a second."""
    source: Literal["published", "measured"]


# Operations of an encoder with a classifier on it


def inference_flops(config: "PreTrainedConfig", lengths: NDArray[np.int64]) -> float:
    """Floating-point operations of one forward pass over examples of the given lengths.

    A layer multiplies each token by 4 h^2 weights of its attention and 2 h f of its feed-forward part, at 2 operations a
    weight, and each pair of tokens by h twice, for the scores and for the mean: 4 h L^2. The head reads one vector an
    example. XLNet adds, over its 2 L relative positions, one more projection and one more product with the queries, and
    a product with its two segments. Embeddings, norms and activations are not counted, as in PaLM's appendix B, nor is a
    head that scores hidden tokens over the vocabulary.

    Args:
        config: The model's configuration.
        lengths: Real tokens of each example, special tokens included, shape (examples,).
    """
    return _forward(config, lengths)


def training_flops(config: "PreTrainedConfig", lengths: NDArray[np.int64]) -> float:
    """Floating-point operations of forward and backward passes over examples of the given lengths.

    The backward pass multiplies twice for each product of the forward pass, once for each factor's gradient: 6
    operations a weight and token, and 12 x layers x hidden x L^2 for attention (PaLM, appendix B). XLNet's
    position encodings and segments are constants and get no gradient. Attention that computes its scores again while going backward
    spends more than this; the surplus is no use to the model and is not counted.

    Args:
        config: The model's configuration.
        lengths: Real tokens of each example trained on, shape (examples,), an example once for each epoch.
    """
    constants = _by_constants(config, lengths) if config.model_type == "xlnet" else 0.0
    return 3 * _forward(config, lengths) - constants


def _forward(config: Any, lengths: NDArray[np.int64]) -> float:
    layers, hidden = config.num_hidden_layers, config.hidden_size
    is_xlnet = config.model_type == "xlnet"
    feed_forward = config.d_inner if is_xlnet else config.intermediate_size
    tokens, pairs = _tokens_and_pairs(lengths)
    layer = 2 * tokens * (4 * hidden**2 + 2 * hidden * feed_forward) + 4 * pairs * hidden
    if is_xlnet:
        layer += 2 * hidden * (2 * pairs + 2 * tokens)
    head = 2 * len(lengths) * (hidden**2 + hidden * config.num_labels)
    return layers * layer + head + (_by_constants(config, lengths) if is_xlnet else 0.0)


def _by_constants(config: Any, lengths: NDArray[np.int64]) -> float:
    """XLNet's products with constants: its 2 L position encodings, and which tokens are of one segment."""
    tokens, pairs = _tokens_and_pairs(lengths)
    positions, segments = 2 * tokens * config.hidden_size**2, 2 * pairs * config.num_attention_heads
    return float(config.num_hidden_layers * 2 * (positions + segments))


def _tokens_and_pairs(lengths: NDArray[np.int64]) -> tuple[float, float]:
    return float(np.sum(lengths)), float(np.sum(np.square(lengths, dtype=np.float64)))


def padded_tokens(lengths: NDArray[np.int64], batches: Iterable[NDArray[np.int64]]) -> int:
    """Tokens computed, padding included, where each batch of row numbers is padded to its longest example."""
    return int(sum(len(rows) * lengths[rows].max() for rows in batches))


# The device


def peak_flops(device: torch.device, arithmetic: Arithmetic) -> Peak:
    """The most that a device computes: as published for a known GPU, else measured.

    A CPU's peak is a matter of its vector units, clock and threads in use, and has no honest table: the fastest of many
    large matrix products stands in for it, measured once a process for each number of threads. So does a part of a GPU.
    """
    if device.type == "cuda":
        name = torch.cuda.get_device_name(device)
        # What torch does with matrices of fp32 unless it is asked for their full precision.
        fast = arithmetic == "fp32" and torch.get_float32_matmul_precision() != "highest"
        found = published_peak(name, "tf32" if fast else arithmetic)
        if found is not None:
            return Peak(found, "published")
    return Peak(_measured(str(device), arithmetic, torch.get_num_threads()), "measured")


@functools.cache
def _measured(device: str, arithmetic: Arithmetic, threads: int) -> float:
    """Operations a second of the fastest of several matrix products on so many threads."""
    # On a CPU a few milliseconds at any number of threads: short enough not to be interrupted on a busy machine.
    size = 8192 if device.startswith("cuda") else 384 * math.ceil(math.sqrt(threads))
    dtype = torch.bfloat16 if arithmetic == "bf16" else torch.float32
    left, right = (torch.ones(size, size, dtype=dtype, device=device) for _ in range(2))
    fastest = float("inf")
    with torch.inference_mode():
        # The first product loads the libraries that multiply, which can take longer than all that are timed.
        torch.mm(left, right)
        _settle(device)
        begun = time.perf_counter()
        while fastest == float("inf") or time.perf_counter() - begun < MEASURING_SECONDS:
            started = time.perf_counter()
            torch.mm(left, right)
            _settle(device)
            fastest = min(fastest, time.perf_counter() - started)
    return 2 * size**3 / fastest


def _settle(device: str) -> None:
    """Wait for what a GPU has still to do."""
    if device.startswith("cuda"):
        torch.cuda.synchronize(device)


# What is written of a fit


@dataclass(frozen=True)
class Cost:
    """What a fit's training steps cost, scoring left out."""

    examples_per_second: float
    tokens_per_second: float
    """Real tokens, padding not counted."""
    fill: float
    """Real tokens over tokens computed: 1 where nothing is padded."""
    mfu: float
    """Share of the device's peak that went into operations the model needs: in its usual form, whose last layer computes all tokens.
    Without padding that layer computes one token an example, so that the units are a little less busy than this says."""
    peak_flops: float
    """The peak that `mfu` is a share of, in operations a second."""
    peak_source: Literal["published", "measured"]
    resident_bytes: int | None
    allocated_bytes: int | None
    reserved_bytes: int | None
    """See `Memory`."""
    joules: float | None
    """Energy of the GPU over the same seconds; None where it is not known."""


def cost_of(
    config: "PreTrainedConfig",
    lengths: NDArray[np.int64],
    computed: int,
    seconds: float,
    device: torch.device,
    arithmetic: Arithmetic,
    joules: float | None = None,
) -> Cost:
    """The cost of training steps.

    Args:
        config: The model's configuration.
        lengths: Real tokens of each example trained on, an example once for each epoch.
        computed: Tokens computed, padding included.
        seconds: Wall-clock time of the steps.
        device: Where they ran.
        arithmetic: What they computed in.
        joules: Energy that they took, from `Energy`.
    """
    tokens, peak = int(np.sum(lengths)), peak_flops(device, arithmetic)
    memory = peak_memory(device)
    return Cost(
        examples_per_second=len(lengths) / seconds,
        tokens_per_second=tokens / seconds,
        fill=tokens / computed,
        mfu=training_flops(config, lengths) / seconds / peak.flops,
        peak_flops=peak.flops,
        peak_source=peak.source,
        resident_bytes=memory.resident,
        allocated_bytes=memory.allocated,
        reserved_bytes=memory.reserved,
        joules=joules,
    )
