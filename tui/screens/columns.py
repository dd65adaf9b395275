"""Choosing the columns of a table."""

from collections.abc import Iterable, Sequence

from textual.containers import Vertical
from textual.screen import ModalScreen
from textual.widget import Widget
from textual.widgets import Static

from tui import actions
from tui.widgets.cells import Column, TableRow, text_cell
from tui.widgets.filtered import FilteredTable
from tui.widgets.table import Table


class ColumnsScreen(ModalScreen[set[str] | None]):
    """A list in which the shown columns are marked; returns their keys, or None where nothing is to change.

    Args:
        columns: Whole names by key, in order.
        shown: The keys that are shown now.
    """

    DEFAULT_CSS = """
    ColumnsScreen { align: center middle; }
    ColumnsScreen > Vertical { width: 90%; max-width: 76; height: 90%; background: $surface; border: round $primary; }
    ColumnsScreen Static { height: 1; padding: 0 1; }
    """
    BINDINGS = actions.bindings("columns")

    def __init__(self, columns: Sequence[tuple[str, str]], shown: set[str]) -> None:
        super().__init__()
        self._columns = columns
        self._shown = shown

    def compose(self) -> Iterable[Widget]:
        """The list and its keys."""
        with Vertical():
            yield Static("Space shown or not  a all/none  / find  Enter show  Esc as before", markup=False)
            yield FilteredTable()

    def on_mount(self) -> None:
        """List the columns."""
        rows = [TableRow(key, [text_cell(name)]) for key, name in self._columns]
        self.table.load([Column("name", ("* is shown",), most=200)], rows)
        self.table.marks = {key: None for key, _ in self._columns if key in self._shown}
        self.table.focus()

    @property
    def table(self) -> Table:
        """The list."""
        return self.query_one(FilteredTable).table

    def on_table_chosen(self) -> None:
        """Enter on a row applies, as elsewhere on the screen."""
        self.action_apply()

    def action_apply(self) -> None:
        """Show the marked columns."""
        self.dismiss(set(self.table.marks))

    def action_all(self) -> None:
        """Mark every column that the filter shows; none of them where all are."""
        keys = [row.key for row in self.table.shown]
        if all(key in self.table.marks for key in keys):
            for key in keys:
                del self.table.marks[key]
        else:
            self.table.marks.update(dict.fromkeys(keys))
        self.table.refresh()

    def action_close(self) -> None:
        """Change nothing."""
        self.dismiss(None)
