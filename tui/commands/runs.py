"""`detour runs, watch, logs, stop, resume` and `retry`: what becomes of runs, from any terminal."""

import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import InputError
from tui.checkout import Checkout, find_checkout
from tui.output import visible
from tui.sharing import Column, Sheet, Value
from tui.sharing.forms import AsCsv, AsLatex, AsMarkdown, chosen, write

if TYPE_CHECKING:
    from tui.runs.story import RunStory

RunArgument = Annotated[
    str | None,
    typer.Argument(metavar="[RUN]", help="Its id, the beginning of its id, or its name; the newest without any."),
]
WaitOption = Annotated[bool, typer.Option("--wait", "-w", help="Follow it to its end; Ctrl-C stops it.")]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON.")]

FOLLOW_SECONDS = 0.2
"""Between two looks at a log that is written on."""


def runs(
    all_runs: Annotated[bool, typer.Option("--all", "-a", help="Those that are long over as well.")] = False,
    as_json: JsonOption = False,
    md: AsMarkdown = False,
    csv: AsCsv = False,
    latex: AsLatex = False,
) -> None:
    """List runs: those that wait, run or can go on, and the last that ended."""
    from tui.runs.limits import limit_of_slots
    from tui.runs.queue import dispatch
    from tui.runs.story import RunFollower

    form = chosen(as_json, md, csv, latex)
    checkout = find_checkout()
    dispatch(checkout, limit_of_slots())
    stories = RunFollower(checkout.runs).read()
    if as_json:
        print(json.dumps([_as_mapping(story) for story in stories], indent=1))
        return
    if form != "text":
        write(_sheet(stories), form)
        return
    shown = stories if all_runs else [story for index, story in enumerate(stories) if index < 10 or _matters(story)]
    for line in _listed(shown):
        print(visible(line))
    if len(shown) < len(stories):
        print(f"{len(stories) - len(shown)} more are over; --all lists them.")
    for line in _advice(stories):
        print(visible(line))


def _sheet(stories: "list[RunStory]") -> Sheet:
    """All runs as a table."""
    heads = ("status", "run", "name", "finished", "stages", "minutes", "note")
    now = time.time()
    rows = [
        (
            Value(story.status),
            Value(story.id),
            Value(story.name),
            # Before a run has planned, nobody knows; that is not zero.
            Value(story.count("done", "cached") if story.stages else None),
            Value(len(story.stages) or None),
            Value(story.elapsed(now) / 60, decimals=1),
            Value(story.note),
        )
        for story in stories
    ]
    numbers = ("finished", "stages", "minutes")
    return Sheet("Runs", tuple(Column(head, head, head in numbers) for head in heads), tuple(rows))


def _matters(story: "RunStory") -> bool:
    from tui.runs.stopping import can_resume

    return not story.is_over or can_resume(story)


def _listed(stories: "list[RunStory]") -> Iterator[str]:
    from tui.runs.telling import reached

    if not stories:
        yield "There is no run yet; `detour run` launches one."
    now = time.time()
    for story in stories:
        minutes = f"{story.elapsed(now) / 60:.1f} min"
        priority = f"  priority {story.priority}" if story.priority and story.status == "queued" else ""
        note = f"  {story.note}" if story.note else ""
        yield f"{story.status:8s} {story.id}  {reached(story):>8s}  {minutes:>10s}  {story.name}{priority}{note}"


def _advice(stories: "list[RunStory]") -> Iterator[str]:
    from tui.runs.stopping import can_resume

    left = [story for story in stories if can_resume(story)]
    if left:
        more = f" (and {len(left) - 1} more)" if left[1:] else ""
        yield f"detour resume {left[0].id} goes on where it was left{more}."


def watch(run: RunArgument = None, as_json: JsonOption = False) -> None:
    """Follow a run as plain lines until it is over, with the epochs of its trainings; leaving does not stop it.

    The exit status is 0 where the run ended well, else 1. With --json its events are printed as they are, one a line.
    """
    from tui.runs.following import find_run, follow
    from tui.runs.telling import ending

    checkout = find_checkout()
    _begin_waiting(checkout)
    folder = find_run(checkout, run)
    if as_json:
        story = _watch_events(folder)
    else:
        story = follow(folder, lambda line: print(visible(line), flush=True), True, lambda _story: False)
        for line in ending(story):
            print(visible(line))
    if story.status != "done":
        raise typer.Exit(1)


def _watch_events(folder: Path) -> "RunStory":
    from tui.runs.events import EventReader
    from tui.runs.story import read_story

    reader = EventReader(folder)
    while True:
        events = reader.read()
        for event in events:
            print(json.dumps(event), flush=True)
        story = read_story(folder)
        if not events:
            if story.is_over:
                return story
            time.sleep(FOLLOW_SECONDS)


