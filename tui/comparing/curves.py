"""Learning curves of several experiments: read from git, smoothed, averaged over seeds.

A cell's curves are the rows of reports/curves/<task>/<cell>.csv, one for each seed and epoch. Any other CSV of a revision is read as
well: its steps are the column `epoch`, `step` or `iteration` (else the number of the row), its seeds the column `seed`.
"""

import csv
import io
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Literal

from pipeline.errors import InputError
from tui.comparing.sides import Side
from tui.history.rows import History, Row

Point = tuple[float, float]
"""Step and value."""
Band = Literal["range", "sd", "seeds"]
STEPS = ("epoch", "step", "iteration", "iter")
SEED = "seed"
DEFAULT = "dev_accuracy"


@dataclass(frozen=True)
class Curves:
    """One column of one file of one experiment, or of a group of them."""

    name: str
    """The experiment."""
    cell: str
    columns: Mapping[str, Mapping[str, tuple[Point, ...]]]
    """By column, by seed, steps rising. Values that are no finite number are left out."""


@dataclass(frozen=True)
class Mean:
    """A curve over its seeds."""

    points: tuple[Point, ...]
    low: tuple[Point, ...]
    high: tuple[Point, ...]
    """The lowest and highest seed, or a standard deviation below and above; the mean itself where there is one seed."""
    counts: tuple[int, ...]
    """Seeds at each step: some stop early."""


def read_curves(history: History, sides: Sequence[Side], cell: str) -> list[Curves]:
    """The curves of the cells that fit a name or pattern, in every column; those without a file are left out.

    Raises:
        InputError: No experiment has a cell or file of that name, or none has a curve of it.
    """
    names = _named([row for side in sides for row in side.rows], cell)
    found = [curves for name in names for side in sides if (curves := _of_side(history, side, name)) is not None]
    if not found:
        near = "; `detour experiments` lists what each has measured" if names == [cell] else ""
        raise InputError(f"None of the experiments holds a learning curve of '{cell}'{near}.")
    return found


def _named(rows: Sequence[Row], cell: str) -> list[str]:
    """Cells by name or pattern, with their task or without; a path of a CSV is itself."""
    known = dict.fromkeys(name for row in rows for name in row.cells)
    fitting = [name for name in known if fnmatchcase(name, cell) or fnmatchcase(name.partition("@")[2], cell)]
    return fitting or [cell]


def _of_side(history: History, side: Side, name: str) -> Curves | None:
    columns: dict[str, dict[str, tuple[Point, ...]]] = {}
    for place, row in enumerate(side.rows):
        text = _text(history, row, name)
        for column, seeds in parse_curves(text).items() if text is not None else ():
            for seed, points in seeds.items():
                label = seed if seed and not side.is_group else "/".join(filter(None, (_label(side, place), seed)))
                columns.setdefault(column, {})[label] = points
    return Curves(side.name, name, columns) if columns else None


def _label(side: Side, place: int) -> str:
    return side.seeds[place] if place < len(side.seeds) else ""


def _text(history: History, row: Row, name: str) -> str | None:
    task, at, stem = name.partition("@")
    blob = history.files(row).find(f"reports/curves/{task}/{stem}.csv" if at else name)
    content = history.store.content(blob) if blob is not None else None
    return content.decode("utf-8", "replace") if content is not None else None


def parse_curves(text: str) -> dict[str, dict[str, tuple[Point, ...]]]:
    """The columns of a CSV by seed; what is no number is left out."""
    reader = csv.DictReader(io.StringIO(text.replace("\0", "")))
    try:
        heads = [head for head in reader.fieldnames or () if head]
        rows = list(reader)
    except csv.Error:
        return {}
    axis = next((head for head in STEPS if head in heads), None)
    found: dict[str, dict[str, dict[float, float]]] = {}
    for number, row in enumerate(rows):
        step = _number(row.get(axis)) if axis is not None else float(number)
        for head in heads:
            value = _number(row.get(head))
            if step is not None and value is not None and head not in (axis, SEED):
                found.setdefault(head, {}).setdefault(str(row.get(SEED) or ""), {})[step] = value
    return {
        head: {seed: tuple(sorted(points.items())) for seed, points in seeds.items()} for head, seeds in found.items()
    }


def _number(text: object) -> float | None:
    try:
        value = float(text) if isinstance(text, str) else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def smoothed(points: Sequence[Point], weight: float) -> tuple[Point, ...]:
    """The exponential moving average of the values, corrected for its start (Kingma and Ba 2015, section 3).

    Args:
        points: Steps and values.
        weight: How much of the past is kept, in [0, 1); 0 leaves the values as they are.
    """
    if weight <= 0:
        return tuple(points)
    held, made = 0.0, []
    for count, (step, value) in enumerate(points, start=1):
        held = weight * held + (1 - weight) * value
        made.append((step, held / (1 - weight**count)))
    return tuple(made)


def mean_of(seeds: Mapping[str, Sequence[Point]], weight: float = 0.0, band: Band = "range") -> Mean:
    """The mean over the seeds that reached each step, smoothed seed by seed before."""
    at: dict[float, list[float]] = {}
    for points in seeds.values():
        for step, value in smoothed(points, weight):
            at.setdefault(step, []).append(value)
    steps = sorted(at)
    means = [math.fsum(at[step]) / len(at[step]) for step in steps]
    low, high = list(means), list(means)
    for place, step in enumerate(steps):
        values = at[step]
        if band == "sd" and len(values) > 1:
            spread = statistics.stdev(values)
            low[place], high[place] = means[place] - spread, means[place] + spread
        elif band != "sd":
            low[place], high[place] = min(values), max(values)
    return Mean(
        tuple(zip(steps, means, strict=True)),
        tuple(zip(steps, low, strict=True)),
        tuple(zip(steps, high, strict=True)),
        tuple(len(at[step]) for step in steps),
    )


def columns_of(curves: Sequence[Curves]) -> list[str]:
    """Every column that one of the curves has, in the order of the files."""
    return list(dict.fromkeys(column for one in curves for column in one.columns))


def default_column(curves: Sequence[Curves]) -> str:
    """Accuracy on dev, else the first column that is no count."""
    columns = columns_of(curves)
    return DEFAULT if DEFAULT in columns else columns[0] if columns else ""
