"""A learning curve: accuracy on dev by epoch, a line for each seed.

It is drawn anew with every epoch and only the cells that changed are written: a plot of a whole screen's width is 15 kB, a new
point some hundred bytes. Limits are rounded outwards so that they stay as the curve grows.
"""

import math
from collections.abc import Mapping
from itertools import pairwise
from typing import Self

from textual.geometry import Region, Size
from textual_hires_canvas import Canvas

from tui.runs.results import Curve, thinned

COLOURS = ("green", "cyan", "magenta", "yellow", "blue", "red")
STEPS = (0.05, 0.1, 0.2, 0.5)
"""Distances of labels on the vertical axis; a smaller one would magnify a flat line to its rounding errors."""
MOST_LABELS = 10
LEFT, TOP, BOTTOM = 5, 1, 2
"""Cells around the curves: labels and axis, the legend, axis and labels."""
LABEL = 6
"""Columns from one epoch's label to the next, at least."""

Point = tuple[float, float]
Cell = tuple[int, int]
"""Column and row."""


class CurvePlot(Canvas, can_focus=False):
    """The curve of one stage, as wide as there is room."""

    DEFAULT_CSS = """
    CurvePlot { background: $background; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(1, 1, id=id)
        self._curve: Curve | None = None
        self._painted: dict[Cell, tuple[str, str]] = {}
        """Character and style of every cell that is not blank."""
        self._drawn_at = Size(0, 0)
        self._is_drawing = False

    def show(self, curve: Curve) -> None:
        """Draw a curve in the place of the present one."""
        self._curve = curve
        self._draw()

    def on_resize(self) -> None:
        """Draw it as large as there is room."""
        self._draw()

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """Left out while pixels are set: `_draw` says which of them changed."""
        if self._is_drawing:
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    def set_pixel(self, x: int, y: int, char: str = "█", style: str = "white") -> None:
        """Everything is drawn by it: what it sets is remembered."""
        super().set_pixel(x, y, char, style)
        self._painted[x, y] = (char, style)

    def _draw(self) -> None:
        size, curve = self.size, self._curve
        if curve is None or size.width <= LEFT + 2 or size.height <= TOP + BOTTOM + 1:
            return
        before, self._painted = self._painted, {}
        self._is_drawing = True
        try:
            self.reset(size=size)
            self._paint(curve, Size(size.width - LEFT, size.height - TOP - BOTTOM))
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

    def _paint(self, curve: Curve, room: Size) -> None:
        """Axes, then the seeds in their order; `room` is what the curves may take."""
        points = [point for line in curve.seeds.values() for point in line]
        last = max(2, curve.epochs, int(max(epoch for epoch, _ in points)))
        step, low, high = limits(min(value for _, value in points), max(value for _, value in points))
        self._paint_legend(curve.seeds)
        self._paint_axes(room, last, step, low, high)

        def place(point: Point) -> Point:
            x = (point[0] - 1) / (last - 1) * (room.width - 1)
            return LEFT + x, TOP + (high - point[1]) / (high - low) * (room.height - 1)

        for index, line in enumerate(curve.seeds.values()):
            kept = [place(point) for point in thinned(line, room.width)]
            colour = COLOURS[index % len(COLOURS)]
            if len(kept) == 1:
                self.set_pixel(round(kept[0][0]), round(kept[0][1]), "●", colour)
            else:
                self.draw_hires_lines([(*one, *other) for one, other in pairwise(kept)], style=colour)

    def _paint_legend(self, seeds: Mapping[str, object]) -> None:
        title, words = "dev accuracy by epoch", [f"seed {seed}" for seed in seeds]
        if LEFT + len(title) + sum(len(word) + 2 for word in words) > self.size.width:
            title, words = "dev accuracy", list(seeds)
        x = self._write(LEFT, 0, title, "")
        for index, word in enumerate(words):
            x = self._write(x + 2, 0, word, COLOURS[index % len(COLOURS)])

    def _paint_axes(self, room: Size, last: int, step: float, low: float, high: float) -> None:
        bottom = TOP + room.height
        for y in range(TOP, bottom):
            self.set_pixel(LEFT - 1, y, "│", "dim")
        self._write(LEFT - 1, bottom, "└" + "─" * room.width, "dim")
        count = round((high - low) / step)
        rows = {index: TOP + round(index / count * (room.height - 1)) for index in range(count + 1)}
        for index, y in rows.items():
            # The two at the ends, and between them what does not touch its neighbours.
            if index in (0, count) or (index % max(1, -(-2 * count // room.height)) == 0 and y < bottom - 2):
                self._write(0, y, f"{high - index * step:.2f}".removeprefix("0").rjust(LEFT - 1), "dim")
        every = max(1, math.ceil(last * LABEL / room.width))
        for epoch in range(1, last + 1, every):
            x = LEFT + round((epoch - 1) / (last - 1) * (room.width - 1))
            if x + len(str(epoch)) <= LEFT + room.width:
                self._write(x, bottom + 1, str(epoch), "dim")

    def _write(self, x: int, y: int, text: str, style: str) -> int:
        """Write a text as it is; the column behind it."""
        for offset, character in enumerate(text):
            self.set_pixel(x + offset, y, character, style)
        return x + len(text)


def limits(least: float, most: float) -> tuple[float, float, float]:
    """The distance of labels, and the limits of an axis: multiples of that distance around all values."""
    for step in STEPS:
        low, high = math.floor(least / step + 1e-9) * step, math.ceil(most / step - 1e-9) * step
        high = max(high, low + step)
        if round((high - low) / step) <= MOST_LABELS:
            break
    return step, low, high
