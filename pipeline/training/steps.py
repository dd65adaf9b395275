"""Optimiser steps: AdamW with linear warm-up and decay over a model's weights, clipped gradients.

No step waits for the device: losses stay there and are looked at `CHECK_EVERY` steps later. A loss that is no number ends the
training. Where a GPU's memory does not suffice for a step, the step is taken again in halves whose gradients are added up: the
same examples a step, rounding aside.
"""

import contextlib
import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from pipeline.training import padded, unpadded
from pipeline.training.batches import Encoded, to_device
from pipeline.training.settings import Layout, TrainSettings

if TYPE_CHECKING:
    from transformers import PreTrainedModel

    from pipeline.training.objectives import Objective

CLIP = 1.0
"""Largest norm of the gradient, as in BERT's own optimiser (google-research/bert, optimization.py: clip_norm=1.0)."""

CHECK_EVERY = 50
"""Steps between looks at the losses; a look waits for the device."""


class TrainingFault(Exception):
    """Training that went wrong of itself: a loss that is no number, or a batch that no memory holds."""


class Steps:
    """The optimiser and its schedule over a model."""

    def __init__(
        self,
        model: "PreTrainedModel",
        settings: TrainSettings,
        planned: int,
        say: Callable[[str], None],
        objective: "Objective",
    ):
        """`planned` is the number of steps over which the learning rate rises and falls; `say` is told of halved batches."""
        self.model, self.settings, self.planned, self.say = model, settings, planned, say
        self.objective = objective
        self.layout = layout_of(model, settings.layout)
        self.taken = 0
        self.parts = 1
        """How many parts each batch is computed in."""
        self.real = 0
        """Real tokens trained on."""
        self.computed = 0
        """Tokens that the linear layers computed for them, padding included."""
        self.optimizer = torch.optim.AdamW(_groups(model, settings.weight_decay), lr=0.0, fused=True)
        self._parameters = [p for group in self.optimizer.param_groups for p in group["params"]]

    def take(self, train: Encoded, rows: NDArray[np.int64]) -> torch.Tensor:
        """Take one step on the given rows; returns the mean loss of their predictions, on the device."""
        for group in self.optimizer.param_groups:
            group["lr"] = learning_rate(self.taken, self.planned, self.settings)
        loss = self._gradients(train, rows)
        self._clip()
        self.optimizer.step()
        self.optimizer.zero_grad(set_to_none=True)
        self.taken += 1
        lengths = train.offsets[rows + 1] - train.offsets[rows]
        self.real += int(lengths.sum())
        self.computed += self.layout.computed(lengths)
        return loss

    def check(self, losses: torch.Tensor) -> None:
        """Raise TrainingFault at the first of the latest losses, shape (steps,), that is not finite."""
        values = losses.cpu().numpy()
        wrong = np.flatnonzero(~np.isfinite(values))
        if len(wrong):
            step = self.taken - len(values) + int(wrong[0])
            rate = learning_rate(step, self.planned, self.settings)
            raise TrainingFault(
                f"The training loss is {values[wrong[0]]} at step {step + 1} of {self.planned}, at a learning rate of"
                f" {rate:.3g} (highest {self.settings.learning_rate:.3g}): lower the learning rate."
            )

    def rates(self, steps: int) -> list[float]:
        """Learning rates of the first steps."""
        return [learning_rate(step, self.planned, self.settings) for step in range(steps)]

    def state(self) -> dict[str, Any]:
        """All that later steps depend on, but for the weights."""
        return {
            "optimizer": self.optimizer.state_dict(),
            **{name: getattr(self, name) for name in ("taken", "parts", "real", "computed")},
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on from `state`."""
        self.optimizer.load_state_dict(state["optimizer"])
        for name in ("taken", "parts", "real", "computed"):
            setattr(self, name, state[name])

    def _clip(self) -> None:
        """Have the optimiser divide the gradients by what their norm exceeds `CLIP` by, as torch's `clip_grad_norm_` multiplies them.

        The fused optimiser divides as it reads them (the attribute is GradScaler's way to it), which saves a pass over all.
        """
        norm = torch.nn.utils.get_total_norm([p.grad for p in self._parameters if p.grad is not None], foreach=True)
        self.optimizer.grad_scale = ((norm + 1e-6) / CLIP).clamp(min=1.0)

    def _gradients(self, train: Encoded, rows: NDArray[np.int64]) -> torch.Tensor:
        while True:
            try:
                return self._accumulate(train, rows)
            except torch.OutOfMemoryError:
                self.optimizer.zero_grad(set_to_none=True)
                if self.parts >= len(rows):
                    raise TrainingFault(
                        f"Memory does not suffice for one example of {int(train.lengths[rows].max())} tokens: "
                        "lower max_tokens or free the device."
                    ) from None
                torch.cuda.empty_cache()
            self.parts *= 2
            self.say(
                f"Memory does not suffice for {len(rows)} examples at once: computing a step in {self.parts} parts."
            )

    def _accumulate(self, train: Encoded, rows: NDArray[np.int64]) -> torch.Tensor:
        """Gradients of the mean loss of all predictions in `rows`, computed part by part."""
        total = torch.zeros((), device=self.model.device)
        predictions = self.objective.predictions(train, rows)
        for part in np.array_split(rows, min(self.parts, len(rows))):
            with autocast(self.model.device, self.settings.precision):
                scores, targets = self.objective.scores(self.model, self.layout, train, part)
                share = len(targets) / predictions
                loss = cross_entropy(scores, to_device(targets, self.model.device)) * share
            loss.backward()
            total += loss.detach()
        return total


def layout_of(model: "PreTrainedModel", layout: Layout) -> Any:
    """The module (`padded` or `unpadded`) that computes a model's scores.

    Raises:
        ValueError: If the model has no unpadded form and it is insisted on.
    """
    if layout == "unpadded" and not unpadded.supports(model):
        raise ValueError(f"{model.config.model_type} cannot be computed without padding; choose the layout auto.")
    return unpadded if layout != "padded" and unpadded.supports(model) else padded


def learning_rate(step: int, steps: int, settings: TrainSettings) -> float:
    """Learning rate of a step counted from 0: linear from 0 over the warm-up, then linear to 0 at `steps`."""
    warmup = math.ceil(settings.warmup * steps)
    if step < warmup:
        return settings.learning_rate * step / warmup
    return settings.learning_rate * max(0.0, (steps - step) / max(1, steps - warmup))


def autocast(device: torch.device, precision: str) -> contextlib.AbstractContextManager:
    """The context in which a model computes: bf16 where that is asked for."""
    return torch.autocast(device.type, torch.bfloat16) if precision == "bf16" else contextlib.nullcontext()


def _groups(model: "PreTrainedModel", weight_decay: float) -> list[dict[str, Any]]:
    """Parameters with and without weight decay: biases and norms have none."""
    kept: list[torch.Tensor] = []
    free: list[torch.Tensor] = []
    for name, parameter in model.named_parameters():
        is_free = name.endswith("bias") or "LayerNorm" in name or "layer_norm" in name
        (free if is_free else kept).append(parameter)
    return [{"params": kept, "weight_decay": weight_decay}, {"params": free, "weight_decay": 0.0}]
