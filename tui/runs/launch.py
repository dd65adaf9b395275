"""Running a plan: `dvc --wait-for-lock repro -s` in topological phases, several processes side by side.

A phase's stages are dealt out in as many batches as the run has jobs, each of which is one command to a dvc process
(`tui.runs.hosting`); encoders and intermediates, which another run may want at the same moment, are batches of one under a file
lock of the main checkout, so that one run trains and the other takes the result from the run cache. A failed stage stops only
what depends on it. Every dvc process has a process group of its own, which an interruption ends whole. Where much is left to
run, stages start from a warm parent (`tui.runs.warm`).
"""

import fcntl
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path

from tui.runs.hosting import Host
from tui.runs.plan import CLOSING, SHARED, RunPlan, Stage
from tui.runs.tree import RunTree
from tui.runs.warm import SWITCH, Note, is_wanted, warm_parent

GRACE_SECONDS = 5.0
"""Between the polite and the hard end of an interrupted process group."""


@dataclass
class Outcome:
    """What became of a run's stages."""

    done: list[str] = field(default_factory=list)
    """Stages that are up to date now."""
    ran: list[str] = field(default_factory=list)
    """Stages whose command really ran in this run."""
    failed: list[str] = field(default_factory=list)
    """Stages whose command failed."""
    reasons: dict[str, str] = field(default_factory=dict)
    """The sentence that a failed stage ended with, where it had one."""
    skipped: list[str] = field(default_factory=list)
    """Stages that depend on a failed one."""


Report = Callable[[str, str], None]
"""Called with what happened (`started`, `done`, `cached`, `failed`, `skipped`) and the stage's name, from several threads.

A result out of the cache is `cached` when DVC finds it and `done` when it stands in the tree; each is told once. A stage that
was done and whose outputs are gone when its process ends has failed after all.
"""


