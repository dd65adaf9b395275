"""The paper's Table 1 as one experiment has it: F, IF and gain of every target and model, the paper's numbers below each.

Enter on F or IF opens that cell, Enter on a gain the test rows on which the two differ.
"""

from collections.abc import Iterable, Mapping
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from pipeline.errors import InputError
from tui import actions
from tui.evidence.cell import curve_lines
from tui.evidence.curves import CurveLine, mean_line
from tui.evidence.gains import GainLine, GainsTable, read_gains
from tui.evidence.sheets import gains_sheet
from tui.evidence.words import in_full, notes, summary
from tui.history.reader import reader_of
from tui.history.rows import FOLDERS, History
from tui.history.words import side
from tui.output import plain, visible
from tui.screens.base import DetourScreen
from tui.screens.gains_lines import FLOORS, LEGEND, lines_of
from tui.sharing import Sheet
from tui.watching import RunsRead
from tui.widgets.learning import LearningPlot
from tui.widgets.matrix import Matrix, MatrixLine

LOW = 18
"""Lines of a terminal below which the matrix gets what it can."""
TALL = 36
"""Lines from which the curves of the cell under the cursor have room."""


class GainsScreen(DetourScreen):
    """The gains of one revision; `show` says of which."""

    name_in_registry = "gains"
    families = ("matrix", "move")
    BINDINGS = actions.bindings("gains")
    AUTO_FOCUS: ClassVar[str] = "Matrix"
    DEFAULT_CSS = """
    GainsScreen #side, GainsScreen #note { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    GainsScreen #note { color: $text-warning; }
    GainsScreen #detail { height: 3; padding: 0 1; background: $surface; }
    GainsScreen #curve { height: 12; }
    GainsScreen.short #curve, GainsScreen.bare #curve { display: none; }
    GainsScreen.low #note { display: none; }
    GainsScreen.low #detail { height: 2; }
    """

    class Read(Message):
        """The gains of a revision were read."""

        def __init__(self, table: GainsTable, curves: Mapping[str, CurveLine]) -> None:
            super().__init__()
            self.table, self.curves = table, curves

    class Failed(Message):
        """They cannot be read."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    class Shareable(Message):
        """A sheet was made."""

        def __init__(self, sheet: Sheet) -> None:
            super().__init__()
            self.sheet = sheet

    def __init__(self) -> None:
        super().__init__()
        self.revision = ""
        """As it was asked for; empty for HEAD, or the newest that has gains."""
        self.table: GainsTable | None = None
        self.settled = False
        """Whether an answer is there, be it that there are no gains."""
        self._shown: tuple[list[str], list[MatrixLine], dict[tuple[str, str], GainLine]] | None = None
        self._found: dict[tuple[str, str], GainLine] = {}
        self._curves: Mapping[str, CurveLine] = {}
        self._written: dict[str, str] = {}

    def compose_body(self) -> Iterable[Widget]:
        """Whose gains, what must be read beside them, the matrix, the cell under the cursor in full."""
        yield Static(id="side", markup=False)
        yield Static(id="note", markup=False)
        yield Matrix(id="body", empty="Reading git ...")
        yield LearningPlot(id="curve")
        yield Static(id="detail", markup=False)

    @property
    def matrix(self) -> Matrix:
        """The matrix."""
        return self.query_one(Matrix)

    def on_mount(self) -> None:
        """Read what is to be shown, and again whatever a live run has changed."""
        self.detour.runs.listeners.append(self)
        self.action_reload()

    def on_unmount(self) -> None:
        """Stop listening."""
        self.detour.runs.listeners.remove(self)

    @on(RunsRead)
    def _follow(self) -> None:
        """The tree of a run, or the working folder, is read again while runs are looked at."""
        shown = self.detour.current_mode == self.name_in_registry
        if shown and self.table is not None and self.table.row.kind in FOLDERS:
            self.action_reload()

    def on_resize(self) -> None:
        """Fewer lines around the matrix in a low terminal."""
        self.set_class(self.size.height < LOW, "low")
        self.set_class(self.size.height < TALL, "short")

    def show(self, revision: str) -> None:
        """Show another revision."""
        if revision != self.revision or self.table is None:
            self.revision = revision
            self.action_reload()

    # Reading

    def action_reload(self) -> None:
        """Read git again; what is shown stays until then."""
        self.work(self._read, "gains")

    def _read(self) -> None:
        worker, revision = get_current_worker(), self.revision
        try:
            message: Message = reader_of(self.detour.checkout.here).ask(lambda history: self._answer(history, revision))
        except InputError as error:
            message = self.Failed(str(error))
        if not worker.is_cancelled:
            self.post_message(message)

    def _answer(self, history: History, revision: str) -> "GainsScreen.Read":
        """The gains, and the mean curve of each of their cells by its name."""
        table = read_gains(history, revision)
        curves = {}
        for line in table.lines:
            for cell, name in ((line.f, "F"), (line.if_, "IF")):
                if cell is not None and (mean := mean_line(name, curve_lines(history, table.row, cell))):
                    curves[cell.name] = mean
        return self.Read(table, curves)

    @on(Read)
    def _take(self, event: Read) -> None:
        self.table, self.settled, self._curves = event.table, True, event.curves
        before, self._shown = self._shown, lines_of(event.table)
        models, lines, self._found = self._shown
        self.matrix.empty = (
            " ".join(event.table.problems) or "This experiment declares no cell that begins with a detour."
        )
        # What is the same is not drawn again: a live run is looked at every few seconds.
        if before is None or before[:2] != self._shown[:2]:
            self.matrix.load(models, lines, FLOORS)
        else:
            self._show_detail()
        faults = f"  (!) {' '.join(event.table.problems)}" if event.table.problems else ""
        stale = f"  ! {event.table.stale}" if event.table.stale else ""
        self._write("side", f"{side(event.table.row)}{faults}  {summary(event.table)}{stale}")
        self._write("note", event.table.note)
        self.query_one("#note").display = bool(event.table.note)
        self.keys_changed()

    @on(Failed)
    def _fail(self, event: Failed) -> None:
        self.table, self._found, self.settled = None, {}, True
        self._shown = None
        self.matrix.empty = event.sentence
        self.matrix.load((), ())
        for line in ("side", "note"):
            self._write(line, "")
        self.keys_changed()

    @on(Matrix.Moved)
    def _show_detail(self) -> None:
        line = self.line
        self._write("detail", "\n".join(in_full(line)) if line else "")
        names = (line.parts.f.name, line.parts.name) if line else ()
        curves = [self._curves[name] for name in names if name in self._curves]
        self.set_class(not curves, "bare")
        if line is not None and curves:
            self.query_one("#curve", LearningPlot).show_lines(f"{line.parts.stem}: test accuracy by epoch", curves)

    def _write(self, id: str, text: str) -> None:
        if self._written.get(id) == text:
            return
        self._written[id] = text
        self.query_one(f"#{id}", Static).update(
            Text("\n".join(visible(line) for line in text.split("\n"))), layout=False
        )

    @property
    def line(self) -> GainLine | None:
        """The gain under the cursor."""
        return self._found.get((self.matrix.key, self.matrix.model))

    # Keys

    @property
    def has_rows(self) -> bool:
        """Whether the matrix has lines."""
        return bool(self.matrix.lines)

    def is_enabled(self, method: str) -> bool:
        """Without gains there is only another experiment, and another attempt."""
        if method in ("flips", "open"):
            return self.table is not None and self.line is not None
        return method in ("choose", "reload") or self.table is not None

    @on(Matrix.Chosen)
    def action_open(self) -> None:
        """The cell under the cursor, or the flips behind its gain."""
        line, part = self.line, self.matrix.part
        if line is None or self.table is None:
            return
        if part == "gain":
            self.action_flips()
            return
        cell = line.parts if part == "if" else line.parts.f
        self.detour.open_cell(self.table.row.ref or self.table.row.name, cell.name)

    def action_flips(self) -> None:
        """The test rows on which F and IF differ."""
        line = self.line
        if line is not None and self.table is not None:
            revision = self.table.row.ref or self.table.row.name
            self.detour.open_flips(revision, revision, line.parts.f.name, line.parts.name)

    def action_notes(self) -> None:
        """All that must be read beside the table."""
        from tui.screens.reading import ReadingScreen

        if self.table is not None:
            lines = [plain(line) for note in [*notes(self.table), LEGEND, *self.table.problems] for line in (note, "")]
            self.app.push_screen(ReadingScreen(lines))

    def action_share(self) -> None:
        """The table as it leaves the app."""
        table = self.table
        if table is None:
            return

        def make() -> None:
            sheet = reader_of(self.detour.checkout.here).ask(lambda history: gains_sheet(table, history))
            self.post_message(self.Shareable(sheet))

        self.work(make, "share")

    @on(Shareable)
    def _share(self, event: Shareable) -> None:
        from tui.screens.share import ShareScreen

        line = self.line
        if self.table is not None:
            told = " ".join(in_full(line)) if line else ""
            self.app.push_screen(ShareScreen(event.sheet, name=self.table.row.name, line=told))

    def action_choose(self) -> None:
        """Another experiment."""
        from tui.screens.gains_choice import GainsChoice

        self.app.push_screen(GainsChoice(self.show))
