"""What `detour experiments --json` prints, apart from its command line: scripts ask for it often, and typer would take longer
than the list itself."""

import math
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tui.history.compact import Compact
    from tui.history.rows import Row
    from tui.history.runrecord import RunRecord

COMMAND = ["experiments", "--json"]
_KEPT: dict[int, tuple[Any, Any]] = {}


def print_all() -> int:
    """Print every experiment as `detour experiments --json` does; the exit status."""
    import gc

    from tui.history.rows import History
    from tui.output import complain

    # A process of half a second that drops nothing.
    gc.disable()
    history = History()
    print_rows((row, history.run_record(row)) for row in history.each())
    if history.note:
        complain(history.note)
    return 0


def print_rows(found: "Iterable[tuple[Row, RunRecord | None]]") -> None:
    """Print experiments as one JSON document, one a line."""
    from tui.output import emit_plain_list

    emit_plain_list("experiments", (as_mapping(row, run) for row, run in found))


def as_mapping(row: "Row", run: "RunRecord | None" = None) -> dict[str, Any]:
    """A row in JSON's types, with the record of its run (see `tui.output.jsonable`)."""
    from tui.output import jsonable

    gains = row.gains
    about = {
        "name": row.name, "kind": row.kind, "ref": row.ref, "commit": row.commit, "base": row.base,
        "base_name": row.base_name, "date": row.date, "author": row.author, "message": row.message,
    }  # fmt: skip
    rest = {
        "gains": {
            "origin": gains.origin.kind, "why": gains.origin.why, "comparable": gains.comparable, "mean": gains.mean,
            "verdicts": gains.verdicts,
        },
        "problems": row.problems,
        "run": _run(run) if run else None,
        **({} if row.is_study else {"files": _files(row)}),
    }  # fmt: skip
    return {
        **jsonable(about),
        "params": _params(row.params),
        "counts": row.counts(),
        "cells": _cells(row.snapshot.compact),
        **jsonable(rest),
    }


def _params(params: Mapping[str, Any] | None) -> Any:
    """Blocks are shared by most experiments: each is made JSON once."""
    from tui.output import jsonable

    if params is None:
        return None
    made = {}
    for name, block in params.items():
        known = _KEPT.get(id(block))
        if known is None or known[0] is not block:
            known = _KEPT[id(block)] = block, jsonable(block)
        made[jsonable(str(name))] = known[1]
    return made


def _cells(compact: "Compact") -> dict[str, Any]:
    from tui.history.compact import KINDS
    from tui.output import jsonable

    layout, numbers, gone = compact.layout, compact.numbers, compact.gone
    finite = all(map(math.isfinite, numbers))
    cells, at, count = {}, 0, len(layout.metrics)
    for place, name in enumerate(layout.places):
        values = [None if gone[at + i] else numbers[at + i] for i in range(count)]
        at += count
        cells[name] = {
            "origin": KINDS[compact.kinds[place]],
            "why": compact.whys.get(place, ""),
            "declared": layout.declared[place],
            "metrics": dict(zip(layout.metrics, values, strict=True)),
        }
    return cells if finite and not compact.whys and layout.is_ascii else jsonable(cells)


def _files(row: "Row") -> dict[str, Any]:
    return {
        path: {"origin": file.origin.kind, "why": file.origin.why, "metrics": file.values}
        for path, file in row.files.items()
    }


def _run(run: "RunRecord") -> dict[str, Any]:
    return {
        "id": run.id, "note": run.note, "outcome": run.outcome, "settings": run.settings, "study": run.study or None,
        "who": run.who, "host": run.host, "seconds": run.seconds,
    }  # fmt: skip
