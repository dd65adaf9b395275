"""The training core's modes, through its public functions alone."""

from typing import Any

import numpy as np

from pipeline.training.batches import Encoded, epoch_batches
from pipeline.training.fit import EVALUATION_BATCH, TrainSettings, fit, predict
from pipeline.training.meter import padded_tokens

MODES: dict[str, dict[str, Any]] = {
    "padded": {"precision": "fp32"},
    "bf16": {"precision": "bf16"},
}
"""Settings in which the modes differ."""

MAIN = "padded"
"""The mode whose ratios are budgets: what a study trains with unless it says otherwise, in fp32."""


def settings_of(mode: str, batch: int, max_tokens: int) -> TrainSettings:
    """The Trainer's defaults (learning rate, no warm-up, no decay of weights), for one epoch."""
    shared = {"epochs": 1, "learning_rate": 5e-5, "warmup": 0.0, "weight_decay": 0.0}
    return TrainSettings(**shared, batch_size=batch, max_tokens=max_tokens, **MODES[mode])


def train(model: Any, part: Encoded, mode: str, batch: int, max_tokens: int) -> int:
    """Train one epoch; returns the tokens computed, padding included."""
    settings = settings_of(mode, batch, max_tokens)
    fit(model, part, _first(part), None, settings, seed=1)
    return padded_tokens(part.lengths, epoch_batches(part.lengths, batch, 1, 1))


def probabilities(model: Any, part: Encoded, mode: str, max_tokens: int) -> np.ndarray:
    """Predicted probabilities, shape (examples, labels); `max_tokens` is for the modes that pad to it."""
    return predict(model, part, EVALUATION_BATCH, MODES[mode]["precision"]).probabilities


def _first(part: Encoded) -> Encoded:
    """One example, so that the scoring after the epoch costs nothing."""
    last = part.offsets[1]
    return Encoded(part.tokens[:last], part.types[:last], part.offsets[:2], part.labels[:1], part.padding, part.left)
