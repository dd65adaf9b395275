"""Which stage goes on which GPU, over all runs, checkouts and users of a machine.

A stage that has just begun has not taken its memory yet. Until its processes are seen with as much as was forecast, the rest is reserved:
by a file `gpu-*` in the machine's folder (`tui.runs.machine`), which its holder has open and locked while the stage runs, and which
counts no longer once the holder is gone. What others use, who reserve nothing, is missing from the memory that is free.
"""

import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from threading import Event

from tui.output import complain
from tui.runs.gpus import Gpu, Note, read_gpus
from tui.runs.machine import Stopped, is_taken, machine_folder, make_shared, open_shared, turn, unusable

POLL_SECONDS = 2.0
"""Between two looks at whether a GPU has become free."""

READ_BYTES = 4096
"""More than a reservation takes; what somebody else may have written there is not read to its end."""

_NAME = re.compile(r"gpu-[0-9a-f]{16}")


@dataclass(frozen=True)
class Reservation:
    """What a stage holds of a GPU."""

    gpu: str
    """UUID."""
    need: int | None
    """Bytes that were forecast; None takes the GPU as a whole."""
    holder: int
    """The process that started the stage; the stage's own are below it."""


def place(need: int | None, gpus: Sequence[Gpu], reservations: Sequence[Reservation]) -> Gpu | None:
    """The GPU for a stage, None where it has to wait.

    A GPU that is idle and not reserved takes any stage, since a forecast may be too high and is no reason to wait for ever. A stage
    without a forecast takes no other. Else it is the GPU with the most room that has enough.

    Args:
        need: Bytes that the stage is forecast to take; None where nobody knows.
    """
    rooms = [(_room(gpu, [one for one in reservations if one.gpu == gpu.uuid]), gpu) for gpu in gpus]
    fitting = [(room, gpu) for room, gpu in rooms if room.takes(need)]
    return max(fitting, key=lambda pair: (pair[0].bytes, -pair[1].index))[1] if fitting else None


@dataclass(frozen=True)
class _Room:
    bytes: int
    is_whole: bool

    def takes(self, need: int | None) -> bool:
        return self.is_whole or (need is not None and self.bytes >= need)


def _room(gpu: Gpu, reservations: Sequence[Reservation]) -> _Room:
    """What is free of a GPU and not reserved; -1 where one stage has it as a whole."""
    if not reservations:
        return _Room(gpu.free, gpu.is_idle)
    needs: dict[int, int] = {}
    for one in reservations:
        if one.need is None:
            return _Room(-1, False)
        needs[one.holder] = needs.get(one.holder, 0) + one.need
    # Stages of one holder are told from others' by their line, and not from each other.
    awaited = sum(max(0, need - _seen(gpu, holder)) for holder, need in needs.items())
    return _Room(gpu.free - awaited, False)


def _seen(gpu: Gpu, holder: int) -> int:
    return sum(process.bytes for process in gpu.processes if holder in process.line)


@contextmanager
def reserve(
    need: int | None, stop: Event, on_wait: Callable[[], None] = lambda: None, note: Note = complain
) -> Iterator[Gpu | None]:
    """A GPU for a stage, held within the block; None at once on a machine on which NVML tells of none. For any number of threads.

    Args:
        need: Bytes that the stage is forecast to take; None where nobody knows.
        stop: Set by whoever ends the wait.
        on_wait: Called once, where no GPU is free at the first look.
        note: Told what `read_gpus` has to say.

    Raises:
        Stopped: `stop` was set before a GPU was free.
        InputError: The machine's folder cannot be made or written.
    """
    gpus = read_gpus(note)
    if not gpus:
        yield None
        return
    held = _look(need, gpus, stop)
    if held is None:
        on_wait()
    while held is None:
        if stop.wait(POLL_SECONDS):
            raise Stopped
        # Where NVML has lost its voice meanwhile, there is nothing to be had.
        held = _look(need, read_gpus(note), stop)
    try:
        yield held.gpu
    finally:
        held.release()


@dataclass(frozen=True)
class _Held:
    gpu: Gpu
    name: str
    opened: int

    def release(self) -> None:
        # Whoever looks next removes it else.
        with suppress(OSError):
            (machine_folder() / self.name).unlink()
        os.close(self.opened)


def _look(need: int | None, gpus: Sequence[Gpu], stop: Event) -> _Held | None:
    with turn(stop) as folder:
        if stop.is_set():
            raise Stopped
        gpu = place(need, gpus, list(_reservations(folder)))
        return None if gpu is None else _written(Reservation(gpu.uuid, need, os.getpid()), gpu, folder)


def _written(reservation: Reservation, gpu: Gpu, folder: int) -> _Held:
    name = f"gpu-{secrets.token_hex(8)}"
    # Everybody reads it, its owner alone may write it.
    opened = make_shared(name, folder, 0o644)
    try:
        is_taken(opened)
        os.write(opened, json.dumps(asdict(reservation)).encode())
    except OSError as error:
        os.unlink(name, dir_fd=folder)
        os.close(opened)
        raise unusable(error) from None
    return _Held(gpu, name, opened)


def _reservations(folder: int) -> Iterator[Reservation]:
    """Those whose holders live; what is left of others is removed where it may be."""
    for name in os.listdir(folder):
        if _NAME.fullmatch(name) and (found := _reservation(name, folder)) is not None:
            yield found


def _reservation(name: str, folder: int) -> Reservation | None:
    try:
        opened = open_shared(name, folder, os.O_RDONLY)
    except FileNotFoundError:
        return None
    if opened is None:
        return None
    try:
        if not is_taken(opened):
            return _parsed(os.read(opened, READ_BYTES))
        # Somebody else's may not be removed, and counts as little.
        with suppress(OSError):
            os.unlink(name, dir_fd=folder)
        return None
    finally:
        os.close(opened)


def _parsed(text: bytes) -> Reservation | None:
    """None for what is no reservation, since anybody may put anything there."""
    from pydantic import TypeAdapter, ValidationError

    try:
        found = TypeAdapter(Reservation).validate_json(text, strict=True)
    except ValidationError:
        return None
    return found if found.need is None or found.need >= 0 else None
