"""`detour experiments`: every experiment that git holds, the newest first."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tui.history.rows import Row
    from tui.history.snapshot import CellRecord

LEGEND = (
    "m/i/s/-  cells measured here, inherited from the base, stale, missing",
    "gain     mean over the comparable pairs, and their number",
)


def experiments(
    as_json: Annotated[bool, typer.Option("--json", help="Print experiments and cells as JSON.")] = False,
) -> None:
    """List branches, tags and experiments with what each has measured."""
    from tui.history.rows import History
    from tui.output import emit_json

    rows = History().rows()
    if as_json:
        emit_json({"experiments": [as_mapping(row) for row in rows]})
    else:
        _print(rows)


def as_mapping(row: "Row") -> dict[str, Any]:
    """A row as `--json` prints it."""
    from tui.history.values import declared_metrics

    metrics = declared_metrics(row.params)
    return {
        "name": row.name,
        "kind": row.kind,
        "ref": row.ref,
        "commit": row.commit,
        "base": row.base,
        "base_name": row.base_name,
        "date": row.date,
        "author": row.author,
        "message": row.message,
        "params": row.params,
        "counts": row.counts(),
        "cells": {name: _cell(cell, metrics) for name, cell in row.cells.items()},
        "gains": {
            "origin": row.gains.origin.kind,
            "why": row.gains.origin.why,
            "comparable": row.gains.comparable,
            "mean": row.gains.mean,
            "verdicts": row.gains.verdicts,
        },
        "problems": row.problems,
    }


def _cell(cell: "CellRecord", metrics: Iterable[str]) -> dict[str, Any]:
    from tui.history.values import value_of

    return {
        "origin": cell.origin.kind,
        "why": cell.origin.why,
        "declared": cell.declared,
        "metrics": {metric: value_of(cell.value, metric) for metric in metrics},
    }


def _print(rows: "list[Row]") -> None:
    from tui.history.words import cells_in_short, gain_in_short
    from tui.output import console, plain, say, table

    if not rows:
        say("There is no commit yet: `git commit` the study, then `detour run` records experiments.")
        return
    width = min(24, max(len(row.name) for row in rows))
    heads = ("name", "kind", "date", "base", "m/i/s/-", "gain", "message")
    numbers = ("m/i/s/-", "gain")
    shown = table(*heads, right=numbers, whole=("kind", "date", *numbers), least={"name": width})
    for row in rows:
        date = row.date.date().isoformat() if row.date else ""
        cells, gain = cells_in_short(row.counts()), gain_in_short(row.gains)
        if row.gains.origin.kind == "stale" and row.gains.mean is not None:
            gain += " stale"
        message = f"{row.message} (!)" if row.problems else row.message
        texts = (row.name, row.kind, date, row.base_name, cells, gain, message)
        shown.add_row(*(plain(text) for text in texts))
    console().print(shown)
    for line in LEGEND:
        say(line)
    for row in rows:
        for problem in row.problems:
            say(f"(!) {row.name}: {problem}")
