"""A run's own tree: a detached git worktree that shares the main checkout's DVC cache.

The researcher's working tree is never touched: overrides are written into the tree's params.yaml, stages run there, and the
tree is removed when its results are recorded; its events and logs stay.
"""

import configparser
import io
import json
import secrets
import shutil
import signal
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.files import write_text
from tui.checkout import Checkout, GitFault, git, git_lines

if TYPE_CHECKING:
    from tui.runs.hosting import Host


@dataclass(frozen=True)
class RunTree:
    """The folder of one run."""

    checkout: Checkout
    id: str
    base: str
    """The commit that the run starts from, and the parent of what it records."""
    source: str = ""
    """Another commit whose files the tree begins with: uncommitted changes that go along, or a former record of a run that is retried."""

    @property
    def began_with(self) -> str:
        """The commit whose files the tree began with."""
        return self.source or self.base

    @property
    def folder(self) -> Path:
        """Holds the tree, the events and the logs."""
        return self.checkout.runs / self.id

    @property
    def path(self) -> Path:
        """The worktree itself."""
        return self.folder / "tree"

    @property
    def logs(self) -> Path:
        """What DVC and the stages print, one file for each batch."""
        return self.folder / "logs"


def new_id() -> str:
    """An id that sorts by time: `20261121-084133-3fa2`."""
    return f"{datetime.now():%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def base_of(checkout: Checkout) -> str:
    """The commit that a run of this checkout starts from.

    Raises:
        InputError: The repository has none.
    """
    try:
        return git(checkout.here, "rev-parse", "--verify", "HEAD^{commit}")
    except GitFault:
        raise InputError(f"{checkout.root} has no commit yet; commit the study first.") from None


def add_tree(checkout: Checkout, run_id: str, base: str, host: "Host", restore: bool = True) -> RunTree:
    """Make a run's worktree at a commit, with the shared cache.

    Args:
        checkout: The study's.
        run_id: Names the run's folder.
        base: The commit.
        host: For DVC.
        restore: Whether `data/` and every output that the cache holds are checked out; a plan does without.

    Raises:
        InputError: data/ cannot be restored from the cache.
    """
    tree = RunTree(checkout, run_id, base)
    make_folder(tree.logs)
    try:
        make_worktree(tree)
        if restore:
            restore_outputs(tree, host)
        else:
            _require_data(tree)
    except BaseException:
        remove_tree(tree)
        raise
    return tree


def make_worktree(tree: RunTree) -> None:
    """Make the worktree, sharing the main checkout's cache, in the place of what a kill may have left of one."""
    root = tree.checkout.root
    if tree.path.exists():
        shutil.rmtree(tree.path)
    git(root, "worktree", "prune")
    git(root, "worktree", "add", "--detach", "--quiet", str(tree.path), tree.began_with)
    share_cache(tree.checkout, tree.path)


def carry(checkout: Checkout) -> str | None:
    """A commit of the working tree as it stands, new files that git does not ignore included; None where nothing changed.

    Neither the index nor a branch is touched.
    """
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        git(checkout.here, "read-tree", "HEAD", variables=index)
        git(checkout.here, "add", "--all", variables=index)
        written = git(checkout.here, "write-tree", variables=index)
        if written == git(checkout.here, "rev-parse", "HEAD^{tree}"):
            return None
        names = {f"GIT_{role}_{what}": "detour" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}
        return git(
            checkout.here, "commit-tree", written, "-p", "HEAD", "-m", "Uncommitted changes of a run", variables=names
        )


def changed_files(checkout: Checkout) -> int:
    """How many files of the working tree `carry` would take along."""
    listed = git_lines(checkout.here, "status", "--porcelain", "-z", "--untracked-files=all", "--no-renames")
    return len(listed)


def make_folder(folder: Path) -> None:
    """Make a folder of a run.

    Raises:
        InputError: It cannot be written.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"{folder} cannot be written ({error.strerror}); a run needs a folder of its own there."
        ) from None


def remove_tree(tree: RunTree) -> None:
    """Remove a run's worktree and its folder, events and logs included: as if it had never begun."""
    drop_worktree(tree)
    remove_folder(tree.folder)


def forget_run(checkout: Checkout, run_id: str) -> None:
    """Remove what a run that is over left: events, logs, and the tree of one that died."""
    remove_folder(checkout.runs / run_id)
    git(checkout.root, "worktree", "prune")


def remove_folder(folder: Path) -> None:
    """Remove a run's folder, whatever is in it."""
    shutil.rmtree(folder, ignore_errors=True)


def drop_worktree(tree: RunTree) -> None:
    """Remove a run's worktree and keep its events and logs; a second Ctrl-C does not leave half of it."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        if tree.path.exists():
            shutil.rmtree(tree.path)
        git(tree.checkout.root, "worktree", "prune")
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def share_cache(checkout: Checkout, tree: Path) -> None:
    """Point a worktree at the main checkout's cache and carry its local settings (remotes, say) along."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read(checkout.root / ".dvc" / "config.local", encoding="utf-8")
    if not settings.has_section("cache"):
        settings.add_section("cache")
    settings.set("cache", "dir", str(cache_folder(checkout.root)))
    with io.StringIO() as stream:
        settings.write(stream)
        write_text(tree / ".dvc" / "config.local", stream.getvalue())


def cache_folder(root: Path) -> Path:
    """The DVC cache of a main checkout: `cache.dir` of its configuration, else .dvc/cache."""
    settings = configparser.ConfigParser(interpolation=None)
    settings.read([root / ".dvc" / "config", root / ".dvc" / "config.local"], encoding="utf-8")
    # A relative path in DVC's configuration is relative to the configuration file.
    return (root / ".dvc" / settings.get("cache", "dir", fallback="cache")).resolve()


def restore_outputs(tree: RunTree, host: "Host") -> None:
    """Check out data/ and every output that the cache holds; what is missing will be made by its stage.

    Raises:
        InputError: data/ is not among them.
    """
    _require_declared_data(tree)
    _, printed = host.ask(tree.path, "checkout", "--quiet", "--force", "--allow-missing")
    if (tree.path / "data").is_dir():
        return
    said = [line.removeprefix("ERROR: ") for line in printed if line.startswith("ERROR: ")]
    if said:
        raise InputError(f"DVC cannot check out what HEAD holds: {said[-1]}")
    raise InputError(_NO_DATA)


_NO_DATA = (
    "data/ cannot be restored from the DVC cache; run `make data` for the bundled sample, "
    "`dvc pull data.dvc` where a remote has it, or `dvc add data` after placing files there."
)


def _require_data(tree: RunTree) -> None:
    """Refuse a tree whose data/ the cache does not hold, as restoring it would, without doing so."""
    from pipeline.study import read_yaml

    _require_declared_data(tree)
    try:
        declared = read_yaml(tree.path / "data.dvc")["outs"][0]["md5"]
        cache = cache_folder(tree.checkout.root) / "files" / "md5"
        listing = json.loads((cache / declared[:2] / declared[2:]).read_bytes())
        is_whole = all((cache / entry["md5"][:2] / entry["md5"][2:]).is_file() for entry in listing)
    except (OSError, ValueError, KeyError, TypeError, IndexError):
        is_whole = False
    if not is_whole:
        raise InputError(_NO_DATA)


def _require_declared_data(tree: RunTree) -> None:
    if not (tree.path / "data.dvc").is_file():
        raise InputError(
            "data.dvc is not committed, so a run has no data/; run `make data`, then git add data.dvc and commit."
        )