class Launcher:
    """Runs one plan in one tree.

    Args:
        tree: The run's.
        jobs: Stages that run side by side.
        report: Told what becomes of each stage.
        note: Told what else there is to say, once.
        host: For its first dvc process; it stays the caller's to close.
        cold: Whether no stage may start from a warm parent.
    """

    def __init__(self, tree: RunTree, jobs: int, report: Report, note: Note, host: Host, cold: bool = False):
        self.tree = tree
        self.jobs = jobs
        self.report = report
        self.note = note
        self.cold = cold
        self._warm: str | None = None
        """The address of the run's warm parent."""
        self.outcome = Outcome()
        self._groups: set[int] = set()
        """Of the dvc processes that are at work."""
        self._own, self._idle = host, [host]
        self._failures: set[str] = set()
        self._reached: set[str] = set()
        self._told: set[tuple[str, str]] = set()
        """What was reported of which stage's end."""
        self._guard = threading.Lock()
        self._stopping = False
        self._logs = 0

    def run(self, plan: RunPlan) -> Outcome:
        """Run every phase and return the outcome.

        Raises:
            KeyboardInterrupt: After every process group of the run has been ended.
        """
        wanted = not self.cold and is_wanted(plan)
        log = self.tree.logs / "warm.log"
        with warm_parent(self._environment(), log, self.note) if wanted else nullcontext() as self._warm:
            try:
                self._run_phases(plan)
            finally:
                for host in self._idle:
                    if host is not self._own:
                        host.close()
        return self.outcome

    def _run_phases(self, plan: RunPlan) -> None:
        for phase in plan.phases:
            ready = [stage for stage in phase if self._is_ready(stage)]
            pool = ThreadPoolExecutor(self.jobs)
            try:
                for finished in [pool.submit(self._run_batch, batch) for batch in self._deal(ready)]:
                    finished.result()
            except BaseException:
                self.stop()
                raise
            finally:
                pool.shutdown(cancel_futures=True)

    def stop(self) -> None:
        """End every process group of the run: SIGTERM, then SIGKILL to what is left after the grace."""
        self._stopping = True
        self._signal(signal.SIGTERM)
        end = time.monotonic() + GRACE_SECONDS
        while self._groups and time.monotonic() < end:
            time.sleep(0.05)
        self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        with self._guard:
            for group in self._groups:
                try:
                    os.killpg(group, number)
                except ProcessLookupError:
                    continue

    def _is_ready(self, stage: Stage) -> bool:
        broken = {*self.outcome.failed, *self.outcome.skipped}.intersection(stage.upstream)
        # Gains and report read whatever cells there are, so a failed cell does not keep them from running.
        if broken and stage.name not in CLOSING:
            self.outcome.skipped.append(stage.name)
            self.report("skipped", stage.name)
            return False
        return True

    def _deal(self, stages: Sequence[Stage]) -> list[list[Stage]]:
        """Batches for dvc processes: one for each shared stage, one for each job of the rest."""
        shared = [[stage] for stage in stages if stage.group in SHARED]
        rest = [stage for stage in stages if stage.group not in SHARED]
        # Dealt like cards, so that every batch holds cells of every model and none is the slow one.
        return [*shared, *(batch for batch in (rest[index :: self.jobs] for index in range(self.jobs)) if batch)]

    def _run_batch(self, batch: list[Stage]) -> None:
        if self._stopping:
            return
        if batch[0].group in SHARED:
            with lock(self.tree.checkout.locks / batch[0].name):
                ran = self._repro(batch)
        else:
            ran = self._repro(batch)
        if not self._stopping:
            for stage in batch:
                self._settle(stage, ran)

    def _settle(self, stage: Stage, ran: list[str]) -> None:
        missing = [out for out in stage.outs if not (self.tree.path / out).exists()]
        with self._guard:
            failed = bool(missing) or stage.name in self._failures
            if failed:
                self.outcome.failed.append(stage.name)
            else:
                self.outcome.done.append(stage.name)
            if stage.name in ran and not failed:
                self.outcome.ran.append(stage.name)
        self._tell("failed" if failed else "done", stage.name)

    def _tell(self, what: str, name: str) -> None:
        """Report the end of a stage, once."""
        with self._guard:
            if (what, name) in self._told:
                return
            self._told.add((what, name))
        self.report(what, name)

    def _repro(self, batch: list[Stage]) -> list[str]:
        """Give a dvc process a batch and return the names of the stages whose command ran, in order."""
        names = [stage.name for stage in batch]
        # --keep-going: a failed cell must not stop the others of its batch.
        words = ["--wait-for-lock", "repro", "-s", "-k", *names]
        ran: list[str] = []
        with self._log(names).open("w", encoding="utf-8") as log, self._host() as host:

            def follow(line: str) -> None:
                log.write(line)
                log.flush()
                self._follow(line, ran)

            # An interruption either finds the group among those it ends, or is found here.
            if self._stopping:
                return ran
            status = host.run(self.tree.path, words, self._environment(), follow)
        self._blame(names, ran, status)
        return ran

    @contextmanager
    def _host(self) -> Iterator[Host]:
        """A process for one batch; an interruption of the run ends it with its stages."""
        with self._guard:
            host = self._idle.pop() if self._idle else None
        host = host or Host()
        group = host.ready()
        with self._guard:
            self._groups.add(group)
        try:
            yield host
        finally:
            with self._guard:
                self._groups.discard(group)
                self._idle.append(host)

    def _blame(self, names: Sequence[str], ran: Sequence[str], status: int) -> None:
        """Note what a dvc process left undone when it ended of something else than a failed stage.

        A stage that it never reached may still have the base's report in the tree, which must not pass for this run's.
        """
        guilty = [name for name in names if name not in self._reached]
        if status and ran and not self._failures.intersection(names):
            guilty.append(ran[-1])
        for name in guilty:
            self._failures.add(name)
            self.outcome.reasons.setdefault(name, f"dvc ended with status {status} before it was done")

    def _follow(self, line: str, ran: list[str]) -> None:
        """Turn DVC's own messages into reports, and keep the sentence of a stage that refuses its input."""
        if line.startswith("error: ") and ran:
            self.outcome.reasons[ran[-1]] = line.removeprefix("error: ").strip()
        if line.startswith("WARNING: failed to run") and ran:
            self._failures.add(ran[-1])
            self._tell("failed", ran[-1])
        # The first word after a stage that ended well: DVC's lock file, where it changed, or the batch's next stage.
        ended = line.startswith(("Updating lock file", "Generating lock file", "Running stage '", "Stage '"))
        if ended and ran and ran[-1] not in self._failures:
            self._tell("done", ran[-1])
        for opening, closing, what in (
            ("Running stage '", "':", "started"),
            ("Stage '", "' is cached", "cached"),
            ("Stage '", "' didn't change", "kept"),
            ("ERROR: failed to reproduce '", "'", "failed"),
        ):
            if not line.startswith(opening) or closing not in line[len(opening) :]:
                continue
            name = line[len(opening) :].split(closing)[0]
            self._reached.add(name)
            if what == "failed":
                self._failures.add(name)
                self._tell("failed", name)
            if what == "kept":
                self._tell("done", name)
            if what in ("failed", "kept"):
                return
            if what == "started":
                ran.append(name)
            self.report(what, name)

    def _environment(self) -> dict[str, str]:
        # Side by side, OpenMP threads fight over the cores: a tiny run takes 25 times as long.
        threads = max(1, (os.cpu_count() or 1) // self.jobs)
        # dvc.yaml says `python`, which has to be the one that runs this.
        path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)])
        warm = "off" if self.cold else self._warm or os.environ.get(SWITCH, "")
        own = {"PATH": path, "PYTHONUNBUFFERED": "1", SWITCH: warm}
        return {"OMP_NUM_THREADS": str(threads), **os.environ, **own}

    def _log(self, names: Sequence[str]) -> Path:
        with self._guard:
            self._logs += 1
            return self.tree.logs / f"{self._logs:03d}-{names[0].replace('@', '-')}.log"


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold a file lock, waiting for whoever holds it; it is released when the process ends, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
