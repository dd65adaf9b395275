"""`detour plan`: what a run would do, stage by stage, and why."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline.errors import InputError
from tui.checkout import Checkout, find_checkout
from tui.output import visible

if TYPE_CHECKING:
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
    from tui.runs.tree import new_id, remove_tree

    tree, made = prepare_plan(find_checkout(), new_id(), cells, study, settings)
    remove_tree(tree)
    if as_json:
        stages = [{"name": stage.name, "state": stage.state, "why": list(stage.why)} for stage in made.stages]
        print(json.dumps({"cells": list(made.cells), "stages": stages}, indent=1))
        return
    width = max(len(stage.name) for stage in made.stages)
    for stage in made.stages:
        print(visible(f"{stage.state:10s}  {stage.name:{width}s}  {_reason(stage.why)}".rstrip()))
    print(
        f"{len(made.cells)} cells: of {len(made.stages)} stages {made.count('to run')} to run, "
        f"{made.count('undecided')} undecided until their inputs are there, "
        f"{made.count('restorable')} restorable from the cache, {made.count('current')} current."
    )
    print("Run it with: " + _command(cells, study, settings))
    if study or settings:
        return
    print(
        f"Plain DVC, serial, in the working tree: dvc repro {' '.join(made.cells[:3])}{' ...' if made.cells[3:] else ''}"
    )


def _reason(why: tuple[str, ...]) -> str:
    return "; ".join(why[:2]) + (f" and {len(why) - 2} more" if len(why) > 2 else "")


def _command(cells: list[str] | None, study: str | None, settings: list[str] | None) -> str:
    import shlex

    words = ["detour", "run", *(cells or [])]
    words += ["--study", study] if study else []
    for setting in settings or []:
        words += ["--set", setting]
    return shlex.join(words)


def prepare_plan(
    checkout: Checkout, run_id: str, cells: list[str] | None, study: str | None, settings: list[str] | None
) -> "tuple[RunTree, RunPlan]":
    """A run's tree with its overrides written, and the plan of the chosen cells in it.

    Raises:
        InputError: An overlay, a value or a cell does not exist, or the study is not valid; no tree is left behind.
    """
    from tui.runs.overrides import change_params, find_overlay
    from tui.runs.plan import choose_cells, make_plan, read_graph
    from tui.runs.tree import add_tree, remove_tree

    overlay = find_overlay(checkout.here, study) if study else None
    tree = add_tree(checkout, run_id)
    try:
        changed = change_params(tree.path / "params.yaml", overlay, settings or [])
        chosen = choose_cells(changed, cells or [])
        graph = read_graph(tree.path)
        missing = [name for name in chosen if name not in graph]
        if missing:
            raise InputError(f"dvc.yaml has no stage {missing[0]}; its groups should make one for every cell.")
        return tree, make_plan(graph, chosen)
    except BaseException:
        remove_tree(tree)
        raise


def overlay_names(root: Path) -> list[str]:
    """The names of the overlays in studies/."""
    return sorted(path.stem for path in (root / "studies").glob("*.yaml"))
