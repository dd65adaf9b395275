"""The columns of the list of experiments: what each shows of a row, and which are shown unasked."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tui.filtering.index import Index
from tui.history.diff import ABSENT, same_value
from tui.history.overview import Overview
from tui.history.rows import Row
from tui.history.values import value_of
from tui.history.words import cells_in_short, gain_in_short, param
from tui.widgets.cells import (
    MISSING,
    STALE,
    UNREADABLE,
    Cell,
    Column,
    TableRow,
    Tone,
    decimals_of,
    number_cell,
    text_cell,
)

ABOUT = ("name", "gain", "m/i/s/-")
BEHIND = ("date", "kind", "base", "note", "message", "author")
PARAM, CELL, SUM, NUMBER = "param:", "cell:", "=", "metric:"
NEVER_UNASKED = frozenset({"author"})
_NONE = Cell(MISSING, None, "missing")
_PARAMS_UNASKED = 6
_NUMBERS_UNASKED = 24
_DECIMALS = 3
_NUMBER_DECIMALS = 4
_TONES: Mapping[str, Tone] = {
    "measured": "plain",
    "inherited": "inherited",
    "stale": "stale",
    "missing": "missing",
}


@dataclass(frozen=True)
class Source:
    """What the columns read: a state of the list that does not change any more."""

    overview: Overview = field(default_factory=Overview)
    index: Index = field(default_factory=Index)
    metric: str = ""
    """The metric that the cells show."""
    notes: Mapping[str, str] = field(default_factory=dict)
    """One's own notes by the experiments' keys."""
    sums: Mapping[str, Mapping[str, float | None]] = field(default_factory=dict)
    """Values of expressions by their texts, then by the experiments' keys."""

    def note(self, row: Row) -> str:
        """One's own note on an experiment, else the one that its run was launched with."""
        entry = self.index.entries.get(row.ref)
        return self.notes.get(row.ref) or (entry.run.note if entry and entry.run else "")

    def param(self, row: Row, key: str) -> Any:
        """A parameter of one experiment; `ABSENT` where it has none."""
        return self.overview.value(row, key)


def columns_of(source: Source) -> list[Column]:
    """Every column that these experiments can have; parameters that are the same in all of them come last."""
    overview = source.overview
    differing = overview.differing()
    alike = [key for key in list(source.index.params()) if key not in set(differing)]
    cells = [Column(CELL + name, _head(name), right=True, most=11) for name in overview.cells]
    sums = [Column(SUM + text, tuple(text.split()), right=True, most=16) for text in source.sums]
    params = map(_param_column, differing)
    numbers = [_number_column(name) for name in overview.numbers]
    return [*map(_about, ABOUT), *sums, *params, *cells, *numbers, *map(_about, BEHIND), *map(_param_column, alike)]


def shown_unasked(source: Source, columns: Sequence[Column]) -> set[str]:
    """The keys of the columns that are shown before anybody chooses: not every parameter where many differ."""
    few = {PARAM + key for key in source.overview.differing()[:_PARAMS_UNASKED]}
    few |= {NUMBER + name for name in list(source.overview.numbers)[:_NUMBERS_UNASKED]}
    noted = any(source.note(row) for row in source.overview.rows.values())
    hidden = NEVER_UNASKED | (frozenset() if noted else {"note"})
    return {column.key for column in columns if column.key not in hidden and is_shown_unasked(column.key, few)}


def is_shown_unasked(key: str, params: set[str]) -> bool:
    """Whether a column is shown before anybody chooses, given the parameters that are."""
    return key in params or not key.startswith((PARAM, NUMBER))


def differing_in(source: Source, keys: Sequence[str], rows: Sequence[Row]) -> set[str]:
    """Of the keys of columns, those of parameters that are not the same in all of `rows`."""
    found = set()
    for key in keys:
        name = key.removeprefix(PARAM)
        values = [source.param(row, name) for row in rows]
        if any(not same_value(values[0], value) for value in values[1:]):
            found.add(key)
    return found


