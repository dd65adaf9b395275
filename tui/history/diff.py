"""What differs between two experiments: parameters and, cell by cell, metrics.

Differences are B minus A. The mark of a metric says what the difference is worth:

    ^   better      the 95 % interval lies on the better side of 0     v   worse       the interval lies on
the worse side of 0     ~   unclear     the interval includes 0 (its ends count): not distinguishable from no
difference     =   equal       the difference is exactly 0 and the interval, if there is one, has no width
^?  v?          better or worse by the numbers alone: there is no interval, and `why` says why; or there is one over
fewer seeds than a verdict takes (`provisional`)

Better and worse follow `metrics.<name>.higher_is_better` of B's params.yaml (A's where B has none). A metric
that one side lacks, or that is not a number there, has no difference and no mark.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tui.history.leaves import leaves as leaves
from tui.history.leaves import same_value as same_value
from tui.history.origin import Origin
from tui.history.pairs import Interval, Pair, pair
from tui.history.rows import History, Row
from tui.history.snapshot import CellRecord
from tui.history.values import declared_metrics, value_of

Mark = Literal["^", "v", "~", "=", "^?", "v?", ""]


class Absent:
    """The value of a parameter that a side does not have; a null is a value."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = Absent()


class Unreadable:
    """The value of a parameter on a side whose params.yaml cannot be read: nobody knows whether it is there."""

    def __repr__(self) -> str:
        return "unreadable"


UNREADABLE = Unreadable()


def unset(row: Row) -> Absent | Unreadable:
    """What stands for a parameter that was not found in a row."""
    return UNREADABLE if row.params_fault else ABSENT


@dataclass(frozen=True)
class ParamDifference:
    """A leaf of params.yaml that differs."""

    key: str
    """Dotted; items of a list of blocks by number."""
    a: Any
    b: Any


@dataclass(frozen=True)
class MetricDifference:
    """One metric of one cell."""

    metric: str
    higher_is_better: bool
    a: float | None
    """None where the value is missing; NaN where it is not a number."""
    b: float | None
    difference: float | None
    """B minus A; None where one of them is missing or no finite number."""
    low: float | None
    high: float | None
    mark: Mark
    why: str
    """Why there is no interval; empty where there is one."""
    provisional: bool = False
    """Whether the interval is one over fewer seeds than a verdict takes."""


@dataclass(frozen=True)
class CellDifference:
    """One cell in both experiments."""

    name: str
    a: Origin
    b: Origin
    same: bool
    """Whether both hold the same record, byte for byte, or neither holds one."""
    metrics: tuple[MetricDifference, ...]


@dataclass(frozen=True)
class Difference:
    """B against the baseline A."""

    a: Row
    b: Row
    params: tuple[ParamDifference, ...]
    """Those of which both sides are known: none of params.yaml where a side's cannot be read (`Row.params_fault`)."""
    cells: tuple[CellDifference, ...]
    """Every cell that one of them declares or holds, in B's order, then those of A alone."""


def difference(history: History, a: Row, b: Row) -> Difference:
    """Compare two rows of `history`; A is the baseline."""
    metrics = declared_metrics(b.params if b.params and b.params.get("metrics") else a.params)
    names = dict.fromkeys([*b.cells, *a.cells])
    cells = tuple(_cell(history, name, a.cells.get(name), b.cells.get(name), metrics) for name in names)
    return Difference(a, b, tuple(_params(a, b)), cells)


def _params(a: Row, b: Row) -> Iterator[ParamDifference]:
    left, right = dict(leaves(a.params or {})), dict(leaves(b.params or {}))
    for key in dict.fromkeys([*left, *right]):
        one, two = left.get(key, unset(a)), right.get(key, unset(b))
        if UNREADABLE not in (one, two) and not same_value(one, two):
            yield ParamDifference(key, one, two)


_NOWHERE = Origin("missing")


def _cell(
    history: History, name: str, a: CellRecord | None, b: CellRecord | None, metrics: Mapping[str, bool]
) -> CellDifference:
    same = (a.blob if a else None) == (b.blob if b else None)
    found = None if same or a is None or b is None else _Lazy(history, a, b)
    compared = tuple(_metric(metric, higher, a, b, found) for metric, higher in metrics.items())
    return CellDifference(name, a.origin if a else _NOWHERE, b.origin if b else _NOWHERE, same, compared)


class _Lazy:
    """The pair of two records, read when a metric differs."""

    def __init__(self, history: History, a: CellRecord, b: CellRecord) -> None:
        self._history = history
        self._cells = (a, b)
        self._pair: Pair | None = None

    def interval(self, metric: str, value: float) -> Interval:
        if self._pair is None:
            self._pair = history_pair(self._history, *self._cells)
        return self._pair.interval(metric, value)


def history_pair(history: History, a: CellRecord, b: CellRecord) -> Pair:
    """The pair of two cells' predicted ids, as git or the working folder holds them; computed once."""
    key = (a.predicted, b.predicted)
    if key not in history.pairs:
        history.pairs[key] = pair(*(_predicted(history, cell) for cell in (a, b)))
    return history.pairs[key]


def _predicted(history: History, cell: CellRecord) -> Mapping[str, Any] | None:
    if cell.predicted is None:
        return None
    value = history.store.json_once(cell.predicted, cell.path).value
    return value if isinstance(value, Mapping) else None


def _metric(
    metric: str, higher: bool, a: CellRecord | None, b: CellRecord | None, found: _Lazy | None
) -> MetricDifference:
    one, two = (value_of(cell.value if cell else None, metric) for cell in (a, b))
    if one is None or two is None or not math.isfinite(one) or not math.isfinite(two):
        return MetricDifference(metric, higher, one, two, None, None, None, "", _why_none(a, b, one, two))
    change = two - one
    interval = Interval(why="the same record") if found is None else found.interval(metric, change)
    mark = mark_of(change, interval, higher)
    return MetricDifference(
        metric, higher, one, two, change, interval.low, interval.high, mark, interval.why, interval.provisional
    )


def _why_none(a: CellRecord | None, b: CellRecord | None, one: float | None, two: float | None) -> str:
    reasons = []
    for side, cell, value in (("A", a, one), ("B", b, two)):
        if cell is None or cell.blob is None:
            reasons.append(f"{side} has no such cell")
        elif cell.value is None:
            reasons.append(f"{side}'s record cannot be read")
        elif value is None:
            reasons.append(f"{side} lacks it")
        elif not math.isfinite(value):
            reasons.append(f"{side} is not a finite number")
    return " and ".join(reasons)


def mark_of(change: float, interval: Interval, higher: bool | None) -> Mark:
    """The mark of a difference; see the module's docstring. None for `higher` has no better or worse."""
    low, high = interval.low, interval.high
    if change == 0 and (low is None or low == high):
        return "="
    if low is not None and high is not None and low <= 0 <= high:
        return "~"
    if higher is None:
        return ""
    better = (change > 0) is higher
    if low is None or interval.provisional:
        return "^?" if better else "v?"
    return "^" if better else "v"
