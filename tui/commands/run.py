"""`detour run`: launch cells in a tree of their own and record them as a DVC experiment."""

import json
import math
import os
import socket
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tui.checkout import Checkout, find_checkout
from tui.commands.plan import CellsArgument, SetOption, StudyOption, prepare_plan, take_order, uncommitted
from tui.output import say_lines, visible

if TYPE_CHECKING:
    from tui.runs.events import EventLog
    from tui.runs.hosting import Host
    from tui.runs.launch import Outcome
    from tui.runs.plan import RunPlan
    from tui.runs.tree import RunTree


def run(
    cells: CellsArgument = None,
    study: StudyOption = None,
    settings: SetOption = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Stages that run side by side.")] = 1,
    name: Annotated[str | None, typer.Option("--name", "-n", help="The experiment's name.")] = None,
    table: Annotated[bool, typer.Option("--table", help="Print the run's table at the end.")] = False,
    cold: Annotated[
        bool, typer.Option("--cold", help="Start every stage by itself, not from a process that has imported torch.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Run cells (all of the study without any) in a tree of their own and record an experiment.

    The working tree is not touched. A cell is an exact name (sentiment@emotions-paws-bert), a group (sentiment) or a glob.
    """
    from tui.runs.hosting import Host
    from tui.runs.pins import refuse_missing
    from tui.runs.record import check_name
    from tui.runs.tree import make_folder, new_id, remove_folder, remove_tree

    checkout = find_checkout()
    run_id = new_id()
    name = name or f"run-{run_id}"
    check_name(checkout, name)
    # Progress goes to standard error; whoever reads JSON from a pipe is not told twice.
    say = _Voice(quiet=as_json and not sys.stderr.isatty())
    if changes := uncommitted(checkout):
        say.line(changes)
    order = take_order(checkout, cells, study, settings)
    folder = checkout.runs / run_id
    make_folder(folder)
    events = _open_events(folder, name, settings)
    with Host() as host:
        try:
            _mention_data(checkout, say, host)
            tree, plan = prepare_plan(order, run_id, host)
        except BaseException:
            # Nothing has begun, so nothing is left.
            remove_folder(folder)
            raise
        try:
            to_run = {stage.name for stage in plan.stages if stage.state == "to run"}
            refuse_missing(order.study, to_run, study, tree.path)
        except BaseException:
            remove_tree(tree)
            raise
        ended = _carry_out(tree, plan, jobs, cold, name, say, events, host)
    if as_json:
        print(json.dumps(_as_mapping(ended, tree, plan), indent=1))
    else:
        if table:
            say_lines(ended.table)
        say.end(ended.name, ended.commit, ended.outcome, tree.logs)
    if ended.outcome.failed or ended.outcome.skipped:
        raise typer.Exit(1)


@dataclass(frozen=True)
class _Ended:
    """A run that was recorded."""

    name: str
    """The experiment's name."""
    commit: str
    outcome: "Outcome"
    table: str


def _carry_out(
    tree: "RunTree", plan: "RunPlan", jobs: int, cold: bool, name: str, say: "_Voice", events: "EventLog", host: "Host"
) -> _Ended:
    """Run the plan, record what came of it and remove the tree; the events tell every end, also a bad one."""
    from tui.runs.launch import Launcher
    from tui.runs.record import record
    from tui.runs.tree import drop_worktree

    def report(what: str, stage: str) -> None:
        say.report(what, stage)
        why = launcher.outcome.reasons.get(stage, "") if what == "failed" else ""
        metrics = _metrics(tree.path, stage) if what == "done" else {}
        events.write("stage", stage=stage, state=what, why=why, metrics=metrics)

    def note(sentence: str) -> None:
        say.line(sentence)
        events.write("note", text=sentence)

    say.plan(len(plan.cells), len(plan.stages), tree.id)
    events.write("planned", cells=list(plan.cells), stages=[stage.name for stage in plan.stages])
    launcher = Launcher(tree, jobs, report, note, host, cold)
    try:
        outcome = launcher.run(plan)
        name, commit = record(tree, plan, outcome, name)
        table = _read_table(tree.path)
    except KeyboardInterrupt:
        say.line(
            f"Interrupted: {len(launcher.outcome.done)} finished stages stay in the cache; run the same again to go on."
        )
        events.write("ended", outcome="interrupted")
        raise
    except BaseException as error:
        events.write("ended", outcome="failed", why=str(error))
        raise
    else:
        well = not outcome.failed and not outcome.skipped
        events.write("ended", outcome="done" if well else "failed", experiment=name, commit=commit)
    finally:
        drop_worktree(tree)
    return _Ended(name, commit, outcome, table)


def _open_events(folder: Path, name: str, settings: list[str] | None) -> "EventLog":
    from tui.runs.events import EventLog
    from tui.runs.process import start_of

    events = EventLog(folder)
    process = os.getpid()
    command = ["detour", *sys.argv[1:]]
    began = start_of(process)
    events.write(
        "opened", run=folder.name, name=name, command=command, process=process, began=began,
        host=socket.gethostname(), settings=settings or [],
    )  # fmt: skip
    return events


def _metrics(tree: Path, stage: str) -> dict[str, float]:
    """The finite metrics of a cell's record; none for another stage or a record that cannot be read."""
    from tui.history.values import DEFAULT_METRICS, value_of

    task, at, stem = stage.partition("@")
    path = tree / "reports" / "cells" / task / f"{stem}.json"
    if not at or not path.is_file():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    found = {metric: value_of(record, metric) for metric in DEFAULT_METRICS}
    return {metric: value for metric, value in found.items() if value is not None and math.isfinite(value)}


def _as_mapping(ended: _Ended, tree: "RunTree", plan: "RunPlan") -> dict[str, Any]:
    """The outcome as `--json` prints it."""
    outcome = ended.outcome
    return {
        "experiment": ended.name,
        "commit": ended.commit,
        "run": tree.id,
        "cells": list(plan.cells),
        "ran": sorted(outcome.ran),
        "failed": sorted(outcome.failed),
        "reasons": outcome.reasons,
        "skipped": sorted(outcome.skipped),
        "logs": str(tree.logs),
    }


def _read_table(tree: Path) -> str:
    path = tree / "reports" / "table1.md"
    return path.read_text(encoding="utf-8") if path.is_file() else "No table was written."


def _mention_data(checkout: Checkout, say: "_Voice", host: "Host") -> None:
    # git cannot see data/, which it ignores.
    if host.ask(checkout.root, "status", "--quiet", "data.dvc")[0] == 1:
        say.line(
            "data/ is not as data.dvc says, and what differs is not in this run; `dvc add data` and commit data.dvc."
        )


class _Voice:
    """Plain progress lines on standard error, the same on any terminal."""

    def __init__(self, quiet: bool):
        self.quiet = quiet
        self.begun = time.monotonic()

    def line(self, text: str) -> None:
        if not self.quiet:
            print(visible(text), file=sys.stderr, flush=True)

    def plan(self, cells: int, stages: int, run_id: str) -> None:
        self.line(f"Run {run_id}: {cells} cells, {stages} stages.")

    def report(self, what: str, stage: str) -> None:
        seconds = time.monotonic() - self.begun
        self.line(f"{int(seconds) // 60:3d}:{int(seconds) % 60:02d}  {what:8s} {stage}")

    def end(self, name: str, commit: str, outcome: "Outcome", logs: Path) -> None:
        minutes = (time.monotonic() - self.begun) / 60
        for stage in outcome.failed:
            self.line(f"Failed: {stage}: {outcome.reasons.get(stage, 'see its log')}")
        if outcome.failed:
            self.line(f"Logs are in {logs}.")
        if outcome.skipped:
            self.line(f"Skipped, since they depend on what failed: {', '.join(outcome.skipped)}.")
        self.line(f"Recorded as experiment {name} ({commit[:9]}) after {minutes:.1f} minutes.")
        self.line(f"Compare it with `detour diff {name}`; make it a branch with `dvc exp branch {name} BRANCH`.")
