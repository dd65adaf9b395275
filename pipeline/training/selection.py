"""What is measured after an epoch, and which epoch is selected."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class EpochRecord:
    """What was measured after one epoch, counted from 1."""

    epoch: int
    train_loss: float
    """Mean over the epoch's examples, with dropout, while the weights were changing."""
    dev_loss: float
    """Mean cross-entropy in nats, of labels or of hidden tokens."""
    dev_accuracy: float
    """Share of the labels that are right, or of the hidden tokens."""
    dev_macro_f1: float | None
    """None where hidden tokens are predicted."""
    test_accuracy: float | None
    """None without a test set."""
    seconds: float
    """Wall-clock time of training and scoring; it and `train_seconds` alone differ between two equal fits."""
    train_seconds: float
    """Wall-clock time of the epoch's optimiser steps."""


@dataclass(frozen=True)
class Selection:
    """The best epoch so far."""

    epoch: int
    exhausted: bool
    """Whether the patience has run out, so that no later epoch can be selected."""


def select_epoch(
    curves: Sequence[EpochRecord], patience: int | None, by: Literal["accuracy", "loss"] = "accuracy"
) -> Selection:
    """The best epoch by dev: highest accuracy, then lowest loss, then earliest; none after patience ran out.

    By loss, accuracy is not looked at.

    Patience is counted from the curves alone, so that a fit which goes on from a saved state has lost none of it.
    """
    best = curves[0]
    for record in curves[1:]:
        if patience is not None and record.epoch - best.epoch > patience:
            break
        if _rank(record, by) > _rank(best, by):
            best = record
    return Selection(best.epoch, patience is not None and curves[-1].epoch - best.epoch >= patience)


def _rank(record: EpochRecord, by: Literal["accuracy", "loss"]) -> tuple[float, float]:
    return (record.dev_accuracy if by == "accuracy" else 0.0, -record.dev_loss)
