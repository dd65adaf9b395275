"""Whether git's names may have changed: a fingerprint that costs a `stat` for each folder of refs.

Git writes a ref into a file of its own and renames that over the old one, so that the time of the folder changes with every ref in
it; packed refs are one file. A change in the same tick of the clock as the last look would be missed: a fingerprint that young
is not trusted.
"""

import os
import time
from collections.abc import Iterator
from pathlib import Path

_TICK_NS = 100_000_000
"""Clocks of file systems are coarser than the processor's, those of network shares more so."""

Stamp = tuple[int, int, int]


class RefWatch:
    """The names of one repository.

    Args:
        common: The git folder that all worktrees of the repository share.
        own: The git folder of the worktree, which holds its HEAD.
    """

    def __init__(self, common: Path, own: Path) -> None:
        self._common = common
        self._own = own
        self._marks: dict[str, Stamp | None] = {}
        self._looked = 0

    def has_changed(self) -> bool:
        """Whether anything may have changed since the last `look`; True before the first."""
        if not self._marks or self._is_young():
            return True
        return any(_stamp(path) != mark for path, mark in self._marks.items())

    def look(self) -> None:
        """Take the present state for the known one; to be called before names are read."""
        self._looked = time.time_ns()
        self._marks = {str(path): _stamp(path) for path in self._single_files()}
        for folder in _folders(str(self._common / "refs")):
            self._marks[folder] = _stamp(folder)

    def _single_files(self) -> Iterator[Path]:
        yield self._common / "packed-refs"
        yield self._own / "HEAD"
        # DVC's queue is a stash, whose entries are in its log.
        yield self._common / "logs" / "refs" / "exps" / "celery"
        yield self._common / "shallow"

    def _is_young(self) -> bool:
        newest = max((mark[0] for mark in self._marks.values() if mark), default=0)
        return newest > self._looked - _TICK_NS


def _stamp(path: str | Path) -> Stamp | None:
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


def _folders(top: str) -> Iterator[str]:
    """A folder and all folders in it, links left out."""
    yield top
    try:
        with os.scandir(top) as entries:
            inner = [entry.path for entry in entries if entry.is_dir(follow_symlinks=False)]
    except OSError:
        return
    for folder in inner:
        yield from _folders(folder)
