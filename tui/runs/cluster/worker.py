"""A batch of stages on a node of the cluster: a Ray actor that lives for one batch.

It brings a clone to the run's state, pulls what each stage reads and the states of its training, lets DVC run the stage, and pushes
what came of it. What happens is told while it happens, as messages, each a mapping with one of these keys:

    began    the name of the node, first of all
    line     what DVC or the stage printed, line break included
    note     a sentence for the run's log
    kept     the name of a stage whose state was copied to the remote
    ended    the name of a stage that is through, with `status` (DVC's) and `entry`, its entry in the run cache where there is one
    fault    a sentence: nothing more comes of the batch
"""

import contextlib
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from tui.runs.cluster.exchange import Exchange, Input
from tui.runs.cluster.leash import end
from tui.runs.cluster.patience import Patience, Stopped
from tui.runs.cluster.remotes import check_out
from tui.runs.cluster.slots import Slot, open_slot
from tui.runs.cluster.states import Keeper, States
from tui.runs.cluster.versions import refuse_others
from tui.runs.dvc import install
from tui.runs.hosting import Host

Message = Mapping[str, Any]

LEASH = Path(__file__).with_name("leash.py")


@dataclass(frozen=True)
class Assignment:
    """What a worker has to know."""

    names: tuple[str, ...]
    keys: Mapping[str, str]
    """The stages' keys in the run cache."""
    inputs: tuple[Input, ...]
    git: str
    """The address of the git remote."""
    ref: str
    remote: Mapping[str, str]
    """The DVC remote's settings."""
    folder: str | None
    variables: Mapping[str, str]
    """For the stages, beside the node's own."""
    versions: Mapping[str, str]
    keep_seconds: float
    pauses: tuple[float, ...]


class Worker:
    """The actor; its two methods run in threads of their own."""

    def __init__(self) -> None:
        self._messages: queue.SimpleQueue[Message | None] = queue.SimpleQueue()
        self._patience: Patience | None = None
        self._guard = threading.Lock()
        self._group: int | None = None
        self._is_stopping = False

    def run(self, assignment: Assignment) -> Iterator[list[Message]]:
        """Work, and yield what happened since the last time, as soon as something did."""
        thread = threading.Thread(target=self._work, args=(assignment,), daemon=True)
        thread.start()
        goes_on = True
        while goes_on:
            told = [self._messages.get()]
            while not self._messages.empty():
                told.append(self._messages.get())
            goes_on = None not in told
            yield [message for message in told if message is not None]

    def stop(self) -> None:
        """End the stage that runs, whose state is then copied to the remote; no other is begun."""
        with self._guard:
            self._is_stopping = True
            group = self._group
        if self._patience is not None:
            self._patience.stop()
        if group is not None:
            end(group)

    def _work(self, assignment: Assignment) -> None:
        self._tell(began=os.uname().nodename)
        try:
            self._run(assignment)
        except InputError as error:
            self._tell(fault=str(error))
        except Stopped:
            pass
        except BaseException as error:
            self._tell(fault=f"The worker on {os.uname().nodename} failed: {type(error).__name__}: {error}")
            raise
        finally:
            self._messages.put(None)

    def _run(self, task: Assignment) -> None:
        refuse_others(task.versions)
        install()
        self._patience = Patience(task.pauses, lambda sentence: self._tell(note=f"{os.uname().nodename}: {sentence}"))
        # The process imports DVC meanwhile.
        with open_slot(task.folder, task.git) as slot, Host() as host:
            self._patience("Fetching the run's tree", lambda: check_out(slot.tree, task.git, task.ref))
            slot.configure(task.remote)
            os.chdir(slot.tree)
            exchange = Exchange(slot.tree)
            self._patience("Pulling what the stages read", lambda: exchange.take(task.inputs))
            for name in task.names:
                self._run_stage(name, task, slot, host, exchange)

    def _run_stage(self, name: str, task: Assignment, slot: Slot, host: Host, exchange: Exchange) -> None:
        assert self._patience is not None
        patiently = self._patience
        states = States(exchange.objects, name, task.keys[name], slot.states)
        if patiently("Pulling the state of a training", states.take):
            self._tell(note=f"{name} goes on from its last state.")
        keeper = Keeper(states, task.keep_seconds, lambda: self._tell(kept=name), lambda said: self._tell(note=said))
        with keeper:
            status = self._repro(name, task, slot, host)
        if status:
            # For whoever goes on with it, here or elsewhere.
            keeper.copy()
            self._tell(ended=name, status=status)
            return
        entry = patiently("Pushing what came of a stage", lambda: exchange.offer_result(name, task.keys[name]))
        self._tell(ended=name, status=0, entry=entry)
        patiently("Removing the state of a training", states.clear)

    def _repro(self, name: str, task: Assignment, slot: Slot, host: Host) -> int:
        """DVC's status of one stage; what it prints is told line by line."""
        own = {
            # dvc.yaml says `python`, which has to be the one that runs this.
            "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
            "PYTHONUNBUFFERED": "1",
        }
        group = host.ready()
        with _Leash(group, slot):
            with self._guard:
                if self._is_stopping:
                    raise Stopped
                self._group = group
            try:
                words = ["--wait-for-lock", "repro", "-s", "-k", name]
                return host.run(slot.tree, words, {**task.variables, **own}, lambda line: self._tell(line=line))
            finally:
                with self._guard:
                    self._group = None

    def _tell(self, **message: Any) -> None:
        self._messages.put(message)


class _Leash:
    """A process that ends the group when this one is gone; it holds the clone until then."""

    def __init__(self, group: int, slot: Slot) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(LEASH), str(group)],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=[slot.lock.fileno()],
            start_new_session=True,
        )

    def __enter__(self) -> "_Leash":
        return self

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.write(b"through\n")
            self._process.stdin.close()
        self._process.wait()
