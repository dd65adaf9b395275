"""A worker's own folder: a clone for each stage that runs at a time, and one DVC cache for all of them.

    <folder>/<repository>/cache          the node's DVC cache of this repository
    <folder>/<repository>/slots/<n>/     `lock`, and `tree`: a clone, in which one stage runs at a time

Clones are apart, not worktrees of one: the states of a training lie in the clone, and so are its stage's alone.
"""

import configparser
import fcntl
import hashlib
import io
import itertools
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pipeline.errors import InputError
from pipeline.files import write_text
from tui.runs.cluster.options import FOLDER, WORKERS


@dataclass(frozen=True)
class Slot:
    """A clone that is this process's while its lock is held."""

    tree: Path
    cache: Path
    lock: IO[str]

    @property
    def states(self) -> Path:
        """Where trainings of this clone keep their states."""
        return self.tree / ".detour" / "state"

    def configure(self, remote: Mapping[str, str]) -> None:
        """Point the clone's DVC at the node's cache and at the remote.

        Args:
            remote: Its settings, with its name under `name`.
        """
        settings = configparser.ConfigParser(interpolation=None)
        name = remote["name"]
        settings["cache"] = {"dir": str(self.cache)}
        settings["core"] = {"remote": name}
        settings[f"'remote \"{name}\"'"] = {key: value for key, value in remote.items() if key != "name"}
        with io.StringIO() as stream:
            settings.write(stream)
            write_text(self.tree / ".dvc" / "config.local", stream.getvalue())


@contextmanager
def open_slot(folder: str | None, address: str) -> Iterator[Slot]:
    """The first clone that no other process uses; made where all are in use.

    Args:
        folder: The run's wish; None for the node's own.
        address: Of the git remote, which tells one repository from another.

    Raises:
        InputError: The folder cannot be written.
    """
    root = Path(folder or os.environ.get(WORKERS) or FOLDER).expanduser() / _name(address)
    try:
        slot = _first_free(root)
    except OSError as error:
        raise InputError(
            f"{root} on the node {os.uname().nodename} cannot be written ({error.strerror}); set {WORKERS} there to a folder that can."
        ) from None
    with slot.lock:
        yield slot


def _first_free(root: Path) -> Slot:
    for number in itertools.count():
        folder = root / "slots" / str(number)
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a", encoding="utf-8")
        with suppress(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return Slot(folder / "tree", root / "cache", lock)
        lock.close()
    raise AssertionError("numbers do not end")


def _name(address: str) -> str:
    """A folder's name for a repository: readable, and its own."""
    words = re.sub(r"[^A-Za-z0-9.]+", "-", address.rstrip("/").rsplit("/", 1)[-1]).strip("-.")
    return f"{words or 'study'}-{hashlib.sha256(address.encode()).hexdigest()[:8]}"
