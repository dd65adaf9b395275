"""A baseline and any number of experiments, line by line: parameters, and metrics with what each difference is worth.

Differences are experiment minus baseline, marked as in `tui.history.diff`. The interval is that of `pipeline.evidence.statistics`
over new seeds and new test examples, unadjusted for how many lines are looked at; it needs predicted ids of the same test rows
and seeds on both sides (a group of experiments has the seeds of all of them). Numbers of metrics files have no interval.
"""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from pipeline.errors import InputError
from tui.comparing.directions import Direction, direction_of
from tui.comparing.groups import FITTING, Grouping, sides_of
from tui.comparing.measured import Measured, of_cell, of_file
from tui.comparing.sides import Side, is_seed, named_once, param_of
from tui.history.diff import UNREADABLE, Mark, history_pair, leaves, mark_of, same_value, unset
from tui.history.pairs import Interval, Pair, pair, pooled
from tui.history.rows import History, Row
from tui.history.snapshot import CellRecord
from tui.history.values import declared_metrics, number

_SIDES = {"A": "the baseline", "B": "the experiment"}


@dataclass(frozen=True)
class Contrast:
    """An experiment against the baseline on one line."""

    measured: Measured
    difference: float | None
    """Experiment minus baseline; None where one of them is missing or no finite number."""
    low: float | None
    high: float | None
    mark: Mark
    why: str
    """Why there is no interval, or no difference."""
    provisional: bool
    """Whether the interval is one over fewer seeds than a verdict takes."""


@dataclass(frozen=True)
class ParamLine:
    """A parameter; `ABSENT` where a column has none, `UNREADABLE` where its params.yaml cannot be read."""

    key: str
    baseline: Any
    values: tuple[Any, ...]
    same: bool
    """Whether all columns that can be read have the same value."""


@dataclass(frozen=True)
class MetricLine:
    """A metric of a cell, or a number of a metrics file."""

    scope: str
    """The cell, or the file."""
    metric: str
    direction: Direction
    baseline: Measured
    contrasts: tuple[Contrast, ...]
    same: bool
    """Whether nothing differs from the baseline."""


@dataclass(frozen=True)
class Comparison:
    """Any number of experiments against one baseline."""

    baseline: Side
    sides: tuple[Side, ...]
    params: tuple[ParamLine, ...]
    metrics: tuple[MetricLine, ...]
    primary: str
    """The metric that the study decides by; empty where no study says."""
    grouping: Grouping = FITTING

    @property
    def columns(self) -> tuple[Side, ...]:
        """The baseline and the experiments."""
        return (self.baseline, *self.sides)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the columns, each once."""
        return tuple(named_once(self.columns))

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every experiment in it."""
        return tuple(row for side in self.columns for row in side.rows)

    @property
    def assumed(self) -> tuple[MetricLine, ...]:
        """A line of each metric whose direction nobody declared."""
        return tuple({line.metric: line for line in self.metrics if line.direction.assumed}.values())


def compare(history: History, rows: Sequence[Row], grouping: Grouping = FITTING) -> Comparison:
    """Compare experiments, the first of which is the baseline.

    Raises:
        InputError: There is nothing to compare with it, or a group that was asked for is none.
    """
    rows = _distinct(rows)
    if len(rows) < 2:
        raise InputError(f"There is only '{rows[0].name}'; name another experiment to compare with it.")
    baseline, *others = sides_of(history, rows, grouping)
    sides = [baseline, *others]
    return Comparison(
        baseline,
        tuple(others),
        tuple(_params(sides, grouping.seed)),
        tuple(_metrics(history, sides)),
        _primary(rows),
        grouping,
    )


def _distinct(rows: Sequence[Row]) -> list[Row]:
    """Each experiment once, whatever it was called."""
    return list({(row.kind == "workspace", row.commit, row.ref or row.name): row for row in rows}.values())


def _primary(rows: Sequence[Row]) -> str:
    for row in rows:
        block = row.params.get("statistics") if row.params else None
        named = block.get("primary") if isinstance(block, Mapping) else None
        if isinstance(named, str):
            return named
    return ""


def _params(sides: Sequence[Side], seed: str | None) -> Iterator[ParamLine]:
    held = [dict(leaves(side.row.params or {})) for side in sides]
    for key in dict.fromkeys(key for params in held for key in params):
        baseline, *values = (
            param_of(side, key, seed) if side.is_group and is_seed(key, seed) else params.get(key, unset(side.row))
            for side, params in zip(sides, held, strict=True)
        )
        known = [value for value in (baseline, *values) if value is not UNREADABLE]
        yield ParamLine(key, baseline, tuple(values), all(same_value(known[0], value) for value in known))


def _metrics(history: History, sides: Sequence[Side]) -> Iterator[MetricLine]:
    rows = [row for side in sides for row in side.rows]
    if any(row.cells for row in rows):
        yield from _cells(history, sides, rows)
        return
    keys = dict.fromkeys(
        (file, key)
        for row in [*rows[1:], rows[0]]
        for file, values in row.metrics.items()
        for key, value in values.items()
        if number(value) is not None
    )
    for file, key in keys:
        measured = [of_file(side, file, key) for side in sides]
        direction = _direction(key, rows)
        contrasts = tuple(_contrast(measured[0], other, direction, None) for other in measured[1:])
        yield MetricLine(file, key, direction, measured[0], contrasts, _is_same(measured[0], contrasts))


