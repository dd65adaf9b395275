"""Kills of a run's processes, drawn by a seed and spread over all that the run has to do.

A kill is due after so much of new progress: a stage that is done or an epoch that is told for the first time. So none is spent on a
run that does not get on, and the run ends however slow the machine is. Within a moment after that one process of a kind drawn at random
is killed; a supervisor that begins again is killed once more at times, while it makes itself ready.
"""

import contextlib
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil

from tui.runs.events import EventReader
from tui.runs.schedule import MARKER
from tui.runs.story import RunStory, read_story

KINDS: Mapping[str, float] = {"stage": 0.3, "child": 0.2, "host": 0.24, "supervisor": 0.22, "parent": 0.04}
"""What is killed, and how often: stages' own processes, warm children, DVC's processes, supervisors, warm parents."""

JITTER_SECONDS = 1.0
"""After a kill is due, at most: anywhere within what the processes are at."""

AGAIN = 0.2
"""Share of killed supervisors whose successor is killed as well."""

READY_SECONDS = 6.0
"""Within which that happens: it makes the tree ready, reads the graph, begins its first stages."""

LOOK_SECONDS = 0.05


class Progress:
    """What a run has come to, counted once however often it is told."""

    def __init__(self, folder: Path) -> None:
        self._reader = EventReader(folder)
        self._told: set[tuple[Any, ...]] = set()

    def count(self) -> int:
        """Stages done and epochs told by now."""
        for event in self._reader.read():
            if event["event"] == "stage" and event.get("state") == "done":
                self._told.add((event["stage"],))
            if event["event"] == "epoch":
                self._told.add((event["stage"], event["seed"], event["epoch"]))
        return len(self._told)


class Killer:
    """Kills processes of the run in a folder.

    Args:
        folder: The run's.
        kills: How many.
        steps: What an undisturbed run counts as progress.
        seed: Of everything that is drawn.
        resume: Lets the run go on when its supervisor is gone.
    """

    def __init__(self, folder: Path, kills: int, steps: int, seed: int, resume: Callable[[RunStory], None]) -> None:
        self.folder, self._resume, self._random = folder, resume, random.Random(seed)
        # The last steps are left, so that the last kill finds something.
        self._due = sorted(self._random.choices(range(1, max(2, steps - 5)), k=kills))
        self.killed: Counter[str] = Counter()
        self.moments: list[float] = []
        """When, in seconds since 1970."""
        self.resumed = 0

    def carry(self, until: float) -> RunStory:
        """Kill and let go on until the run is over for good, or to the moment `until` of the monotonic clock."""
        progress = Progress(self.folder)
        while True:
            story = read_story(self.folder)
            if story.status == "done" or time.monotonic() > until:
                return story
            if story.is_over:
                self._go_on(story)
            elif self._due and progress.count() >= self._due[0]:
                time.sleep(self._random.uniform(0, JITTER_SECONDS))
                if self.kill(self._kind()):
                    self._due.pop(0)
            time.sleep(LOOK_SECONDS)

    def _go_on(self, story: RunStory) -> None:
        self.resumed += 1
        self._resume(story)
        if self._due and self.killed["supervisor"] and self._random.random() < AGAIN:
            time.sleep(self._random.uniform(0, READY_SECONDS))
            if self.kill("supervisor"):
                self._due.pop(0)

    def _kind(self) -> str:
        return self._random.choices(list(KINDS), list(KINDS.values()))[0]

    def kill(self, kind: str) -> bool:
        """Kill one process of a kind; False where there is none at the moment."""
        found = sorted(processes(self.folder, kind), key=lambda process: process.pid)
        if not found:
            return False
        with contextlib.suppress(psutil.NoSuchProcess):
            os.kill(self._random.choice(found).pid, signal.SIGKILL)
            self.killed[kind] += 1
            self.moments.append(time.time())
            return True
        return False


def processes(folder: Path, kind: str) -> Iterator[psutil.Process]:
    """The processes of a run of one of the `KINDS`."""
    if kind == "supervisor":
        story = read_story(folder)
        if story.status == "running" and story.process:
            with contextlib.suppress(psutil.NoSuchProcess):
                yield psutil.Process(story.process)
        return
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get(MARKER) == str(folder) and kind_of(process) == kind:
                yield process


def kind_of(process: psutil.Process) -> str:
    """Of the `KINDS`, or empty for git and whatever else a run begins."""
    words = process.cmdline()
    if "tui.runs.host" in words:
        return "host"
    if "pipeline.warm.parent" in words:
        above = process.parent()
        return "child" if above is not None and "pipeline.warm.parent" in above.cmdline() else "parent"
    return "stage" if any(word.startswith("pipeline.stages.") for word in words) else ""
