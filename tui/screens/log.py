"""What a stage of a run printed."""

from collections.abc import Iterable
from pathlib import Path

from textual import on
from textual.message import Message
from textual.widget import Widget

from tui import actions
from tui.output import plain
from tui.runs.results import StageResults, read_results
from tui.runs.story import RunStory
from tui.screens.base import DetourScreen
from tui.watching import RunsRead
from tui.widgets.lines import Lines


class LogScreen(DetourScreen):
    """The log of one stage, its end first in view; what is added is shown while the stage runs."""

    name_in_registry = "log"
    families = ("move",)
    shows_runs = True
    BINDINGS = actions.bindings("log")

    class Read(Message):
        """The log was read."""

        def __init__(self, results: StageResults) -> None:
            super().__init__()
            self.results = results

    def __init__(self, root: Path, story: RunStory, stage: str) -> None:
        super().__init__()
        self._root, self._story, self._stage = root, story, stage
        self._count = 0

    def compose_body(self) -> Iterable[Widget]:
        """Its lines."""
        yield Lines(id="body")

    def on_mount(self) -> None:
        """Read it, and be told of every look."""
        self.detour.runs.listeners.append(self)
        self.action_reload()

    def on_unmount(self) -> None:
        """Nobody listens."""
        self.detour.runs.listeners.remove(self)

    @on(RunsRead)
    def _look(self) -> None:
        """Read on while the stage runs, and once more when it has ended."""
        before = self._story
        self._story = next((story for story in self.detour.runs.stories if story.id == before.id), before)
        stage = before.stages.get(self._stage)
        if stage is not None and stage.state == "started":
            self.action_reload()

    def action_reload(self) -> None:
        """Read it again."""
        self.work(lambda: self._post(), "read")

    def _post(self) -> None:
        self.post_message(self.Read(read_results(self._root, self._story, self._stage)))

    @on(Read)
    def _take(self, event: Read) -> None:
        shown = self.query_one(Lines)
        follows = not self._count or shown.cursor == str(self._count - 1)
        lines = event.results.log or (f"{self._stage} has printed nothing yet; r reads again.",)
        shown.show([(str(index), plain(line)) for index, line in enumerate(lines)])
        self._count = len(lines)
        if follows:
            # Whoever reads above is left there.
            shown.action_last()
