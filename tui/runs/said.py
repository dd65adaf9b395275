"""What DVC and a stage print while the stage is brought up to date, turned into what became of it."""

import re
import signal
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

TAIL_LINES = 12
"""Of what a stage printed, kept for the event that tells its failure."""

_EPOCH = re.compile(
    r"\S+ seed (?P<seed>\d+) epoch (?P<epoch>\d+)/(?P<epochs>\d+)  loss (?P<loss>\S+)  dev (?P<dev>\S+)(?:  test (?P<test>\S+))?$"
)
"""One line an epoch, as `pipeline.seeds.say_epoch` writes it."""
_EXITED = re.compile(r"exited with (-?\d+)$")
_BY_SIGNAL = frozenset(128 + number for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGHUP, signal.SIGINT))
"""Statuses by which a shell tells that a signal has ended its command."""
_LOST = "error: the warm parent of this stage is gone"


class Epoch(NamedTuple):
    """One epoch of a training, as its stage told it."""

    seed: int
    epoch: int
    epochs: int
    metrics: dict[str, float]
    """`loss`, `dev` and, where the stage tests, `test`; what is no finite number is left out."""


class Heard:
    """Listens to one stage.

    Args:
        name: The stage's.
        tell: Called with `started` or `cached` when DVC says so.
        tell_epoch: Called with every epoch.
    """

    def __init__(self, name: str, tell: Callable[[str], None], tell_epoch: Callable[[Epoch], None]) -> None:
        self._name, self._tell, self._tell_epoch = name, tell, tell_epoch
        self.has_run = False
        """Whether its command was begun."""
        self.failed = False
        """Whether DVC said that it failed."""
        self.was_killed = False
        """Whether a signal ended its command, or the warm parent that it was forked from."""
        self.reason = ""
        """The sentence with which the stage refused its input."""
        self.tail: deque[str] = deque(maxlen=TAIL_LINES)
        self._complaint = ""
        self._status: int | None = None
        """The status of its command, where that failed."""

    def hear(self, line: str) -> None:
        """Take in the next line, line break included."""
        line = line.rstrip("\r\n")
        if line.startswith("Running stage '"):
            self.has_run = True
            self._tell("started")
        elif line.startswith("Stage '") and "' is cached" in line:
            self._tell("cached")
        elif line.startswith("WARNING: failed to run"):
            self._fail(_EXITED.search(line))
        elif line.startswith("ERROR: "):
            self.failed = True
            self._complaint = self._complaint or line.removeprefix("ERROR: ")
        elif (epoch := read_epoch(line)) is not None:
            self._tell_epoch(epoch)
        else:
            self._keep(line)

    def why(self, status: int) -> str:
        """Why the stage failed, where it did; `status` is DVC's."""
        if self.reason:
            return self.reason
        if status < 0:
            return f"dvc ended with status {status} before it was done"
        if self._status is not None:
            # Of what DVC says of a command that failed, the stage itself said more.
            last = f"; its last words: {self.tail[-1].strip()}" if self.tail else ""
            return f"its command ended with status {self._status}{last}"
        return "" if self._complaint == f"failed to reproduce '{self._name}'" else self._complaint

    def _fail(self, exited: re.Match[str] | None) -> None:
        self.failed = True
        status = self._status = int(exited[1]) if exited else 1
        self.was_killed = self.was_killed or status < 0 or status in _BY_SIGNAL

    def _keep(self, line: str) -> None:
        if line.startswith("error: "):
            self.reason = line.removeprefix("error: ").strip()
        self.was_killed = self.was_killed or line.startswith(_LOST)
        if line.strip() and not line.startswith(("Updating lock file", "Generating lock file", "> ")):
            self.tail.append(line)


def read_epoch(line: str) -> Epoch | None:
    """The epoch that a line tells; None for any other line."""
    found = _EPOCH.match(line)
    if found is None:
        return None
    told = {"loss": found["loss"], "dev": found["dev"], "test": found["test"]}
    metrics = {name: value for name, text in told.items() if (value := _finite(text)) is not None}
    return Epoch(int(found["seed"]), int(found["epoch"]), int(found["epochs"]), metrics)


def _finite(text: str | None) -> float | None:
    try:
        value = float(text or "nan")
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
