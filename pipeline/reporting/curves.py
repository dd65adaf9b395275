"""The learning curves of a cell, as fine-tuning wrote them: reports/curves/<task>/<target>-<start>-<model>.csv."""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError


@dataclass(frozen=True)
class SeedCurve:
    """The accuracies of one seed, epoch 1 first."""

    dev: tuple[float, ...]
    test: tuple[float, ...]
    """On all test rows, those that a start has seen among them."""

    @property
    def still_rising(self) -> bool:
        """Whether the last epoch is better on dev than every other."""
        return len(self.dev) > 1 and self.dev[-1] > max(self.dev[:-1])


Curves = Mapping[int, SeedCurve]
"""By seed."""


def read_curves(path: Path) -> Curves | None:
    """Read one file; None where there is none.

    Raises:
        InputError: the file is damaged.
    """
    if not path.is_file():
        return None
    found: dict[int, list[tuple[int, float, float]]] = {}
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                accuracies = (float(row["dev_accuracy"]), float(row["test_accuracy"]))
                if not all(0 <= accuracy <= 1 for accuracy in accuracies):
                    raise ValueError(f"{accuracies} are no accuracies")
                found.setdefault(int(row["seed"]), []).append((int(row["epoch"]), *accuracies))
        if not found:
            raise ValueError("it has no row")
        if any([epoch for epoch, *_ in rows] != list(range(1, len(rows) + 1)) for rows in found.values()):
            raise ValueError("its epochs do not count up from 1")
    except (ValueError, KeyError, TypeError, csv.Error) as error:
        stage = f"{path.parent.name}@{path.stem}"
        raise InputError(
            f"{path} is damaged ({error}); write it anew with `dvc repro --force --single-item {stage}`."
        ) from None
    return {
        seed: SeedCurve(tuple(dev for _, dev, _ in rows), tuple(test for *_, test in rows))
        for seed, rows in found.items()
    }
