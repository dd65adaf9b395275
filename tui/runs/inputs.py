"""A tree for one export: a worktree at a commit that holds some outputs of its stages and nothing else of them.

It lies under `.detour/exports/` of the main checkout, in a folder named by the process that made it and when that began, so that the
next export finds what a killed one has left and removes it.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from tui.checkout import Checkout, git
from tui.runs.process import is_alive, start_of
from tui.runs.tree import make_folder, remove_folder, share_cache

if TYPE_CHECKING:
    from tui.runs.hosting import Host


@contextlib.contextmanager
def tree_with(checkout: Checkout, commit: str, outputs: Sequence[str], host: "Host") -> Iterator[Path]:
    """A worktree at `commit` with those of `outputs` that the DVC cache holds, as long as the block lasts.

    Raises:
        InputError: DVC cannot check them out; its own sentence is passed on. A missing one is no fault here.
        GitFault: git cannot make the worktree.
    """
    exports = checkout.root / ".detour" / "exports"
    _remove_left(exports)
    folder = exports / f"{os.getpid()}-{start_of(os.getpid())}"
    make_folder(folder)
    tree = folder / "tree"
    try:
        git(checkout.root, "worktree", "prune")
        git(checkout.root, "worktree", "add", "--detach", "--quiet", str(tree), commit)
        share_cache(checkout, tree)
        _check_out(tree, outputs, host)
        yield tree
    finally:
        remove_folder(folder)
        git(checkout.root, "worktree", "prune")


def _check_out(tree: Path, outputs: Sequence[str], host: "Host") -> None:
    status, printed = host.ask(tree, "checkout", "--quiet", "--force", "--allow-missing", *outputs)
    said = [line.removeprefix("ERROR: ") for line in printed if line.startswith("ERROR: ")]
    if status:
        raise InputError(f"DVC cannot check out {', '.join(outputs)}: {(said or ['it did not say why'])[-1]}")


def _remove_left(exports: Path) -> None:
    """Remove the trees of exports whose process is gone."""
    for folder in exports.glob("*-*"):
        process, _, began = folder.name.partition("-")
        if process.isdecimal() and not is_alive(int(process), began):
            shutil.rmtree(folder, ignore_errors=True)
