"""The queue: runs that wait for their share of the machine's slots, and how a run begins.

A waiting run is a folder with an order and a file `waiting`: how it is to begin and its number in the queue, then a line for each time
that a supervisor was begun for it. The supervisor takes the file away once it has opened the run. A waiting run has no process, so that
any number may wait, and neither a reboot nor a kill at any moment loses one. Whoever launches, resumes or stops a run, looks at runs
or ends one calls `dispatch`, which starts the supervisors of as many as the limit of slots allows: the highest priority first,
then the one that has waited longest.
"""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from pipeline.errors import InputError
from pipeline.files import write_text
from tui.checkout import Checkout
from tui.runs.events import LOCK, WAITING, EventLog
from tui.runs.locks import is_held, take_lock, wait_for_lock
from tui.runs.order import RunOrder, read_order, write_order
from tui.runs.tree import make_folder, remove_folder

How = Literal["run", "resume", "retry", "record"]
"""How a run begins: for the first time, where it was left, with what failed, or only to record what is finished."""

BEGINNINGS = 3
"""Supervisors that may end before they have opened their run; more would not either."""

PROBE_SECONDS = 1.0
"""Whoever only asks whether a run is live holds its lock for a moment."""


@dataclass(frozen=True)
class Waiting:
    """A run that waits."""

    folder: Path
    order: RunOrder
    how: How
    number: int
    """Its place among those of its priority: the lower ones have waited longer."""
    begun: int
    """Supervisors that were begun for it and are gone without having opened it."""


def enqueue(checkout: Checkout, order: RunOrder, how: How = "run") -> None:
    """Let a run wait; `dispatch` begins it. A new one gets its folder and its order.

    Raises:
        InputError: It waits or runs already, or the disk refuses; nothing is left of a new one then.
    """
    folder = checkout.runs / order.run
    make_folder(folder / "logs")
    with wait_for_lock(checkout.locks / "queue"):
        if (folder / WAITING).exists() or is_live(folder):
            raise InputError(f"Run {order.run} waits or runs already; detour watch {order.run} follows it.")
        try:
            _write(checkout, folder, order, how)
        except OSError as error:
            (folder / WAITING).unlink(missing_ok=True)
            if how == "run":
                remove_folder(folder)
            raise InputError(
                f"{folder} cannot be written ({error.strerror}); free some space and say it again."
            ) from None


def _write(checkout: Checkout, folder: Path, order: RunOrder, how: How) -> None:
    if how == "run":
        write_order(folder, order)
    number = 1 + max((waiting.number for waiting in _waiting(checkout)), default=0)
    write_text(folder / WAITING, f"{how} {number}\n")
    events = EventLog(folder)
    events.write("queued", **introduction(order))
    if not events.is_whole():
        raise OSError(0, "the disk took no event")


def introduction(order: RunOrder) -> dict[str, object]:
    """What the event says that first tells of a run."""
    told = {"run": order.run, "name": order.name, "command": list(order.command), "settings": list(order.settings)}
    return {
        "schema": 1, **told, "note": order.note, "jobs": order.jobs, "priority": order.priority, "host": os.uname().nodename,
    }  # fmt: skip


def withdraw(checkout: Checkout, run: str) -> bool:
    """Take a waiting run out of the queue; False where it does not wait any more."""
    with wait_for_lock(checkout.locks / "queue"):
        folder = checkout.runs / run
        if not (folder / WAITING).exists() or is_live(folder):
            return False
        _take_out(folder, "stopped", "it was taken out of the queue")
        return True


def _take_out(folder: Path, outcome: str, why: str) -> None:
    # In this order: a kill in between leaves a run that is told to be over and waits, and the next look begins it all the same.
    EventLog(folder).write("ended", outcome=outcome, why=why)
    (folder / WAITING).unlink(missing_ok=True)


def prioritise(checkout: Checkout, run: str, priority: int) -> bool:
    """Give a waiting run another priority; False where it does not wait any more.

    Raises:
        InputError: Its order was broken by hand.
    """
    folder = checkout.runs / run
    with wait_for_lock(checkout.locks / "queue"):
        if not (folder / WAITING).exists() or is_live(folder):
            return False
        write_order(folder, replace(read_order(folder), priority=priority))
        EventLog(folder).write("priority", priority=priority)
        return True


def dispatch(checkout: Checkout, slots: int) -> list[str]:
    """Begin waiting runs as far as there is room; the ids of those that were begun.

    Raises:
        InputError: A supervisor cannot be begun; the run goes on waiting.
    """
    if not any(checkout.runs.glob(f"*/{WAITING}")):
        return []
    with wait_for_lock(checkout.locks / "queue"):
        return [waiting.order.run for waiting in ready_runs(checkout, slots) if _begin(waiting)]


def ready_runs(checkout: Checkout, slots: int) -> list[Waiting]:
    """The waiting runs that there is room for, in the order in which they begin.

    There is room for a run while the shares of all live ones and its own do not exceed `slots`, and always for a first one.
    """
    ready: list[Waiting] = []
    taken = sum(min(live.jobs, slots) for live in live_orders(checkout))
    for waiting in waiting_runs(checkout):
        share = min(waiting.order.jobs, slots)
        if taken and taken + share > slots:
            break
        taken += share
        ready.append(waiting)
    return ready


def waiting_runs(checkout: Checkout) -> list[Waiting]:
    """Runs that wait, in the order in which they will begin; those whose supervisor is just being begun are not among them."""
    found = [waiting for waiting in _waiting(checkout) if not is_live(waiting.folder)]
    return sorted(found, key=lambda one: (-one.order.priority, one.number, one.order.run))


def _waiting(checkout: Checkout) -> Iterator[Waiting]:
    for marker in checkout.runs.glob(f"*/{WAITING}"):
        try:
            how, number, begun = _read(marker)
            yield Waiting(marker.parent, read_order(marker.parent), how, number, begun)
        except FileNotFoundError:
            # Its supervisor has just opened it.
            continue
        except (OSError, InputError) as fault:
            # One that a hand has broken must not hold up the others.
            _take_out(marker.parent, "refused", str(fault))


def _read(marker: Path) -> tuple[How, int, int]:
    told, *begun = marker.read_text(encoding="utf-8", errors="replace").splitlines() or [""]
    how, _, number = told.partition(" ")
    if how not in get_args(How):
        raise InputError(f"{marker} does not say how the run is to begin; launch it again.")
    return how, int(number) if number.isdecimal() else 0, len(begun)  # type: ignore[return-value]


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
    return is_held(folder / LOCK)


def _begin(waiting: Waiting) -> bool:
    """Start the supervisor of a run in a session of its own, with the run's lock already held; whether that was done."""
    folder = waiting.folder
    if waiting.begun >= BEGINNINGS:
        why = f"its supervisor ended {waiting.begun} times before it had begun; {folder}/logs/supervisor.log tells why"
        _take_out(folder, "refused", why)
        return False
    lock = _take(folder / LOCK)
    if lock is None:
        return False
    try:
        with (folder / "logs" / "supervisor.log").open("ab") as log:
            with (folder / WAITING).open("a") as marker:
                marker.write("begun\n")
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
    except OSError as error:
        raise InputError(
            f"Run {folder.name} waits and cannot be begun: {error}; mend it and look at `detour runs`."
        ) from None
    finally:
        os.close(lock)
    return True


def _take(path: Path) -> int | None:
    """The lock, where no supervisor has it."""
    end = time.monotonic() + PROBE_SECONDS
    while (lock := take_lock(path)) is None and time.monotonic() < end:
        time.sleep(0.01)
    return lock
