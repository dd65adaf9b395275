"""The states of a training, copied to the DVC remote while it runs, for another node to go on from.

A stage's states lie there in `detour-state/<stage>/<key>/<fingerprint>/<number>-<bytes>`: the key is the run cache's
(`tui.runs.cluster.exchange`), so that another parameter has other states; the fingerprint is the training's own
(`pipeline.training.state`); numbers count up and the name tells the size, so that of several files the last whole one is known
whatever clocks say. When the stage is done they are removed.
"""

import os
import re
import threading
from collections.abc import Callable
from pathlib import Path

from tui.runs.cluster.objects import Objects
from tui.runs.cluster.patience import Unreachable

ROOT = "detour-state"

_FILE = re.compile(r"(?P<fingerprint>[0-9a-f]{64})/(?P<number>[0-9]{8})-(?P<size>[0-9]+)")

_Signature = tuple[int, int]
"""Time of the last change and bytes of a file, which is replaced whole and never changed in place."""


class States:
    """The states of one stage that runs in one folder of states.

    Args:
        objects: The remote.
        stage: The stage's name.
        key: The stage's key.
        folder: `.detour/state` of the clone that the stage runs in, in which nothing else runs.
    """

    def __init__(self, objects: Objects, stage: str, key: str, folder: Path) -> None:
        self._objects = objects
        self._place = f"{ROOT}/{stage}/{key}"
        self._folder = folder
        self._numbers: dict[str, int] = {}
        """The last number of each fingerprint at the remote."""
        self._copied: dict[str, _Signature] = {}
        """What is at the remote, or was here before the stage."""

    def take(self) -> int:
        """Put the last states at the remote in the place of this machine's; how many there were.

        Raises:
            Unreachable: The remote does not give them.
        """
        self._copied = self._here()
        last: dict[str, tuple[int, str]] = {}
        for name, size in self._objects.list(self._place).items():
            found = _FILE.fullmatch(name)
            if found and int(found["size"]) == size:
                last[found["fingerprint"]] = max((int(found["number"]), name), last.get(found["fingerprint"], (-1, "")))
        for fingerprint, (number, name) in last.items():
            self._numbers[fingerprint] = number
            self._objects.get(f"{self._place}/{name}", self._folder / fingerprint / "state")
        self._copied = self._here()
        return len(last)

    def offer(self) -> bool:
        """Copy the states that are new since the last time; whether there were any.

        Raises:
            Unreachable: The remote does not take them.
        """
        new = {name: signature for name, signature in self._here().items() if self._copied.get(name) != signature}
        for fingerprint in new:
            self._offer(fingerprint)
        return bool(new)

    def clear(self) -> None:
        """Remove the stage's states from the remote.

        Raises:
            Unreachable: The remote does not do so.
        """
        self._objects.remove(*(f"{self._place}/{name}" for name in self._objects.list(self._place)))

    def _offer(self, fingerprint: str) -> None:
        # By a name of its own: the training may replace the file while it is copied.
        held = self._folder / f"copied-{os.getpid()}-{threading.get_ident()}"
        held.unlink(missing_ok=True)
        try:
            os.link(self._folder / fingerprint / "state", held)
        except FileNotFoundError:
            return
        try:
            found = held.stat()
            number = self._numbers.get(fingerprint, 0) + 1
            folder = f"{self._place}/{fingerprint}"
            before = self._objects.list(folder)
            self._objects.put(held, f"{folder}/{number:08d}-{found.st_size}")
            self._numbers[fingerprint] = number
            self._copied[fingerprint] = (found.st_mtime_ns, found.st_size)
            self._objects.remove(*(f"{folder}/{name}" for name in before))
        finally:
            held.unlink(missing_ok=True)

    def _here(self) -> dict[str, _Signature]:
        found = {}
        for path in self._folder.glob("*/state"):
            try:
                of = path.stat()
            except FileNotFoundError:
                continue
            found[path.parent.name] = (of.st_mtime_ns, of.st_size)
        return found


class Keeper:
    """Copies a stage's states beside it, every so often.

    Args:
        states: The stage's.
        seconds: Between two looks.
        kept: Called when something was copied.
        note: Told when the remote does not take it, which costs nothing but what a lost node would cost.
    """

    def __init__(self, states: States, seconds: float, kept: Callable[[], None], note: Callable[[str], None]) -> None:
        self._states = states
        self._seconds = seconds
        self._kept = kept
        self._note = note
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._work, daemon=True)

    def __enter__(self) -> "Keeper":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._end.set()
        self._thread.join()

    def copy(self) -> None:
        """Copy what is new."""
        try:
            if self._states.offer():
                self._kept()
        except Unreachable as fault:
            self._note(f"The state of a training could not be copied to the DVC remote ({fault}); it is tried again.")

    def _work(self) -> None:
        while not self._end.wait(self._seconds):
            self.copy()
