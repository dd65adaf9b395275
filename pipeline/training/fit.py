"""The training loop: all weights of a classifier, one seed, the best epoch by dev.

AdamW with linear warm-up and decay over the planned epochs, length-bucketed batches, dev and test scored after
each epoch. The selected epoch is the one with the best dev accuracy; ties go to the lower dev loss, then to the
earlier epoch. The paper's protocol, the best accuracy on test over all epochs, is recorded beside it and never
chooses weights.

A fit is a pure function of the model, the data, the settings and the seed: two processes on one machine type
give equal bytes, seconds excepted. Deterministic kernels are asked for strictly, on CUDA too, because attention
answers a mere warning (`warn_only`) by staying non-deterministic. The number of CPU threads is the caller's.
"""

import contextlib
import math
import os
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from pipeline.training.batches import Batch, Encoded, cut, epoch_batches
from pipeline.training.scores import accuracy, macro_f1

if TYPE_CHECKING:
    from transformers import PreTrainedModel

Precision = Literal["fp32", "bf16"]

CLIP = 1.0
"""Largest norm of the gradient, as in BERT's own optimiser (google-research/bert, optimization.py: clip_norm=1.0)."""

EVALUATION_BATCH = 64
"""Examples a batch when predicting inside a fit: no gradients are held, and the scores do not depend on it."""

CHECK_EVERY = 50
"""Steps between looks at the losses; a look waits for the device."""

# cuBLAS reads it once, when CUDA starts; without it the deterministic mode refuses matrix products.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


class TrainingFault(Exception):
    """Training that went wrong of itself: a loss that is no number."""


@dataclass(frozen=True)
class TrainSettings:
    """How a classifier is trained."""

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
    precision: Precision = "fp32"
    """`bf16` computes under autocast; weights and optimiser stay in fp32."""
    patience: int | None = None
    """Epochs without a better dev score after which no later epoch is a candidate; None for no limit."""
    protocol: Literal["paper", "credible"] = "paper"
    """`paper` trains all planned epochs; `credible` stops when the patience has run out."""


@dataclass(frozen=True)
class EpochRecord:
    """What was measured after one epoch, counted from 1."""

    epoch: int
    train_loss: float
    """Mean over the epoch's examples, with dropout, while the weights were changing."""
    dev_loss: float
    """Mean cross-entropy in nats."""
    dev_accuracy: float
    dev_macro_f1: float
    test_accuracy: float | None
    """None without a test set."""
    seconds: float
    """Wall-clock time of training and scoring; the only value that differs between two equal fits."""


class Prediction(NamedTuple):
    """Predictions in the order of the examples."""

    labels: NDArray[np.int64]
    """Shape (examples,); the lowest label wins a tie."""
    probabilities: NDArray[np.float32]
    """Shape (examples, labels)."""
    loss: float
    """Mean cross-entropy in nats; NaN without examples."""


@dataclass(frozen=True)
class FitResult:
    """A finished fit; the model holds the weights of the selected epoch."""

    curves: tuple[EpochRecord, ...]
    epoch: int
    """The selected epoch."""
    test: Prediction | None
    """The selected epoch's predictions on test; None without a test set."""
    best_test_epoch: int | None
    """The epoch that the paper's protocol would report: best accuracy on test, the earliest of equals."""
    best_test_accuracy: float | None
    steps: int
    """Optimiser steps taken."""
    device: str
    """Kind of device: `cpu` or `cuda`."""


@dataclass(frozen=True)
class Selection:
    """The best epoch so far."""

    epoch: int
    exhausted: bool
    """Whether the patience has run out, so that no later epoch can be selected."""


def fit(
    model: "PreTrainedModel",
    train: Encoded,
    dev: Encoded,
    test: Encoded | None,
    settings: TrainSettings,
    seed: int,
    on_epoch: Callable[[EpochRecord], None] | None = None,
) -> FitResult:
    """Train `model` in place; it is left with the weights of the selected epoch, on the device of the training.

    Args:
        model: A sequence classifier with one output for each label.
        train: Examples to train on, at least one.
        dev: Examples that select the epoch, at least one.
        test: Examples that are scored after each epoch and select nothing.
        settings: How to train.
        seed: Seed of the order of the examples and of dropout.
        on_epoch: Called with each epoch's record once it is complete.

    Raises:
        TrainingFault: If a training loss is not finite.
    """
    device = prepare(seed)
    model.to(device)
    stepper = _Stepper(model, settings, settings.epochs * math.ceil(len(train) / settings.batch_size), device)
    curves: list[EpochRecord] = []
    for epoch in range(1, settings.epochs + 1):
        started = time.perf_counter()
        train_loss = stepper.train(train, epoch_batches(train.lengths, settings.batch_size, seed, epoch))
        on_dev = predict(model, dev, EVALUATION_BATCH, settings.precision)
        on_test = None if test is None else predict(model, test, EVALUATION_BATCH, settings.precision)
        curves.append(
            EpochRecord(
                epoch=epoch,
                train_loss=train_loss,
                dev_loss=on_dev.loss,
                dev_accuracy=accuracy(dev.labels, on_dev.labels),
                dev_macro_f1=macro_f1(dev.labels, on_dev.labels, model.config.num_labels),
                test_accuracy=None if test is None else accuracy(test.labels, on_test.labels),
                seconds=time.perf_counter() - started,
            )
        )
        selection = select_epoch(curves, settings.patience)
        if selection.epoch == epoch:
            selected_test = on_test
            weights = {name: value.clone() for name, value in model.state_dict().items()}
        if on_epoch is not None:
            on_epoch(curves[-1])
        if selection.exhausted and settings.protocol == "credible":
            break
    model.load_state_dict(weights)
    best = None if test is None else max(curves, key=lambda record: record.test_accuracy)
    return FitResult(
        curves=tuple(curves),
        epoch=selection.epoch,
        test=selected_test,
        best_test_epoch=None if best is None else best.epoch,
        best_test_accuracy=None if best is None else best.test_accuracy,
        steps=stepper.step,
        device=device.type,
    )


