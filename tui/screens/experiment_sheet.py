"""The list of experiments as a table that leaves the app: whole numbers, and where they came from."""

import shlex
from collections.abc import Sequence
from typing import Any

from tui.history.diff import ABSENT
from tui.history.rows import Row
from tui.history.values import number, value_of
from tui.history.words import cells_in_short, param
from tui.screens.experiment_columns import CELL, NUMBER, PARAM, SUM, Source, full_name, number_of
from tui.sharing import Column, Provenance, Sheet, Value
from tui.sharing.provenance import link_to
from tui.sharing.sheet import AS_IT_IS
from tui.widgets.cells import Column as Shown

TITLE = "Experiments"
ORIGINS = "A ! before a value: stale, it belongs to other parameters or inputs."
_NAMED = 12
"""Experiments up to which each is named with its commit."""


def sheet_of(source: Source, rows: Sequence[Row], columns: Sequence[Shown], filter: str = "") -> Sheet:
    """A sheet of some experiments and columns.

    Args:
        source: What the columns read.
        rows: The experiments, in order.
        columns: The columns, in order.
        filter: The filter that chose the experiments; empty for none.
    """
    heads = tuple(_head(source, rows, column) for column in columns)
    values = tuple(tuple(_value(source, row, column.key) for column in columns) for row in rows)
    notes = (ORIGINS,) if any(value.mark == "!" for line in values for value in line) else ()
    return Sheet(TITLE, heads, values, notes, _provenance(rows, columns, filter))


def _head(source: Source, rows: Sequence[Row], column: Shown) -> Column:
    number_column = column.key in ("gain",) or column.key.startswith((CELL, SUM, NUMBER))
    if column.key.startswith(PARAM):
        values = [source.param(row, full_name(column)) for row in rows]
        number_column = all(value is ABSENT or number(value) is not None for value in values)
    head = f"{full_name(column)} ({source.metric})" if column.key.startswith(CELL) else full_name(column)
    return Column(
        column.key.removeprefix(PARAM).removeprefix(CELL).removeprefix(SUM).removeprefix(NUMBER), head, number_column
    )


def _value(source: Source, row: Row, key: str) -> Value:
    if key.startswith(CELL):
        cell = row.cells.get(key.removeprefix(CELL))
        found = value_of(cell.value, source.metric) if cell else None
        return Value(found, mark="!" if cell and cell.origin.kind == "stale" and found is not None else "")
    if key.startswith(NUMBER):
        found, origin = number_of(row, key.removeprefix(NUMBER))
        return Value(found, AS_IT_IS, mark="!" if origin == "stale" and found is not None else "")
    if key.startswith(SUM):
        return Value(source.sums.get(key.removeprefix(SUM), {}).get(row.ref))
    if key.startswith(PARAM):
        return _param(source.param(row, key.removeprefix(PARAM)))
    if key == "gain":
        stale = row.gains.origin.kind == "stale" and row.gains.mean is not None
        return Value(row.gains.mean, mark="!" if stale else "", sign=True)
    return Value(_about(source, row, key))


def _about(source: Source, row: Row, key: str) -> str:
    if key == "m/i/s/-":
        return cells_in_short(row.counts())
    if key == "date":
        return row.date.isoformat() if row.date else ""
    if key == "base":
        return row.base_name
    if key == "note":
        return source.note(row)
    return str(getattr(row, key))


def _param(value: Any) -> Value:
    if value is ABSENT:
        return Value(None)
    if isinstance(value, str | int | float | bool):
        return Value(value, AS_IT_IS)
    return Value(param(value))


def _provenance(rows: Sequence[Row], columns: Sequence[Shown], filter: str) -> Provenance:
    command = ["detour", "experiments", *(["--filter", filter] if filter else [])]
    command += ["--columns", ",".join(full_name(column) for column in columns)]
    named = rows if len(rows) <= _NAMED else ()
    back = "; ".join(map(link_to, named)) or shlex.join(command[:4] if filter else command[:2])
    return Provenance(shlex.join(command), tuple((row.name, row.commit) for row in named), "", back)
