"""The supervisor: the one process that carries a run from its plan to its record, in a session of its own.

`python -P -m tui.runs.supervisor FOLDER HOW LOCK` is started by `tui.runs.queue`, which holds the run's lock already and hands it
over as the open file LOCK: a run has one supervisor at a time, and who wants to know whether it lives tries the lock. HOW is
`run`, `resume` (in the tree that a stop or a death has left), `retry` (what failed, on top of what was recorded) or `record`.

SIGTERM and SIGINT stop the run: stages save their state and end, the tree stays, and `detour resume` goes on there; a second
one, or SIGUSR2 at once, kills what is left. SIGUSR1 stops it and records what is finished. A terminal that is closed is nothing to it.
"""

import contextlib
import os
import signal
import socket
import sys
import threading
import time
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.errors import InputError
from pipeline.study import TASKS, load_study
from tui.checkout import find_checkout
from tui.config import load_config
from tui.runs.engine import Engine, LocalEngine
from tui.runs.events import WAITING, EventLog
from tui.runs.hardware import this_machine
from tui.runs.hosting import Host
from tui.runs.limits import limit_of_slots
from tui.runs.locks import CACHE as CACHE_LOCK
from tui.runs.locks import wait_for_lock
from tui.runs.metrics import metrics_of
from tui.runs.notify import Ended, notify
from tui.runs.order import read_order
from tui.runs.orphans import end_orphans
from tui.runs.outcome import Outcome, Told
from tui.runs.plan import SHARED, RunPlan, Stage, closing
from tui.runs.process import start_of
from tui.runs.queue import dispatch, introduction
from tui.runs.record import record
from tui.runs.runrecord import RunFacts, cells_in, person_of, run_record, versions_here, write_run_record
from tui.runs.said import Epoch
from tui.runs.schedule import MARKER, Scheduler, environment
from tui.runs.share import gpus_by_need
from tui.runs.slots import Slots
from tui.runs.story import read_story
from tui.runs.tree import RunTree
from tui.runs.trees import drop, prepare
from tui.runs.warm import SWITCH, WORTH, is_wanted, warm_parent

if TYPE_CHECKING:
    from tui.runs.cluster.engine import RayEngine

TRAINING = frozenset({*SHARED, *TASKS})
"""Groups whose stages go to a cluster, where there is one."""

GRACE_SECONDS = 30.0
"""For stages to save their state when the run is stopped, before they are killed."""

DISPATCH_SECONDS = 10.0
"""Between two looks at the queue: a run that was killed hard begins nothing at its end."""


def main() -> int:
    """Carry the run out; the exit status is 0 where it ended well, 1 otherwise."""
    folder, how, lock = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    # Whatever this process begins is found by it, DVC's processes too.
    os.environ[MARKER] = str(folder)
    try:
        supervisor = Supervisor(folder, how)
    except InputError as fault:
        EventLog(folder).write("ended", outcome="refused", why=str(fault))
        (folder / WAITING).unlink(missing_ok=True)
        return 1
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda _number, _frame: supervisor.stop())
    signal.signal(signal.SIGUSR1, lambda _number, _frame: supervisor.stop(with_record=True))
    signal.signal(signal.SIGUSR2, lambda _number, _frame: supervisor.stop(at_once=True))
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    outcome = supervisor.run()
    # Others may begin only once this run counts no more.
    os.close(lock)
    supervisor.see_to_others()
    return 0 if outcome == "done" else 1


