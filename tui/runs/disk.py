"""What of a study's disk is whose: folders of runs, states of fits, what else lies in `.detour`, and the DVC cache.

Sizes are those of files as they lie there, each counted once however many names it has; a link counts as itself.
"""

import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.checkout import Checkout
from tui.runs.cache_use import CacheUse, read_cache_use
from tui.runs.story import RunFollower, RunStory

LIVE = frozenset({"running", "queued", "recording"})
"""Statuses of runs that something works on, or will by itself."""


@dataclass(frozen=True)
class RunUse:
    """One folder of `.detour/runs`."""

    id: str
    name: str
    status: str
    """`unknown` for a folder that tells of no run: one that is only queued, or somebody else's."""
    experiment: str
    opened: float
    """Seconds since 1970; when the folder was last changed where it is not told."""
    tree: int
    """Bytes of its worktree."""
    rest: int
    """Bytes of its events and logs."""

    @property
    def bytes(self) -> int:
        """All of it."""
        return self.tree + self.rest

    @property
    def kept(self) -> str:
        """Why it is not removed unless it is named; empty for a run that is over and recorded."""
        if self.status in ("done", "failed") and self.experiment:
            return ""
        if self.status in LIVE:
            return f"it is {self.status}"
        if self.status == "unknown":
            return "it has not begun, or is no run"
        verb = self.status if self.status in ("died", "failed") else f"was {self.status}"
        return f"it {verb} and is not recorded"


@dataclass(frozen=True)
class Usage:
    """All of it."""

    runs: tuple[RunUse, ...]
    folders: Mapping[str, int]
    """Bytes by name of the other folders of `.detour`: states, memory, crawls, ..."""
    cache: CacheUse


def read_usage(checkout: Checkout) -> Usage:
    """Look at the disk of a study."""
    seen: set[tuple[int, int]] = set()
    top = checkout.runs.parent
    others = sorted(path for path in top.iterdir() if path != checkout.runs) if top.is_dir() else []
    folders = {path.name: size_of(path, seen) for path in others}
    return Usage(tuple(read_runs(checkout, seen)), folders, read_cache_use(checkout.root))


def read_runs(checkout: Checkout, seen: set[tuple[int, int]] | None = None) -> Iterable[RunUse]:
    """Every folder of runs, the newest first."""
    stories = {story.id: story for story in RunFollower(checkout.runs).read()}
    found = (
        sorted((path for path in checkout.runs.iterdir() if path.is_dir()), reverse=True)
        if checkout.runs.is_dir()
        else []
    )
    seen = set() if seen is None else seen
    return [_run(path, stories.get(path.name), seen) for path in found]


def _run(folder: Path, story: RunStory | None, seen: set[tuple[int, int]]) -> RunUse:
    tree = size_of(folder / "tree", seen)
    rest = size_of(folder, seen)
    if story is None:
        return RunUse(folder.name, "", "unknown", "", _changed(folder), tree, rest)
    return RunUse(folder.name, story.name, story.status, story.experiment, story.opened, tree, rest)


def _changed(folder: Path) -> float:
    try:
        return folder.stat().st_mtime
    except OSError:
        # Removed meanwhile, as a launch that is refused removes its own.
        return 0.0


def size_of(path: Path, seen: set[tuple[int, int]]) -> int:
    """Bytes of a file or of all files below a folder that are not in `seen` yet; what vanishes meanwhile counts nothing."""
    total, folders = 0, [path]
    if not path.is_dir() or path.is_symlink():
        return _bytes_of(path, seen)
    while folders:
        try:
            entries = list(os.scandir(folders.pop()))
        except OSError:
            continue
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                folders.append(Path(entry.path))
            else:
                total += _bytes_of(Path(entry.path), seen)
    return total


def _bytes_of(path: Path, seen: set[tuple[int, int]]) -> int:
    try:
        found = path.lstat()
    except OSError:
        return 0
    key = (found.st_dev, found.st_ino)
    if key in seen:
        return 0
    seen.add(key)
    return found.st_size


def in_words(size: int) -> str:
    """`0 B`, `512 B`, `1.5 KiB`, `12.0 GiB`."""
    value, unit = float(size), "B"
    for larger in ("KiB", "MiB", "GiB", "TiB"):
        if value < 1024:
            break
        value, unit = value / 1024, larger
    return f"{value:.0f} B" if unit == "B" else f"{value:.1f} {unit}"
