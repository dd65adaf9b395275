"""Scheduling: every stage of a plan as soon as what it needs is there, `jobs` of them at a time.

Each job is a thread that takes the next ready stage, waits for a slot of the machine, and has an engine bring the stage up to
date. What most others wait for goes first. Encoders and intermediates, which another run may want at the same moment, are
trained under a file lock of the main checkout: one run trains, the other does something else meanwhile and then takes the result
from the run cache. A failed stage stops only what depends on it; one that was killed is begun again, and goes on from its
last state, as long as it gets further each time.
"""

import os
import sys
import threading
from collections.abc import Callable, Mapping
from contextlib import ExitStack, nullcontext
from pathlib import Path
from typing import Protocol

from tui.runs.engine import Engine
from tui.runs.locks import take_lock
from tui.runs.logs import StageLog
from tui.runs.machine import Stopped
from tui.runs.outcome import Outcome, Told
from tui.runs.plan import CLOSING, SHARED, RunPlan, Stage
from tui.runs.said import Epoch, Heard
from tui.runs.slots import Slots
from tui.runs.tree import RunTree
from tui.runs.warm import SWITCH

DEATHS = 3
"""Times in a row that a stage may be killed without having finished an epoch."""

LOOK_SECONDS = 0.25
"""Between two looks at a lock that another run holds, and at what the calling thread has to see to."""

MARKER = "DETOUR_RUN"
"""A variable of every process of a run: the run's folder, by which orphans are found."""


class Listener(Protocol):
    """Told, from several threads, what becomes of a run."""

    def stage(self, told: Told) -> None:
        """What became of a stage."""

    def epoch(self, stage: str, epoch: Epoch) -> None:
        """An epoch of a stage's training."""

    def note(self, sentence: str) -> None:
        """What else there is to say."""


