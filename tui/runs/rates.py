"""How fast a training would be that nobody has timed: its operations over what the device here computes.

A training step takes 6 operations for each weight and token, and attention its own (Chowdhery et al. 2022, "PaLM", appendix B);
the share of a device's peak that it reaches, and how much shorter texts are than their cut, are not known, so that the range is wide.
"""

import functools
import time
from dataclasses import dataclass

from pipeline.peaks import published_peak
from tui.runs.resumable import device_here
from tui.runs.trainings import Training

OPERATIONS = 6
"""For each multiplication of the forward pass: 2 there, 4 going backward."""

SCORING = 1.2
"""Scoring dev and test after each epoch, a third of a step's work for each row, at the usual shares of .3 and .1."""

SHORTEST = 0.25
"""Mean length of texts over the length at which they are cut, at the least."""

UTILISATION = {"cpu": (0.05, 0.7), "gpu": (0.01, 0.4)}
"""Shares of the peak that trainings reach: small batches of a small model leave a large GPU idle."""

MEASURING_SECONDS = 0.05


@dataclass(frozen=True)
class Rate:
    """What a device computes."""

    flops: float
    """Operations a second at most."""
    kind: str
    """`cpu` or `gpu`."""
    words: str
    """What it is and who says so."""


def minutes_of(training: Training, rate: Rate) -> tuple[float, float] | None:
    """The least and the most that a training takes; None where its rows or its model's size are not known."""
    if training.examples is None or training.work is None or training.size is None:
        return None
    low, high = UTILISATION[rate.kind]
    shortest = training.size.work(max(1, round(training.tokens * SHORTEST)))
    total = OPERATIONS * SCORING * training.examples / rate.flops / 60
    return total * shortest / high, total * training.work / low


def rate_here(precision: str) -> Rate:
    """The device that would train here: a GPU as its maker states it, else the processor as it is measured now."""
    name = device_here()
    if name == "cpu":
        measured = _measured()
        return Rate(measured, "cpu", f"{_in_units(measured)} measured on this machine's processor")
    arithmetic = "tf32" if precision == "fp32" else "bf16"
    stated = published_peak(name, arithmetic) or published_peak(name, "fp32")
    if stated is None:
        return Rate(1e13, "gpu", f"10 TFLOP/s, which is a guess: nobody states a peak of {name}")
    return Rate(stated, "gpu", f"{_in_units(stated)} stated for {name}")


@functools.cache
def _measured() -> float:
    """Operations a second of the fastest of several matrix products, on as many threads as NumPy takes."""
    import numpy

    size = 512
    left = numpy.ones((size, size), dtype=numpy.float32)
    fastest, begun = float("inf"), time.perf_counter()
    while fastest == float("inf") or time.perf_counter() - begun < MEASURING_SECONDS:
        started = time.perf_counter()
        left @ left
        fastest = min(fastest, time.perf_counter() - started)
    return 2 * size**3 / fastest


def _in_units(flops: float) -> str:
    return f"{flops / 1e12:,.0f} TFLOP/s" if flops >= 1e13 else f"{flops / 1e9:,.0f} GFLOP/s"
