"""How fast a trained classifier answers: the latency of single requests, and the throughput of many.

Both go through `predict` on examples as they are, real lengths included, and change nothing of the model.
"""

import itertools
import time
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.training.batches import Encoded
from pipeline.training.prediction import predict
from pipeline.training.settings import Precision

if TYPE_CHECKING:
    from transformers import PreTrainedModel

REQUESTS = 200
WARM_UP = 10
"""Requests before the first that is timed."""

BATCH_SIZES = tuple(2**power for power in range(9))
"""Tried in this order: 1 to 256."""

SECONDS = 4.0
"""How long the batch sizes are tried at most, but for the last one begun."""


class Latency(NamedTuple):
    """Percentiles of the time from token ids to probabilities on the host, in milliseconds."""

    p50: float
    p95: float
    p99: float


class Throughput(NamedTuple):
    """The fastest of several batch sizes."""

    examples_per_second: float
    batch_size: int


def latency(
    model: "PreTrainedModel", encoded: Encoded, precision: Precision = "fp32", requests: int = REQUESTS
) -> Latency:
    """Time requests of one example each, as they come in the corpus and from its beginning again at its end.

    Args:
        model: A classifier, on the device that is to answer.
        encoded: Examples, at least one.
        precision: What is computed in.
        requests: How many are timed, after `WARM_UP` others.
    """
    singles = [rows_of(encoded, np.array([row])) for row in range(min(len(encoded), requests + WARM_UP))]
    milliseconds = []
    for single in itertools.islice(itertools.cycle(singles), requests + WARM_UP):
        begun = time.perf_counter()
        # The probabilities are on the host when `predict` returns: nothing is still to be waited for.
        predict(model, single, 1, precision)
        milliseconds.append((time.perf_counter() - begun) * 1000)
    return Latency(*(float(value) for value in np.percentile(milliseconds[WARM_UP:], (50, 95, 99))))


def throughput(
    model: "PreTrainedModel", encoded: Encoded, precision: Precision = "fp32", seconds: float = SECONDS
) -> Throughput:
    """Examples a second at the best batch size: doubled until that has not helped twice in a row, memory ends or time is up.

    Each size is given an equal part of `seconds` and as many examples as the size before it would have predicted in
    that time, drawn evenly from the corpus: at least one full batch.

    Args:
        model: A classifier, on the device that is to answer.
        encoded: Examples, at least one; few are used several times.
        precision: What is computed in.
        seconds: How long the sizes are tried in all.
    """
    order = np.random.default_rng(0).permutation(len(encoded))
    deadline, slot = time.perf_counter() + seconds, seconds / len(BATCH_SIZES)
    best = Throughput(_rate(model, rows_of(encoded, np.resize(order, 4)), 1, precision), 1)
    idle = 0
    for size in BATCH_SIZES:
        count = max(size, int(best.examples_per_second * slot))
        try:
            rate = _rate(model, rows_of(encoded, np.resize(order, count)), size, precision)
        except torch.OutOfMemoryError:
            break
        # Once may be the machine's doing.
        idle = 0 if rate >= best.examples_per_second or size == 1 else idle + 1
        if not idle:
            best = Throughput(rate, size)
        if idle == 2 or time.perf_counter() > deadline:
            break
    return best


def rows_of(encoded: Encoded, rows: NDArray[np.int64]) -> Encoded:
    """The given examples alone, in the given order; a row may come several times."""
    lengths = encoded.lengths[rows]
    offsets = np.concatenate([[0], np.cumsum(lengths)])
    places = np.repeat(encoded.offsets[rows] - offsets[:-1], lengths) + np.arange(offsets[-1])
    return replace(
        encoded,
        tokens=encoded.tokens[places],
        types=encoded.types[places],
        offsets=offsets,
        labels=encoded.labels[rows],
    )


def _rate(model: "PreTrainedModel", encoded: Encoded, size: int, precision: Precision) -> float:
    begun = time.perf_counter()
    predict(model, encoded, size, precision)
    return len(encoded) / (time.perf_counter() - begun)
