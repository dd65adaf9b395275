"""What the events of a run come to: its stages with their states and times, and what became of it.

A run whose process is gone without an `ended` event has *died*: killed hard, out of memory, or the machine went down. Of a run on
another host that shares the folder nobody here can tell; it counts as running.
"""

import copy
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from tui.history.values import number
from tui.runs.events import FILE, EventReader
from tui.runs.process import is_alive

StageState = Literal["waiting", "started", "cached", "done", "failed", "skipped", "stopped"]
RunStatus = Literal["running", "done", "failed", "interrupted", "died"]
_STATES: frozenset[str] = frozenset({"started", "cached", "done", "failed", "skipped"})
_OUTCOMES: dict[str, RunStatus] = {"done": "done", "failed": "failed", "interrupted": "interrupted"}


@dataclass
class StageStory:
    """One stage of a run."""

    name: str
    state: StageState = "waiting"
    begun: float | None = None
    """Seconds since 1970."""
    ended: float | None = None
    why: str = ""
    """The sentence of a failed stage."""
    metrics: dict[str, float] = field(default_factory=dict)

    @property
    def is_cell(self) -> bool:
        """Whether the stage is a cell of the study."""
        return self.name.split("@")[0] in ("classification", "sentiment", "similarity")


@dataclass
class RunStory:
    """One run, as far as its events tell."""

    folder: Path
    name: str = ""
    command: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    opened: float = 0.0
    process: int = 0
    began: str | None = None
    """When the process began, as `tui.runs.process` reads it."""
    host: str = ""
    """The machine that it runs on."""
    cells: tuple[str, ...] = ()
    stages: dict[str, StageStory] = field(default_factory=dict)
    ended: float | None = None
    outcome: RunStatus | None = None
    experiment: str = ""
    commit: str = ""
    why: str = ""
    alive: bool = True
    """Whether the process was there when last looked at; `look` looks."""

    @property
    def id(self) -> str:
        """The run's id."""
        return self.folder.name

    @property
    def status(self) -> RunStatus:
        """What the run does or what became of it."""
        if self.outcome is not None:
            return self.outcome
        return "running" if self.alive else "died"

    @property
    def last(self) -> float:
        """When the run ended, or when it last told something."""
        times = [stage.ended or stage.begun or 0.0 for stage in self.stages.values()]
        return self.ended or max([self.opened, *times])

    def count(self, *states: str) -> int:
        """How many stages are in one of the states."""
        return sum(stage.state in states for stage in self.stages.values())

    def elapsed(self, now: float) -> float:
        """Seconds from its opening to its end, to `now` while it runs."""
        return max(0.0, (now if self.status == "running" else self.last) - self.opened)

    def look(self) -> None:
        """See whether the process is still there."""
        elsewhere = self.host not in ("", socket.gethostname())
        self.alive = self.outcome is None and (elsewhere or is_alive(self.process, self.began))

    def settle(self) -> None:
        """Call what was running in a run that has ended *stopped*."""
        for stage in self.stages.values():
            if stage.state == "started" and self.status != "running":
                stage.state = "stopped"

    def add(self, event: Mapping[str, Any]) -> None:
        """Take in the next event; one of an unknown kind is left out."""
        when = number(event.get("time")) or 0.0
        match event.get("event"):
            case "opened":
                self._open(event, when)
            case "planned":
                self.cells = _words(event.get("cells"))
                self.stages = {name: StageStory(name) for name in _words(event.get("stages"))}
            case "stage":
                self._stage(event, when)
            case "ended":
                self.ended = when
                self.outcome = _OUTCOMES.get(str(event.get("outcome")), "failed")
                self.experiment, self.commit, self.why = (_text(event, key) for key in ("experiment", "commit", "why"))

    def _open(self, event: Mapping[str, Any], when: float) -> None:
        self.opened = when
        self.name, self.host = _text(event, "name"), _text(event, "host")
        self.command, self.settings = _words(event.get("command")), _words(event.get("settings"))
        process = event.get("process")
        self.process = process if isinstance(process, int) else 0
        self.began = _text(event, "began") or None

    def _stage(self, event: Mapping[str, Any], when: float) -> None:
        name, state = _text(event, "stage"), event.get("state")
        if state not in _STATES:
            return
        stage = self.stages.setdefault(name, StageStory(name))
        if state == "started":
            stage.begun = when
        else:
            stage.ended = when
        # A result out of the cache stays one when its stage is done.
        if not (stage.state == "cached" and state == "done"):
            stage.state = state
        stage.why = _text(event, "why") or stage.why
        found = event.get("metrics")
        for metric, value in (found if isinstance(found, dict) else {}).items():
            known = number(value)
            if known is not None:
                stage.metrics[str(metric)] = known


def _text(event: Mapping[str, Any], key: str) -> str:
    value = event.get(key)
    return value if isinstance(value, str) else ""


def _words(value: Any) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, list) else ()


class RunFollower:
    """The stories of all runs in a folder, read on as their events come."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._known: dict[str, _Followed] = {}

    def read(self) -> list[RunStory]:
        """Every run that has opened, the newest first; a story that nothing was added to is the same object as before."""
        try:
            found = sorted((path for path in self._runs.iterdir() if (path / FILE).is_file()), reverse=True)
        except OSError:
            found = []
        self._known = {path.name: self._known.get(path.name) or _Followed(path) for path in found}
        stories = [followed.read() for followed in self._known.values()]
        return [story for story in stories if story.opened]


class _Followed:
    """One run; what it hands out is never changed afterwards, so that another thread may keep it."""

    def __init__(self, folder: Path) -> None:
        self._reader = EventReader(folder)
        self._story = RunStory(folder)
        self._told = copy.deepcopy(self._story)

    def read(self) -> RunStory:
        if self._story.outcome is None:
            self._read_on()
            self._story.look()
            # It may have told its end between the two.
            if not self._story.alive:
                self._read_on()
            self._story.settle()
            if self._story != self._told:
                self._told = copy.deepcopy(self._story)
        return self._told

    def _read_on(self) -> None:
        for event in self._reader.read():
            self._story.add(event)
