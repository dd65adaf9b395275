"""The study's cells as a grid: a row for each target and start under its task, a column for each model.

Drawn line by line (Textual's Line API), so that moving the cursor repaints two lines. State is a mark, never colour alone; the
cursor is reversed, which every terminal can show.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import actions
from tui.output import visible

if TYPE_CHECKING:
    from pipeline.study import Cell

GAP = 2
MARK = "x"


@dataclass(frozen=True)
class Shown:
    """What the grid shows of one cell."""

    sign: str
    """One character for its state."""
    value: str
    kind: str = ""
    """Its state in a word, which gives its colour."""


@dataclass(frozen=True)
class _Row:
    """A line of the grid: a task's heading, or a target and start with its cells by model."""

    task: str
    label: str
    cells: Mapping[str, str]


class CellGrid(ScrollView, can_focus=True):
    """Cells to move over and mark."""

    BINDINGS = actions.bindings("move", "grid")
    COMPONENT_CLASSES: ClassVar[set[str]] = {"grid--measured", "grid--inherited", "grid--stale", "grid--missing"}
    DEFAULT_CSS = """
    CellGrid { height: 1fr; background: $background; scrollbar-size-horizontal: 0; }
    CellGrid > .grid--measured { color: $text-success; }
    CellGrid > .grid--stale { color: $text-warning; }
    CellGrid > .grid--missing { color: $text-muted; }
    """

    marked: reactive[frozenset[str]] = reactive(frozenset(), repaint=True)
    """Names of the marked cells; the owner sets it."""

    class Moved(Message):
        """The cursor came to another cell."""

        def __init__(self, cell: str) -> None:
            super().__init__()
            self.cell = cell

    class Toggled(Message):
        """These cells are to be marked, or unmarked where they all are."""

        def __init__(self, cells: Collection[str]) -> None:
            super().__init__()
            self.cells = frozenset(cells)

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._rows: list[_Row] = []
        self._models: list[str] = []
        self._shown: Mapping[str, Shown] = {}
        self._row = 0
        self._column = 0

    def show(self, cells: "Sequence[Cell]", shown: Mapping[str, Shown]) -> None:
        """Take the study's cells and what is shown of each; the cursor stays on its cell where there still is one."""
        before = self.cursor
        self._rows = _rows(cells)
        self._models = list(dict.fromkeys(cell.model for cell in cells))
        self._shown = shown
        self._put_cursor(before)
        self.virtual_size = Size(self._width(), len(self._rows) + 1)
        self.refresh()
        if self.cursor:
            self.post_message(self.Moved(self.cursor))

    @property
    def cursor(self) -> str:
        """The cell under the cursor; empty where the study has none."""
        if not self._rows or not self._models:
            return ""
        return self._rows[self._row].cells.get(self._models[self._column], "")

    def _put_cursor(self, cell: str) -> None:
        for index, row in enumerate(self._rows):
            for column, model in enumerate(self._models):
                if row.cells.get(model) == cell:
                    self._row, self._column = index, column
                    return
        self._row, self._column = next((index for index, row in enumerate(self._rows) if row.cells), 0), 0

    # Drawing

    def _label_width(self) -> int:
        return max((len(row.label) for row in self._rows), default=0) + GAP

    def _column_width(self, model: str) -> int:
        values = (len(self._shown[row.cells[model]].value) for row in self._rows if row.cells.get(model) in self._shown)
        # A mark, the state's sign and the value, with a space between them.
        return max(len(model), 4 + max(values, default=0)) + GAP

    def _width(self) -> int:
        return self._label_width() + sum(self._column_width(model) for model in self._models)

    def render_line(self, y: int) -> Strip:
        """The models, then the rows as far as they are scrolled; the labels stay when columns are scrolled."""
        index = y - 1 + self.scroll_offset.y
        if y == 0:
            label, parts = "", [self._fit(model, model, self._style(bold=True)) for model in self._models]
        elif index < len(self._rows):
            row = self._rows[index]
            label = row.label
            parts = [self._segment(index, model) for model in self._models] if row.cells else []
        else:
            return Strip.blank(self.size.width, self.rich_style)
        heading = y > 0 and not self._rows[index].cells
        width = self._label_width()
        first = Strip([Segment(f"{label:{width}s}", self._style(bold=heading))])
        rest = Strip(parts).crop(self.scroll_offset.x)
        return Strip.join([first, rest]).adjust_cell_length(self.size.width, self.rich_style).crop(0, self.size.width)

    def _segment(self, index: int, model: str) -> Segment:
        name = self._rows[index].cells.get(model, "")
        shown = self._shown.get(name)
        if shown is None:
            return self._fit(model, "", self._style())
        text = f"{MARK if name in self.marked else ' '} {shown.sign} {shown.value}"
        here = (index, self._models[self._column]) == (self._row, model)
        style = self._style(shown.kind, bold=name in self.marked, reverse=here and self.has_focus, underline=here)
        return self._fit(model, text, style)

    def _fit(self, model: str, text: str, style: Style) -> Segment:
        return Segment(f"{text:{self._column_width(model)}s}", style)

    def _style(self, kind: str = "", bold: bool = False, reverse: bool = False, underline: bool = False) -> Style:
        base = self.get_component_rich_style(f"grid--{kind}") if kind else self.rich_style
        return base + Style(bold=bold, reverse=reverse, underline=underline and not reverse)

    # Moving

    def _go(self, row: int, column: int) -> None:
        before = self._row
        self._row, self._column = row, max(0, min(column, len(self._models) - 1))
        for line in {before, self._row}:
            self.refresh(Region(0, line + 1 - self.scroll_offset.y, self.size.width, 1))
        self._keep_in_view()
        self.post_message(self.Moved(self.cursor))

    def _keep_in_view(self) -> None:
        line, height = self._row, self.size.height - 1
        # The heading of a task is shown with its first row.
        top = line - 1 if line and not self._rows[line - 1].cells else line
        if top < self.scroll_offset.y:
            self.scroll_to(y=top, animate=False)
        elif line >= self.scroll_offset.y + height:
            self.scroll_to(y=line - height + 1, animate=False)
        left = sum(self._column_width(model) for model in self._models[: self._column])
        right = left + self._column_width(self._models[self._column])
        room = self.size.width - self._label_width()
        if left < self.scroll_offset.x:
            self.scroll_to(x=left, animate=False)
        elif right > self.scroll_offset.x + room:
            self.scroll_to(x=right - room, animate=False)

    def _step(self, rows: int) -> None:
        """Move by so many rows of cells, over headings."""
        places = [index for index, row in enumerate(self._rows) if row.cells]
        if places:
            at = places.index(self._row) + rows
            self._go(places[max(0, min(at, len(places) - 1))], self._column)

    def action_down(self) -> None:
        """One row down."""
        self._step(1)

    def action_up(self) -> None:
        """One row up."""
        self._step(-1)

    def action_page_down(self) -> None:
        """A page down."""
        self._step(max(1, self.size.height - 2))

    def action_page_up(self) -> None:
        """A page up."""
        self._step(-max(1, self.size.height - 2))

    def action_first(self) -> None:
        """The first row."""
        self._step(-len(self._rows))

    def action_last(self) -> None:
        """The last row."""
        self._step(len(self._rows))

    def action_left(self) -> None:
        """One model to the left."""
        if self.cursor:
            self._go(self._row, self._column - 1)

    def action_right(self) -> None:
        """One model to the right."""
        if self.cursor:
            self._go(self._row, self._column + 1)

    # Marking

    def action_mark(self) -> None:
        """The cell under the cursor."""
        self._toggle([self.cursor])

    def action_mark_row(self) -> None:
        """Every model of this target and start."""
        if self._rows:
            self._toggle(self._rows[self._row].cells.values())

    def action_mark_column(self) -> None:
        """Every row of this model."""
        if self._models:
            model = self._models[self._column]
            self._toggle(row.cells[model] for row in self._rows if model in row.cells)

    def action_mark_task(self) -> None:
        """Every cell of this task."""
        if self._rows:
            task = self._rows[self._row].task
            self._toggle(name for row in self._rows if row.task == task for name in row.cells.values())

    def action_mark_all(self) -> None:
        """Every cell."""
        self._toggle(name for row in self._rows for name in row.cells.values())

    def _toggle(self, cells: Iterable[str]) -> None:
        names = [name for name in cells if name]
        if names:
            self.post_message(self.Toggled(names))


def _rows(cells: "Sequence[Cell]") -> list[_Row]:
    """Headings and rows in the study's order; the start is written under its target."""
    rows: dict[tuple[str, str, str], dict[str, str]] = {}
    for cell in cells:
        rows.setdefault((cell.task, cell.target, cell.start), {})[cell.model] = cell.name
    width = max((len(target) for _, target, _ in rows), default=0)
    lines: list[_Row] = []
    target_before = ""
    for (task, target, start), by_model in rows.items():
        if not lines or lines[-1].task != task:
            lines.append(_Row(task, visible(task), {}))
            target_before = ""
        first = target if target != target_before else ""
        lines.append(_Row(task, f"  {first:{width}s}  {start}", by_model))
        target_before = target
    return lines
