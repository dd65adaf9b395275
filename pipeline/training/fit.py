"""The training loop: all weights of a model, one seed, the best epoch by dev.

AdamW with linear warm-up and decay over the planned epochs, batches of neighbours in length without padding where
the architecture allows, dev and test scored after each epoch. What is predicted is the objective's (`objectives`): the label of
each example, or hidden tokens of its texts. The selected epoch is the one with the best dev accuracy of labels; ties go to the lower dev
loss, then to the earlier epoch. Hidden tokens select by dev loss. The paper's protocol, the best accuracy on
test over all epochs, is recorded beside it and never chooses weights.

A fit is a pure function of the model, the data, the settings and the seed: two processes on one machine type with
equally many threads give equal bytes, seconds excepted; with more threads, sums are rounded in another order. With a
folder for states it survives a kill: it goes on from its last state and ends in the same bytes, and once finished it
is never trained again; SIGTERM ends it after the step under way, with its state kept (`stopping`). The number of CPU threads is
the caller's; a fit that goes on, or is trained again for its weights, uses the number that it began with.
"""

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import torch

from pipeline.training import stopping
from pipeline.training.batches import Encoded, epoch_batches
from pipeline.training.fingerprint import fingerprint
from pipeline.training.objectives import LABELS, Measured, Objective
from pipeline.training.prediction import Prediction
from pipeline.training.selection import EpochRecord, Selection, select_epoch
from pipeline.training.settings import TrainSettings, prepare_device
from pipeline.training.state import MINUTES, StateFolder, random_state, restore_random_state, seed_all
from pipeline.training.steps import CHECK_EVERY, Steps, TrainingFault
from pipeline.training.stopping import Stopped
from pipeline.training.vocabulary import Vocabulary, WholeVocabulary

if TYPE_CHECKING:
    from transformers import PreTrainedModel

# cuBLAS reads it once, when CUDA starts; without it the deterministic mode refuses matrix products.
os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


@dataclass(frozen=True)
class States:
    """Where fits keep their states."""

    root: Path
    """Folder of the states of all fits."""
    keep_weights: bool = True
    """Whether a finished fit keeps the weights of its selected epoch, for a caller that needs the trained model."""
    minutes: float = MINUTES
    """Between two states within an epoch; each epoch's end has one of its own."""
    about: Mapping[str, Any] | None = None
    """What is written of the training beside its state, for readers without torch (`pipeline.training.about`)."""


@dataclass(frozen=True)
class FitResult:
    """A finished fit; the model holds the weights of the selected epoch (but see `States.keep_weights`)."""

    curves: tuple[EpochRecord, ...]
    epoch: int
    """The selected epoch."""
    test: Prediction | None
    """The selected epoch's predictions on test; None without a test set, or of labels."""
    best_test_epoch: int | None
    """The epoch that the paper's protocol would report: best accuracy on test, the earliest of equals."""
    best_test_accuracy: float | None
    steps: int
    """Optimiser steps taken."""
    real_tokens: int
    """Tokens of the examples trained on, over all steps."""
    computed_tokens: int
    """Tokens that the linear layers computed for them; more where batches are padded."""
    device: str
    """Kind of device: `cpu` or `cuda`."""
    precision: str
    """`fp32` or `bf16`."""
    trained: bool
    """False where the fit was found finished and no step was taken."""


@dataclass
class _Progress:
    """How far a fit has come."""

    epoch: int = 1
    """The epoch that is being trained."""
    losses: list[torch.Tensor] = field(default_factory=list)
    """Losses of the steps of that epoch, in order: as many as it has taken."""
    seconds: float = 0.0
    """Time spent on that epoch's steps by processes that were killed."""
    curves: list[EpochRecord] = field(default_factory=list)
    best: dict[str, Any] = field(default_factory=dict)
    """Of the selected epoch: `weights`, and the predictions `labels`, `probabilities`, `loss` on test."""


