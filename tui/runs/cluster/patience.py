"""What is out of reach for a moment is tried again, and every wait is told."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

from pipeline.errors import InputError

Answer = TypeVar("Answer")


class Unreachable(RuntimeError):
    """A remote did not do what was asked, which may pass; the message is what it said."""


class Stopped(Exception):
    """The run was told to stop while it waited."""


class Patience:
    """Asks again and again.

    Args:
        pauses: Seconds between the attempts.
        note: Told in a sentence what is waited for.
    """

    def __init__(self, pauses: Sequence[float], note: Callable[[str], None]) -> None:
        self._pauses = tuple(pauses)
        self._note = note
        self._stop = threading.Event()

    def stop(self) -> None:
        """End the present pause and all later ones."""
        self._stop.set()

    def __call__(self, what: str, action: Callable[[], Answer]) -> Answer:
        """The answer of `action`, as soon as it has one.

        Args:
            what: What is done, as a sentence begins: `Pushing to origin`.
            action: Raises `Unreachable` where it may be tried again.

        Raises:
            InputError: It was still out of reach after the last pause.
            Stopped: `stop` was called.
        """
        for pause in self._pauses:
            try:
                return action()
            except Unreachable as fault:
                self._note(f"{what} failed ({fault}); it is tried again in {pause:g} s.")
            if self._stop.wait(pause):
                raise Stopped
        try:
            return action()
        except Unreachable as fault:
            raise InputError(
                f"{what} failed for {sum(self._pauses):.0f} seconds ({fault}); mend that, then run the same again to go on."
            ) from None
