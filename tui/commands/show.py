"""`detour show`: what an experiment recorded: its table, its gains, its run."""

import json
import shlex
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import InputError
from tui.checkout import GitFault, find_checkout, git
from tui.output import emit_json, say, say_lines

if TYPE_CHECKING:
    from tui.history.runrecord import RunRecord


def show(
    revision: Annotated[str, typer.Argument(help="An experiment, branch, tag or commit.")] = "HEAD",
    run: Annotated[
        bool, typer.Option("--run", help="The record of the run instead: who, where, how long, each cell's origin.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the gains, or the run's record, as JSON.")] = False,
) -> None:
    """Print Table 1 as an experiment recorded it, with the note of its run."""
    from tui.history.rows import History

    checkout = find_checkout()
    history = History(checkout.here)
    found = history.resolve(revision)
    record = history.run_record(found)
    if run:
        _show_run(record, revision, as_json)
        return
    path = "reports/gains.json" if as_json else "reports/table1.md"
    try:
        text = git(checkout.root, "cat-file", "blob", f"{found.commit}:{path}")
    except GitFault:
        raise InputError(f"{revision} holds no {path}; a run that ends with gains and report writes it.") from None
    if not as_json:
        if record is not None and record.note:
            say(f"Note: {record.note}")
        say_lines(text)
        return
    try:
        emit_json(json.loads(text))
    except ValueError as error:
        raise InputError(f"{path} of {revision} is not whole JSON ({error}); run the cells again.") from None


def _show_run(record: "RunRecord | None", revision: str, as_json: bool) -> None:
    if record is None:
        raise InputError(f"{revision} holds no record of a run of its own; `detour run` writes reports/run.json.")
    if as_json:
        emit_json(record.value)
        return
    for key, text in _told(record):
        if text:
            say(f"{key:<9} {text}")


def _told(record: "RunRecord") -> Iterator[tuple[str, str]]:
    yield "run", f"{record.id} {record.outcome}".rstrip()
    yield "name", record.name
    yield "note", record.note
    yield "by", " on ".join(text for text in (record.who, ", ".join((record.host, *record.gpus))) if text)
    yield "begun", record.begun
    yield "seconds", "" if record.seconds is None else f"{record.seconds:g}"
    yield "command", shlex.join(record.command)
    yield "study", record.study
    yield "settings", ", ".join(record.settings)
    yield "base", record.base[:9]
    yield "cells", ", ".join(f"{len(names)} {state}" for state, names in record.cells.items() if names)
    for stage, why in record.failed.items():
        yield "failed", f"{stage}: {why}"
    yield "versions", ", ".join(f"{name} {version}" for name, version in record.versions.items())