def fit(
    model: "PreTrainedModel",
    train: Encoded,
    dev: Encoded,
    test: Encoded | None,
    settings: TrainSettings,
    seed: int,
    on_epoch: Callable[[EpochRecord], None] | None = None,
    states: States | None = None,
    say: Callable[[str], None] = print,
    objective: Objective = LABELS,
) -> FitResult:
    """Train `model` in place; it is left with the weights of the selected epoch, on the device of the training.

    Args:
        model: A sequence classifier with one output for each label, or what the objective asks for.
        train: Examples to train on, at least one.
        dev: Examples that select the epoch, at least one.
        test: Examples that are scored after each epoch and select nothing.
        settings: How to train.
        seed: Seed of the order of the examples, of dropout and of what is hidden.
        on_epoch: Called with each epoch's record once it is complete, by the process that trained it.
        states: Where to keep states; without it a killed fit begins anew.
        say: Told in a sentence what a researcher should know of a fit that goes on, or of trouble it got over.
        objective: What is predicted.

    Raises:
        TrainingFault: If a training or dev loss is not finite or one example does not fit into memory; the last state stays.
        Stopped: If the process was asked to stop (`stopping.heeding`).
    """
    device = prepare_device()
    settings = settings.on(device)
    train, dev = objective.read(train), objective.read(dev)
    test = None if test is None else objective.read(test)
    if states is None:
        return _Fit(model, train, dev, test, settings, seed, device, on_epoch, None, say, objective).run()
    identity = fingerprint(model, train, dev, test, settings, seed, device, objective)
    folder = StateFolder(states.root, identity, say, states.minutes, states.about)
    with folder.held() as is_usable:
        state = folder.load() if is_usable else None
        if state is not None and state["finished"] and ("weights" in state or not states.keep_weights):
            return _finished(model, state, device)
        unfinished = None if state is None or state["finished"] else state
        # Whoever wants the weights of a finished fit gets those that its result came from.
        with _threads_of(state), stopping.deferred():
            keeper = folder if is_usable else None
            fitting = _Fit(model, train, dev, test, settings, seed, device, on_epoch, keeper, say, objective)
            result = fitting.run(unfinished)
            if is_usable:
                folder.save(_final_state(model, result, states.keep_weights))
    if stopping.is_asked():
        raise Stopped(f"Stopped; seed {seed} is finished; the same command goes on from what is kept.")
    return result


