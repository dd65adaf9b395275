"""Predictions of a classifier, in large batches of neighbours in length."""

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from pipeline.training.batches import Encoded, sorted_batches
from pipeline.training.settings import Precision, TrainSettings
from pipeline.training.steps import autocast, layout_of

if TYPE_CHECKING:
    from transformers import PreTrainedModel

TOKENS = {"cpu": 2_048, "cuda": 65_536}
"""Tokens a batch by kind of device: on a CPU what its caches hold, on a GPU enough to keep it busy. Scores do not depend on it."""


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
    settings: TrainSettings | None = None,
    tokens: int | None = None,
) -> Prediction:
    """Predict examples on the model's device.

    Args:
        model: A sequence classifier.
        encoded: Examples, none at all included.
        settings: Whose precision and layout count; fp32 without padding where there are none.
        tokens: Tokens a batch; `TOKENS` by default.
    """
    scores = logits(model, encoded, settings, tokens)
    with torch.inference_mode():
        loss = cross_entropy(scores, torch.from_numpy(encoded.labels).to(scores.device))
        probabilities = scores.softmax(dim=-1).cpu().numpy()
    return Prediction(scores.argmax(dim=-1).cpu().numpy(), probabilities, float(loss))


def logits(
    model: "PreTrainedModel", encoded: Encoded, settings: TrainSettings | None = None, tokens: int | None = None
) -> torch.Tensor:
    """Scores of examples in fp32, shape (examples, labels); arguments as of `predict`."""
    model.eval()
    device = model.device
    precision: Precision = settings.on(device).precision if settings else "fp32"
    compute = layout_of(model, settings.layout if settings else "auto").logits
    scores = torch.zeros((len(encoded), model.config.num_labels), device=device)
    with torch.inference_mode(), autocast(device, precision):
        for rows in sorted_batches(encoded.lengths, tokens or TOKENS[device.type]):
            scores[torch.from_numpy(rows).to(device)] = compute(model, encoded, rows)
    return scores