class Supervisor:
    """Carries out the run in a folder."""

    def __init__(self, folder: Path, how: str) -> None:
        self.folder, self.how = folder, how
        self.checkout = find_checkout(folder.parents[2])
        self.order = read_order(folder)
        self.events = EventLog(folder)
        self.before = read_story(folder)
        """What former attempts came to."""
        self._with_record = how == "record"
        self._stops = 0
        """How often it was asked to stop."""
        self._obeyed = 0
        self._kill_at = 0.0
        self._looked = time.monotonic()
        self._complaints = set[str]()
        """What is wrong with the queue, each told once."""
        self._carrying: tuple[threading.Event, Sequence[Engine]] | None = None

    def stop(self, with_record: bool = False, at_once: bool = False) -> None:
        """Called by a signal: begin nothing more and end what runs; hard the second time, or `at_once`. `_look` obeys."""
        self._stops += 2 if at_once else 1
        self._with_record = self._with_record or with_record

    def run(self) -> str:
        """Carry it out; what it came to, which the last event tells as well."""
        me = os.getpid()
        # A kill may have kept whoever launched it from telling.
        told = {} if self.before.name else introduction(self.order)
        here = {**told, "process": me, "began": start_of(me), "host": socket.gethostname()}
        self.events.write("opened", **here, attempt=self.before.attempt + 1)
        (self.folder / WAITING).unlink(missing_ok=True)
        ended: dict[str, Any]
        try:
            ended = self._attempt()
        except InputError as fault:
            ended = {"outcome": "refused" if not self.before.stages else "failed", "why": str(fault)}
        except BaseException as error:
            # A full disk has no room for it.
            with contextlib.suppress(OSError):
                traceback.print_exc()
            last = "".join(traceback.format_exception_only(error)).strip().splitlines()[-1]
            ended = {
                "outcome": "failed",
                "why": f"{last} (logs/supervisor.log tells where); detour resume {self.order.run} goes on",
            }
        for sentence in self._notify(ended):
            self._note(sentence)
        self.events.write("ended", **ended)
        self._tell_late()
        return str(ended["outcome"])

    def _notify(self, ended: dict[str, Any]) -> list[str]:
        """Tell whom the configuration names; what went wrong with that, as sentences."""
        story = read_story(self.folder)
        cells = [stage for stage in story.stages.values() if stage.is_cell]
        done = sum(cell.state in ("done", "cached") for cell in cells)
        # What a command leaves running is no part of the run.
        os.environ.pop(MARKER, None)
        told = Ended(
            self.order.run, self.order.name, str(ended["outcome"]), str(ended.get("experiment", "")), done,
            sum(cell.state in ("failed", "skipped") for cell in cells), time.time() - story.opened, str(self.checkout.root),
        )  # fmt: skip
        try:
            return notify(load_config().notify, told)
        except (InputError, OSError) as fault:
            return [str(fault)]

    def _tell_late(self) -> None:
        """Write what a full disk has refused, as long as there is hope."""
        for _ in range(60):
            if self.events.is_whole():
                return
            time.sleep(1)

    def _attempt(self) -> dict[str, Any]:
        if found := end_orphans(self.folder):
            self._note(f"{len(found)} processes of a former attempt were still there and were ended.")
        # Nobody cleans the cache meanwhile.
        with (
            wait_for_lock(self.checkout.locks / CACHE_LOCK, shared=True), Host() as host, contextlib.ExitStack() as stack
        ):  # fmt: skip
            # It imports while DVC reads the graph; a run of so many cells seldom finds all of them in the cache.
            early = self.how != "record" and len(self.order.cells) >= WORTH
            warm = stack.enter_context(self._warm()) if early else None
            tree, plan = prepare(self.checkout, self.order, self.before, host, self._note)
            cells, stages = list(plan.cells), [stage.name for stage in plan.stages]
            self.events.write("planned", cells=cells, stages=stages)
            if not is_wanted(plan):
                stack.close()
                warm = None
            elif self.how != "record" and not early:
                warm = stack.enter_context(self._warm())
            outcome = Outcome() if self.how == "record" else self._carry_out(tree, plan, host, warm)
            stack.close()
            stopped = self._stops > 0 or self.how == "record"
            if stopped and not self._with_record:
                return {"outcome": "stopped"}
            if stopped:
                # Gains and report are about what is finished.
                self._stops = self._obeyed = 0
                outcome.add(self._carry_out(tree, closing(plan), host, None))
            self._remember(plan, outcome)
            return self._record(tree, plan, outcome, stopped)

    def _carry_out(self, tree: RunTree, plan: RunPlan, host: Host, warm: str | None) -> Outcome:
        slots, stopping, jobs = Slots(limit_of_slots()), threading.Event(), self.order.jobs
        on_cluster = self.order.engine == "ray"
        if jobs > slots.limit and not on_cluster:
            self._note(
                f"{jobs} jobs were asked for and this machine has {slots.limit} slots: so many run side by side."
            )
            jobs = slots.limit
        place = gpus_by_need(lambda: needs(tree, plan), jobs, stopping, self._note)
        with contextlib.ExitStack() as stack:
            local = stack.enter_context(contextlib.closing(LocalEngine(tree.path, host, place)))
            cluster = stack.enter_context(self._cluster(tree)) if on_cluster else None
            variables = environment(tree.folder, jobs, "off" if self.order.cold else warm)

            def engine_for(stage: Stage) -> tuple[Engine, Slots | None]:
                return (cluster, None) if cluster is not None and stage.group in TRAINING else (local, slots)

            scheduler = Scheduler(tree, plan, jobs, engine_for, variables, Telling(self.events, tree.path), stopping)
            self._carrying = stopping, [local] if cluster is None else [local, cluster]
            # It may have been asked to stop while all this was made ready.
            self._look()
            return scheduler.run(self._look)

    def _cluster(self, tree: RunTree) -> "RayEngine":
        from tui.runs.cluster.engine import RayEngine
        from tui.runs.cluster.options import ClusterOptions

        order = self.order
        options = ClusterOptions(**order.cluster)
        return RayEngine(tree, order.address, self._note, options)

    def _warm(self) -> contextlib.AbstractContextManager[str | None]:
        if self.order.cold or self.order.engine == "ray" or os.environ.get(SWITCH):
            return contextlib.nullcontext()
        jobs, log = min(self.order.jobs, limit_of_slots()), self.folder / "logs"
        log.mkdir(exist_ok=True)
        return warm_parent(environment(self.folder, jobs, None), log / "warm.log", self._note)

    def _look(self) -> None:
        """Several times a second: obey signals, kill what a stop has not ended, and see to the queue."""
        now = time.monotonic()
        if self._carrying is not None and self._stops > self._obeyed:
            stopping, engines = self._carrying
            stopping.set()
            for engine in engines:
                engine.stop(hard=self._stops > 1)
            self._kill_at = now + GRACE_SECONDS
            self._obeyed = self._stops
        if self._carrying is not None and self._obeyed and now > self._kill_at:
            for engine in self._carrying[1]:
                engine.stop(hard=True)
        if now - self._looked > DISPATCH_SECONDS:
            self._looked = now
            self.see_to_others()

    def see_to_others(self) -> None:
        """Begin runs that wait, as far as there is room now."""
        try:
            dispatch(self.checkout, limit_of_slots())
        except InputError as fault:
            # This run is no worse for it; whoever looks at the queue is told as well.
            if str(fault) not in self._complaints:
                self._complaints.add(str(fault))
                self._note(str(fault))

    def _remember(self, plan: RunPlan, outcome: Outcome) -> None:
        """Count what former attempts of this run have measured as measured by it."""
        for name in self.before.measured:
            if (
                name not in outcome.ran
                and name not in outcome.failed
                and any(stage.name == name for stage in plan.stages)
            ):
                outcome.ran.append(name)

    def _record(self, tree: RunTree, plan: RunPlan, outcome: Outcome, stopped: bool) -> dict[str, Any]:
        self._write_record(tree, plan, outcome, stopped)
        name, commit = record(tree, plan, outcome, self.order.name, self.order.note, self.before.commit or None)
        self.events.write("recorded", experiment=name, commit=commit)
        drop(tree)
        why = "it was stopped, and what had finished was recorded" if stopped else ""
        well = outcome.is_well and not stopped
        return {"outcome": "done" if well else "failed", "experiment": name, "commit": commit, "why": why}

    def _write_record(self, tree: RunTree, plan: RunPlan, outcome: Outcome, stopped: bool) -> None:
        """Who, where, how long and with which versions, beside the reports."""
        order, story = self.order, read_story(self.folder)
        declared = tuple(cell.name for cell in load_study(tree.path / "params.yaml").cells())
        cached = [stage.name for stage in story.stages.values() if stage.state == "cached"]
        facts = RunFacts(
            order.run, order.name, "done" if outcome.is_well and not stopped else "failed", story.opened, time.time(), order.base,
            declared, order.cells, outcome.ran, cached, {name: outcome.reasons.get(name, "") for name in outcome.failed},
            outcome.skipped, order.note, order.command, order.settings, order.study or "", order.engine, story.attempt,
            order.carried is not None,
        )  # fmt: skip
        person, machine = person_of(self.checkout.root), this_machine()
        write_run_record(tree.path, run_record(facts, person, machine, versions_here(), cells_in(tree.path, declared)))

    def _note(self, sentence: str) -> None:
        self.events.write("note", text=sentence)