def predict(model: "PreTrainedModel", encoded: Encoded, batch_size: int, precision: Precision = "fp32") -> Prediction:
    """Predict examples on the model's device, sorted by length, in batches of `batch_size`."""
    model.eval()
    device = model.device
    order = np.argsort(encoded.lengths, kind="stable")
    logits = torch.zeros((len(encoded), model.config.num_labels), device=device)
    with torch.inference_mode(), _autocast(device, precision):
        for start in range(0, len(order), batch_size):
            rows = order[start : start + batch_size]
            logits[torch.from_numpy(rows).to(device)] = _logits(model, cut(encoded, rows, device))
        loss = cross_entropy(logits, torch.from_numpy(encoded.labels).to(device))
        probabilities = logits.softmax(dim=-1).cpu().numpy()
    return Prediction(logits.argmax(dim=-1).cpu().numpy(), probabilities, float(loss))


def select_epoch(curves: Sequence[EpochRecord], patience: int | None) -> Selection:
    """The best epoch by dev: highest accuracy, then lowest loss, then earliest; none after patience ran out."""
    best = curves[0]
    for record in curves[1:]:
        if patience is not None and record.epoch - best.epoch > patience:
            break
        if (record.dev_accuracy, -record.dev_loss) > (best.dev_accuracy, -best.dev_loss):
            best = record
    return Selection(best.epoch, patience is not None and curves[-1].epoch - best.epoch >= patience)


def learning_rate(step: int, steps: int, settings: TrainSettings) -> float:
    """Learning rate of a step counted from 0: linear from 0 over the warm-up, then linear to 0 at `steps`."""
    warmup = math.ceil(settings.warmup * steps)
    if step < warmup:
        return settings.learning_rate * step / warmup
    return settings.learning_rate * max(0.0, (steps - step) / max(1, steps - warmup))


def prepare(seed: int) -> torch.device:
    """Seed python, numpy and torch, ask for deterministic kernels, and choose the device."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.use_deterministic_algorithms(True)
    # No operation here reads memory that it has not written, and filling it costs a pass over every new tensor.
    torch.utils.deterministic.fill_uninitialized_memory = False
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


class _Stepper:
    """The optimiser and its schedule over a model."""

    def __init__(self, model: "PreTrainedModel", settings: TrainSettings, steps: int, device: torch.device):
        self.model, self.settings, self.steps, self.device = model, settings, steps, device
        self.step = 0
        self.optimizer = torch.optim.AdamW(_groups(model, settings.weight_decay), lr=0.0, fused=True)
        self.parameters = [p for group in self.optimizer.param_groups for p in group["params"]]

    def train(self, train: Encoded, batches: list[NDArray[np.int64]]) -> float:
        """Take one step for each batch; returns the mean loss of the examples."""
        self.model.train()
        losses: list[torch.Tensor] = []
        for rows in batches:
            losses.append(self._take(train, rows))
            if len(losses) % CHECK_EVERY == 0:
                self._check(losses[-CHECK_EVERY:])
        self._check(losses[-CHECK_EVERY:])
        sizes = np.array([len(rows) for rows in batches])
        return float(np.average(torch.stack(losses).double().cpu().numpy(), weights=sizes))

    def _take(self, train: Encoded, rows: NDArray[np.int64]) -> torch.Tensor:
        batch = cut(train, rows, self.device)
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.step, self.steps, self.settings)
        with _autocast(self.device, self.settings.precision):
            loss = cross_entropy(_logits(self.model, batch), batch.labels)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.parameters, CLIP, foreach=True)
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.step += 1
        return loss.detach()

    def _check(self, losses: list[torch.Tensor]) -> None:
        """Raise at the first of the latest losses that is not finite."""
        values = torch.stack(losses).cpu().numpy()
        wrong = np.flatnonzero(~np.isfinite(values))
        if len(wrong):
            step = self.step - len(losses) + int(wrong[0])
            rate = learning_rate(step, self.steps, self.settings)
            raise TrainingFault(
                f"The training loss is {values[wrong[0]]} at step {step + 1} of {self.steps}, at a learning rate of"
                f" {rate:.3g} (highest {self.settings.learning_rate:.3g}): lower the learning rate."
            )


def _logits(model: "PreTrainedModel", batch: Batch) -> torch.Tensor:
    """Scores in fp32, shape (rows, labels)."""
    output = model(input_ids=batch.tokens, attention_mask=batch.mask, token_type_ids=batch.types)
    return output.logits.float()


def _autocast(device: torch.device, precision: Precision) -> contextlib.AbstractContextManager:
    return torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else contextlib.nullcontext()


def _groups(model: "PreTrainedModel", weight_decay: float) -> list[dict[str, Any]]:
    """Parameters with and without weight decay: biases and norms have none."""
    kept: list[torch.Tensor] = []
    free: list[torch.Tensor] = []
    for name, parameter in model.named_parameters():
        is_free = name.endswith("bias") or "LayerNorm" in name or "layer_norm" in name
        (free if is_free else kept).append(parameter)
    return [{"params": kept, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]
