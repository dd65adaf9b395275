"""A run's tree made ready for an attempt, and what is left to do in it.

A first attempt gets a new worktree. One that goes on takes the tree that the last left, where it was whole, so that finished stages
are found finished; after a record it begins with what was recorded. Files of DVC's that a kill has left half written are put back.
"""

from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.files import write_text
from pipeline.study import load_study
from tui.checkout import Checkout, git
from tui.runs.dvc import split
from tui.runs.order import RunOrder
from tui.runs.pins import refuse_missing
from tui.runs.plan import RunPlan, make_plan, read_graph
from tui.runs.story import RunStory
from tui.runs.tree import RunTree, drop_worktree, make_worktree, restore_outputs
from tui.runs.warm import Note

if TYPE_CHECKING:
    from tui.runs.hosting import Host

READY = "ready"
"""A file beside the tree, as long as the tree is whole."""


def prepare(checkout: Checkout, order: RunOrder, before: RunStory, host: "Host", note: Note) -> tuple[RunTree, RunPlan]:
    """The tree of a run and the plan of its cells in it.

    Raises:
        InputError: data/ cannot be restored, DVC cannot read the graph, or what the study names is missing; a tree that was made
            for this is removed.
    """
    tree = RunTree(checkout, order.run, order.base, before.commit or order.carried or "")
    tree.logs.mkdir(parents=True, exist_ok=True)
    is_kept = (tree.folder / READY).is_file() and (tree.path / ".git").is_file()
    try:
        if not is_kept:
            _make(tree, order)
        else:
            _mend(tree, note)
        mention_data(checkout, host, note)
        restore_outputs(tree, host)
        (tree.folder / READY).touch()
        plan = _plan(tree, order, host)
    except BaseException:
        if not is_kept:
            drop(tree)
        raise
    return tree, plan


def drop(tree: RunTree) -> None:
    """Remove the tree and keep the run's order, events and logs."""
    (tree.folder / READY).unlink(missing_ok=True)
    drop_worktree(tree)


def _make(tree: RunTree, order: RunOrder) -> None:
    make_worktree(tree)
    # A former record holds them already.
    if order.params is not None and tree.source in ("", order.carried):
        write_text(tree.path / "params.yaml", order.params)


def _mend(tree: RunTree, note: Note) -> None:
    """Put right what a kill may have left of DVC's own files."""
    lock = tree.path / "dvc.lock"
    if lock.exists() and split(lock.read_text(encoding="utf-8", errors="replace")) is None:
        lock.unlink()
        if git(tree.path, "ls-tree", "--name-only", tree.began_with, "dvc.lock"):
            git(tree.path, "checkout", tree.began_with, "--", "dvc.lock")
        note("dvc.lock of the run's tree was cut short by a kill; finished stages come out of the run cache again.")


def _plan(tree: RunTree, order: RunOrder, host: "Host") -> RunPlan:
    graph = read_graph(tree.path, host)
    missing = [name for name in order.cells if name not in graph]
    if missing:
        raise InputError(f"dvc.yaml has no stage {missing[0]}; its groups should make one for every cell.")
    plan = make_plan(graph, order.cells)
    to_run = {stage.name for stage in plan.stages if stage.state == "to run"}
    refuse_missing(load_study(tree.path / "params.yaml"), to_run, order.study, tree.path)
    return plan


def mention_data(checkout: Checkout, host: "Host", note: Note) -> None:
    """Say so where data/ of the main checkout is not what its data.dvc says: git ignores it and cannot see it."""
    if host.ask(checkout.root, "status", "--quiet", "data.dvc")[0] == 1:
        note("data/ is not as data.dvc says, and what differs is not in this run; `dvc add data` and commit data.dvc.")
