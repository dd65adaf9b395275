"""`detour run`: launch cells in a tree of their own and record them as a DVC experiment."""

import json
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.study import load_study
from tui.checkout import Checkout, find_checkout, git
from tui.commands.plan import CellsArgument, SetOption, StudyOption, prepare_plan
from tui.output import say_lines, visible

if TYPE_CHECKING:
    from tui.runs.launch import Outcome


def run(
    cells: CellsArgument = None,
    study: StudyOption = None,
    settings: SetOption = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Stages that run side by side.")] = 1,
    name: Annotated[str | None, typer.Option("--name", "-n", help="The experiment's name.")] = None,
    table: Annotated[bool, typer.Option("--table", help="Print the run's table at the end.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the outcome as JSON.")] = False,
) -> None:
    """Run cells (all of the study without any) in a tree of their own and record an experiment.

    The working tree is not touched. A cell is an exact name (sentiment@emotions-paws-bert), a group (sentiment) or a glob.
    """
    from tui.runs.launch import Launcher
    from tui.runs.pins import refuse_unpinned
    from tui.runs.record import check_name, record
    from tui.runs.tree import drop_worktree, new_id, remove_tree

    checkout = find_checkout()
    run_id = new_id()
    name = name or f"run-{run_id}"
    check_name(checkout, name)
    say = _Voice(quiet=as_json)
    _mention_changes(checkout, say)
    tree, plan = prepare_plan(checkout, run_id, cells, study, settings)
    try:
        to_run = {stage.name for stage in plan.stages if stage.state == "to run"}
        refuse_unpinned(load_study(tree.path / "params.yaml"), to_run, study)
        say.plan(len(plan.cells), len(plan.stages), run_id)
        launcher = Launcher(tree, jobs, say.report)
        try:
            outcome = launcher.run(plan)
        except KeyboardInterrupt:
            say.line(
                f"Interrupted: {len(launcher.outcome.done)} finished stages stay in the cache; run the same again to go on."
            )
            raise
        name, commit = record(tree, plan, outcome, name)
        table_text = _read_table(tree.path)
    except BaseException:
        remove_tree(tree)
        raise
    drop_worktree(tree)
    failed = [*outcome.failed, *outcome.skipped]
    if as_json:
        print(
            json.dumps(
                {
                    "experiment": name,
                    "commit": commit,
                    "run": run_id,
                    "cells": list(plan.cells),
                    "ran": sorted(outcome.ran),
                    "failed": sorted(outcome.failed),
                    "reasons": outcome.reasons,
                    "skipped": sorted(outcome.skipped),
                    "logs": str(tree.logs),
                },
                indent=1,
            )
        )
    else:
        if table:
            say_lines(table_text)
        say.end(name, commit, outcome, tree.logs)
    if failed:
        raise typer.Exit(1)


def _read_table(tree: Path) -> str:
    path = tree / "reports" / "table1.md"
    return path.read_text(encoding="utf-8") if path.is_file() else "No table was written."


def _mention_changes(checkout: Checkout, say: "_Voice") -> None:
    from tui.runs.tree import dvc

    changed = git(checkout.here, "status", "--porcelain", "--untracked-files=no").splitlines()
    if changed:
        noun = "1 changed file" if len(changed) == 1 else f"{len(changed)} changed files"
        say.line(f"{noun} of the working tree not committed and therefore not in this run (git status lists them).")
    # git cannot see data/, which it ignores.
    if dvc(checkout.root, "status", "--quiet", "data.dvc").returncode == 1:
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
