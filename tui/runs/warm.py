"""A run's warm parent: one process (`pipeline.warm.parent`) that has imported torch, from which stages start in a moment.

It is begun beside the run's first stages, which wait for it, and ended with the run. Importing everything costs about as much as one
and a half cold starts, so it is worth while from a few trainings on. Where it cannot be had, stages start cold and the
run says so in one line. `DETOUR_WARM=off`, or `detour run --cold`, does without.
"""

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pipeline.study import TASKS
from tui.runs.plan import SHARED, RunPlan

SWITCH = "DETOUR_WARM"
"""The variable that tells stages the parent's socket; `off` for none."""

WORTH = 3
"""Trainings and encoders to make from which on a parent is begun."""

ADDRESS_SECONDS = 10.0
"""Until the parent has told its address, which it does before it imports anything."""

Note = Callable[[str], None]
"""Called with a sentence for the run's log, from several threads."""


def is_wanted(plan: RunPlan) -> bool:
    """Whether enough is left to run."""
    heavy = [stage for stage in plan.stages if stage.group in SHARED or stage.group in TASKS]
    return sum(stage.state == "to run" for stage in heavy) >= WORTH


@contextmanager
def warm_parent(environment: Mapping[str, str], log: Path, note: Note) -> Iterator[str | None]:
    """The address of a parent that lives as long as the block; None where it could not be begun.

    To be entered by the main thread: the parent ends when the thread that has begun it does.

    Args:
        environment: The stages' own, since what libraries read of it while they are imported must be theirs.
        log: Where the parent says what it complains of.
        note: Told, once, why stages start cold although a parent was wanted.
    """
    try:
        parent = _Parent(environment, log, note)
    except OSError as error:
        note(f"There is no warm parent ({error}); stages start cold.")
        yield None
        return
    try:
        yield parent.address()
    finally:
        parent.end()


class _Parent:
    def __init__(self, environment: Mapping[str, str], log: Path, note: Note) -> None:
        self._log, self._note = log, note
        self._address = ""
        self._told = threading.Event()
        self._ending = False
        with log.open("w", encoding="utf-8") as complaints:
            # -P: this program's own modules, not those of the current folder.
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "pipeline.warm.parent"],
                env={**environment},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=complaints,
                encoding="utf-8",
                start_new_session=True,
            )
        threading.Thread(target=self._listen, daemon=True).start()

    def address(self) -> str | None:
        self._told.wait(ADDRESS_SECONDS)
        return self._address or None

    def end(self) -> None:
        self._ending = True
        self._process.terminate()
        try:
            self._process.wait(ADDRESS_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _listen(self) -> None:
        """Take its address, and notice when it ends before the run does."""
        assert self._process.stdout is not None
        self._address = self._process.stdout.readline().strip()
        self._told.set()
        self._process.stdout.read()
        if not self._ending:
            said = self._log.read_text(encoding="utf-8", errors="replace").split("\n")
            why = next((line.strip() for line in reversed(said) if line.strip()), "it ended without a word")
            self._note(f"The warm parent is gone: {why}. Stages start cold from here on.")
