"""One batch of stages on the cluster, from the driver's side: placed, followed, and placed again where its node is lost."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from pipeline.errors import InputError
from tui.runs.cluster.options import ClusterOptions
from tui.runs.cluster.worker import Assignment, Message, Worker

Tell = Callable[[Message], None]

INTERRUPTED = -15
"""The status of a stage that was told to stop, as of a process that SIGTERM has ended."""


class Placing:
    """A batch that is on its way.

    Args:
        options: The run's.
        gpus: GPUs of each placement.
        tell: Told what the worker tells, and notes.
    """

    def __init__(self, options: ClusterOptions, gpus: float, tell: Tell) -> None:
        self._options = options
        self._gpus = gpus
        self._tell = tell
        self._actor: Any = None
        self._guard = threading.Lock()
        self._is_stopping = False
        self._has_begun = False
        """Whether the worker is on a node; until then it waits for room."""
        self._got_further = False
        """Whether a state was kept or a stage ended since the worker was placed."""

    def run(self, task: Assignment) -> None:
        """Have the stages run, and return when all have ended.

        Raises:
            InputError: The worker refuses, or nodes were lost too often without a stage getting any further.
        """
        from ray.exceptions import RayError

        left, lost = list(task.names), 0
        while left and not self._is_stopping:
            self._has_begun = self._got_further = False
            try:
                self._follow(replace(task, names=tuple(left)), left)
            except RayError as error:
                lost = 1 if self._got_further else lost + 1
                if left and not self._is_stopping:
                    self._bear(error, left[0], lost)
            finally:
                self._release()
        for name in left:
            self._tell({"ended": name, "status": INTERRUPTED})

    def _bear(self, error: Exception, name: str, lost: int) -> None:
        """Tell of a loss that can be borne.

        Raises:
            InputError: It cannot.
        """
        if why := fault_of(error):
            raise InputError(
                f"No worker can be begun ({why}); see ray.log, and have the same versions on every node."
            ) from error
        if lost >= self._options.attempts:
            raise InputError(
                f"{name} was placed {lost} times and its worker was lost each time before it got any further ({loss_of(error)}); "
                "look at the nodes' memory and logs, then run the same again to go on."
            ) from None
        self._tell({"note": f"The worker of {name} is lost ({loss_of(error)}); the stage is placed again."})

    def _release(self) -> None:
        import ray

        with self._guard:
            if self._actor is not None:
                ray.kill(self._actor)
            self._actor = None

    def stop(self, is_hard: bool) -> None:
        """Have the stage end, its state copied to the remote, or end its worker at once."""
        import ray

        with self._guard:
            self._is_stopping = True
            actor, has_begun = self._actor, self._has_begun
        if actor is None:
            return
        if is_hard or not has_begun:
            ray.kill(actor)
        else:
            actor.stop.remote()

    def _follow(self, task: Assignment, left: list[str]) -> None:
        """Follow one worker; the stages that end are taken out of `left`."""
        import ray

        # Two threads: one works, the other may be told to stop. Ray places a worker that is lost elsewhere only if told to, which
        # would repeat what was told already.
        placed = ray.remote(Worker).options(
            num_cpus=self._options.cpus, num_gpus=self._gpus, max_concurrency=2, max_restarts=0, max_task_retries=0
        )
        with self._guard:
            if self._is_stopping:
                return
            self._actor = actor = placed.remote()
        for answer in actor.run.options(num_returns="streaming").remote(task):
            for message in ray.get(answer):
                self._hear(message, left)

    def _hear(self, message: Message, left: list[str]) -> None:
        if "fault" in message:
            raise InputError(message["fault"])
        if "began" in message:
            with self._guard:
                self._has_begun = True
            self._tell({"line": f"Placed on the node {message['began']}.\n"})
            return
        self._got_further |= "kept" in message or "ended" in message
        if "ended" in message:
            left.remove(message["ended"])
        self._tell(message)


def capacity(nodes: Sequence[Mapping[str, Any]], cpus: float, gpus: float) -> int:
    """How many stages a cluster can run at once, none of it being in use.

    Args:
        nodes: As `ray.nodes()` tells them.
        cpus: Of one stage.
        gpus: Of one stage.
    """
    alive = [node["Resources"] for node in nodes if node["Alive"]]
    wanted = [(name, amount) for name, amount in (("CPU", cpus), ("GPU", gpus)) if amount > 0]
    return sum(min(_times(of.get(name, 0.0), amount, name) for name, amount in wanted) for of in alive) if wanted else 0


def _times(there: float, amount: float, kind: str) -> int:
    # A fraction comes from one GPU.
    if kind == "GPU" and amount < 1:
        return int(there) * int(1 / amount + 1e-9)
    return int(there / amount + 1e-9)


def fault_of(error: Exception) -> str | None:
    """What was raised in a worker, in its last line; None where the worker, or its node, was lost."""
    from ray.exceptions import RayTaskError

    # What goes wrong before the first call is told as a loss.
    if not isinstance(error, RayTaskError) and "error raised in its creation task" not in str(error):
        return None
    return _lines(error)[-1][:200]


def loss_of(error: Exception) -> str:
    """Why Ray lost a worker, without its advice."""
    return _lines(error)[0].split(". ")[0].rstrip(".")[:200]


def _lines(error: Exception) -> list[str]:
    return [line.strip() for line in str(error).splitlines() if line.strip()] or [type(error).__name__]
