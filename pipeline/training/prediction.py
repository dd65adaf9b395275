"""Predictions of a classifier, in large batches of neighbours in length."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from pipeline.training.batches import Encoded, sorted_batches
from pipeline.training.settings import Layout, Precision, resolved
from pipeline.training.steps import autocast, layout_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel

TOKENS = {"cpu": 2_048, "cuda": 65_536}
"""Tokens a batch by kind of device: on a CPU what its caches hold, on a GPU enough to keep it busy."""


class Prediction(NamedTuple):
    """Predictions in the order of the examples."""

    labels: NDArray[np.int64]
    """Shape (examples,); the lowest label wins a tie."""
    probabilities: NDArray[np.float32]
    """Shape (examples, labels)."""
    loss: float
    """Mean cross-entropy in nats; NaN without examples."""


def predict(
    model: "PreTrainedModel",
    encoded: Encoded,
    batch_size: int | None = None,
    precision: Precision = "fp32",
    layout: Layout = "auto",
) -> Prediction:
    """Predict examples on the model's device.

    Args:
        model: A sequence classifier.
        encoded: Examples, none at all included.
        batch_size: Examples a batch; as many as `TOKENS` allow by default. Scores do not depend on it.
        precision: What is computed in; `auto` as in `TrainSettings`.
        layout: As in `TrainSettings`.
    """
    scores = logits(model, encoded, batch_size, precision, layout)
    with torch.inference_mode():
        loss = cross_entropy(scores, torch.from_numpy(encoded.labels).to(scores.device))
        probabilities = scores.softmax(dim=-1).cpu().numpy()
    return Prediction(scores.argmax(dim=-1).cpu().numpy(), probabilities, float(loss))


def logits(
    model: "PreTrainedModel",
    encoded: Encoded,
    batch_size: int | None = None,
    precision: Precision = "fp32",
    layout: Layout = "auto",
) -> torch.Tensor:
    """Scores of examples in fp32 on the device, shape (examples, labels); arguments as of `predict`."""
    model.eval()
    device = model.device
    compute = layout_of(model, layout).logits
    batches = sorted_batches(encoded.lengths, TOKENS[device.type], batch_size)
    scores = torch.zeros((len(encoded), model.config.num_labels), device=device)
    with torch.inference_mode(), autocast(device, resolved(precision, device)):
        for rows in batches:
            scores[torch.from_numpy(rows).to(device)] = compute(model, encoded, rows)
    return scores
