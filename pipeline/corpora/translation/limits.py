"""What keeps requests polite and an outage short: one rate, one back-off and one end for all threads.

Every request waits for its turn. A fault of the service makes all threads wait, twice as long each time; after the wait one
request goes ahead to find out whether the service answers again, and the others follow only then. When `tries` faults of
the service came with no answer between them, or it asks to wait longer than `PATIENCE_SECONDS`, or a fault is one that no
waiting mends, `Stopped` is raised in every thread. A fault of one text is tried again by itself and ends nothing, unless
many texts in a row have one, which is a fault of the service under another name.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

LONGEST_WAIT_SECONDS = 60.0
PATIENCE_SECONDS = 120.0
"""A service that asks to wait longer is not waited for: the stage ends and can go on later."""
TEXTS_IN_A_ROW = 10
"""So many texts without a translation, and none with one between them, mean that the service has changed."""


@dataclass(eq=False)
class Fault(Exception):
    """A request that brought no translation."""

    says: str
    """The rest of a sentence after the engine's name."""
    of_service: bool = True
    """Whether other texts would fail as well."""
    lasting: bool = False
    """Whether trying again is of no use."""
    wait: float | None = None
    """Seconds that the service asks to wait."""


class Stopped(Exception):
    """The service is not asked any more; the message is the reason."""


class Limits:
    """The limits that all threads share.

    Args:
        rate: Requests a second.
        tries: See the module.
        wait: Seconds before the second try.
    """

    def __init__(self, rate: float, tries: int, wait: float) -> None:
        self._interval, self._tries, self._first_wait = 1 / rate, tries, wait
        self._changed = threading.Condition()
        self._next = self._not_before = 0.0
        self._faults = self._texts = 0
        self._asking: int | None = None
        self._reason: str | None = None

    @property
    def reason(self) -> str | None:
        """Why everything has stopped; None while it goes on."""
        return self._reason

    def stop(self, reason: str) -> None:
        """Let no further request begin."""
        with self._changed:
            self._reason = self._reason or reason
            self._changed.notify_all()

    def call(self, ask: Callable[[], str]) -> str:
        """What `ask` returns, tried again within the limits.

        Raises:
            Fault: The text cannot be translated.
            Stopped: Nothing is asked any more.
        """
        for attempt in range(1, self._tries + 1):
            began = self._turn()
            try:
                answer = ask()
            except Fault as fault:
                self._failed(fault, began)
                if attempt == self._tries or fault.lasting:
                    self._count_text()
                    raise
                # A little longer than the others wait, so that another text finds out whether it is this one's fault.
                self._sleep(1.1 * self._wait_after(attempt))
            except BaseException:
                self._leave()
                raise
            else:
                self._answered()
                return answer
        raise AssertionError("the last try returns or raises")

    def _turn(self) -> int:
        """Wait until a request may begin; returns how many faults of the service there were."""
        with self._changed:
            while True:
                if self._reason is not None:
                    raise Stopped(self._reason)
                now = time.monotonic()
                wait = max(self._next, self._not_before) - now
                if self._faults and self._asking is not None:
                    self._changed.wait()
                elif wait > 0:
                    self._changed.wait(wait)
                else:
                    break
            self._next = max(now, self._next) + self._interval
            if self._faults:
                self._asking = threading.get_ident()
            return self._faults

    def _failed(self, fault: Fault, began: int) -> None:
        with self._changed:
            self._asking = None if self._asking == threading.get_ident() else self._asking
            if fault.of_service:
                # Requests that were under way together fail together: one fault.
                if began == self._faults:
                    self._faults += 1
                    self._not_before = time.monotonic() + max(self._wait_after(self._faults), fault.wait or 0.0)
                if fault.lasting or self._faults >= self._tries or (fault.wait or 0.0) > PATIENCE_SECONDS:
                    self._reason = self._reason or fault.says
            self._changed.notify_all()
        if fault.of_service and self._reason is not None:
            raise Stopped(self._reason) from fault

    def _answered(self) -> None:
        with self._changed:
            self._faults = self._texts = 0
            self._asking = None
            self._changed.notify_all()

    def _leave(self) -> None:
        with self._changed:
            self._asking = None if self._asking == threading.get_ident() else self._asking
            self._changed.notify_all()

    def _count_text(self) -> None:
        with self._changed:
            self._texts += 1
            if self._texts < TEXTS_IN_A_ROW:
                return
        self.stop(f"gives no translation for {TEXTS_IN_A_ROW} texts in a row, so its answers may have another form now")

    def _wait_after(self, faults: int) -> float:
        return min(self._first_wait * 2.0 ** (faults - 1), LONGEST_WAIT_SECONDS)

    def _sleep(self, seconds: float) -> None:
        end = time.monotonic() + seconds
        with self._changed:
            while self._reason is None and (rest := end - time.monotonic()) > 0:
                self._changed.wait(rest)
