"""Slots: how many stages the machine carries side by side, over all runs, checkouts and users.

A slot is a file `slot-N` of the machine's folder (`tui.runs.machine`), held by whoever has it open and locked. It is free the moment
its holder ends, however that happens.
"""

import os
import random
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from threading import Event

from tui.runs.machine import Stopped, is_taken, make_shared, open_shared, turn

POLL_SECONDS = (0.3, 0.7)
"""Between two looks at whether a slot is free; drawn anew each time, so that none of those who wait is always the first."""

_NAME = re.compile(r"slot-(\d{1,6})")


class Slots:
    """The machine's slots as one run sees them."""

    def __init__(self, limit: int) -> None:
        """`limit` is the number of stages side by side, 1 or more, from which on this run waits.

        Everybody's count, also those begun under another limit: where it is lowered, nothing starts until enough have ended.
        """
        if limit < 1:
            raise ValueError(f"a limit of {limit} slots would never let anything start")
        self.limit = limit

    @contextmanager
    def take(self, stop: Event, on_wait: Callable[[], None]) -> Iterator[int]:
        """A slot's number, held within the block. For any number of threads, each with a slot of its own.

        Args:
            stop: Set by whoever ends the wait.
            on_wait: Called once, where there is none at the first look.

        Raises:
            Stopped: `stop` was set before there was one.
            InputError: The machine's folder cannot be made or written.
        """
        taken = self._look(stop)
        if taken is None:
            on_wait()
        while taken is None:
            if stop.wait(random.uniform(*POLL_SECONDS)):
                raise Stopped
            taken = self._look(stop)
        number, opened = taken
        try:
            yield number
        finally:
            os.close(opened)

    def _look(self, stop: Event) -> tuple[int, int] | None:
        """A free slot's number and its open file, locked; None where as many as may be are held."""
        with turn(stop) as folder:
            if stop.is_set():
                raise Stopped
            if _held(folder) >= self.limit:
                return None
            return next(
                (number, opened) for number in count() if (opened := _opened(f"slot-{number}", folder)) is not None
            )


def _held(folder: int) -> int:
    return sum(_is_held(name, folder) for name in os.listdir(folder) if _NAME.fullmatch(name))


def _is_held(name: str, folder: int) -> bool:
    try:
        opened = open_shared(name, folder)
    except FileNotFoundError:
        return False
    if opened is None:
        return False
    try:
        return not is_taken(opened)
    finally:
        os.close(opened)


def _opened(name: str, folder: int) -> int | None:
    """That slot's file, made where it is missing, and locked; None where it is held or no slot's file."""
    try:
        opened = open_shared(name, folder)
    except FileNotFoundError:
        opened = make_shared(name, folder)
    if opened is None:
        return None
    if is_taken(opened):
        # Whoever tidies /tmp by age leaves it alone.
        os.utime(opened)
        return opened
    os.close(opened)
    return None
