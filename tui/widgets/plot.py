"""A drawing of which only the cells that changed are written: a plot of a whole screen's width is 15 kB, a new point some hundred
bytes.

A plot paints itself anew with every change, cell by cell (`set_pixel`), and what differs from the last painting is repainted.
"""

from typing import Self

from textual.geometry import Region, Size
from textual_hires_canvas import Canvas

Cell = tuple[int, int]
"""Column and row."""


class Plot(Canvas, can_focus=False):
    """The base of plots: `has_nothing` and `paint` are the plot's own."""

    DEFAULT_CSS = """
    Plot { background: $background; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(1, 1, id=id)
        self._painted: dict[Cell, tuple[str, str]] = {}
        """Character and style of every cell that is not blank."""
        self._drawn_at = Size(0, 0)
        self._is_drawing = False

    def has_nothing(self, size: Size) -> bool:
        """Whether there is nothing to paint, or no room for it."""
        raise NotImplementedError

    def paint(self, size: Size) -> None:
        """Set the cells of a plot of this size."""
        raise NotImplementedError

    def on_resize(self) -> None:
        """Draw it as large as there is room."""
        self.draw()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Left out while pixels are set: `draw` says which of them changed."""
        if self._is_drawing:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def set_pixel(self, x: int, y: int, char: str = "█", style: str = "white") -> None:
        """Everything is drawn by it: what it sets is remembered."""
        super().set_pixel(x, y, char, style)
        self._painted[x, y] = (char, style)

    def draw(self) -> None:
        """Paint anew and repaint what differs."""
        size = self.size
        if self.has_nothing(size):
            return
        before, self._painted = self._painted, {}
        self._is_drawing = True
        try:
            self.reset(size=size)
            self.paint(size)
        finally:
            self._is_drawing = False
        if self._drawn_at != size:
            self._drawn_at = size
            self.refresh()
            return
        cells = before.keys() | self._painted.keys()
        self.refresh_cells([cell for cell in cells if before.get(cell) != self._painted.get(cell)])

    def refresh_cells(self, cells: list[Cell]) -> None:
        """Write some cells anew, those of a row together."""
        for row in sorted({y for _, y in cells}):
            columns = [x for x, y in cells if y == row]
            self.refresh(Region(min(columns), row, max(columns) - min(columns) + 1, 1))

    def put(self, x: int, y: int, text: str, style: str) -> int:
        """Write a text as it is; the column behind it."""
        for offset, character in enumerate(text):
            self.set_pixel(x + offset, y, character, style)
        return x + len(text)
