"""Choosing the columns of a table, their order, and columns made of expressions."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Static

from tui import actions
from tui.filtering.faults import FilterFault
from tui.output import visible
from tui.screens.dialog import Overlay
from tui.screens.fields import Blank, FieldsDialog
from tui.widgets.cells import Column, TableRow, text_cell
from tui.widgets.filtered import FilteredTable
from tui.widgets.table import Table

Make = Callable[[str], tuple[str, str]]
"""Key and name of the column that an expression makes; raises FilterFault where it makes none."""


@dataclass(frozen=True)
class Choice:
    """What was chosen."""

    shown: frozenset[str]
    order: tuple[str, ...]
    """The keys of all columns."""
    moved: bool
    """Whether the order is another than it was."""


class ColumnsScreen(Overlay[Choice]):
    """A list in which the shown columns are marked; returns what was chosen, or None where nothing is to change.

    Args:
        columns: Keys and whole names, in order.
        shown: The keys that are shown now.
        make: Makes a column of an expression; None where there are none.
    """

    DEFAULT_CSS = """
    ColumnsScreen { align: center middle; }
    ColumnsScreen > Vertical { width: 90%; max-width: 76; height: 90%; background: $surface; border: round $primary; }
    ColumnsScreen Static { height: 1; padding: 0 1; }
    """
    BINDINGS = actions.bindings("columns")

    def __init__(self, columns: Sequence[tuple[str, str]], shown: set[str], make: Make | None = None) -> None:
        super().__init__()
        self._columns = dict(columns)
        self._before = tuple(self._columns)
        self._shown = shown
        self._make = make

    def compose(self) -> Iterable[Widget]:
        """The list and its keys."""
        with Vertical():
            yield Static("Space shown  a all/none  / find  < > move  + add  Enter show  Esc as before", markup=False)
            yield FilteredTable()

    def on_mount(self) -> None:
        """List the columns."""
        self._list()
        self.table.marks = {key: None for key in self._columns if key in self._shown}
        self.table.focus()

    def _list(self) -> None:
        rows = [TableRow(key, [text_cell(name)]) for key, name in self._columns.items()]
        self.table.load([Column("name", ("* is shown",), most=200)], rows)

    @property
    def table(self) -> Table:
        """The list."""
        return self.query_one(FilteredTable).table

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """What is typed into the filter's line is the filter's."""
        return self.table.has_focus if action in ("earlier", "later", "add") else True

    def on_table_chosen(self) -> None:
        """Enter on a row applies, as elsewhere on the screen."""
        self.action_apply()

    def action_apply(self) -> None:
        """Show the marked columns."""
        order = tuple(self._columns)
        self.dismiss(Choice(frozenset(self.table.marks), order, order != self._before))

    def action_all(self) -> None:
        """Mark every column that the filter shows; none of them where all are."""
        keys = [row.key for row in self.table.shown]
        if all(key in self.table.marks for key in keys):
            for key in keys:
                del self.table.marks[key]
        else:
            self.table.marks.update(dict.fromkeys(keys))
        self.table.refresh()

    def action_earlier(self) -> None:
        """Put the column before the one above it."""
        self._move(-1)

    def action_later(self) -> None:
        """Put the column behind the one below it."""
        self._move(1)

    def _move(self, by: int) -> None:
        row, to = self.table.row, self.table.cursor + by
        if row is None or not 0 <= to < len(self.table.shown):
            return
        keys = list(self._columns)
        here, there = keys.index(row.key), keys.index(self.table.shown[to].key)
        keys.insert(there, keys.pop(here))
        self._columns = {key: self._columns[key] for key in keys}
        self._list()

    def action_add(self) -> None:
        """Ask for an expression."""
        if self._make is not None:
            blank = Blank("column", "", "max dev_macro_f1, mean accuracy task:sentiment, last dev_loss")
            self.app.push_screen(FieldsDialog("A column of an expression", [blank], "Add"), self._added)

    def _added(self, given: Mapping[str, str] | None) -> None:
        if given is None or self._make is None or not given["column"]:
            return
        try:
            key, name = self._make(given["column"])
        except FilterFault as fault:
            self.notify(visible(str(fault)), severity="warning", markup=False)
            return
        self._columns = {key: name, **self._columns}
        self._list()
        self.table.marks[key] = None
        self.table.move_to(key)
        self.table.refresh()

    def action_close(self) -> None:
        """Change nothing."""
        self.dismiss(None)
