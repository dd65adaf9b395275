"""The queue: runs that wait for their share of the machine's slots, and how a run begins.

A waiting run is a folder with an order and a file `waiting`, which says how it is to begin; it has no process, so that any number may
wait, and a reboot loses none. Whoever launches, resumes or stops a run, looks at runs or ends one calls `dispatch`, which starts the
supervisors of as many as the limit of slots allows: the highest priority first, then the oldest.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from pipeline.errors import InputError
from pipeline.files import write_text
from tui.checkout import Checkout
from tui.runs.events import EventLog
from tui.runs.locks import take_lock, wait_for_lock
from tui.runs.order import RunOrder, read_order, write_order
from tui.runs.tree import make_folder

WAITING, LOCK = "waiting", "lock"

How = Literal["run", "resume", "retry", "record"]
"""How a run begins: for the first time, where it was left, with what failed, or only to record what is finished."""


@dataclass(frozen=True)
class Waiting:
    """A run that waits."""

    folder: Path
    order: RunOrder
    how: How


def enqueue(checkout: Checkout, order: RunOrder, how: How = "run") -> None:
    """Let a run wait; `dispatch` begins it. A new one gets its folder and its order.

    Raises:
        InputError: The folder cannot be written.
    """
    folder = checkout.runs / order.run
    make_folder(folder / "logs")
    if how == "run":
        write_order(folder, order)
    told = {"run": order.run, "name": order.name, "command": list(order.command), "settings": list(order.settings)}
    EventLog(folder).write(
        "queued", schema=1, **told, note=order.note, jobs=order.jobs, priority=order.priority, host=os.uname().nodename
    )
    write_text(folder / WAITING, how + "\n")


def withdraw(checkout: Checkout, run: str) -> bool:
    """Take a waiting run out of the queue; False where it does not wait any more."""
    with wait_for_lock(checkout.locks / "queue"):
        marker = checkout.runs / run / WAITING
        if not marker.exists():
            return False
        marker.unlink()
        EventLog(marker.parent).write("ended", outcome="stopped", why="it was taken out of the queue")
        return True


def prioritise(checkout: Checkout, run: str, priority: int) -> bool:
    """Give a waiting run another priority; False where it does not wait any more.

    Raises:
        InputError: Its order was broken by hand.
    """
    folder = checkout.runs / run
    with wait_for_lock(checkout.locks / "queue"):
        if not (folder / WAITING).exists():
            return False
        write_order(folder, replace(read_order(folder), priority=priority))
        EventLog(folder).write("priority", priority=priority)
        return True


def dispatch(checkout: Checkout, slots: int) -> list[str]:
    """Begin waiting runs as far as there is room; the ids of those that were begun."""
    if not any(checkout.runs.glob(f"*/{WAITING}")):
        return []
    with wait_for_lock(checkout.locks / "queue"):
        begun = ready_runs(checkout, slots)
        for waiting in begun:
            _begin(waiting)
    return [waiting.order.run for waiting in begun]


def ready_runs(checkout: Checkout, slots: int) -> list[Waiting]:
    """The waiting runs that there is room for, in the order in which they begin.

    There is room for a run while the shares of all live ones and its own do not exceed `slots`, and always for a first one.
    """
    ready: list[Waiting] = []
    taken = sum(live.jobs for live in live_orders(checkout))
    for waiting in waiting_runs(checkout):
        share = min(waiting.order.jobs, slots)
        if taken and taken + share > slots:
            break
        taken += share
        ready.append(waiting)
    return ready


def waiting_runs(checkout: Checkout) -> list[Waiting]:
    """Runs that wait, in the order in which they will begin."""
    found = list(_waiting(checkout))
    return sorted(found, key=lambda one: (-one.order.priority, one.order.run))


def _waiting(checkout: Checkout) -> Iterator[Waiting]:
    for marker in checkout.runs.glob(f"*/{WAITING}"):
        try:
            how = marker.read_text(encoding="utf-8").strip()
            order = read_order(marker.parent)
        except (OSError, InputError) as fault:
            # One that a hand has broken must not hold up the others.
            marker.unlink(missing_ok=True)
            EventLog(marker.parent).write("ended", outcome="refused", why=str(fault))
            continue
        if how in ("run", "resume", "retry", "record"):
            yield Waiting(marker.parent, order, how)  # type: ignore[arg-type]


def live_orders(checkout: Checkout) -> list[RunOrder]:
    """The orders of all runs that have a supervisor."""
    found = []
    for lock in checkout.runs.glob(f"*/{LOCK}"):
        if is_live(lock.parent):
            # One that was removed or broken by hand is its supervisor's to mourn.
            with suppress(InputError):
                found.append(read_order(lock.parent))
    return found


def is_live(folder: Path) -> bool:
    """Whether the run in `folder` has a supervisor."""
    if not (folder / LOCK).exists():
        return False
    lock = take_lock(folder / LOCK)
    if lock is None:
        return True
    os.close(lock)
    return False


def _begin(waiting: Waiting) -> None:
    """Start the supervisor of a run in a session of its own, with the run's lock already held."""
    folder = waiting.folder
    lock = take_lock(folder / LOCK)
    if lock is None:
        # It has one already, begun by somebody who was killed before the next line but one.
        (folder / WAITING).unlink(missing_ok=True)
        return
    try:
        with (folder / "logs" / "supervisor.log").open("ab") as log:
            subprocess.Popen(
                # -P: this program's own modules, not those of the current folder.
                [sys.executable, "-P", "-m", "tui.runs.supervisor", str(folder), waiting.how, str(lock)],
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                pass_fds=(lock,),
                start_new_session=True,
            )
        (folder / WAITING).unlink(missing_ok=True)
    finally:
        os.close(lock)
