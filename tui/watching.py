"""What the app knows of runs, whoever launched them: their stories, what ended while it watched, what it asked for.

Every look reads the events of all runs in a thread and posts `Looked` to the app, whose handler owns the state and tells the
screens that show runs. A run that ends is announced once; a waiting one for which there is room is begun by a process of its own.
While no run is on the screen, goes on or waits, nothing is looked at.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from textual.message import Message
from textual.message_pump import MessagePump

from pipeline.errors import InputError

if TYPE_CHECKING:
    from tui.checkout import Checkout
    from tui.given import Given
    from tui.journal import Journal
    from tui.runs.pace import Seeds
    from tui.runs.story import RunFollower, RunStory

LOOK_SECONDS = 1.0
"""Between two looks while runs are on the screen."""
SELDOM = 5
"""Looks that are left out while they are not."""
PATIENCE = 60
"""Looks after a run that waits could not be begun, until that is tried again."""


@dataclass(frozen=True)
class Findings:
    """What one look has found."""

    stories: "Sequence[RunStory]"
    """Those that run, those that wait in the order in which they begin, then the rest, the newest first."""
    seeds: "dict[str, Seeds]"
    """Of the runs that train, by id."""
    resumable: "Sequence[RunStory]" = ()
    """Those that wait for somebody to let them go on."""
    ended: "Sequence[RunStory]" = ()
    """Those that were seen going on before."""
    ring: str = ""
    """What makes the terminal ring and notify."""
    fault: str = ""
    """A sentence that was not told yet."""
    room: bool = False
    """Whether a run waits that could begin."""


class Looked(Message):
    """A look has ended."""

    def __init__(self, findings: Findings) -> None:
        super().__init__()
        self.findings = findings


class RunsRead(Message):
    """The stories of the app's watch are new; for screens."""


@dataclass
class Watch:
    """The runs of one study."""

    checkout: "Checkout"
    journal: "Journal"
    stories: "Sequence[RunStory]" = ()
    seeds: "dict[str, Seeds]" = field(default_factory=dict)
    resumable: "Sequence[RunStory]" = ()
    given: "list[Given]" = field(default_factory=list)
    """Commands that have not answered yet."""
    listeners: list[MessagePump] = field(default_factory=list)
    """Screens that get `RunsRead` after every look."""
    launched: str = ""
    """The id of the run that was launched last, until a screen has chosen it."""
    looked: bool = False
    """Whether there was a look already."""
    _dispatching: "Given | None" = None
    _patience: int = 0
    _is_looking: bool = False
    _left_out: int = 0

    def __post_init__(self) -> None:
        self._looker = _Looker(self.checkout)

    # Looking

    def is_due(self, shown: bool) -> bool:
        """Whether it is time for a look; asked once a second, `shown` while runs are on the screen."""
        live = any(not story.is_over for story in self.stories)
        self._left_out += 1
        return shown or not self.looked or bool(self.given) or (live and self._left_out >= SELDOM)

    def begin(self) -> bool:
        """Begin a look; False while another is under way."""
        if self._is_looking:
            return False
        self._is_looking, self._left_out = True, 0
        return True

    def look(self) -> Findings:
        """In a thread, one at a time: how things stand."""
        return self._looker.look()

    def take(self, findings: Findings) -> str:
        """Take in what a look has found, begin what waits and tell the screens; the sentence that tells why nothing was begun."""
        self._is_looking, self.looked = False, True
        self.stories, self.seeds, self.resumable = findings.stories, findings.seeds, findings.resumable
        fault = self._dispatch(findings.room)
        for listener in self.listeners:
            listener.post_message(RunsRead())
        return fault

    def _dispatch(self, room: bool) -> str:
        self._patience = max(0, self._patience - 1)
        if self._dispatching is not None and self._dispatching.ended():
            fault, self._dispatching = self._dispatching.fault(), None
            self._patience = PATIENCE if fault else 0
            return fault
        if room and self._dispatching is None and not self._patience:
            from tui.given import Given

            # Not here: a supervisor would be this process's child, and stay a zombie when it has ended.
            self._dispatching = Given.start(self.checkout.here, ["runs"], self.journal)
        return ""

    # Giving commands

    def give(self, words: Sequence[str], done: str = "") -> None:
        """Start `detour WORDS`; `answers` tells what becomes of it."""
        from tui.given import Given

        self.given.append(Given.start(self.checkout.here, words, self.journal, done))

    def answers(self) -> "list[Given]":
        """The commands that have ended since the last call."""
        ended = [given for given in self.given if given.ended()]
        self.given = [given for given in self.given if given not in ended]
        return ended


