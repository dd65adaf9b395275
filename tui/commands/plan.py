"""`detour plan`: what a run would do, stage by stage, and why."""

import json
import shlex
import shutil
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
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, help="Stages that would run side by side.")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="Print the plan as JSON.")] = False,
) -> None:
    """Show which stages a run would take from the cache, which it would run, go on with, and why."""
    from tui.runs.equivalents import SHOWN, commands
    from tui.runs.forecast import forecast
    from tui.runs.hosting import Host
    from tui.runs.plan_text import as_mapping, stage_lines, total_lines
    from tui.runs.tree import cache_folder, new_id, remove_tree

    checkout = find_checkout()
    # A reader of JSON from a pipe is told nothing beside it.
    if (changes := uncommitted(checkout)) and (not as_json or sys.stderr.isatty()):
        print(visible(changes), file=sys.stderr)
    order = take_order(checkout, cells, study, settings)
    with Host() as host:
        tree, made = prepare_plan(order, new_id(), host, restore=False)
    try:
        cost = forecast(order.study, made.stages, tree.path, jobs)
    finally:
        remove_tree(tree)
    cache, overrides = cache_folder(checkout.root), _overrides(study, settings)
    if as_json:
        print(json.dumps(as_mapping(made, cost, commands(made, order.base, cache, overrides)), indent=1))
        return
    free_mib = shutil.disk_usage(checkout.root).free / 2**20
    for line in [*stage_lines(made, cost), *total_lines(made, cost, free_mib), *_unpinned(order.study, study)]:
        print(visible(line))
    print(visible("Run it with: " + shlex.join(["detour", "run", *(cells or []), *overrides, *_side_by_side(jobs)])))
    print("That is, for a run RUN that is recorded as NAME:")
    for line in commands(made, order.base, cache, overrides, SHOWN):
        print(visible(f"  {line}"))


def _unpinned(study: "Study", overlay: str | None) -> list[str]:
    from tui.runs.pins import unpinned_places

    places = unpinned_places(study)
    if not places:
        return []
    command = f"detour study pin {overlay}" if overlay else "detour study pin"
    more = f" and {len(places) - 1} more" if places[1:] else ""
    return [f"{places[0]}{more} has no commit yet; `{command}` asks the hub before a run."]


def _overrides(study: str | None, settings: list[str] | None) -> list[str]:
    """The words that say what of params.yaml changes."""
    words = ["--study", study] if study else []
    for setting in settings or []:
        words += ["--set", setting]
    return words


def _side_by_side(jobs: int) -> list[str]:
    return ["--jobs", str(jobs)] if jobs > 1 else []


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
