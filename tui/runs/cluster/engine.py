"""The cluster as a run's supervisor has it: batches of stages go out, and stand in the run's tree as if they had run in it.

Ray and DVC weigh 200 MB, so they are in a process of their own (`tui.runs.cluster.driver`). What a worker has made comes out of the
run cache: DVC restores it in the tree by the same `dvc repro` as ever, so that dvc.lock and reports are what they would be without
a cluster.
"""

import contextlib
import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Any

from pipeline.errors import InputError
from tui.runs.cluster.options import ClusterOptions
from tui.runs.hosting import Follow, Host
from tui.runs.tree import RunTree

CLOSING_SECONDS = 30.0
"""For workers to copy the states of stages that were told to stop."""

FAILED = 1
"""The status of a batch that failed before DVC could tell one."""

_HELD_BACK = (
    "Updating lock file",
    "Generating lock file",
    "To track the changes",
    "To enable auto staging",
    "Use `dvc push`",
    "\tgit add",
    "\tdvc config",
)
"""Lines of a worker's DVC that mean the stage stands in the tree, which is yet to come."""

_RUNNING = "Running stage '"


class RayEngine:
    """Runs stages on a cluster; a context manager, one for each run.

    Args:
        tree: The run's.
        address: HOST:PORT of the cluster; None for the one that this machine belongs to.
        note: Told in sentences what is waited for and what was lost, from several threads.
        options: Where and how.

    Raises:
        InputError: Ray is not installed, there is no such cluster, or no remotes to go through.
    """

    def __init__(
        self, tree: RunTree, address: str | None, note: Callable[[str], None], options: ClusterOptions | None = None
    ) -> None:
        require_ray()
        self._tree = tree
        self._note = note
        self._numbers = itertools.count(1)
        self._batches: dict[int, queue.SimpleQueue[Mapping[str, Any]]] = {}
        self._guard = threading.Lock()
        self._asking = threading.Lock()
        self._restoring = threading.Lock()
        self._host: Host | None = None
        self._log = (tree.logs / "ray.log").open("ab")
        self._process = self._start()
        opening = {
            "tree": str(tree.path),
            "root": str(tree.checkout.root),
            "run": tree.id,
            "address": address,
        }
        self._ask({**opening, "options": (options or ClusterOptions()).as_mapping()})
        self._open()
        threading.Thread(target=self._listen, daemon=True).start()

    def __enter__(self) -> "RayEngine":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def process(self) -> int:
        """The driver's process, which leads a group."""
        return self._process.pid

    def run(self, names: Sequence[str], environment: Mapping[str, str], follow: Follow) -> int:
        """Run stages whose dependencies stand in the tree, and return DVC's exit status when all are through.

        Args:
            names: The stages; none depends on another.
            environment: Of the run; what concerns stages goes to the workers.
            follow: Told DVC's lines, and those of the stages, while they run.
        """
        number, answers = self._request({"do": "run", "names": list(names), "variables": dict(environment)})
        batch = _Batch(list(names), follow, lambda name, line: self._restore(name, environment, line))
        while not (message := answers.get()).get("done"):
            batch.take(message)
        with self._guard:
            del self._batches[number]
        return batch.end()

    def slots(self) -> int:
        """How many batches the cluster can run at once, at present; 0 where no node is large enough, or the cluster is gone."""
        number, answers = self._request({"do": "slots"})
        told = answers.get()
        with self._guard:
            del self._batches[number]
        return int(told.get("slots", 0))

    def stop(self, hard: bool) -> None:
        """Have every stage end: with its state copied to the DVC remote, or at once."""
        self._ask({"do": "stop", "hard": hard})

    def close(self) -> None:
        """End the driver, and with it whatever still runs on the cluster."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        try:
            self._process.wait(CLOSING_SECONDS)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        if self._host is not None:
            self._host.close()
        self._log.close()

    def _restore(self, name: str, environment: Mapping[str, str], follow: Follow) -> int:
        """Have DVC take a stage's result out of the run cache."""
        with self._restoring:
            self._host = self._host or Host()
            words = ["--wait-for-lock", "repro", "-s", "-k", name]
            return self._host.run(self._tree.path, words, environment, follow)

    def _start(self) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            [sys.executable, "-P", "-m", "tui.runs.cluster.driver"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            encoding="utf-8",
            errors="replace",
            start_new_session=True,
        )

    def _open(self) -> None:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        told = (
            json.loads(line) if line else {"fault": f"The cluster's driver ended without a word; see {self._log.name}."}
        )
        if "fault" in told:
            self.close()
            raise InputError(told["fault"])

    def _request(self, request: Mapping[str, Any]) -> "tuple[int, queue.SimpleQueue[Mapping[str, Any]]]":
        answers: queue.SimpleQueue[Mapping[str, Any]] = queue.SimpleQueue()
        with self._guard:
            number = next(self._numbers)
            self._batches[number] = answers
        self._ask({**request, "batch": number})
        return number, answers

    def _ask(self, request: Mapping[str, Any]) -> None:
        assert self._process.stdin is not None
        # A driver that is gone tells so itself, or never will.
        with self._asking, contextlib.suppress(BrokenPipeError, ValueError):
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
        if self._process.poll() is not None:
            self._give_up()

    def _listen(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            message = json.loads(line)
            number = message.get("batch")
            if number is None or "note" in message:
                self._note(message["note"])
                continue
            with self._guard:
                answers = self._batches.get(number)
            if answers is not None:
                answers.put(message)
        self._process.wait()
        self._give_up()

    def _give_up(self) -> None:
        """End the batches that still wait for a driver that is gone."""
        with self._guard:
            waiting = list(self._batches.values())
        for answers in waiting:
            answers.put(
                {"fault": f"The cluster's driver is gone; see {self._log.name}, then run the same again to go on."}
            )
            answers.put({"done": True})


class _Batch:
    """What is told of one batch, as the lines and the status of one dvc process."""

    def __init__(self, names: list[str], follow: Follow, restore: Callable[[str, Follow], int]) -> None:
        self._left = names
        self._follow = follow
        self._restore = restore
        self._begun: set[str] = set()
        self._status = 0

    def take(self, message: Mapping[str, Any]) -> None:
        if "line" in message:
            self._pass_on(message["line"])
        elif "here" in message:
            self._end_here(message["here"], message["ran"])
        elif "ended" in message:
            self._left.remove(message["ended"])
            self._status = message["status"] or self._status
        elif "fault" in message:
            self._fail(message["fault"])
        elif "status" in message:
            self._status = message["status"]

    def end(self) -> int:
        return self._status

    def _pass_on(self, line: str) -> None:
        if line.startswith(_HELD_BACK):
            return
        if line.startswith(_RUNNING):
            name = line.removeprefix(_RUNNING).split("'")[0]
            # Placed again, a stage begins once all the same.
            if name in self._begun:
                return
            self._begun.add(name)
        self._follow(line)

    def _end_here(self, name: str, ran: bool) -> None:
        """Have DVC take a result out of the run cache; it says so only where no worker was heard to run the stage."""
        cached = f"Stage '{name}' is cached"
        is_silent = ran and name in self._begun
        status = self._restore(name, lambda line: None if is_silent and line.startswith(cached) else self._follow(line))
        self._left.remove(name)
        self._status = status or self._status

    def _fail(self, sentence: str) -> None:
        """One sentence for every stage that is left, as a stage and as DVC would say it."""
        for name in self._left:
            self._follow(f"error: {sentence}\n")
            self._follow(f"ERROR: failed to reproduce '{name}': {sentence}\n")
        self._status = self._status or FAILED


def require_ray() -> None:
    """Refuse where Ray is not installed.

    Raises:
        InputError: With the mend.
    """
    from importlib.util import find_spec

    if find_spec("ray") is None:
        raise InputError("--engine ray needs Ray, which is not installed here; pip install 'detour[cluster]'.")
