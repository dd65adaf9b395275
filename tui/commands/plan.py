"""`detour plan`: what a run would do, stage by stage, and why."""

import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import InputError
from tui.checkout import Checkout, find_checkout
from tui.output import visible

if TYPE_CHECKING:
    from pipeline.study import Study
    from tui.runs.forecast import Estimate, Forecast
    from tui.runs.hosting import Host
    from tui.runs.plan import RunPlan
    from tui.runs.tree import RunTree

CellsArgument = Annotated[
    list[str] | None, typer.Argument(metavar="[CELL]...", help="Cells by name, group or glob; all without any.")
]
StudyOption = Annotated[str | None, typer.Option("--study", help="An overlay: a name in studies/ or a file.")]
SetOption = Annotated[
    list[str] | None, typer.Option("--set", "-S", metavar="KEY=VALUE", help="Change a value of params.yaml.")
]


def plan(
    cells: CellsArgument = None,
    study: StudyOption = None,
    settings: SetOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Show which stages a run would take from the cache, which it would run, and why."""
    from tui.runs.forecast import forecast
    from tui.runs.hosting import Host
    from tui.runs.pins import unpinned_places
    from tui.runs.tree import new_id, remove_tree

    checkout = find_checkout()
    # A reader of JSON from a pipe is told nothing beside it.
    if (changes := uncommitted(checkout)) and (not as_json or sys.stderr.isatty()):
        print(visible(changes), file=sys.stderr)
    order = take_order(checkout, cells, study, settings)
    with Host() as host:
        tree, made = prepare_plan(order, new_id(), host, restore=False)
    try:
        cost = forecast(order.study, made.stages, tree.path)
    finally:
        remove_tree(tree)
    estimates = {estimate.stage: estimate for estimate in cost.estimates}
    if as_json:
        stages = [
            {"name": stage.name, "state": stage.state, "why": list(stage.why), **_as_json(estimates.get(stage.name))}
            for stage in made.stages
        ]
        total = {"minutes": cost.minutes, "memory_mib": cost.memory_mib, "without_forecast": cost.without}
        print(json.dumps({"cells": list(made.cells), "stages": stages, "forecast": total}, indent=1))
        return
    width = max(len(stage.name) for stage in made.stages)
    for stage in made.stages:
        minutes = _minutes(estimates.get(stage.name))
        print(visible(f"{stage.state:10s}  {stage.name:{width}s}  {minutes:18s}  {_reason(stage.why)}".rstrip()))
    print(
        f"{len(made.cells)} cells: of {len(made.stages)} stages {made.count('to run')} to run, "
        f"{made.count('undecided')} undecided until their inputs are there, "
        f"{made.count('restorable')} restorable from the cache, {made.count('current')} current."
    )
    for line in _cost_in_words(cost):
        print(visible(line))
    unpinned = unpinned_places(order.study)
    if unpinned:
        command = f"detour study pin {study}" if study else "detour study pin"
        more = f" and {len(unpinned) - 1} more" if unpinned[1:] else ""
        print(visible(f"{unpinned[0]}{more} has no commit yet; `{command}` asks the hub before a run."))
    print("Run it with: " + _command(cells, study, settings))
    if study or settings:
        return
    print(
        f"Plain DVC, serial, in the working tree: dvc repro {' '.join(made.cells[:3])}{' ...' if made.cells[3:] else ''}"
    )


def _minutes(estimate: "Estimate | None") -> str:
    from tui.runs.forecast import span_in_words

    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return span_in_words(estimate.low, estimate.high)


def _as_json(estimate: "Estimate | None") -> dict[str, object]:
    if estimate is None:
        return {}
    minutes = None if estimate.low is None else [estimate.low, estimate.high]
    return {"minutes": minutes, "memory_mib": estimate.memory_mib, "basis": estimate.basis}


def _cost_in_words(cost: "Forecast") -> list[str]:
    """The total, what it rests on and what it leaves out; nothing where nothing is to run."""
    from collections import Counter

    from tui.runs.forecast import span_in_words

    if not cost.estimates:
        return []
    bases = Counter(estimate.basis for estimate in cost.estimates)
    told = [f"  {count:3d} stages: {basis}" for basis, count in bases.most_common()]
    if cost.minutes is None:
        return ["Forecast: no basis.", *told]
    memory = f", at least {cost.memory_mib / 1024:.1f} GiB of memory a stage" if cost.memory_mib else ""
    return [f"Forecast: {span_in_words(*cost.minutes)}, one stage after another{memory}. It rests on", *told]


def _reason(why: tuple[str, ...]) -> str:
    return "; ".join(why[:2]) + (f" and {len(why) - 2} more" if len(why) > 2 else "")


def _command(cells: list[str] | None, study: str | None, settings: list[str] | None) -> str:
    import shlex

    words = ["detour", "run", *(cells or [])]
    words += ["--study", study] if study else []
    for setting in settings or []:
        words += ["--set", setting]
    return shlex.join(words)


@dataclass(frozen=True)
class Order:
    """What a run is asked for, checked before anything is made for it."""

    checkout: Checkout
    base: str
    """The commit that the run starts from."""
    params: str | None
    """The text of its params.yaml, overrides included; None where it is as committed."""
    study: "Study"
    cells: tuple[str, ...]
    """The names of the chosen cells."""
    carried: str | None = None
    """A commit of the working tree with its uncommitted changes, where they go along."""


def uncommitted(checkout: Checkout) -> str | None:
    """What to say of changes that no run sees, since a run starts from a commit; None where there are none."""
    from tui.checkout import git

    changed = git(checkout.here, "status", "--porcelain", "--untracked-files=no").splitlines()
    if not changed:
        return None
    noun = "1 changed file" if len(changed) == 1 else f"{len(changed)} changed files"
    return f"{noun} of the working tree not committed and therefore not in this run (git status lists them)."


def take_order(
    checkout: Checkout,
    cells: list[str] | None,
    study: str | None,
    settings: list[str] | None,
    with_changes: bool = False,
) -> Order:
    """Check what is asked for; `with_changes` takes uncommitted changes along.

    Raises:
        InputError: An overlay, a value or a cell does not exist, or the study is not valid.
    """
    from tui.checkout import GitFault, git
    from tui.runs.overrides import changed_params, find_overlay
    from tui.runs.plan import choose_cells
    from tui.runs.tree import base_of, carry

    overlay = find_overlay(checkout.here, study) if study else None
    base = base_of(checkout)
    carried = carry(checkout) if with_changes else None
    try:
        committed = git(checkout.here, "show", f"{carried or base}:params.yaml") + "\n"
    except GitFault:
        raise InputError("params.yaml is not committed; commit the study first.") from None
    params, changed = changed_params(committed, overlay, settings or [])
    chosen = choose_cells(changed, cells or [])
    return Order(checkout, base, None if params == committed else params, changed, chosen, carried)


def prepare_plan(order: Order, run_id: str, host: "Host", restore: bool = True) -> "tuple[RunTree, RunPlan]":
    """A run's tree with its overrides written, and the plan of the chosen cells in it.

    Args:
        order: What is asked for.
        run_id: Names the run's folder.
        host: For DVC.
        restore: Whether outputs are checked out, which stages need and the plan does not.

    Raises:
        InputError: data/ cannot be restored, or DVC cannot read the graph; no tree is left behind.
    """
    from pipeline.files import write_text
    from tui.runs.plan import make_plan, read_graph
    from tui.runs.tree import add_tree, remove_tree

    tree = add_tree(order.checkout, run_id, order.base, host, restore)
    try:
        if order.params is not None:
            write_text(tree.path / "params.yaml", order.params)
        graph = read_graph(tree.path, host)
        missing = [name for name in order.cells if name not in graph]
        if missing:
            raise InputError(f"dvc.yaml has no stage {missing[0]}; its groups should make one for every cell.")
        return tree, make_plan(graph, order.cells)
    except BaseException:
        remove_tree(tree)
        raise


def overlay_names(root: Path) -> list[str]:
    """The names of the overlays in studies/."""
    return sorted(path.stem for path in (root / "studies").glob("*.yaml"))
