"""Curves of an experiment's cells by epoch, as reports/curves has them: one row for each seed and epoch."""

import csv
from collections.abc import Mapping, Sequence
from io import StringIO

from tui.history.rows import History, Row

CURVES = "reports/curves"
_PLACES = ("seed", "epoch")

Curve = Mapping[str, Sequence[Sequence[float | None]]]
"""By the name of a column, a series for each seed."""


def read_curve(content: bytes | None) -> Curve:
    """The series of a file of curves; nothing where it cannot be read."""
    try:
        lines = list(csv.DictReader(StringIO((content or b"").decode("utf-8"))))
    except (UnicodeDecodeError, csv.Error):
        return {}
    seeds: dict[str, list[dict[str, str]]] = {}
    for line in lines:
        seeds.setdefault(str(line.get("seed")), []).append(line)
    names = [name for name in (lines[0] if lines else {}) if name and name not in _PLACES]
    return {name: [[_number(line.get(name)) for line in seed] for seed in seeds.values()] for name in names}


def _number(text: str | None) -> float | None:
    try:
        return float(text) if text else None
    except (TypeError, ValueError):
        return None


class Curves:
    """Curves of experiments, each file read once."""

    def __init__(self) -> None:
        self._read: dict[str, Curve] = {}

    def of(self, history: History, row: Row) -> Mapping[str, Curve]:
        """The curves of a row by the names of their cells."""
        found = {}
        for path, blob in history.files(row).below(CURVES).items():
            task, _, stem = path.removesuffix(".csv").partition("/")
            if path.endswith(".csv") and stem:
                if blob not in self._read:
                    self._read[blob] = read_curve(history.store.content(blob))
                found[f"{task}@{stem}"] = self._read[blob]
        return found