class _Fit:
    """One fit under way."""

    def __init__(
        self,
        model: "PreTrainedModel",
        train: Encoded,
        dev: Encoded,
        test: Encoded | None,
        settings: TrainSettings,
        seed: int,
        device: torch.device,
        on_epoch: Callable[[EpochRecord], None] | None,
        folder: StateFolder | None,
        say: Callable[[str], None],
        objective: Objective,
    ):
        self.objective = objective
        self.model, self.settings, self.seed, self.device = model.to(device), settings, seed, device
        self.on_epoch, self.folder, self.say = on_epoch, folder, say
        parts = [part for part in (train, dev, test) if part is not None]
        self.vocabulary = WholeVocabulary() if objective.needs_all_words else Vocabulary(model, parts)
        self.train, self.dev, *rest = (self.vocabulary.of(part) for part in parts)
        self.test = rest[0] if rest else None
        self.steps_per_epoch = math.ceil(len(train) / settings.batch_size)
        self.steps = Steps(model, settings, settings.epochs * self.steps_per_epoch, say, objective)
        self.progress = _Progress()

    def run(self, state: dict[str, Any] | None = None) -> FitResult:
        """Train all epochs, the first ones or parts of them perhaps by another process; leave the selected weights."""
        progress, settings = self.progress, self.settings
        try:
            seed_all(self.seed)
            if state is not None:
                self._resume(state)
            exhausted = bool(progress.curves) and self._selected().exhausted
            while progress.epoch <= settings.epochs and not (exhausted and settings.protocol == "credible"):
                exhausted = self._epoch()
        except BaseException:
            self.vocabulary.restore([], 0.0)
            raise
        selected = self._selected().epoch
        self.model.load_state_dict(progress.best["weights"])
        self.vocabulary.restore(self.steps.rates(selected * self.steps_per_epoch), settings.weight_decay)
        return self._result(selected)

    def _epoch(self) -> bool:
        """Train and score one epoch; whether patience has run out."""
        began = time.perf_counter()
        train_loss = self._train_epoch(began)
        progress = self.progress
        train_seconds = progress.seconds + time.perf_counter() - began
        on_dev, on_test = self._score(train_seconds - progress.seconds)
        if not math.isfinite(on_dev.loss):
            raise TrainingFault(
                f"The dev loss is {on_dev.loss} after epoch {progress.epoch} of {self.settings.epochs}: the weights have diverged;"
                " lower the learning rate or the weight decay."
            )
        record = EpochRecord(
            epoch=progress.epoch,
            train_loss=train_loss,
            dev_loss=on_dev.loss,
            dev_accuracy=on_dev.accuracy,
            dev_macro_f1=on_dev.macro_f1,
            test_accuracy=None if on_test is None else on_test.accuracy,
            seconds=progress.seconds + time.perf_counter() - began,
            train_seconds=train_seconds,
        )
        progress.curves.append(record)
        selection = self._selected()
        if selection.epoch == progress.epoch:
            weights = {name: value.clone() for name, value in self.model.state_dict().items()}
            progress.best = {"weights": weights, **_plain(None if on_test is None else on_test.prediction)}
        progress.epoch, progress.losses, progress.seconds = progress.epoch + 1, [], 0.0
        if self.on_epoch is not None:
            self.on_epoch(record)
        self._save()
        return selection.exhausted

    def _selected(self) -> Selection:
        return select_epoch(self.progress.curves, self.settings.patience, self.objective.selects_by)

    def _score(self, seconds: float) -> tuple[Measured, Measured | None]:
        """What dev and test have after the steps of an epoch, on which this process has spent `seconds`."""
        try:
            with stopping.at_once():
                return self._measure(self.dev), None if self.test is None else self._measure(self.test)
        except Stopped:
            self._stop(seconds)

    def _measure(self, part: Encoded) -> Measured:
        return self.objective.measure(self.model, part, self.settings)

    def _train_epoch(self, began: float) -> float:
        """Take the steps of the epoch that are still to be taken; returns the mean loss of its predictions."""
        settings, progress = self.settings, self.progress
        train = self.objective.for_epoch(self.train, self.seed, progress.epoch)
        batches = epoch_batches(self.train.lengths, settings.batch_size, self.seed, progress.epoch, settings.order)
        self.model.train()
        unseen = len(progress.losses)
        for rows in batches[len(progress.losses) :]:
            progress.losses.append(self.steps.take(train, rows))
            if len(progress.losses) - unseen >= CHECK_EVERY:
                self.steps.check(torch.stack(progress.losses[unseen:]))
                unseen = len(progress.losses)
            is_due = self.folder is not None and self.folder.is_due()
            if is_due or stopping.is_asked():
                self.steps.check(torch.stack(progress.losses[unseen:] or progress.losses[-1:]))
                unseen = len(progress.losses)
                seconds = time.perf_counter() - began
                if stopping.is_asked():
                    self._stop(seconds)
                self._save(seconds)
        if len(progress.losses) > unseen:
            self.steps.check(torch.stack(progress.losses[unseen:]))
        sizes = np.array([self.objective.predictions(train, rows) for rows in batches])
        return float(np.average(torch.stack(progress.losses).double().cpu().numpy(), weights=sizes))

    def _stop(self, seconds: float) -> NoReturn:
        """Keep the state and end; `seconds` were spent on the epoch by this process."""
        if self._save(seconds):
            where = (
                f"is kept at epoch {self.progress.epoch}, step {self.steps.taken}; the same command goes on from there"
            )
        else:
            where = "could not be kept; the same command goes on from its last state, or from its beginning"
        raise Stopped(f"Stopped; seed {self.seed} {where}.")

    def _save(self, seconds: float = 0.0) -> bool:
        """Keep everything that the rest of the fit depends on; `seconds` were spent on the epoch by this process.

        Returns:
            Whether it was kept.
        """
        if self.folder is None:
            return False
        progress = self.progress
        return self.folder.save(
            {
                "finished": False,
                "model": self.model.state_dict(),
                "steps": self.steps.state(),
                "random": random_state(),
                "threads": torch.get_num_threads(),
                "epoch": progress.epoch,
                "losses": torch.stack(progress.losses).cpu() if progress.losses else torch.zeros(0),
                "seconds": progress.seconds + seconds,
                "curves": [asdict(record) for record in progress.curves],
                "best": progress.best,
            }
        )

    def _resume(self, state: dict[str, Any]) -> None:
        progress = self.progress
        self.model.load_state_dict(state["model"])
        self.steps.restore(state["steps"])
        progress.epoch, progress.seconds = state["epoch"], state["seconds"]
        progress.losses = list(state["losses"].to(self.device))
        progress.curves = [EpochRecord(**record) for record in state["curves"]]
        progress.best = state["best"]
        restore_random_state(state["random"])
        self.say(
            f"Seed {self.seed} goes on in epoch {progress.epoch} of {self.settings.epochs}, after {self.steps.taken} of "
            f"{self.steps.planned} steps."
            if progress.epoch <= self.settings.epochs
            else f"Seed {self.seed} had taken all of its {self.steps.taken} steps."
        )

    def _result(self, selected: int) -> FitResult:
        progress = self.progress
        best = None if self.test is None else max(progress.curves, key=lambda record: record.test_accuracy)
        return FitResult(
            curves=tuple(progress.curves),
            epoch=selected,
            test=_prediction(progress.best),
            best_test_epoch=None if best is None else best.epoch,
            best_test_accuracy=None if best is None else best.test_accuracy,
            steps=self.steps.taken,
            real_tokens=self.steps.real,
            computed_tokens=self.steps.computed,
            device=self.device.type,
            precision=self.settings.precision,
            trained=True,
        )


