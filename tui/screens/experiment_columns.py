"""The columns of the list of experiments: what each shows of a row, and which are shown unasked."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from tui.history.diff import ABSENT
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
BEHIND = ("date", "kind", "base", "message")
PARAM, CELL = "param:", "cell:"
_NONE = Cell(MISSING, None, "missing")
_PARAMS_UNASKED = 6
_DECIMALS = 3
_TONES: Mapping[str, Tone] = {
    "measured": "plain",
    "inherited": "inherited",
    "stale": "stale",
    "missing": "missing",
}


def columns_of(overview: Overview) -> list[Column]:
    """Every column that these experiments can have."""
    params = [Column(PARAM + key, tuple(key.split(".")[-3:]), right=True, most=16) for key in overview.differing()]
    cells = [Column(CELL + name, _head(name), right=True, most=11) for name in overview.cells]
    return [*map(_about, ABOUT), *params, *cells, *map(_about, BEHIND)]


def shown_unasked(columns: Sequence[Column]) -> set[str]:
    """The keys of the columns that are shown before anybody chooses: not every parameter where many differ."""
    params = [column.key for column in columns if column.key.startswith(PARAM)]
    return {column.key for column in columns} - set(params[_PARAMS_UNASKED:])


class Lines:
    """Makes the table's rows and keeps them: of a thousand experiments most are as they were when the next ones come."""

    def __init__(self) -> None:
        self._for: object = None
        self._lines: dict[str, tuple[Row, TableRow]] = {}
        # By content and origin: experiments inherit most of their cells.
        self._cells: dict[tuple[str, str], Cell] = {}

    def rows(self, overview: Overview, columns: Sequence[Column], metric: str) -> list[TableRow]:
        """A row of the table for each experiment."""
        decimals = {column.key: _decimals(overview, column) for column in columns if column.key.startswith(PARAM)}
        wanted = ([column.key for column in columns], metric, decimals)
        if wanted != self._for:
            self._for, self._lines, self._cells = wanted, {}, {}
        return [self._line(overview, ref, row, columns, metric, decimals) for ref, row in overview.rows.items()]

    def _line(
        self,
        overview: Overview,
        ref: str,
        row: Row,
        columns: Sequence[Column],
        metric: str,
        decimals: Mapping[str, int | None],
    ) -> TableRow:
        known = self._lines.get(ref)
        if known is not None and known[0].snapshot is row.snapshot and known[0].base_name == row.base_name:
            return known[1]
        line = TableRow(ref, [self._cell(overview, row, column.key, metric, decimals) for column in columns])
        self._lines[ref] = row, line
        return line

    def _cell(self, overview: Overview, row: Row, key: str, metric: str, decimals: Mapping[str, int | None]) -> Cell:
        if key.startswith(CELL):
            return self._metric(row, key.removeprefix(CELL), metric)
        if key.startswith(PARAM):
            return _param(overview.value(row, key.removeprefix(PARAM)), decimals[key])
        return _ABOUT[key](row)

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
    """A column's whole name: a cell's, a parameter's, or its head."""
    return column.key.removeprefix(PARAM).removeprefix(CELL)


def _about(key: str) -> Column:
    return Column(key, (key,), right=key in ("gain", "m/i/s/-"), most=40)


def _head(cell: str) -> tuple[str, ...]:
    """Target, start and model below each other, as hyphens part them in a cell's name."""
    return tuple(cell.partition("@")[2].split("-", 2))


def _decimals(overview: Overview, column: Column) -> int | None:
    """The decimals of a parameter that is a number wherever it is set; None where it is not."""
    values = [overview.value(row, full_name(column)) for row in overview.rows.values()]
    present = [value for value in values if value is not ABSENT]
    return decimals_of(present) if all(map(_is_number, present)) else None


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
}