def needs(tree: RunTree, plan: RunPlan) -> dict[str, float | None]:
    """The GPU memory in MiB that a seed of each stage is forecast to take at most; None where there is no basis."""
    from tui.runs.forecast import forecast

    told = forecast(load_study(tree.path / "params.yaml"), plan.stages, tree.path)
    return {estimate.stage: estimate.gpu_mib and estimate.gpu_mib[1] for estimate in told.estimates}


class Telling:
    """Writes what becomes of stages into the run's events.

    Args:
        events: The run's.
        tree: Holds the records from which metrics are read.
    """

    def __init__(self, events: EventLog, tree: Path) -> None:
        self._events, self._tree = events, tree

    def stage(self, told: Told) -> None:
        """What became of a stage."""
        metrics = metrics_of(self._tree, told.stage) if told.what == "done" else {}
        tail = list(told.tail) if told.what == "failed" else []
        self._events.write("stage", stage=told.stage, state=told.what, why=told.why, metrics=metrics, tail=tail)

    def epoch(self, stage: str, epoch: Epoch) -> None:
        """An epoch of a stage's training."""
        values = {"seed": epoch.seed, "epoch": epoch.epoch, "epochs": epoch.epochs, "metrics": epoch.metrics}
        self._events.write("epoch", stage=stage, **values)

    def note(self, sentence: str) -> None:
        """What else there is to say."""
        self._events.write("note", text=sentence)


if __name__ == "__main__":
    sys.exit(main())
