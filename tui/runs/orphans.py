"""Processes of a run that nobody watches over any more: what a supervisor leaves that was killed hard, or a machine that swaps.

Every process of a run carries the run's folder in its environment (`tui.runs.schedule.MARKER`). psutil compares start times, so
that a process which was given the number of one that has ended is not mistaken for it.
"""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psutil

from tui.runs.schedule import MARKER

GRACE_SECONDS = 20.0
"""For trainings to save their state."""


def orphans(folder: Path) -> list[psutil.Process]:
    """The processes that carry the run's folder, this one and those above it excepted."""
    me = psutil.Process()
    own = {me.pid, *(process.pid for process in me.parents())}
    return [process for process in _processes_of(folder) if process.pid not in own]


def _processes_of(folder: Path) -> Iterator[psutil.Process]:
    for process in psutil.process_iter():
        # Another user's environment cannot be read, and a process may end meanwhile.
        with contextlib.suppress(psutil.Error, OSError):
            if process.environ().get(MARKER) == str(folder) and process.status() != psutil.STATUS_ZOMBIE:
                yield process


def end_orphans(folder: Path, grace: float = GRACE_SECONDS) -> list[int]:
    """End them: SIGTERM, then after `grace` seconds SIGKILL; the numbers of those that were found."""
    found = orphans(folder)
    for process in found:
        with contextlib.suppress(psutil.Error):
            process.terminate()
    _, left = psutil.wait_procs(found, timeout=grace)
    for process in left:
        with contextlib.suppress(psutil.Error):
            process.kill()
    psutil.wait_procs(left, timeout=5)
    return sorted({process.pid for process in found} - {os.getpid()})
