"""The learning curves of one cell, as reports/curves holds them: a row for each seed and epoch."""

import csv
import io
import math
from collections.abc import Mapping
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
