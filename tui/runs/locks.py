"""File locks of the kernel's: they go with the process that holds them, however it ends, so that none is ever stale."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def take_lock(path: Path) -> int | None:
    """An open file with a lock of the kernel's on it, which goes with the process; None where another process holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = _open_lock(path)
    if _lock(opened, fcntl.LOCK_EX):
        return opened
    os.close(opened)
    return None


def is_held(path: Path) -> bool:
    """Whether a process holds the lock. Any number may ask at once: none takes another one's question for a holder."""
    try:
        opened = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        return not _lock(opened, fcntl.LOCK_SH)
    finally:
        os.close(opened)


CACHE = "cache"
"""The lock that runs share while they work, and that is whoever's alone who cleans the DVC cache."""


@contextmanager
def wait_for_lock(path: Path, shared: bool = False) -> Iterator[None]:
    """Hold a file lock within the block, alone or `shared` with others who share it, waiting for whoever holds it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    opened = _open_lock(path)
    try:
        fcntl.flock(opened, fcntl.LOCK_SH if shared else fcntl.LOCK_EX)
        yield
    finally:
        os.close(opened)


def _lock(opened: int, kind: int) -> bool:
    try:
        fcntl.flock(opened, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _open_lock(path: Path) -> int:
    try:
        return os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except PermissionError:
        # Another user's file: reading is enough to lock it.
        return os.open(path, os.O_RDONLY)