class Lines:
    """Makes the table's rows and keeps them: of a thousand experiments most are as they were when the next ones come."""

    def __init__(self) -> None:
        self._for: object = None
        self._lines: dict[str, tuple[Row, TableRow]] = {}
        # By content and origin: experiments inherit most of their cells.
        self._cells: dict[tuple[str, str], Cell] = {}
        self._lock = threading.Lock()

    def rows(self, source: Source, columns: Sequence[Column]) -> list[TableRow]:
        """A row of the table for each experiment; may be asked from several threads."""
        keys = [column.key for column in columns]
        decimals = {key: _decimals(source, key) for key in keys if key.startswith(PARAM)}
        wanted = (keys, source.metric, decimals, source.notes, source.sums)
        with self._lock:
            if wanted != self._for:
                self._for, self._lines, self._cells = wanted, {}, {}
            return [self._line(source, row, keys, decimals) for row in source.overview.rows.values()]

    def _line(self, source: Source, row: Row, keys: Sequence[str], decimals: Mapping[str, int | None]) -> TableRow:
        known = self._lines.get(row.ref)
        if known is not None and known[0].snapshot is row.snapshot and known[0].base_name == row.base_name:
            return known[1]
        line = TableRow(row.ref, [self._cell(source, row, key, decimals) for key in keys])
        self._lines[row.ref] = row, line
        return line

    def _cell(self, source: Source, row: Row, key: str, decimals: Mapping[str, int | None]) -> Cell:
        if key.startswith(CELL):
            return self._metric(row, key.removeprefix(CELL), source.metric)
        if key.startswith(PARAM):
            return _param(source.param(row, key.removeprefix(PARAM)), decimals[key])
        if key.startswith(NUMBER):
            return _number(row, key.removeprefix(NUMBER))
        if key.startswith(SUM):
            return number_cell(source.sums[key.removeprefix(SUM)].get(row.ref), _DECIMALS)
        return text_cell(source.note(row)) if key == "note" else _ABOUT[key](row)

    def _metric(self, row: Row, name: str, metric: str) -> Cell:
        cell = row.cells.get(name)
        if cell is None or cell.blob is None:
            return _NONE
        key = cell.blob, cell.origin.kind
        if key not in self._cells:
            self._cells[key] = (
                Cell(UNREADABLE, None, "stale")
                if cell.value is None
                else number_cell(value_of(cell.value, metric), _DECIMALS, _TONES[cell.origin.kind])
            )
        return self._cells[key]


def full_name(column: Column) -> str:
    """A column's whole name: a cell's, a parameter's, an expression, or its head."""
    return column.key.removeprefix(PARAM).removeprefix(CELL).removeprefix(SUM).removeprefix(NUMBER)


def _about(key: str) -> Column:
    return Column(key, (key,), right=key in ("gain", "m/i/s/-"), most=40)


def _param_column(key: str) -> Column:
    return Column(PARAM + key, tuple(key.split(".")[-3:]), right=True, most=16)


def _number_column(name: str) -> Column:
    file, _, key = name.rpartition(":")
    return Column(NUMBER + name, (file.rpartition("/")[2], *key.split(".")[-2:]), right=True, most=16)


def number_of(row: Row, name: str) -> tuple[Any, str]:
    """The value at `FILE:KEY` of a row's metrics files, None where there is none, and where it comes from."""
    file, _, key = name.rpartition(":")
    origin = row.origins.get(file)
    return row.metrics.get(file, {}).get(key), origin.kind if origin else "missing"


def _number(row: Row, name: str) -> Cell:
    value, origin = number_of(row, name)
    if value is None:
        return _NONE
    tone = _TONES[origin]
    if not _is_number(value):
        return text_cell(param(value))
    return number_cell(float(value), 0 if isinstance(value, int) else _NUMBER_DECIMALS, tone)


def _head(cell: str) -> tuple[str, ...]:
    """Target, start and model below each other, as hyphens part them in a cell's name."""
    return tuple(cell.partition("@")[2].split("-", 2))


def _decimals(source: Source, key: str) -> int | None:
    """The decimals of a parameter that is a number wherever it is set; None where it is not."""
    name = key.removeprefix(PARAM)
    values = [source.param(row, name) for row in source.overview.rows.values()]
    present = [value for value in values if value is not ABSENT]
    return decimals_of(set(present)) if all(map(_is_number, present)) else None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _param(value: Any, decimals: int | None) -> Cell:
    if value is ABSENT:
        return _NONE
    if decimals is None:
        return text_cell(param(value))
    return number_cell(float(value), decimals)


def _date(row: Row) -> Cell:
    if row.date is None:
        return _NONE
    return Cell(row.date.strftime("%m-%d %H:%M"), row.date.timestamp())


def _gain(row: Row) -> Cell:
    if row.gains.mean is None:
        return _NONE
    tone = _TONES[row.gains.origin.kind]
    return Cell((STALE if tone == "stale" else "") + gain_in_short(row.gains), row.gains.mean, tone)


_ABOUT: Mapping[str, Callable[[Row], Cell]] = {
    "name": lambda row: text_cell(row.name, "strong"),
    "date": _date,
    "gain": _gain,
    "m/i/s/-": lambda row: Cell(cells_in_short(row.counts()), float(row.counts()["measured"])),
    "kind": lambda row: text_cell(row.kind),
    "base": lambda row: text_cell(row.base_name),
    "message": lambda row: text_cell(row.message),
    "author": lambda row: text_cell(row.author),
}
