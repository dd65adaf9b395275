"""A table with a line above it in which `/` asks for words: only the rows that hold them all are shown.

The line is there while a filter is, so that nobody takes a part of the rows for all of them. Enter goes to the rows, Esc takes
the filter away.
"""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Input

from tui import actions
from tui.widgets.table import Table


class FilteredTable(Vertical):
    """A `Table` and its filter.

    Args:
        id: The widget's id.
        empty: What stands in the place of rows where there are none.
    """

    DEFAULT_CSS = """
    FilteredTable { height: 1fr; }
    FilteredTable > Input { display: none; height: 1; border: none; padding: 0 1; background: $panel; }
    FilteredTable > Input:focus { border: none; }
    """
    BINDINGS = actions.bindings("filter")
    LINE: ClassVar[type[Input]] = Input

    def __init__(self, id: str | None = None, empty: str = "Nothing here.") -> None:
        super().__init__(id=id)
        self.table = Table(empty=empty)
        self.line = self.LINE(placeholder="words that a row holds", compact=True)
        # A blinking cursor would write to the terminal for ever.
        self.line.cursor_blink = False

    def compose(self) -> Iterable[Widget]:
        """The filter above the rows."""
        yield self.line
        yield self.table

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without a filter, Esc is the app's."""
        return action != "clear" or bool(self.line.display)

    def action_find(self) -> None:
        """Open the line."""
        self.line.display = True
        # At once: the keys typed next are the filter's.
        self.screen.set_focus(self.line)

    def action_clear(self) -> None:
        """Show all rows."""
        self.line.value = ""
        self.line.display = False
        self.table.focus()

    @on(Input.Changed)
    def _take(self, event: Input.Changed) -> None:
        event.stop()
        self.narrow(event.value)

    def narrow(self, text: str) -> None:
        """Show what the text in the line asks for."""
        self.table.narrow(text)
        # Textual ends the table's own message here, since this widget made it be posted.
        self.post_message(Table.Moved())

    @on(Input.Submitted)
    def _to_rows(self, event: Input.Submitted) -> None:
        event.stop()
        if not event.value.strip():
            self.action_clear()
        self.finish(event.value)
        self.table.focus()

    def finish(self, text: str) -> None:
        """Enter was pressed."""
