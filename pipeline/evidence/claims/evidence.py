"""What claims are checked against, and whether one cell is better than another."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from pipeline.evidence.statistics import gain

PRETRAINED = "pretrained"


@dataclass(frozen=True)
class Cell:
    """One measured cell."""

    task: str
    target: str
    start: str
    model: str
    kind: str
    """`domain` or `crosslingual`."""
    predicted: Mapping[str, Any]
    """What reports/predicted holds."""
    curve: Sequence[float] = ()
    """Mean test accuracy over seeds, epoch 1 first."""

    @property
    def form(self) -> str:
        """IF or F."""
        return "F" if self.start == PRETRAINED else "IF"

    @property
    def seeds(self) -> list[str]:
        """Seeds in rising order."""
        return sorted(self.predicted["predicted"], key=int)

    @cached_property
    def accuracy(self) -> float:
        """Mean over seeds and test rows."""
        return float(np.mean(self._ids == np.asarray(self.predicted["gold"])))

    @property
    def _ids(self) -> np.ndarray[Any, np.dtype[np.int64]]:
        return np.asarray([self.predicted["predicted"][seed] for seed in self.seeds], dtype=np.int64)

    def above(self, other: "Cell") -> bool | None:
        """Whether this cell is more accurate than `other`: None where the 95 % interval of the difference holds 0, or where the two
        did not predict the same rows with the same seeds."""
        gold = np.asarray(self.predicted["gold"])
        if self.seeds != other.seeds or self.predicted["gold"] != other.predicted["gold"]:
            return None
        found = gain(other._ids, self._ids, gold, len(self.predicted["labels"])).accuracy
        if found.low is None or found.high is None or found.low <= 0 <= found.high:
            return None
        return found.low > 0


@dataclass(frozen=True)
class Evidence:
    """What a study has measured."""

    cells: Sequence[Cell]
    gains: Mapping[str, Mapping[str, Any]]
    """The entries of reports/gains.json."""
    rows: Mapping[str, int]
    """Rows of each corpus, without duplicates."""
    starts: Mapping[str, str]
    """The corpus of each start that is trained as it is given: labels given, objective labels."""
    languages: Mapping[str, Sequence[str]]
    """Languages of each corpus."""

    def columns(self, form: str | None = None) -> dict[tuple[str, str], list[Cell]]:
        """The cells of each target from `pretrained` and the starts of `starts`; of one form where it is given."""
        found: dict[tuple[str, str], list[Cell]] = {}
        for cell in self.cells:
            if form in (None, cell.form) and (cell.start == PRETRAINED or cell.start in self.starts):
                found.setdefault((cell.task, cell.target), []).append(cell)
        return found
