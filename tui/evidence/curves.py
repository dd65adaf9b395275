"""The learning curves of one cell, as reports/curves holds them: a row for each seed and epoch."""

import csv
import io
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

COLUMNS = ("train_loss", "dev_loss", "dev_accuracy", "dev_macro_f1", "test_accuracy")


@dataclass(frozen=True)
class Epoch:
    """One epoch of one seed."""

    number: int
    values: Mapping[str, float]
    """By column; what the file does not hold is not in it."""


Curves = Mapping[str, tuple[Epoch, ...]]
"""By seed, epochs in rising order."""


def read_curves(text: str) -> Curves:
    """The curves of a CSV; rows without a seed, an epoch or any number are left out."""
    seeds: dict[str, dict[int, Epoch]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        epoch = _number(row.get("epoch"))
        seed = row.get("seed")
        values = {name: value for name in COLUMNS if (value := _number(row.get(name))) is not None}
        if epoch is not None and epoch.is_integer() and seed and values:
            seeds.setdefault(seed, {})[int(epoch)] = Epoch(int(epoch), values)
    return {seed: tuple(by_epoch[number] for number in sorted(by_epoch)) for seed, by_epoch in seeds.items()}


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if math.isfinite(value) else None


@dataclass(frozen=True)
class CurveLine:
    """A line of a plot: one seed, or the mean over the seeds of a cell."""

    name: str
    points: tuple[tuple[float, float], ...]
    """Epoch and value."""
    dev: frozenset[int] = frozenset()
    """Epochs that dev selected."""
    test: frozenset[int] = frozenset()
    """Epochs that are best on test, as the paper chooses them."""


def seed_lines(curves: Curves, column: str, dev: Mapping[str, int], test: Mapping[str, int]) -> list[CurveLine]:
    """A line for each seed that has the column, with its selected epochs."""
    made = []
    for seed, epochs in curves.items():
        points = tuple((float(epoch.number), epoch.values[column]) for epoch in epochs if column in epoch.values)
        marks = [frozenset({held[seed]} if seed in held else ()) for held in (dev, test)]
        if points:
            made.append(CurveLine(f"seed {seed}", points, *marks))
    return made


def mean_line(name: str, lines: Sequence[CurveLine]) -> CurveLine | None:
    """The mean of several lines, at each epoch of those that reach it; every epoch that one of them selects is marked."""
    by_epoch: dict[float, list[float]] = {}
    for line in lines:
        for epoch, value in line.points:
            by_epoch.setdefault(epoch, []).append(value)
    if not by_epoch:
        return None
    points = tuple((epoch, statistics.fmean(by_epoch[epoch])) for epoch in sorted(by_epoch))
    dev, test = (frozenset().union(*(getattr(line, which) for line in lines)) for which in ("dev", "test"))
    return CurveLine(name, points, dev, test)
