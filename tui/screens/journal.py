"""The command log: what the app did, as commands that may be typed."""

from collections.abc import Iterable
from datetime import datetime

from rich.text import Text
from textual.widget import Widget

from tui import actions
from tui.journal import Entry
from tui.output import plain
from tui.screens.base import DetourScreen
from tui.widgets.lines import Lines


class JournalScreen(DetourScreen):
    """Every git, dvc and detour command of this app, the newest last."""

    name_in_registry = "journal"
    families = ("move",)
    BINDINGS = actions.bindings("journal")

    def compose_body(self) -> Iterable[Widget]:
        """One line for each command."""
        yield Lines(id="body")

    def on_mount(self) -> None:
        """Show the commands so far."""
        self.action_reload()
        self.query_one(Lines).action_last()

    def action_reload(self) -> None:
        """Show what came meanwhile."""
        entries = list(self.detour.journal.entries)
        self.query_one(Lines).show([(str(index), _line(entry)) for index, entry in enumerate(entries)])

    def action_copy(self) -> None:
        """Copy the command under the cursor."""
        entries = list(self.detour.journal.entries)
        key = self.query_one(Lines).cursor
        if key:
            self.detour.copy(entries[int(key)].text)


def _line(entry: Entry) -> Text:
    became = "runs" if entry.status is None else "ok" if entry.status == 0 else f"exit {entry.status}"
    return plain(f"{datetime.fromtimestamp(entry.when):%H:%M:%S}  {became:8s} {entry.text}")
