"""What a training has a model predict: the label of each example here, tokens of its texts in `masked_language`."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

import numpy as np
import torch
from numpy.typing import NDArray

from pipeline.training.batches import Encoded
from pipeline.training.prediction import Prediction, predict
from pipeline.training.scores import accuracy, macro_f1
from pipeline.training.settings import TrainSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel


class Measured(NamedTuple):
    """How well a model predicts a part of a corpus."""

    loss: float
    """Mean cross-entropy of a prediction in nats."""
    accuracy: float
    macro_f1: float | None
    """None where what is predicted are no labels."""
    prediction: Prediction | None
    """The labels, where labels are predicted."""


class Objective(Protocol):
    """What is predicted, learnt and measured; the loop, the optimiser and the states are the same for all."""

    @property
    def selects_by(self) -> Literal["accuracy", "loss"]:
        """What of dev selects the epoch."""
        ...

    @property
    def needs_all_words(self) -> bool:
        """Whether tokens that no text holds are read or predicted."""
        ...

    def identity(self) -> Mapping[str, Any]:
        """What of it determines a result, as JSON."""
        ...

    def read(self, part: Encoded) -> Encoded:
        """What it reads of a part of a corpus."""
        ...

    def for_epoch(self, train: Encoded, seed: int, epoch: int) -> Encoded:
        """The training examples as one epoch sees them, rows and lengths unchanged."""
        ...

    def predictions(self, train: Encoded, rows: NDArray[np.int64]) -> int:
        """How many things are predicted in the given rows; losses are means over them."""
        ...

    def scores(
        self, model: "PreTrainedModel", layout: Any, train: Encoded, rows: NDArray[np.int64]
    ) -> tuple[torch.Tensor, NDArray[np.int64]]:
        """The scores of all predictions of the given rows in fp32, shape (predictions, classes), and the right classes."""
        ...

    def measure(self, model: "PreTrainedModel", part: Encoded, settings: TrainSettings) -> Measured:
        """Measure a part that was read; the same each time."""
        ...


class Labels:
    """Predict the label of each example."""

    selects_by: Literal["accuracy", "loss"] = "accuracy"
    needs_all_words = False

    def identity(self) -> Mapping[str, Any]:
        """The name alone."""
        return {"objective": "labels"}

    def read(self, part: Encoded) -> Encoded:
        """All of it."""
        return part

    def for_epoch(self, train: Encoded, seed: int, epoch: int) -> Encoded:
        """The same in every epoch."""
        return train

    def predictions(self, train: Encoded, rows: NDArray[np.int64]) -> int:
        """One a row."""
        return len(rows)

    def scores(
        self, model: "PreTrainedModel", layout: Any, train: Encoded, rows: NDArray[np.int64]
    ) -> tuple[torch.Tensor, NDArray[np.int64]]:
        """The classifier's, and the labels."""
        return layout.logits(model, train, rows), train.labels[rows]

    def measure(self, model: "PreTrainedModel", part: Encoded, settings: TrainSettings) -> Measured:
        """Loss, accuracy, macro-F1 and every prediction."""
        found = predict(model, part, None, settings.precision, settings.layout)
        f1 = macro_f1(part.labels, found.labels, model.config.num_labels)
        return Measured(found.loss, accuracy(part.labels, found.labels), f1, found)


LABELS = Labels()