def _final_state(model: "PreTrainedModel", result: FitResult, with_weights: bool) -> dict[str, Any]:
    """What a finished fit leaves: its result, and its weights where they are wanted."""
    plain = {name: getattr(result, name) for name in _RESULT}
    weights = {"weights": model.state_dict()} if with_weights else {}
    curves = [asdict(record) for record in result.curves]
    threads = torch.get_num_threads()
    return {"finished": True, "threads": threads, "curves": curves, "test": _plain(result.test), **plain, **weights}


def _finished(model: "PreTrainedModel", state: dict[str, Any], device: torch.device) -> FitResult:
    """The result of a fit that finished earlier; the model gets its weights where they were kept."""
    model.to(device)
    if "weights" in state:
        model.load_state_dict(state["weights"])
    return FitResult(
        curves=tuple(EpochRecord(**record) for record in state["curves"]),
        test=_prediction(state["test"]),
        trained=False,
        **{name: state[name] for name in _RESULT},
    )


_RESULT = (
    "epoch",
    "best_test_epoch",
    "best_test_accuracy",
    "steps",
    "real_tokens",
    "computed_tokens",
    "device",
    "precision",
)
"""Fields of a result that are plain values."""


def _plain(prediction: Prediction | None) -> dict[str, Any]:
    """A prediction as tensors and numbers; empty without one."""
    if prediction is None:
        return {}
    arrays = {name: torch.from_numpy(getattr(prediction, name)) for name in ("labels", "probabilities")}
    return {**arrays, "loss": prediction.loss}


def _prediction(plain: dict[str, Any]) -> Prediction | None:
    if "labels" not in plain:
        return None
    return Prediction(plain["labels"].numpy(), plain["probabilities"].numpy(), plain["loss"])


@contextlib.contextmanager
def _threads_of(state: dict[str, Any] | None) -> Iterator[None]:
    """Compute with as many threads as the fit began with: sums over them may round differently by their number."""
    own = torch.get_num_threads()
    torch.set_num_threads(own if state is None else state["threads"])
    try:
        yield
    finally:
        torch.set_num_threads(own)
