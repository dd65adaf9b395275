"""What the events of a run come to: its stages with their states and times, and what became of it.

A run is *queued* until its supervisor opens it, *running* until it has told its end: *done*, *failed* (recorded without the cells that
failed), *stopped* or *refused* (before anything ran). One whose supervisor is gone without a word has *died*: killed hard, out of
memory, or the machine went down. Stopped and dead runs can be resumed, failed ones retried; each time is an attempt, whose
events follow those of the former. Of a run on another host that shares the folder nobody here can tell; it counts as running.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal, cast

from tui.history.values import number
from tui.runs.events import FILE, LOCK, WAITING, EventReader
from tui.runs.locks import is_held
from tui.runs.process import is_alive
from tui.runs.stage_story import Progress, StageState, StageStory

RunStatus = Literal["queued", "running", "done", "failed", "stopped", "refused", "died"]
RESUMABLE: frozenset[RunStatus] = frozenset({"stopped", "died"})
"""What `detour resume` goes on with."""
_STATES: frozenset[str] = frozenset({"started", "cached", "done", "failed", "skipped", "again"})
_OUTCOMES: dict[str, RunStatus] = {"done": "done", "failed": "failed", "stopped": "stopped", "refused": "refused"}


@dataclass
class RunStory:
    """One run, as far as its events tell."""

    folder: Path
    name: str = ""
    command: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    note: str = ""
    """The question that it answers, as its owner wrote it."""
    jobs: int = 1
    priority: int = 0
    opened: float = 0.0
    """When it was launched."""
    since: float = 0.0
    """When its present attempt began; when it was put into the queue, while it waits there."""
    spent: float = 0.0
    """Seconds of its attempts that are over; the queue and what lies between them do not count."""
    attempt: int = 0
    """How often it was begun; 0 while it waits."""
    process: int = 0
    began: str | None = None
    """When the process began, as `tui.runs.process` reads it."""
    host: str = ""
    """The machine that it runs on."""
    cells: tuple[str, ...] = ()
    stages: dict[str, StageStory] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    """What else its supervisor had to say in this attempt."""
    waiting: bool = False
    """Whether it waits in the queue."""
    ended: float | None = None
    outcome: RunStatus | None = None
    experiment: str = ""
    commit: str = ""
    why: str = ""
    alive: bool = True
    """Whether the process, or the place in the queue, was there when last looked at; `look` looks."""

    @property
    def id(self) -> str:
        """The run's id."""
        return self.folder.name

    @property
    def status(self) -> RunStatus:
        """What the run does or what became of it."""
        if self.waiting:
            return "queued" if self.alive else "died"
        if self.outcome is not None:
            return self.outcome
        return "running" if self.alive else "died"

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it by itself."""
        return self.status not in ("queued", "running")

    @property
    def measured(self) -> list[str]:
        """The stages whose command really ran, and ended well, in any attempt."""
        return [stage.name for stage in self.stages.values() if stage.begun is not None and stage.state == "done"]

    @property
    def last(self) -> float:
        """When the run ended, or when it last told something."""
        times = [stage.ended or stage.begun or 0.0 for stage in self.stages.values()]
        return self.ended or max([self.opened, *times])

    def count(self, *states: str) -> int:
        """How many stages are in one of the states."""
        return sum(stage.state in states for stage in self.stages.values())

    def elapsed(self, now: float) -> float:
        """Seconds that it has run in all its attempts by `now`; that it has waited, while it does."""
        # A clock that was set back must not count down.
        present = max(0.0, (self.last if self.is_over else now) - self.since)
        return present if self.waiting else self.spent + present

    def look(self) -> None:
        """See whether the process is still there, or that a waiting run has its place in the queue."""
        elsewhere = self.host not in ("", socket.gethostname())
        if self.waiting:
            self.alive = (self.folder / WAITING).exists() or is_held(self.folder / LOCK)
        else:
            self.alive = self.outcome is None and (elsewhere or is_alive(self.process, self.began))

    def settle(self) -> None:
        """Call what was running in a run that is over *stopped*."""
        for stage in self.stages.values():
            if stage.state in ("started", "again") and self.is_over:
                stage.state = "stopped"

    def add(self, event: Mapping[str, Any]) -> None:
        """Take in the next event; one of an unknown kind is left out."""
        when = number(event.get("time")) or 0.0
        match event.get("event"):
            case "queued":
                self._end_attempt(self.last)
                self._introduce(event, when)
                self.waiting, self.since = True, when
                self.ended, self.outcome, self.why = None, None, ""
            case "opened":
                self._open(event, when)
            case "planned":
                self._plan(event)
            case "stage":
                self._stage(event, when)
            case "epoch":
                self._epoch(event, when)
            case "priority":
                self.priority = _whole(event.get("priority"), self.priority)
            case "note":
                self.notes.append(_text(event, "text"))
            case "recorded":
                self.experiment, self.commit = _text(event, "experiment"), _text(event, "commit")
            case "ended":
                self._end_attempt(when)
                self.ended, self.waiting = when, False
                self.outcome = _OUTCOMES.get(str(event.get("outcome")), "failed")
                self.why = _text(event, "why")
                if event.get("experiment"):
                    self.experiment, self.commit = _text(event, "experiment"), _text(event, "commit")

    def _introduce(self, event: Mapping[str, Any], when: float) -> None:
        self.opened = self.opened or when
        self.name, self.host, self.note = (_text(event, key) for key in ("name", "host", "note"))
        self.command, self.settings = _words(event.get("command")), _words(event.get("settings"))
        self.jobs, self.priority = _whole(event.get("jobs"), 1), _whole(event.get("priority"), 0)

    def _open(self, event: Mapping[str, Any], when: float) -> None:
        if "name" in event:
            self._introduce(event, when)
        self.opened = self.opened or when
        self.host = _text(event, "host") or self.host
        self.process, self.began = _whole(event.get("process"), 0), _text(event, "began") or None
        # Another attempt: what the former one came to is no longer the end.
        self._end_attempt(self.last)
        self.attempt, self.waiting, self.since = self.attempt + 1, False, when
        self.ended, self.outcome, self.why, self.notes, self.alive = None, None, "", [], True

    def _end_attempt(self, when: float) -> None:
        """Count the present attempt until then: its end, or what it told last before it died."""
        if self.attempt and not self.waiting and self.ended is None:
            self.spent += max(0.0, when - self.since)
        self.since = when

    def _plan(self, event: Mapping[str, Any]) -> None:
        self.cells = _words(event.get("cells"))
        planned = {name: StageStory(name, epochs=self._epochs_of(name)) for name in _words(event.get("stages"))}
        finished = {name: stage for name, stage in self.stages.items() if stage.state in ("done", "cached")}
        # What a former attempt has finished stays, until this one says otherwise.
        self.stages = {name: finished.get(name, fresh) for name, fresh in planned.items()}

    def _epochs_of(self, stage: str) -> tuple[Progress, ...]:
        return self.stages[stage].epochs if stage in self.stages else ()

    def _epoch(self, event: Mapping[str, Any], when: float) -> None:
        stage = self.stages.get(_text(event, "stage"))
        if stage is None:
            return
        found = event.get("metrics")
        dev = number(found.get("dev")) if isinstance(found, dict) else None
        seed, reached, planned = (_whole(event.get(key), 0) for key in ("seed", "epoch", "epochs"))
        stage.progress = Progress(seed, reached, planned, dev, when)
        stage.epochs += (stage.progress,)

    def _stage(self, event: Mapping[str, Any], when: float) -> None:
        name, state = _text(event, "stage"), _text(event, "state")
        if state not in _STATES:
            return
        stage = self.stages.setdefault(name, StageStory(name))
        if state == "started":
            stage.begun, stage.ended, stage.progress = when, None, None
        elif not (stage.state in ("done", "cached") and state == "done"):
            # What a former attempt has finished ended then.
            stage.ended = when
        # A result out of the cache stays one when its stage is done.
        if not (stage.state == "cached" and state == "done"):
            stage.state = cast(StageState, state)
        stage.why = _text(event, "why")
        stage.tail = _words(event.get("tail"))
        found = event.get("metrics")
        for metric, value in (found if isinstance(found, dict) else {}).items():
            known = number(value)
            if known is not None:
                stage.metrics[str(metric)] = known


def _text(event: Mapping[str, Any], key: str) -> str:
    value = event.get(key)
    return value if isinstance(value, str) else ""


def _whole(value: Any, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _words(value: Any) -> tuple[str, ...]:
    return tuple(str(word) for word in value) if isinstance(value, list) else ()


def read_story(folder: Path) -> RunStory:
    """The story of the run in `folder` as its events tell it by now."""
    return Followed(folder).read()


class RunFollower:
    """The stories of all runs in a folder, read on as their events come."""

    def __init__(self, runs: Path) -> None:
        self._runs = runs
        self._known: dict[str, Followed] = {}

    def read(self) -> list[RunStory]:
        """Every run that has opened, the newest first; a story that nothing was added to is the same object as before."""
        try:
            found = sorted((path for path in self._runs.iterdir() if (path / FILE).is_file()), reverse=True)
        except OSError:
            found = []
        self._known = {path.name: self._known.get(path.name) or Followed(path) for path in found}
        stories = [followed.read() for followed in self._known.values()]
        return [story for story in stories if story.opened]


class Followed:
    """One run; what it hands out is never changed afterwards, so that another thread may keep it.

    Args:
        folder: The run's.
    """

    def __init__(self, folder: Path) -> None:
        self._reader = EventReader(folder)
        self._story = RunStory(folder)
        self._told = _copied(self._story)

    def read(self) -> RunStory:
        """The story by now; the same object as before where nothing was added."""
        # A run that is over may be resumed.
        self._read_on()
        self._story.look()
        # It may have told its end between the two.
        if not self._story.alive:
            self._read_on()
        self._story.settle()
        if self._story != self._told:
            self._told = _copied(self._story)
        return self._told

    def _read_on(self) -> None:
        for event in self._reader.read():
            self._story.add(event)


def _copied(story: RunStory) -> RunStory:
    """A story that shares only what never changes: a long training's epochs are many."""
    stages = {name: replace(stage, metrics=dict(stage.metrics)) for name, stage in story.stages.items()}
    return replace(story, stages=stages, notes=list(story.notes))
