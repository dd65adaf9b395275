"""Engines: where stages run. `LocalEngine` is this machine; `tui.runs.cluster` is a Ray cluster.

An engine brings one stage up to date in the run's tree and returns DVC's exit status; what DVC and the stage print is passed on
line by line while they do. It is called from several threads at once.
"""

import contextlib
import os
import signal
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from tui.runs.hosting import Host


class Engine(Protocol):
    """What the scheduler asks of an engine."""

    def run(self, names: Sequence[str], environment: Mapping[str, str], follow: Callable[[str], None]) -> int:
        """Bring stages up to date; DVC's exit status, negative where a signal ended its process."""

    def stop(self, hard: bool) -> None:
        """End what runs: stages save their state, or, `hard`, are killed."""

    def close(self) -> None:
        """Give back what the engine holds; nothing runs any more."""


Place = Callable[[Sequence[str]], contextlib.AbstractContextManager[Mapping[str, str]]]


class LocalEngine:
    """This machine: one DVC process for each stage that runs at the moment, kept for the next.

    Args:
        tree: The run's tree.
        host: A process that is there already; it stays the caller's to close.
        place: Gives a stage its share of the machine while it runs, as variables; it may wait, and raise
            `tui.runs.machine.Stopped`.
    """

    def __init__(self, tree: Path, host: Host, place: Place) -> None:
        self._tree, self._place = tree, place
        self._own, self._idle = host, [host]
        self._groups: set[int] = set()
        """The process groups that are at work."""
        self._guard = threading.Lock()
        self._stopping = False

    def run(self, names: Sequence[str], environment: Mapping[str, str], follow: Callable[[str], None]) -> int:
        """As `Engine.run`."""
        with self._place(names) as share, self._host() as host:
            # An interruption either finds the group among those it ends, or is found here.
            if self._stopping:
                return -signal.SIGTERM
            return host.run(
                self._tree, ["--wait-for-lock", "repro", "-s", "-k", *names], {**environment, **share}, follow
            )

    @contextlib.contextmanager
    def _host(self) -> Iterator[Host]:
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

    def stop(self, hard: bool) -> None:
        """As `Engine.stop`; returns at once."""
        self._stopping = True
        with self._guard:
            for group in self._groups:
                send(group, signal.SIGKILL if hard else signal.SIGTERM)

    def close(self) -> None:
        """End the processes."""
        for host in self._idle:
            if host is not self._own:
                host.close()


def send(group: int, number: signal.Signals) -> None:
    """Send a signal to every process of a group; nothing where there is none."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, number)
