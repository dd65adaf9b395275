"""The whole confusion matrix of a cell: gold labels down, predicted ones across; it scrolls both ways."""

from collections.abc import Iterable
from typing import ClassVar

from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui import actions
from tui.evidence.cell import CellStory
from tui.evidence.confusion import confusion, mean_confusion
from tui.evidence.sheets import cell_sheet
from tui.screens.browsing import BrowsingScreen
from tui.sharing import Sheet
from tui.widgets.cells import Cell, Column, TableRow, text_cell
from tui.widgets.filtered import FilteredTable
from tui.widgets.table import Table

MOST_LABEL = 12


class MatrixScreen(BrowsingScreen):
    """The matrix, mean over seeds or of one seed.

    Args:
        story: A cell with predictions.
    """

    name_in_registry = "cell_matrix"
    BINDINGS = actions.bindings("cell_matrix")
    AUTO_FOCUS: ClassVar[str] = "Table"
    DEFAULT_CSS = """
    MatrixScreen #side, MatrixScreen #detail { height: 1; padding: 0 1; background: $surface; }
    """

    class Shareable(Message):
        """A sheet was made."""

        def __init__(self, sheet: Sheet) -> None:
            super().__init__()
            self.sheet = sheet

    def __init__(self, story: CellStory) -> None:
        super().__init__()
        self.story = story
        self.seed = ""
        """Empty for the mean over seeds."""

    def compose_body(self) -> Iterable[Widget]:
        """What it is of, the matrix, the count under the cursor in words."""
        yield Static(id="side", markup=False)
        yield FilteredTable(id="body")
        yield Static(id="detail", markup=False)

    def on_mount(self) -> None:
        """Show the mean."""
        self._fill()

    def _fill(self) -> None:
        predicted = self.story.predicted
        assert predicted is not None
        matrix = confusion(predicted, self.seed) if self.seed else mean_confusion(predicted)
        decimals = 0 if self.seed or len(predicted.seeds) == 1 else 1
        columns = [Column("gold", ("gold \\ predicted",), most=24)]
        columns += [
            Column(f"p{id}", (label,), right=True, most=MOST_LABEL) for id, label in enumerate(predicted.labels)
        ]
        rows = []
        for gold, (label, line) in enumerate(zip(predicted.labels, matrix, strict=True)):
            cells = [
                Cell(
                    f"{value:.{decimals}f}",
                    value,
                    "strong" if id == gold else "inherited" if not value else "plain",
                )
                for id, value in enumerate(line)
            ]
            rows.append(TableRow(str(gold), [text_cell(label), *cells]))
        self.table.load(columns, rows)
        self.keys_changed()
        by = f"seed {self.seed}" if self.seed else f"mean over {len(predicted.seeds)} seeds"
        self.write("side", f"{self.story.cell.name} of {self.story.row.name}: test rows, {by}")

    @on(Table.Moved)
    def _show_detail(self) -> None:
        predicted, row = self.story.predicted, self.table.row
        if predicted is None or row is None or self.table.at == 0:
            self.write("detail", "h and l choose a column")
            return
        gold, other = predicted.labels[int(row.key)], predicted.labels[self.table.at - 1]
        count = row.cells[self.table.at].text
        self.write("detail", f"{count} of {predicted.gold.count(int(row.key))} rows with {gold} are taken for {other}")

    def action_seed(self) -> None:
        """The next seed, then the mean."""
        predicted = self.story.predicted
        if predicted is not None:
            places = ["", *predicted.seeds]
            self.seed = places[(places.index(self.seed) + 1) % len(places)]
            self._fill()

    def action_share(self) -> None:
        """The matrix, mean over seeds, as a table that leaves the app."""

        def make() -> None:
            sheet = self.reader.ask(lambda history: cell_sheet(self.story, history, "confusion"))
            self.post_message(self.Shareable(sheet))

        self.work(make, "share")

    @on(Shareable)
    def _share(self, event: Shareable) -> None:
        from tui.screens.share import ShareScreen

        self.app.push_screen(ShareScreen(event.sheet, name=self.story.row.name, line=self.written("detail")))
