"""`dvc gc` over every branch, tag and experiment, where nothing can be lost by it.

DVC keeps what those revisions and the working tree need, and drops the rest: also what a run in another tree has made and not
recorded yet. It also drops reports, which git holds, from the cache, and with them what the run cache restores cells from;
these are put back from git afterwards.
"""

import fcntl
import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from pipeline.errors import InputError
from tui.checkout import Checkout, git, git_lines
from tui.history.cache import cache_folder
from tui.runs.cache_use import CacheUse
from tui.runs.disk import read_runs
from tui.runs.dvc_exp import end_well, run_dvc
from tui.runs.git_outs import cache_git_outs
from tui.runs.locks import CACHE

WORDS = ("gc", "--all-branches", "--all-tags", "--all-experiments", "--force")
"""Never `--workspace` alone, which drops the files of every other revision."""


def command() -> str:
    """The command, as a shell reads it."""
    return shlex.join(("dvc", *WORDS))


@contextmanager
def held(checkout: Checkout) -> Iterator[None]:
    """Keep runs from beginning while the cache is cleaned.

    Raises:
        InputError: A run works, or the cache is being cleaned by somebody else.
    """
    checkout.locks.mkdir(parents=True, exist_ok=True)
    with (checkout.locks / CACHE).open("a") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InputError(
                "A run works with the DVC cache, or it is being cleaned already; wait until that has ended."
            ) from None
        yield


def refuse_unsafe(checkout: Checkout) -> None:
    """Refuse where `dvc gc` would remove what somebody needs.

    Raises:
        InputError: A run is not over, another tree holds results that are not committed, or the cache is not this study's alone.
    """
    if pending := [run for run in read_runs(checkout) if run.kept]:
        more = f" and {len(pending) - 1} more" if pending[1:] else ""
        raise InputError(
            f"Run {pending[0].id}{more} would lose its results ({pending[0].kept}); let it be recorded, or remove it with "
            f"`detour clean --remove --run {pending[0].id}`."
        )
    folder = cache_folder(checkout.root)
    if not folder.is_relative_to(checkout.root.resolve()):
        raise InputError(
            f"The DVC cache {folder} lies outside of this study, so others may use it; `dvc gc --projects` takes them into account."
        )
    tips = set(
        git(checkout.root, "for-each-ref", "--format=%(objectname)", "refs/heads", "refs/tags", "refs/exps").split()
    )
    for tree in _other_trees(checkout):
        changed = git(tree.here, "status", "--porcelain", "--", "dvc.lock", "*.dvc")
        if changed or git(tree.here, "rev-parse", "HEAD") not in tips:
            raise InputError(
                f"{tree.here} holds results that no branch, tag or experiment has; commit them on a branch there, or "
                "`git worktree remove` it."
            )


def collect(checkout: Checkout, use: CacheUse) -> None:
    """Run `dvc gc` and put the reports back that git holds.

    Raises:
        typer.Exit: DVC failed, as it said; the status is 1.
    """
    end_well(run_dvc(replace(checkout, here=checkout.root), *WORDS))
    for revision in use.revisions:
        if revision.commit:
            cache_git_outs(checkout.root, revision.commit, only=use.objects)


def _other_trees(checkout: Checkout) -> Iterator[Checkout]:
    """The working trees beside the main one, without those of runs, which are judged as runs."""
    for field in git_lines(checkout.root, "worktree", "list", "--porcelain", "-z"):
        folder = Path(field.removeprefix("worktree "))
        beside = folder != checkout.root and not folder.is_relative_to(checkout.runs)
        if field.startswith("worktree ") and beside and folder.is_dir():
            yield replace(checkout, here=folder)