def logs(
    run: RunArgument = None,
    stage: Annotated[
        str | None, typer.Argument(metavar="[STAGE]", help="A stage's name; all stages without any.")
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on until the run is over.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Print what the stages of a run printed, DVC's own lines included."""
    from tui.runs.following import find_run, stage_logs

    folder = find_run(find_checkout(), run)
    if as_json:
        texts = {path.stem: path.read_text(encoding="utf-8", errors="replace") for path in stage_logs(folder, stage)}
        print(json.dumps({"run": folder.name, "logs": texts}, indent=1))
        return
    for line in _lines(folder, stage, follow):
        print(visible(line), flush=follow)


def _lines(folder: Path, stage: str | None, follow: bool) -> Iterator[str]:
    """The lines of the logs, whole ones while they are written, those of stages that begin meanwhile as well."""
    from tui.runs.following import stage_logs
    from tui.runs.story import read_story

    read: dict[Path, int] = {}
    while True:
        is_over = read_story(folder).is_over or not follow
        told = False
        for path in _known_logs(folder, stage, follow) if follow else stage_logs(folder, stage):
            for line in _whole_lines(path, read, is_over):
                told = True
                yield line
        if is_over and not told:
            return
        if not told:
            time.sleep(FOLLOW_SECONDS)


def _known_logs(folder: Path, stage: str | None, _follow: bool) -> list[Path]:
    """Of a stage that has not begun yet there is none."""
    from tui.runs.following import stage_logs

    try:
        return list(stage_logs(folder, stage))
    except InputError:
        return []


def _whole_lines(path: Path, read: dict[Path, int], to_the_end: bool) -> Iterator[str]:
    with path.open("rb") as file:
        file.seek(read.get(path, 0))
        text = file.read()
    whole = text if to_the_end else text[: text.rfind(b"\n") + 1]
    read[path] = read.get(path, 0) + len(whole)
    yield from (line.expandtabs(4) for line in whole.decode("utf-8", "replace").splitlines())


def stop(
    run: RunArgument = None,
    now: Annotated[
        bool, typer.Option("--now", help="Kill it, without time to save how far its trainings are.")
    ] = False,
    record: Annotated[bool, typer.Option("--record", help="Record what is finished as an experiment.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Stop a run: its trainings save their state, and `detour resume` goes on from there."""
    from tui.runs.following import find_run, follow
    from tui.runs.limits import limit_of_slots
    from tui.runs.queue import dispatch
    from tui.runs.stopping import can_resume, go_on, stop_run
    from tui.runs.story import read_story
    from tui.runs.telling import ending

    checkout = find_checkout()
    folder = find_run(checkout, run)
    if not stop_run(checkout, folder, now, record):
        story = read_story(folder)
        if not (record and can_resume(story)):
            raise InputError(f"Run {story.id} is over already ({story.status}).")
        go_on(checkout, folder, "record")
        dispatch(checkout, limit_of_slots())
    story = follow(folder, lambda _line: None, False, lambda _story: False)
    dispatch(checkout, limit_of_slots())
    _print(story, as_json, list(ending(story)))


def resume(
    run: RunArgument = None,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Let a run go on that was stopped, or whose supervisor died; the newest such without a name."""
    _again(run, "resume", wait, as_json)


def retry(
    run: RunArgument = None,
    wait: WaitOption = False,
    as_json: JsonOption = False,
) -> None:
    """Run what failed in a run once more; its experiment gets the new record."""
    _again(run, "retry", wait, as_json)


def _again(run: str | None, how: str, wait: bool, as_json: bool) -> None:
    from tui.commands.run import follow_to_the_end, leave_as
    from tui.runs.following import find_run
    from tui.runs.limits import limit_of_slots
    from tui.runs.queue import dispatch
    from tui.runs.stopping import go_on
    from tui.runs.telling import ending

    checkout = find_checkout()
    folder = find_run(checkout, run) if run else _newest(checkout, how)
    go_on(checkout, folder, "retry" if how == "retry" else "resume")
    dispatch(checkout, limit_of_slots())
    if not wait:
        if as_json:
            print(json.dumps({"run": folder.name}, indent=1))
        else:
            print(f"Run {folder.name} goes on; see it with `detour watch {folder.name}`.")
        return
    story = follow_to_the_end(checkout, folder, lambda line: print(visible(line), file=sys.stderr, flush=True))
    _print(story, as_json, list(ending(story)))
    leave_as(story)


def _newest(checkout: Checkout, how: str) -> Path:
    """The newest run that can go on in that way.

    Raises:
        InputError: There is none.
    """
    from tui.runs.stopping import can_resume
    from tui.runs.story import RunFollower

    for story in RunFollower(checkout.runs).read():
        if can_resume(story) if how == "resume" else story.status == "failed" and story.experiment:
            return story.folder
    raise InputError(f"There is no run to {how}; `detour runs` lists those that there are.")


def _begin_waiting(checkout: Checkout) -> None:
    from tui.runs.limits import limit_of_slots
    from tui.runs.queue import dispatch

    dispatch(checkout, limit_of_slots())


def _print(story: "RunStory", as_json: bool, lines: list[str]) -> None:
    from tui.commands.run import as_mapping

    if as_json:
        print(json.dumps(as_mapping(story), indent=1))
        return
    for line in lines or [f"Run {story.id} is {story.status}."]:
        print(visible(line))


def _as_mapping(story: "RunStory") -> dict[str, Any]:
    """A run as `detour runs --json` lists it."""
    return {
        "run": story.id,
        "name": story.name,
        "status": story.status,
        "note": story.note,
        "priority": story.priority,
        "jobs": story.jobs,
        "attempt": story.attempt,
        "cells": list(story.cells),
        "stages": {stage.name: stage.state for stage in story.stages.values()},
        "opened": story.opened,
        "seconds": round(story.elapsed(time.time()), 1),
        "experiment": story.experiment,
        "commit": story.commit,
        "why": story.why,
        "command": list(story.command),
    }
