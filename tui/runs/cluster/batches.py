"""The batches of one run, as its driver sees them: prepared, placed, and their results taken."""

import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from tui.runs.cluster.exchange import Exchange, Needs
from tui.runs.cluster.options import ClusterOptions
from tui.runs.cluster.patience import Patience, Stopped, Unreachable
from tui.runs.cluster.placing import INTERRUPTED, Placing, capacity
from tui.runs.cluster.remotes import REFS, address_of, publish, snapshot, withdraw
from tui.runs.cluster.versions import versions
from tui.runs.cluster.worker import Assignment, Message

Tell = Callable[[Mapping[str, Any]], None]

CARRIED = ("DETOUR_", "HF_HUB_")
"""Beginnings of the names of variables that stages on a worker get from the run's environment."""

OWN = frozenset({"DETOUR_WARM", "DETOUR_WORKERS", "DETOUR_MODULES"})
"""Variables that mean something on one machine alone."""


class Batches:
    """Runs batches, each in a thread of its caller's.

    Args:
        tree: The run's tree, which is the current folder.
        root: The main checkout.
        run: The run's id.
        options: The run's.
        tell: Told everything, with the number of its batch.

    Raises:
        InputError: There is no git remote or no DVC remote to go through.
    """

    def __init__(self, tree: Path, root: Path, run: str, options: ClusterOptions, tell: Tell) -> None:
        self._tree, self._run = tree, run
        self._options = options
        self._tell = tell
        self._git = address_of(root, options.git)
        self._remote = Exchange(tree, options.remote).objects.settings()
        self._patience = Patience(options.pauses, lambda sentence: tell({"note": sentence}))
        self._reading = threading.Lock()
        """DVC's lock is for processes; threads would ask for it twice a second."""
        self._first: str | None = None
        """The run's first snapshot, once the git remote has it."""
        self._placings: set[Placing] = set()
        self._guard = threading.Lock()
        self._is_stopping = False

    def run(self, number: int, names: tuple[str, ...], variables: Mapping[str, str]) -> None:
        """Run one batch; everything that comes of it is told, its end as `done`."""

        def tell(message: Mapping[str, Any]) -> None:
            self._tell({"batch": number, **message})

        try:
            self._run_batch(number, names, variables, tell)
        except InputError as error:
            tell({"fault": str(error)})
        except Stopped:
            tell({"status": INTERRUPTED})
        except BaseException as error:
            tell({"fault": f"The cluster's driver failed: {type(error).__name__}: {error}; see ray.log."})
            raise
        finally:
            tell({"done": True})

    def slots(self) -> int:
        """How many batches the cluster can run at once."""
        import ray

        return capacity(ray.nodes(), self._options.cpus, self._options.gpus_of(("",), self._has_gpus()))

    def stop(self, is_hard: bool) -> None:
        """Have every stage end; no other is begun."""
        self._patience.stop()
        with self._guard:
            self._is_stopping = True
            placings = list(self._placings)
        for placing in placings:
            placing.stop(is_hard)

    def _run_batch(self, number: int, names: tuple[str, ...], variables: Mapping[str, str], tell: Tell) -> None:
        exchange = Exchange(self._tree, self._options.remote)
        with self._reading:
            first = self._first or self._publish_first()
            with exchange.held():
                needs = {name: exchange.needs(name) for name in names}
                commit = snapshot(self._tree, first)
        left = [name for name in names if not self._is_made(name, needs[name], exchange)]
        for name in names:
            if name not in left:
                tell({"here": name, "ran": False})
        if not left:
            return
        ref = self._ref(number)
        self._patience("Pushing the run's tree", lambda: publish(self._tree, self._git, commit, ref))
        try:
            inputs = tuple({one.path: one for name in left for one in needs[name].inputs}.values())
            self._patience("Pushing what the stages read", lambda: exchange.offer(inputs))
            self._place(self._assignment(left, needs, inputs, ref, variables), tell)
        finally:
            self._forget(ref)

    def close(self) -> None:
        """Leave nothing of the run at the git remote."""
        if self._first is not None:
            self._forget(self._ref("first"))

    def _ref(self, name: int | str) -> str:
        return f"{REFS}/{self._run}/{name}"

    def _publish_first(self) -> str:
        first = snapshot(self._tree)
        self._patience("Pushing the run's tree", lambda: publish(self._tree, self._git, first, self._ref("first")))
        self._first = first
        return first

    def _is_made(self, name: str, needs: Needs, exchange: Exchange) -> bool:
        """Whether somebody has made it before: here, or anybody who shares the DVC remote."""
        if needs.is_here:
            return True
        return self._patience("Looking for a result", lambda: exchange.take_result(name, needs.key))

    def _assignment(
        self, names: Sequence[str], needs: Mapping[str, Needs], inputs: Any, ref: str, variables: Mapping[str, str]
    ) -> Assignment:
        carried = {key: value for key, value in variables.items() if key.startswith(CARRIED) and key not in OWN}
        threads = {"OMP_NUM_THREADS": str(max(1, int(self._options.cpus))), "DETOUR_WARM": "off"}
        return Assignment(
            names=tuple(names),
            keys={name: needs[name].key for name in names},
            inputs=inputs,
            git=self._git,
            ref=ref,
            remote=self._remote,
            folder=self._options.folder,
            variables={**carried, **threads},
            versions=versions(),
            keep_seconds=self._options.keep_seconds,
            pauses=self._options.pauses,
        )

    def _place(self, task: Assignment, tell: Tell) -> None:
        def follow(message: Message) -> None:
            if message.get("entry"):
                self._take(message["ended"], task.keys[message["ended"]], message["entry"])
                tell({"here": message["ended"], "ran": True})
            else:
                tell(message)

        gpus = self._options.gpus_of(task.names, self._has_gpus())
        self._warn(task, gpus)
        placing = Placing(self._options, gpus, follow)
        with self._guard:
            if self._is_stopping:
                raise Stopped
            self._placings.add(placing)
        try:
            placing.run(task)
        finally:
            with self._guard:
                self._placings.discard(placing)

    def _take(self, name: str, key: str, entry: str) -> None:
        # The tree's dvc.lock may have changed since the batch was prepared.
        exchange = Exchange(self._tree, self._options.remote)
        if not self._patience("Pulling what came of a stage", lambda: exchange.take_result(name, key, entry)):
            raise InputError(
                f"What came of {name} is not at the DVC remote, though its worker pushed it; run the same again."
            )
        with self._reading, exchange.held():
            if not exchange.needs(name).is_here:
                raise InputError(f"What {name} depends on changed while it ran on the cluster; run the same again.")

    def _warn(self, task: Assignment, gpus: float) -> None:
        import ray

        if not capacity(ray.nodes(), self._options.cpus, gpus):
            self._tell(
                {
                    "note": f"No node of the cluster has {self._options.cpus:g} processors and {gpus:g} GPUs for a stage: "
                    f"{task.names[0]} waits until one joins."
                }
            )

    def _forget(self, ref: str) -> None:
        try:
            withdraw(self._tree, self._git, [ref])
        except Unreachable as fault:
            self._tell({"note": f"{ref} stays at the git remote ({fault}); `git push {self._git} :{ref}` removes it."})

    @staticmethod
    def _has_gpus() -> bool:
        import ray

        return bool(ray.cluster_resources().get("GPU"))
