"""A learning curve: accuracy on dev by epoch, a line for each seed.

Limits are rounded outwards so that they stay as the curve grows. Curves of several experiments are `tui.widgets.overlay`'s.
"""

import math
from collections.abc import Mapping
from itertools import pairwise

from textual.geometry import Size

from tui.runs.results import Curve, thinned
from tui.widgets.plot import Plot

COLOURS = ("green", "cyan", "magenta", "yellow", "blue", "red")
STEPS = (0.05, 0.1, 0.2, 0.5)
"""Distances of labels on the vertical axis; a smaller one would magnify a flat line to its rounding errors."""
MOST_LABELS = 10
LEFT, TOP, BOTTOM = 5, 1, 2
"""Cells around the curves: labels and axis, the legend, axis and labels."""
LABEL = 6
"""Columns from one epoch's label to the next, at least."""

Point = tuple[float, float]


class CurvePlot(Plot):
    """The curve of one stage, as wide as there is room."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id)
        self._curve: Curve | None = None

    def show(self, curve: Curve) -> None:
        """Draw a curve in the place of the present one."""
        self._curve = curve
        self.draw()

    def has_nothing(self, size: Size) -> bool:
        """Without a curve, or smaller than its labels."""
        return self._curve is None or size.width <= LEFT + 2 or size.height <= TOP + BOTTOM + 1

    def paint(self, size: Size) -> None:
        """Legend, axes, seeds."""
        assert self._curve is not None
        self._paint(self._curve, Size(size.width - LEFT, size.height - TOP - BOTTOM))

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
        x = self.put(LEFT, 0, title, "")
        for index, word in enumerate(words):
            x = self.put(x + 2, 0, word, COLOURS[index % len(COLOURS)])

    def _paint_axes(self, room: Size, last: int, step: float, low: float, high: float) -> None:
        bottom = TOP + room.height
        for y in range(TOP, bottom):
            self.set_pixel(LEFT - 1, y, "│", "dim")
        self.put(LEFT - 1, bottom, "└" + "─" * room.width, "dim")
        count = round((high - low) / step)
        rows = {index: TOP + round(index / count * (room.height - 1)) for index in range(count + 1)}
        for index, y in rows.items():
            # The two at the ends, and between them what does not touch its neighbours.
            if index in (0, count) or (index % max(1, -(-2 * count // room.height)) == 0 and y < bottom - 2):
                self.put(0, y, f"{high - index * step:.2f}".removeprefix("0").rjust(LEFT - 1), "dim")
        every = max(1, math.ceil(last * LABEL / room.width))
        for epoch in range(1, last + 1, every):
            x = LEFT + round((epoch - 1) / (last - 1) * (room.width - 1))
            if x + len(str(epoch)) <= LEFT + room.width:
                self.put(x, bottom + 1, str(epoch), "dim")


def limits(least: float, most: float) -> tuple[float, float, float]:
    """The distance of labels, and the limits of an axis: multiples of that distance around all values."""
    for step in STEPS:
        low, high = math.floor(least / step + 1e-9) * step, math.ceil(most / step - 1e-9) * step
        high = max(high, low + step)
        if round((high - low) / step) <= MOST_LABELS:
            break
    return step, low, high
