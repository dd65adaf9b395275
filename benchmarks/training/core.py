"""The training core's modes, through its public functions alone."""

from collections.abc import Callable
from typing import Any

import numpy as np

from pipeline.training.batches import Encoded
from pipeline.training.fit import fit
from pipeline.training.prediction import logits
from pipeline.training.settings import TrainSettings

MODES: dict[str, dict[str, Any]] = {
    "padded": {"precision": "fp32", "layout": "padded"},
    "unpadded": {"precision": "fp32", "layout": "unpadded"},
    "shuffled": {"precision": "fp32", "layout": "unpadded", "order": "shuffled"},
    "bf16": {"precision": "bf16", "layout": "unpadded"},
}
"""Settings in which the modes differ."""


def settings_of(mode: str, batch: int, max_tokens: int) -> TrainSettings:
    """The Trainer's defaults (learning rate, no warm-up, no decay of weights), for one epoch."""
    shared = {"epochs": 1, "learning_rate": 5e-5, "warmup": 0.0, "weight_decay": 0.0}
    return TrainSettings(**shared, batch_size=batch, max_tokens=max_tokens, **MODES[mode])


def train(model: Any, part: Encoded, mode: str, batch: int, max_tokens: int) -> int:
    """Train one epoch; returns the tokens computed, padding included."""
    settings = settings_of(mode, batch, max_tokens)
    return fit(model, part, _first(part), None, settings, seed=1).computed_tokens


def predictor(model: Any, part: Encoded, mode: str, max_tokens: int) -> Callable[[], np.ndarray]:
    """What predicts logits, shape (examples, labels)."""
    settings = settings_of(mode, 1, max_tokens)
    return lambda: logits(model, part, None, settings.precision, settings.layout).cpu().numpy()


def _first(part: Encoded) -> Encoded:
    """One example, so that the scoring after the epoch costs nothing."""
    last = part.offsets[1]
    return Encoded(part.tokens[:last], part.types[:last], part.offsets[:2], part.labels[:1], part.padding, part.left)
