"""States of fits that nobody will come back for: `.detour/state/<fingerprint>`, which `pipeline.training.state` writes.

That module imports torch, so its rules stand here once more: a state's age is that of its last change, and a process that uses it
holds a lock on its file `lock`.
"""

import fcntl
import shutil
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tui.checkout import Checkout
from tui.runs.disk import size_of

DAYS = 30.0
"""Age after which nobody is expected to come back for a state, as in `pipeline.training.state`."""


@dataclass(frozen=True)
class State:
    """The states of one fit."""

    folder: Path
    changed: float
    """Seconds since 1970."""
    bytes: int


def old_states(checkout: Checkout, days: float, unfinished: Iterable[float]) -> list[State]:
    """The states that are older than `days` and were left before any run that may still be resumed began.

    Args:
        checkout: Whose.
        days: The age.
        unfinished: When the runs that are not over were opened, in seconds since 1970.
    """
    latest = min([time.time() - days * 86_400, *unfinished])
    top = checkout.runs.parent / "state"
    found = [_state(folder) for folder in sorted(top.iterdir()) if folder.is_dir()] if top.is_dir() else []
    return [state for state in found if state.changed < latest]


def remove_state(state: State) -> bool:
    """Remove a state unless a process holds its lock or has written into it meanwhile; whether it is gone."""
    try:
        with (state.folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if any(changed > state.changed for changed in _changes(state.folder)):
                return False
            shutil.rmtree(state.folder)
    except FileNotFoundError:
        return True
    except OSError:
        # Held, or not ours to remove.
        return False
    return True


def _state(folder: Path) -> State:
    # A folder whose fit wrote nothing yet is as old as itself.
    changed = max(_changes(folder), default=folder.stat().st_mtime)
    return State(folder, changed, size_of(folder, set()))


def _changes(folder: Path) -> list[float]:
    """When each file of a fit was changed; its lock tells nothing."""
    return [path.lstat().st_mtime for path in folder.iterdir() if path.name != "lock"]
