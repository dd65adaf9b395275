"""How a training ends when it is asked to, with SIGTERM: after the step under way, with its state kept and status 143.

Within `heeding` a process listens. SIGTERM ends it at once, wherever it is, with a line on standard error; within `deferred` it is
only noted, for work that asks `is_asked` where it can end well and then raises `Stopped` with a sentence of its own. A second
SIGTERM ends the process hard. Python calls handlers in the main thread alone, between two of its own instructions.
"""

import contextlib
import os
import signal
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

STATUS = 128 + signal.SIGTERM
"""The exit status, as shells tell of a program that SIGTERM has ended."""

AT_ONCE = "Stopped; the same command goes on from what is kept."


class Stopped(BaseException):
    """The end that was asked for; its text is the line to be said."""


@dataclass
class _Listening:
    """What the handler knows of this process."""

    asked: bool = False
    deferred: bool = False
    children: Collection[int] = ()
    """Processes that SIGTERM is passed on to."""
    again: signal.Handlers = signal.SIG_DFL
    """What a second SIGTERM does."""


_listening = _Listening()


@contextlib.contextmanager
def heeding() -> Iterator[None]:
    """Listen within the block, and end with `STATUS` and a line on standard error where it was stopped."""
    global _listening
    _listening = _Listening()
    before = signal.signal(signal.SIGTERM, _hear)
    try:
        yield
    except Stopped as stopped:
        # Whoever has asked for the end may read no more.
        with contextlib.suppress(OSError):
            print(stopped, file=sys.stderr, flush=True)
        raise SystemExit(STATUS) from None
    finally:
        signal.signal(signal.SIGTERM, before)
        _listening = _Listening()


def _hear(number: int, _frame: Any) -> None:
    signal.signal(number, _listening.again)
    _listening.asked = True
    for child in _listening.children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(child, number)
    if not _listening.deferred:
        raise Stopped(AT_ONCE)


def is_asked() -> bool:
    """Whether this process was asked to stop."""
    return _listening.asked


@contextlib.contextmanager
def deferred(children: Collection[int] = ()) -> Iterator[None]:
    """Only note SIGTERM within the block, and pass it on to `children`, which may change meanwhile."""
    before = _listening.deferred, _listening.children
    _listening.deferred, _listening.children = True, children
    try:
        yield
    finally:
        _listening.deferred, _listening.children = before


@contextlib.contextmanager
def at_once() -> Iterator[None]:
    """Within `deferred`: a part that may end anywhere; raises Stopped there, and where SIGTERM has come before."""
    before = _listening.deferred
    try:
        _listening.deferred = False
        if _listening.asked:
            raise Stopped(AT_ONCE)
        yield
    finally:
        _listening.deferred = before


@contextlib.contextmanager
def held_back() -> Iterator[None]:
    """Let SIGTERM wait until the block ends."""
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def become_child() -> None:
    """In a fork: nothing is deferred, and SIGTERM is heard once.

    It may come twice, from the parent and from whoever has sent it to the whole group; the hard end is the parent's, which takes
    its children along.
    """
    _listening.deferred, _listening.children, _listening.again = False, (), signal.SIG_IGN
    signal.pthread_sigmask(signal.SIG_UNBLOCK, [signal.SIGTERM])
