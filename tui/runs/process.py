"""Processes by id and start time: an id alone is given to another process once its own has ended."""

import os
import signal
import subprocess
from pathlib import Path


def start_of(process: int) -> str | None:
    """When a process began, as its system counts; None where there is no such process or it has ended and waits to be reaped."""
    if Path("/proc/self/stat").exists():
        return _start_in_proc(process)
    done = subprocess.run(
        ["ps", "-o", "state=,lstart=", "-p", str(process)], capture_output=True, encoding="utf-8", check=False
    )
    state, _, began = done.stdout.strip().partition(" ")
    return began.strip() if began and not state.startswith("Z") else None


def _start_in_proc(process: int) -> str | None:
    try:
        # The name in parentheses may hold anything, parentheses too.
        fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] in ("Z", "X") else fields[19]


def is_alive(process: int, began: str | None) -> bool:
    """Whether the process that began then still runs."""
    return began is not None and start_of(process) == began


def terminate(process: int, began: str | None) -> bool:
    """Ask the process that began then, and its group where it leads one, to end; False where it has ended already."""
    if not is_alive(process, began):
        return False
    try:
        if os.getpgid(process) == process:
            os.killpg(process, signal.SIGTERM)
        else:
            os.kill(process, signal.SIGTERM)
    except ProcessLookupError:
        return False
    return True
