"""`detour run`: launch cells in a tree of their own; the run goes on without the terminal and ends as a DVC experiment."""

import itertools
import json
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from pipeline.errors import InputError
from tui.checkout import Checkout, find_checkout, git
from tui.commands.plan import CellsArgument, SetOption, StudyOption, take_order, uncommitted
from tui.output import say_lines, visible

if TYPE_CHECKING:
    from tui.runs.order import RunOrder
    from tui.runs.story import RunStory

PATIENCE_SECONDS = 1.5
"""How long a launch waits for the plan, so that a refusal is seen where the run was asked for."""


class Engine(StrEnum):
    """Where stages that train run."""

    local = "local"
    ray = "ray"


def run(
    cells: CellsArgument = None,
    study: StudyOption = None,
    settings: SetOption = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Stages that run side by side.")] = 1,
    name: Annotated[str | None, typer.Option("--name", "-n", help="The experiment's name.")] = None,
    note: Annotated[str, typer.Option("--note", "-m", help="The question that the run answers; kept with it.")] = "",
    priority: Annotated[int, typer.Option("--priority", help="Waiting runs of a higher one start first.")] = 0,
    carry: Annotated[bool, typer.Option("--carry", help="Take uncommitted changes of the working tree along.")] = False,
    wait: Annotated[bool, typer.Option("--wait", "-w", help="Follow the run to its end; Ctrl-C stops it.")] = False,
    table: Annotated[bool, typer.Option("--table", help="Print the run's table at the end; waits for it.")] = False,
    cold: Annotated[
        bool, typer.Option("--cold", help="Start every stage by itself, not from a process that has imported torch.")
    ] = False,
    engine: Annotated[
        Engine, typer.Option("--engine", help="Where stages train: on this machine, or on a Ray cluster.")
    ] = Engine.local,
    address: Annotated[
        str | None, typer.Option("--address", metavar="HOST:PORT", help="The Ray cluster; this machine's own without.")
    ] = None,
    cpus: Annotated[
        float | None, typer.Option("--cpus", min=0.01, help="Processors of one stage on the cluster; 1 without.")
    ] = None,
    gpus: Annotated[
        float | None,
        typer.Option("--gpus", min=0, help="GPUs of one stage on the cluster, a fraction where several share one."),
    ] = None,
    git_remote: Annotated[
        str | None, typer.Option("--git-remote", help="The git remote that its workers can reach; origin without.")
    ] = None,
    dvc_remote: Annotated[
        str | None, typer.Option("--dvc-remote", help="The DVC remote that they can reach; DVC's default without.")
    ] = None,
    worker_folder: Annotated[
        str | None,
        typer.Option("--worker-folder", help="Where they keep their clones; ~/.cache/detour/workers without."),
    ] = None,
    keep_seconds: Annotated[
        float | None,
        typer.Option(
            "--keep-seconds", min=0, help="Between two copies of a training's state to the DVC remote; 60 without."
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print the run, or with --wait its outcome, as JSON.")
    ] = False,
) -> None:
    """Run cells (all of the study without any) in a tree of their own and record an experiment.

    The prompt is back at once; the run goes on when the terminal is closed. The working tree is not touched. A cell is an
    exact name (sentiment@emotions-imdb_genres-bert), a group (sentiment) or a glob.
    """
    from tui.runs.limits import limit_of_slots
    from tui.runs.order import RunOrder
    from tui.runs.queue import dispatch, enqueue
    from tui.runs.record import check_name
    from tui.runs.tree import new_id

    checkout, slots = find_checkout(), limit_of_slots()
    if engine is Engine.ray:
        from tui.runs.cluster.engine import require_ray

        require_ray()
    run_id = new_id()
    name = name or f"run-{run_id}"
    check_name(checkout, name)
    # Progress goes to standard error; whoever reads JSON from a pipe is not told twice.
    say = _silent if as_json and not sys.stderr.isatty() else _say
    if not carry and (changes := uncommitted(checkout)):
        say(changes)
    asked = take_order(checkout, cells, study, settings, carry)
    cluster = {
        "cpus": cpus, "gpus": gpus, "git": git_remote, "remote": dvc_remote, "folder": worker_folder, "keep_seconds": keep_seconds,
    }  # fmt: skip
    order = RunOrder(
        run_id, name, asked.base, asked.cells, asked.params, asked.carried, study, tuple(settings or ()),
        _command(), note, jobs, priority, cold,
        engine.value, address, {key: value for key, value in cluster.items() if value is not None},
    )  # fmt: skip
    enqueue(checkout, order)
    begun = dispatch(checkout, slots)
    if wait or table:
        _wait(checkout, order, say, table, as_json)
    else:
        _leave(checkout, order, say, as_json, order.run in begun)


def _command() -> tuple[str, ...]:
    """The command line, without how its answer is printed."""
    return ("detour", *(word for word in sys.argv[1:] if word != "--json"))


def _say(line: str) -> None:
    print(visible(line), file=sys.stderr, flush=True)


def _silent(_line: str) -> None:
    return


def _leave(checkout: Checkout, order: "RunOrder", say: Any, as_json: bool, is_begun: bool) -> None:
    """Say what became of the launch in its first moments, and how to see more of it."""
    import time

    from tui.runs.following import follow

    end = time.monotonic() + PATIENCE_SECONDS
    folder = checkout.runs / order.run
    story = follow(folder, say, False, lambda story: bool(story.stages) or time.monotonic() >= end)
    _refuse(checkout, story)
    if as_json:
        print(
            json.dumps(
                {"run": order.run, "name": order.name, "status": story.status, "cells": list(order.cells)}, indent=1
            )
        )
        return
    if story.status == "queued" and not is_begun:
        say(f"Run {order.run} waits for its share of the machine; `detour runs` shows the queue.")
    else:
        say(f"Run {order.run} goes on without this terminal: {_cells(order)} on the way to experiment {order.name}.")
    say(f"See it with `detour watch {order.run}` or in the app; `detour stop {order.run}` stops it.")


def _cells(order: "RunOrder") -> str:
    return "1 cell" if len(order.cells) == 1 else f"{len(order.cells)} cells"


def _refuse(checkout: Checkout, story: "RunStory") -> None:
    """Raise the sentence with which a run was refused, and leave nothing of it."""
    from tui.runs.tree import forget_run

    if story.status == "refused":
        forget_run(checkout, story.id)
        raise InputError(story.why)


def _wait(checkout: Checkout, order: "RunOrder", say: Any, table: bool, as_json: bool) -> None:
    """Follow the run to its end and leave with its status."""
    from tui.runs.telling import ending

    said = itertools.count()

    def tell(line: str) -> None:
        # Of a run that is refused there is one sentence, and no first line.
        if next(said) == 0:
            say(f"Run {order.run}: {_cells(order)}; Ctrl-C stops it.")
        say(line)

    story = follow_to_the_end(checkout, checkout.runs / order.run, tell)
    _refuse(checkout, story)
    if as_json:
        print(json.dumps(as_mapping(story), indent=1))
    else:
        if table and story.commit:
            say_lines(_table(checkout, story.commit))
        for line in ending(story):
            say(line)
    leave_as(story)


def follow_to_the_end(checkout: Checkout, folder: Path, say: Any) -> "RunStory":
    """Follow a run to its end; a closed terminal does not stop it.

    Raises:
        KeyboardInterrupt: Ctrl-C has stopped the run, and how far it is was said.
    """
    from tui.runs.following import follow
    from tui.runs.stopping import stop_run
    from tui.runs.telling import ending

    # The run does not hang on whoever follows it.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_DFL)
    try:
        return follow(folder, say, False, lambda _story: False)
    except KeyboardInterrupt:
        stop_run(checkout, folder)
        for line in ending(follow(folder, _silent, False, lambda _story: False)):
            say(line)
        raise


def leave_as(story: "RunStory") -> None:
    """End with the status that tells what became of a run, where it is not done."""
    if story.status != "done":
        raise typer.Exit(130 if story.status == "stopped" else 1)


def as_mapping(story: "RunStory") -> dict[str, Any]:
    """What became of a run as `--json` prints it."""
    stages = story.stages.values()
    return {
        "experiment": story.experiment,
        "commit": story.commit,
        "run": story.id,
        "status": story.status,
        "cells": list(story.cells),
        "ran": sorted(story.measured),
        "failed": sorted(stage.name for stage in stages if stage.state == "failed"),
        "reasons": {stage.name: stage.why for stage in stages if stage.state == "failed" and stage.why},
        "skipped": sorted(stage.name for stage in stages if stage.state == "skipped"),
        "why": story.why,
        "logs": str(Path(story.folder) / "logs"),
    }


def _table(checkout: Checkout, commit: str) -> str:
    from tui.checkout import GitFault

    try:
        return git(checkout.root, "show", f"{commit}:reports/table1.md")
    except GitFault:
        return "No table was written."
