"""Which experiment's gains are shown: every name in git that holds gains or cells, the newest first."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from typing import ClassVar

from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from pipeline.errors import InputError
from tui import actions
from tui.evidence.gains import holds_evidence
from tui.history.refs import WORKSPACE
from tui.history.rows import History, Row
from tui.history.words import cells_in_short, gain_in_short
from tui.screens.browsing import BrowsingScreen
from tui.widgets.cells import Cell, Column, TableRow, text_cell
from tui.widgets.filtered import FilteredTable
from tui.widgets.table import Table

COLUMNS = (
    Column("name", ("name",), most=40),
    Column("kind", ("kind",), most=10),
    Column("date", ("date",), most=10),
    Column("gain", ("mean gain",), right=True, most=14),
    Column("cells", ("m/i/s/-",), right=True, most=14),
    Column("message", ("message",), most=60),
)


class GainsChoice(BrowsingScreen):
    """A list of experiments.

    Args:
        chosen: Called with the revision that was chosen.
    """

    name_in_registry = "gains_choice"
    BINDINGS = actions.bindings("gains_choice")
    AUTO_FOCUS: ClassVar[str] = "Table"
    DEFAULT_CSS = """
    GainsChoice #side { height: 1; padding: 0 1; background: $surface; }
    """

    class Read(Message):
        """Further experiments were read."""

        def __init__(self, rows: list[Row]) -> None:
            super().__init__()
            self.rows = rows

    def __init__(self, chosen: Callable[[str], None]) -> None:
        super().__init__()
        self._chosen = chosen

    def compose_body(self) -> Iterable[Widget]:
        """A line of help and the list."""
        yield Static(
            "Enter shows the gains of an experiment; workspace is what lies in the folder now.", id="side", markup=False
        )
        yield FilteredTable(id="body", empty="Reading git ...")

    def on_mount(self) -> None:
        """Begin to read."""
        self.table.load(COLUMNS, ())
        self.work(self._read, "choice")

    def _read(self) -> None:
        worker = get_current_worker()
        found: list[Row] = []
        # A bare repository has no folder.
        with suppress(InputError):
            found.append(self.reader.ask(_workspace))
        for row in self.reader.each():
            # It stands first already, and among these only where it differs from HEAD.
            if row.kind != WORKSPACE:
                found.append(row)
            if worker.is_cancelled:
                return
            if len(found) >= 50:
                self.post_message(self.Read(found))
                found = []
        self.post_message(self.Read(found))

    @on(Read)
    def _take(self, event: Read) -> None:
        self.table.empty = "No experiment holds gains or cells."
        self.table.extend([_line(row) for row in event.rows if holds_evidence(row)])
        self.keys_changed()

    @on(Table.Chosen)
    def _choose(self) -> None:
        row = self.table.row
        # Enter twice may come before this screen has gone.
        if row is not None and self.is_active:
            # Not awaited: this screen would wait for its own end.
            self.dismiss()
            self._chosen(row.key)


def _workspace(history: History) -> Row:
    return history.row(history.resolve(WORKSPACE))


def _line(row: Row) -> TableRow:
    gain = row.gains.mean
    day = row.date.date().isoformat() if row.date else ""
    shown = gain_in_short(row.gains)
    return TableRow(
        row.ref or row.name,
        [
            text_cell(row.name), text_cell(row.kind), Cell(day, day or None), Cell(shown, gain),
            Cell(cells_in_short(row.counts())), text_cell(row.message),
        ],
    )  # fmt: skip