class Scheduler:
    """Carries out one plan in one tree.

    Args:
        tree: The run's.
        plan: What is to be done.
        jobs: Stages that run side by side.
        engine_for: The engine of a stage, and the machine's slots where it takes one.
        environment: The variables of every stage.
        listener: Told what becomes of it all.
        stopping: Set when nothing more is to begin.
    """

    def __init__(
        self,
        tree: RunTree,
        plan: RunPlan,
        jobs: int,
        engine_for: Callable[[Stage], tuple[Engine, Slots | None]],
        environment: Mapping[str, str],
        listener: Listener,
        stopping: threading.Event,
    ) -> None:
        self.tree, self.plan, self.jobs = tree, plan, jobs
        self.engine_for, self.environment, self.listener = engine_for, environment, listener
        self.outcome = Outcome()
        self.stopping = stopping
        self._changed = threading.Condition()
        self._open = {stage.name: stage for stage in plan.stages}
        """Stages that are still to be taken, in the order of the plan."""
        self._running: set[str] = set()
        self._deaths: dict[str, int] = {}
        self._weights = weights(plan)
        self._fault: BaseException | None = None

    def run(self, look: Callable[[], None]) -> Outcome:
        """Carry it out; `look` is called several times a second by the calling thread, which handles signals meanwhile."""
        threads = [threading.Thread(target=self._work, name=f"job-{index}") for index in range(self.jobs)]
        for thread in threads:
            thread.start()
        while any(thread.is_alive() for thread in threads):
            with self._changed:
                self._changed.wait(LOOK_SECONDS)
            look()
        if self._fault is not None:
            raise self._fault
        return self.outcome

    # A job

    def _work(self) -> None:
        try:
            while (taken := self._next()) is not None:
                stage, held = taken
                with held:
                    self._carry_out(stage)
        except Stopped:
            # What was taken is left as it was.
            return
        except BaseException as error:
            # The calling thread raises it, once the other jobs have ended.
            self._fault = error
            self.stopping.set()
        finally:
            with self._changed:
                self._changed.notify_all()

    def _next(self) -> tuple[Stage, ExitStack] | None:
        """The next stage and what is held while it runs; None when there is nothing more to take."""
        with self._changed:
            while self._open and not self.stopping.is_set():
                self._skip()
                for stage in self._ready():
                    held = self._hold(stage)
                    if held is not None:
                        del self._open[stage.name]
                        self._running.add(stage.name)
                        return stage, held
                if self._open:
                    self._changed.wait(LOOK_SECONDS)
        return None

    def _skip(self) -> None:
        """Take out what depends on a failed stage."""
        for stage in list(self._open.values()):
            broken = {*self.outcome.failed, *self.outcome.skipped}.intersection(stage.upstream)
            # The closing stages read whatever cells there are, so a failed cell does not keep them from running.
            if broken and stage.name not in CLOSING:
                del self._open[stage.name]
                self.outcome.skipped.append(stage.name)
                self.listener.stage(Told("skipped", stage.name))

    def _ready(self) -> list[Stage]:
        """The stages that nothing unfinished stands before, those that most others wait for first."""
        unfinished = {*self._open, *self._running}
        closing = {name for name in unfinished if name in CLOSING}
        ready = []
        for stage in self._open.values():
            if stage.name in CLOSING:
                # Each may read what those before it wrote, and the first whatever cells there are.
                before = CLOSING[: CLOSING.index(stage.name)]
                is_ready = unfinished == closing and not closing.intersection(before)
            else:
                is_ready = not unfinished.intersection(stage.upstream)
            if is_ready:
                ready.append(stage)
        return sorted(ready, key=lambda stage: -self._weights[stage.name])

    def _hold(self, stage: Stage) -> ExitStack | None:
        """What keeps another run from training the same; None where another run does just that."""
        held = ExitStack()
        if stage.group in SHARED:
            lock = take_lock(self.tree.checkout.locks / stage.name)
            if lock is None:
                return None
            held.callback(os.close, lock)
        return held

    def _carry_out(self, stage: Stage) -> None:
        engine, slots = self.engine_for(stage)
        with slots.take(self.stopping, lambda: None) if slots is not None else nullcontext():
            if self.stopping.is_set():
                return
            heard = self._heard(stage)
            self._lay_out(stage)
            with StageLog(self.tree.logs, stage.name, self.listener.note) as log:

                def follow(line: str) -> None:
                    log.write(line)
                    heard.hear(line)

                status = engine.run([stage.name], self.environment, follow)
        self._settle(stage, heard, status)

    def _lay_out(self, stage: Stage) -> None:
        """Make the folders that the closing stages read of what no stage has written yet: DVC refuses what depends on nothing."""
        for dep in stage.deps if stage.name in CLOSING else ():
            if not Path(dep).suffix:
                (self.tree.path / dep).mkdir(parents=True, exist_ok=True)

    def _heard(self, stage: Stage) -> Heard:
        def tell_epoch(epoch: Epoch) -> None:
            self._deaths.pop(stage.name, None)
            self.listener.epoch(stage.name, epoch)

        return Heard(stage.name, lambda what: self.listener.stage(Told(what, stage.name)), tell_epoch)

    def _settle(self, stage: Stage, heard: Heard, status: int) -> None:
        """Say what became of a stage, or put it back."""
        missing = [out for out in stage.outs if not (self.tree.path / out).exists()]
        with self._changed:
            self._running.discard(stage.name)
            if self.stopping.is_set() and (status or missing):
                return
            told = self._judge(stage, heard, status, missing)
            self._changed.notify_all()
        self.listener.stage(told)

    def _judge(self, stage: Stage, heard: Heard, status: int, missing: list[str]) -> Told:
        if not status and not missing and not heard.failed:
            self.outcome.done.append(stage.name)
            if heard.has_run:
                self.outcome.ran.append(stage.name)
            return Told("done", stage.name)
        if status < 0 or heard.was_killed:
            deaths = self._deaths[stage.name] = self._deaths.get(stage.name, 0) + 1
            if deaths < DEATHS:
                self._open[stage.name] = stage
                return Told("again", stage.name, "its process was killed; it is begun again", tuple(heard.tail))
            why = f"it was killed {deaths} times in a row; the machine may be out of memory"
        else:
            why = heard.why(status) or (f"its output {missing[0]} is not there" if missing and not status else "")
        self.outcome.failed.append(stage.name)
        if why:
            self.outcome.reasons[stage.name] = why
        return Told("failed", stage.name, why, tuple(heard.tail))


def environment(folder: Path, jobs: int, warm: str | None) -> dict[str, str]:
    """The variables of a run's processes.

    Args:
        folder: The run's, by which they are found.
        jobs: Stages that run side by side.
        warm: The address of the run's warm parent; `off` for cold starts, None where this run has none.
    """
    # Side by side, OpenMP threads fight over the cores: a tiny run takes 25 times as long.
    threads = max(1, (os.cpu_count() or 1) // jobs)
    # dvc.yaml says `python`, which has to be the one that runs this.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
    own = {"PATH": path, "PYTHONUNBUFFERED": "1", MARKER: str(folder), SWITCH: warm or os.environ.get(SWITCH, "")}
    # Every stage would compile the same modules again, as images of containers often want it; the tree is thrown away in the end.
    own["PYTHONDONTWRITEBYTECODE"] = ""
    return {"OMP_NUM_THREADS": str(threads), **os.environ, **own}


def weights(plan: RunPlan) -> dict[str, int]:
    """How many stages wait for each one, directly or not."""
    waiting: dict[str, set[str]] = {stage.name: set() for stage in plan.stages}
    for stage in reversed(plan.stages):
        for other in stage.upstream:
            if other in waiting:
                waiting[other] |= {stage.name, *waiting[stage.name]}
    return {name: len(found) for name, found in waiting.items()}
