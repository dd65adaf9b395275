"""What one column of a comparison measured: a cell's metric, or a number of a metrics file.

Of a group of experiments the value is the mean over its seeds, with their standard deviation and number. A seed that did not
measure it does not count (the number says so); one that measured NaN makes the mean NaN.
"""

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui.comparing.sides import Side
from tui.history.origin import Origin, OriginKind
from tui.history.rows import History
from tui.history.snapshot import CellRecord
from tui.history.values import number, value_of


@dataclass(frozen=True)
class Measured:
    """A value of one column."""

    value: float | None
    """None is missing, NaN is not a number."""
    sd: float | None = None
    """Over seeds; None for one seed."""
    n: int = 0
    """Seeds behind the value; 0 where nobody says."""
    origin: OriginKind = "measured"
    why: str = ""
    """Why it is stale."""
    unread: str = ""
    """Why there is no value: no such cell, a record that cannot be read, a metric that is not in it."""


def of_cell(history: History, side: Side, name: str, metric: str) -> Measured:
    """A metric of a cell."""
    cells = [row.cells.get(name) for row in side.rows]
    values = _by_seed(history, side, cells, metric)
    value = value_of(cells[0].value if cells[0] else None, metric) if not side.is_group else None
    known = Measured(value, n=len(values)) if value is not None and not side.is_group else None
    sd = _deviation(list(values.values()))
    origin, why = _origin(cells)
    if known is not None:
        return Measured(value, sd, len(values), origin, why)
    if not side.is_group or not values:
        return Measured(None, None, 0, origin, why, _unread(cells))
    return Measured(_mean(list(values.values())), sd, len(values), origin, why)


def of_file(side: Side, file: str, key: str) -> Measured:
    """A number of a metrics file, one for each experiment."""
    found = [number(row.metrics.get(file, {}).get(key)) for row in side.rows]
    values = [value for value in found if value is not None]
    origin, why = _worst([row.origins.get(file) for row in side.rows])
    if not values:
        return Measured(None, None, 0, origin, why, "lacks it")
    return Measured(_mean(values), _deviation(values), len(values), origin, why)


def _by_seed(history: History, side: Side, cells: Sequence[CellRecord | None], metric: str) -> dict[str, float]:
    """Values by seed; an experiment whose record lists no seeds is one."""
    values: dict[str, float] = {}
    for place, cell in enumerate(cells):
        if cell is None or cell.blob is None:
            continue
        listed = _listed(history, cell, metric)
        if listed:
            values.update(listed)
        elif side.is_group and (mean := value_of(cell.value, metric)) is not None:
            values[side.seeds[place]] = mean
    return values


def _listed(history: History, cell: CellRecord, metric: str) -> dict[str, float]:
    found: Any = history.store.json(cell.blob, cell.path).value if cell.blob is not None else None
    for part in (*metric.split("."), "seeds"):
        found = found.get(part) if isinstance(found, Mapping) else None
    items = found.items() if isinstance(found, Mapping) else ()
    return {str(seed): value for seed, held in items if (value := number(held)) is not None}


def _mean(values: Sequence[float]) -> float:
    return math.fsum(values) / len(values) if all(map(math.isfinite, values)) else sum(values) / len(values)


def _deviation(values: Sequence[float]) -> float | None:
    if len(values) < 2 or not all(map(math.isfinite, values)):
        return None
    return statistics.stdev(values)


_WORST: Sequence[OriginKind] = ("stale", "measured", "inherited", "missing")


def _origin(cells: Sequence[CellRecord | None]) -> tuple[OriginKind, str]:
    return _worst([cell.origin if cell is not None else None for cell in cells])


def _worst(origins: Sequence[Origin | None]) -> tuple[OriginKind, str]:
    """Stale where one is, measured where one is, else inherited, else missing."""
    kinds: dict[OriginKind, str] = {}
    for origin in origins:
        kinds.setdefault(origin.kind if origin else "missing", origin.why if origin else "")
    kind = min(kinds, key=_WORST.index)
    return kind, kinds[kind]


def _unread(cells: Sequence[CellRecord | None]) -> str:
    held = [cell for cell in cells if cell is not None and cell.blob is not None]
    if not held:
        return "has no such cell"
    return "has a record that cannot be read" if all(cell.value is None for cell in held) else "lacks it"