def _direction(metric: str, rows: Sequence[Row]) -> Direction:
    """As the experiments declare it, then as the baseline does."""
    found = [direction_of(metric, row.params) for row in [*rows[1:], rows[0]]]
    return next((direction for direction in found if not direction.assumed), found[0])


def _cells(history: History, sides: Sequence[Side], rows: Sequence[Row]) -> Iterator[MetricLine]:
    names = dict.fromkeys(name for row in [*rows[1:], rows[0]] for name in row.cells)
    declaring = next((row.params for row in [*rows[1:], rows[0]] if row.params and row.params.get("metrics")), None)
    metrics = declared_metrics(declaring)
    for name in names:
        pairs = [_Pairs(history, sides[0], side, name) for side in sides[1:]]
        for metric in metrics:
            yield _cell_line(history, sides, name, metric, pairs, rows)


def cell_line(history: History, comparison: Comparison, name: str, metric: str) -> MetricLine:
    """A further metric of a cell, which nobody declared: `languages.fr.accuracy`."""
    sides = comparison.columns
    pairs = [_Pairs(history, sides[0], side, name) for side in sides[1:]]
    return _cell_line(history, sides, name, metric, pairs, comparison.rows)


def _cell_line(
    history: History, sides: Sequence[Side], name: str, metric: str, pairs: "Sequence[_Pairs]", rows: Sequence[Row]
) -> MetricLine:
    direction = _direction(metric, rows)
    measured = [of_cell(history, side, name, metric) for side in sides]
    contrasts = tuple(
        _contrast(measured[0], other, direction, found, metric)
        for other, found in zip(measured[1:], pairs, strict=True)
    )
    same = all(found.same for found in pairs) or _is_same(measured[0], contrasts)
    return MetricLine(name, metric, direction, measured[0], contrasts, same)


class _Pairs:
    """The predicted ids of one cell in the baseline and in an experiment, read when a metric differs."""

    def __init__(self, history: History, baseline: Side, side: Side, name: str) -> None:
        self._history = history
        self._cells = [[row.cells.get(name) for row in each.rows] for each in (baseline, side)]
        self._pair: Pair | None = None
        blobs = [[cell.blob if cell else None for cell in cells] for cells in self._cells]
        self.same = blobs[0] == blobs[1]

    def interval(self, metric: str, difference: float) -> Interval:
        """The interval of a difference."""
        if self.same:
            return Interval(why="the same record")
        if self._pair is None:
            self._pair = self._found()
        found = self._pair.interval(metric, difference)
        letter, rest = found.why[:1], found.why[1:]
        # What is A and B elsewhere has names here.
        return replace(found, why=_SIDES[letter] + rest) if rest.startswith(" ") and letter in _SIDES else found

    def _found(self) -> Pair:
        a, b = self._cells
        if len(a) == len(b) == 1 and a[0] is not None and b[0] is not None:
            return history_pair(self._history, a[0], b[0])
        sides = [pooled([self._predicted(cell) for cell in cells]) for cells in (a, b)]
        for side, cells, word in zip(sides, (a, b), ("baseline", "experiment"), strict=True):
            if side is None and len(cells) > 1:
                return Pair({}, f"the {word}'s experiments have no predicted ids of the same test rows and other seeds")
        return pair(*sides)

    def _predicted(self, cell: CellRecord | None) -> Mapping[str, Any] | None:
        if cell is None or cell.predicted is None:
            return None
        value = self._history.store.json_once(cell.predicted, cell.path).value
        return value if isinstance(value, Mapping) else None


def _contrast(
    baseline: Measured, other: Measured, direction: Direction, pairs: _Pairs | None, metric: str = ""
) -> Contrast:
    one, two = baseline.value, other.value
    if one is None or two is None or not math.isfinite(one) or not math.isfinite(two):
        return Contrast(other, None, None, None, "", _why_none(baseline, other), False)
    change = two - one
    interval = pairs.interval(metric, change) if pairs is not None else Interval(why=_why_plain(baseline, other))
    mark = mark_of(change, interval, direction.higher)
    return Contrast(other, change, interval.low, interval.high, mark, interval.why, interval.provisional)


def _why_plain(baseline: Measured, other: Measured) -> str:
    if min(baseline.n, other.n) < 2:
        return "one seed"
    return "no predicted ids of test examples"


def _why_none(baseline: Measured, other: Measured) -> str:
    reasons = []
    for word, side in (("the baseline", baseline), ("the experiment", other)):
        if side.value is None:
            reasons.append(f"{word} {side.unread}")
        elif not math.isfinite(side.value):
            reasons.append(f"{word} is not a finite number")
    return " and ".join(reasons)


def _is_same(baseline: Measured, contrasts: Sequence[Contrast]) -> bool:
    """Whether no experiment differs: by nothing at all, or because none of them has it."""
    return all(
        contrast.mark == "=" or _no_number_in_both(baseline.value, contrast.measured.value) for contrast in contrasts
    )


def _no_number_in_both(one: float | None, two: float | None) -> bool:
    """Whether both lack it, or hold the same infinity or something that is not a number."""
    if one is None or two is None:
        return one is two
    return not math.isfinite(one) and (one == two or (math.isnan(one) and math.isnan(two)))
