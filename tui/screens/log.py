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
from tui.widgets.lines import Lines


class LogScreen(DetourScreen):
    """The log of one stage, its end first in view."""

    name_in_registry = "log"
    families = ("move",)
    BINDINGS = actions.bindings("log")

    class Read(Message):
        """The log was read."""

        def __init__(self, results: StageResults) -> None:
            super().__init__()
            self.results = results

    def __init__(self, root: Path, story: RunStory, stage: str) -> None:
        super().__init__()
        self._root, self._story, self._stage = root, story, stage

    def compose_body(self) -> Iterable[Widget]:
        """Its lines."""
        yield Lines(id="body")

    def on_mount(self) -> None:
        """Read it."""
        self.action_reload()

    def action_reload(self) -> None:
        """Read it again."""
        self.work(lambda: self._post(), "read")

    def _post(self) -> None:
        self.post_message(self.Read(read_results(self._root, self._story, self._stage)))

    @on(Read)
    def _take(self, event: Read) -> None:
        lines = event.results.log or (f"{self._stage} has printed nothing yet; r reads again.",)
        self.query_one(Lines).show([(str(index), plain(line)) for index, line in enumerate(lines)])
        self.query_one(Lines).action_last()
