"""A run's own tree: a detached git worktree that shares the main checkout's DVC cache.

The researcher's working tree is never touched: overrides are written into the tree's params.yaml, stages run there, and the
tree is removed when its results are recorded; its events and logs stay.
"""

import configparser
import io
import secrets
import shutil
import signal
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.files import write_text
from tui.checkout import Checkout, GitFault, git

if TYPE_CHECKING:
    from tui.runs.hosting import Host


@dataclass(frozen=True)
class RunTree:
    """The folder of one run."""

    checkout: Checkout
    id: str
    base: str
    """The commit that the run starts from."""

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


def add_tree(checkout: Checkout, run_id: str, base: str, host: "Host") -> RunTree:
    """Make a run's worktree at a commit, with the shared cache and `data/` restored.

    Raises:
        InputError: data/ cannot be restored from the cache.
    """
    tree = RunTree(checkout, run_id, base)
    make_folder(tree.logs)
    try:
        git(checkout.root, "worktree", "prune")
        git(checkout.root, "worktree", "add", "--detach", "--quiet", str(tree.path), base)
        share_cache(checkout, tree.path)
        _restore(tree, host)
    except BaseException:
        remove_tree(tree)
        raise
    return tree


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


def _restore(tree: RunTree, host: "Host") -> None:
    """Check out data/ and every output that the cache holds; what is missing will be made by its stage."""
    if not (tree.path / "data.dvc").is_file():
        raise InputError(
            "data.dvc is not committed, so a run has no data/; run `make data`, then git add data.dvc and commit."
        )
    _, printed = host.ask(tree.path, "checkout", "--quiet", "--force", "--allow-missing")
    if (tree.path / "data").is_dir():
        return
    said = [line.removeprefix("ERROR: ") for line in printed if line.startswith("ERROR: ")]
    if said:
        raise InputError(f"DVC cannot check out what HEAD holds: {said[-1]}")
    raise InputError(
        "data/ cannot be restored from the DVC cache; run `make data` for the bundled sample, "
        "`dvc pull data.dvc` where a remote has it, or `dvc add data` after placing files there."
    )
