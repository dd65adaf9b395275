"""Git's side of a run on a cluster: the tree's present state under a ref of its own at the git remote.

Each batch of stages has `refs/detour/runs/<run>/<batch>`, which workers fetch and which is removed when the batch is through. Its commit
stands on that of `refs/detour/runs/<run>/first`, so that only what changed since the run's first batch is pushed; the run's end removes
that ref too.
"""

import os
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

from pipeline.errors import InputError
from tui.checkout import GitFault, git
from tui.runs.cluster.patience import Unreachable

REFS = "refs/detour/runs"

_IDENTITY = {
    f"GIT_{role}_{field}": value
    for role in ("AUTHOR", "COMMITTER")
    for field, value in (("NAME", "detour"), ("EMAIL", "detour@localhost"))
}
"""A snapshot is nobody's work; the experiment that a run records names who ran it."""

_BOUNDED = {
    # Nobody is there to type a password, and a line that went dead is given up after a minute.
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_SSH_COMMAND": "ssh -oBatchMode=yes -oConnectTimeout=20 -oServerAliveInterval=15 -oServerAliveCountMax=4",
    "GIT_HTTP_LOW_SPEED_LIMIT": "1000",
    "GIT_HTTP_LOW_SPEED_TIME": "60",
}


def address_of(root: Path, remote: str) -> str:
    """The address of a git remote as every machine understands it: a folder is given by its whole path.

    Args:
        root: The main checkout.
        remote: The name of one of its remotes, an address, or a folder.

    Raises:
        InputError: It is none of these.
    """
    try:
        address = git(root, "remote", "get-url", "--", remote)
    except GitFault:
        address = remote
    folder = root / Path(address).expanduser()
    if folder.is_dir():
        return str(folder.resolve())
    if address == remote and ":" not in address:
        raise InputError(
            f"The repository has no git remote '{remote}', through which workers get the study; "
            "add one with `git remote add`, or name an address or a folder."
        )
    return address


def snapshot(tree: Path, first: str | None = None) -> str:
    """Commit the tree's tracked files, reports and dvc.lock as they stand and return the commit's id.

    Neither the tree's index nor any ref is touched. The study's history is left out: no worker needs it, and a shallow clone
    could not push it. To be called while nobody writes dvc.lock.

    Args:
        tree: The run's.
        first: The run's first snapshot, which the remote has.
    """
    index = Path(git(tree, "rev-parse", "--path-format=absolute", "--git-path", "index"))
    with tempfile.TemporaryDirectory(prefix="detour-") as folder:
        # With what git knows of the files already, so that it reads only those that changed.
        copy = shutil.copy2(index, folder)
        own = {"GIT_INDEX_FILE": str(copy)}
        git(tree, "add", "--update", variables=own)
        made = [path for path in ("reports", "dvc.lock") if (tree / path).exists()]
        if made:
            git(tree, "add", "--", *made, variables=own)
        written = git(tree, "write-tree", variables=own)
    parents = ["-p", first] if first else []
    return git(tree, "commit-tree", written, *parents, text="A run's tree for its workers\n", variables=_IDENTITY)


def publish(tree: Path, address: str, commit: str, ref: str) -> None:
    """Push a commit to a ref of the remote.

    Raises:
        Unreachable: git could not.
    """
    # No hooks: DVC's pushes every output.
    _ask(tree, "push", "--quiet", "--no-verify", "--force", "--", address, f"{commit}:{ref}")


def withdraw(tree: Path, address: str, refs: Sequence[str]) -> None:
    """Remove refs of the remote.

    Raises:
        Unreachable: git could not.
    """
    if refs:
        _ask(tree, "push", "--quiet", "--no-verify", "--", address, *(f":{ref}" for ref in refs))


def check_out(tree: Path, address: str, ref: str) -> None:
    """Bring a folder that is made where it is not there to a ref of the remote; only its `.dvc` and `.detour` keep what git ignores.

    Raises:
        Unreachable: git could not fetch.
    """
    if not (tree / ".git").is_dir():
        shutil.rmtree(tree, ignore_errors=True)
        tree.mkdir(parents=True)
        git(tree, "init", "--quiet")
    # A worker that was killed may have left it.
    (tree / ".git" / "index.lock").unlink(missing_ok=True)
    (tree / ".git" / "shallow.lock").unlink(missing_ok=True)
    _ask(tree, "fetch", "--quiet", "--no-tags", "--depth", "1", "--", address, f"+{ref}:{REFS}/this")
    git(tree, "checkout", "--quiet", "--force", "--detach", f"{REFS}/this")
    git(tree, "clean", "-ffdxq", "--exclude=/.dvc/", "--exclude=/.detour/")


def _ask(tree: Path, *words: str) -> None:
    bounded = {name: value for name, value in _BOUNDED.items() if name not in os.environ}
    try:
        git(tree, *words, variables=bounded)
    except GitFault as fault:
        raise Unreachable(f"git says: {_reason(str(fault))}") from None


def _reason(said: str) -> str:
    """The line that tells what was wrong; more may follow it, as advice does."""
    lines = [line.strip() for line in said.partition(": ")[2].splitlines() if line.strip()]
    telling = [line for line in lines if line.startswith(("fatal: ", "error: ", "ERROR: ", "ssh: "))]
    return (telling or lines or ["nothing"])[0].removeprefix("fatal: ").removeprefix("error: ").rstrip(".")