class _Looker:
    """What a look has to remember; used by one thread at a time."""

    def __init__(self, checkout: "Checkout") -> None:
        self._checkout = checkout
        self._follower: RunFollower | None = None
        self._live: set[str] = set()
        self._seeds: dict[tuple[str, int], Seeds | None] = {}
        """By run and attempt."""
        self._told: set[str] = set()

    def look(self) -> Findings:
        # What comes with these, the first frame does not wait for.
        from tui.runs.stopping import can_resume
        from tui.runs.story import RunFollower

        self._follower = self._follower or RunFollower(self._checkout.runs)
        stories = self._follower.read()
        ended = [story for story in stories if story.is_over and story.id in self._live]
        self._live = {story.id for story in stories if not story.is_over}
        try:
            ring, room, fault = self._ring(ended), self._has_room(stories), ""
        except InputError as error:
            ring, room, fault = "", False, self._once(str(error))
        ordered = in_order(stories)
        resumable = [story for story in ordered if can_resume(story)]
        return Findings(ordered, self._seeds_of(stories), resumable, ended, ring, fault, room)

    def _ring(self, ended: "Sequence[RunStory]") -> str:
        """Nobody has to be called who stopped a run."""
        heard = [story for story in ended if story.status != "stopped"]
        if not heard:
            return ""
        from tui.config import load_config
        from tui.runs.notify import announcement

        wanted = load_config().notify
        return "".join(announcement(sentence_of(story), wanted.bell, wanted.osc9) for story in heard)

    def _has_room(self, stories: "Sequence[RunStory]") -> bool:
        if not any(story.status == "queued" for story in stories):
            return False
        from tui.runs.limits import limit_of_slots
        from tui.runs.queue import ready_runs

        return bool(ready_runs(self._checkout, limit_of_slots()))

    def _seeds_of(self, stories: "Sequence[RunStory]") -> "dict[str, Seeds]":
        """Read once an attempt, when it has told an epoch."""
        from tui.runs.pace import read_seeds

        found = {}
        for story in stories:
            if story.status == "running" and any(stage.progress for stage in story.stages.values()):
                key = (story.id, story.attempt)
                if key not in self._seeds:
                    self._seeds[key] = read_seeds(story.folder)
                seeds = self._seeds[key]
                if seeds is not None:
                    found[story.id] = seeds
        return found

    def _once(self, sentence: str) -> str:
        if sentence in self._told:
            return ""
        self._told.add(sentence)
        return sentence


def in_order(stories: "Sequence[RunStory]") -> "list[RunStory]":
    """Those that run, those that wait as they will begin, then what is over; the newest first."""
    waiting = [story for story in stories if story.status == "queued"]
    return [
        *(story for story in stories if story.status == "running"),
        *sorted(waiting, key=lambda story: (-story.priority, story.since)),
        *(story for story in stories if story.is_over),
    ]


def sentence_of(story: "RunStory") -> str:
    """That a run has ended, as notifications say it."""
    from tui.runs.notify import Ended

    cells = [stage for stage in story.stages.values() if stage.is_cell]
    done = sum(cell.state in ("done", "cached") for cell in cells)
    failed = sum(cell.state in ("failed", "skipped") for cell in cells)
    study = str(story.folder.parents[2])
    return Ended(
        story.id, story.name, story.status, story.experiment, done, failed, story.elapsed(story.last), study
    ).sentence
