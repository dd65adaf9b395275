"""Curves of several experiments over each other.

Each has a letter, which stands at its points as well as in the legend, so that they are told apart without colours; seeds are a
shaded band around their mean, or lines of their own. One may look at a part of the steps, and at values on a logarithmic scale.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from textual.geometry import Size

from tui.comparing.curves import Mean, Point
from tui.runs.results import thinned
from tui.widgets.plot import Plot

COLOURS = ("green", "cyan", "magenta", "yellow", "blue", "red")
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LEFT, BOTTOM = 8, 2
"""Cells around the curves: labels and axis."""
_BAND = "░"
_LABEL = 8
"""Columns from one step's label to the next, at least."""
_EVERY = 24
"""Columns from one letter on a curve to the next."""


@dataclass(frozen=True)
class Series:
    """One curve of the overlay."""

    mean: Mean
    seeds: tuple[tuple[Point, ...], ...] = ()
    """Lines in the place of the band."""


@dataclass(frozen=True)
class View:
    """What is looked at."""

    first: float
    last: float
    """Steps in sight."""
    log: bool = False


class OverlayPlot(Plot):
    """Several curves, as wide as there is room."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id)
        self._series: Sequence[Series] = ()
        self._view = View(0, 1)

    def show(self, series: Sequence[Series], view: View) -> None:
        """Draw other curves, or others of their steps."""
        self._series, self._view = series, view
        self.draw()

    def has_nothing(self, size: Size) -> bool:
        """Without room for an axis."""
        return size.width <= LEFT + 4 or size.height <= BOTTOM + 2

    def paint(self, size: Size) -> None:
        """Axes, bands, lines, letters."""
        room = Size(size.width - LEFT, size.height - BOTTOM)
        values = [value for series in self._series for value in self._in_sight(series)]
        if not values:
            self.put(LEFT, room.height // 2, "Nothing to draw in this part."[: room.width], "dim")
            return
        scale = Scale.around(min(values), max(values), self._view.log, room.height)
        self._axes(room, scale)
        for index, series in enumerate(self._series):
            self._band(series, room, scale, COLOURS[index % len(COLOURS)])
        for index, series in enumerate(self._series):
            self._lines(series, room, scale, COLOURS[index % len(COLOURS)])
        for index, series in enumerate(self._series):
            self._letters(series, room, scale, LETTERS[index % len(LETTERS)], COLOURS[index % len(COLOURS)], index)

    def _in_sight(self, series: Series) -> list[float]:
        lines = series.seeds or (series.mean.points, series.mean.low, series.mean.high)
        return [value for line in lines for _, value in self._cropped(line) if value > 0 or not self._view.log]

    def _cropped(self, points: Sequence[Point]) -> list[Point]:
        return [point for point in points if self._view.first <= point[0] <= self._view.last]

    def _x(self, step: float, room: Size) -> float:
        span = self._view.last - self._view.first or 1.0
        return LEFT + (step - self._view.first) / span * (room.width - 1)

    def _placed(self, points: Sequence[Point], room: Size, scale: "Scale") -> list[Point]:
        shown = [point for point in self._cropped(points) if point[1] > 0 or not scale.log]
        kept = thinned(shown, room.width)
        return [(self._x(step, room), scale.row(value)) for step, value in kept]

    def _band(self, series: Series, room: Size, scale: "Scale", colour: str) -> None:
        """Shade what lies between the lowest and the highest seed, column by column."""
        if series.seeds or max(series.mean.counts, default=0) < 2:
            return
        low, high = (self._placed(line, room, scale) for line in (series.mean.low, series.mean.high))
        for (x, bottom), (next_x, next_bottom), (_, top), (_, next_top) in zip(
            low, low[1:], high, high[1:], strict=False
        ):
            for column in range(round(x), round(next_x) + 1):
                share = (column - x) / (next_x - x) if next_x > x else 0.0
                share = min(1.0, max(0.0, share))
                first = round(top + share * (next_top - top))
                last = round(bottom + share * (next_bottom - bottom))
                # A band of one row would hide in its own line.
                for row in range(first, last + 1) if last > first else ():
                    self.set_pixel(column, row, _BAND, f"{colour} dim")

    def _lines(self, series: Series, room: Size, scale: "Scale", colour: str) -> None:
        for line in series.seeds or (series.mean.points,):
            placed = self._placed(line, room, scale)
            if len(placed) > 1:
                self.draw_hires_lines([(*one, *other) for one, other in pairwise(placed)], style=colour)

    def _letters(self, series: Series, room: Size, scale: "Scale", letter: str, colour: str, index: int) -> None:
        """At points of the mean, shifted from curve to curve so that they do not hide each other, and at the last one."""
        placed = self._placed(series.mean.points, room, scale)
        next_at = LEFT + (5 * index) % _EVERY
        for x, y in placed:
            if x >= next_at:
                self.set_pixel(round(x), round(y), letter, f"{colour} bold")
                next_at = round(x) + _EVERY
        if placed:
            self.set_pixel(round(placed[-1][0]), round(placed[-1][1]), letter, f"{colour} bold")

    def _axes(self, room: Size, scale: "Scale") -> None:
        for y in range(room.height):
            self.set_pixel(LEFT - 1, y, "│", "dim")
        self.put(LEFT - 1, room.height, "└" + "─" * room.width, "dim")
        for value in scale.ticks:
            row = round(scale.row(value))
            if 0 <= row < room.height:
                self.put(0, row, f"{value:.4g}"[: LEFT - 2].rjust(LEFT - 2), "dim")
        every = max(1, round(round_step(self._view.last - self._view.first, max(1, room.width // _LABEL))))
        for step in range(math.ceil(self._view.first / every) * every, math.floor(self._view.last) + 1, every):
            x = round(self._x(step, room))
            if x + len(str(step)) <= LEFT + room.width:
                self.put(x, room.height + 1, str(step), "dim")


@dataclass(frozen=True)
class Scale:
    """The vertical axis."""

    low: float
    high: float
    log: bool
    rows: int
    ticks: tuple[float, ...]

    @staticmethod
    def around(low: float, high: float, log: bool, rows: int) -> "Scale":
        """An axis that holds the values between `low` and `high`, with round labels."""
        if log:
            ticks = _decades(low, high)
            return Scale(min(low, ticks[0]), max(high, ticks[-1]), True, rows, ticks)
        step = round_step(high - low or abs(high) or 1.0, max(2, min(8, rows // 2)))
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        last = max(last, first + 1)
        ticks = tuple(round(place * step, 12) for place in range(first, last + 1))
        return Scale(ticks[0], ticks[-1], False, rows, ticks)

    def row(self, value: float) -> float:
        """The row of a value, the highest at the top."""
        if self.log:
            share = math.log(self.high / value) / (math.log(self.high / self.low) or 1.0)
        else:
            share = (self.high - value) / (self.high - self.low)
        return share * (self.rows - 1)


def round_step(span: float, most: int) -> float:
    """The smallest of 1, 2, 5 times a power of ten that divides a span into at most `most` parts."""
    power = 10.0 ** math.floor(math.log10(span / most)) if span > 0 else 1.0
    return next(factor * power for factor in (1, 2, 5, 10, 20) if span / (factor * power) <= most)


def _decades(low: float, high: float) -> tuple[float, ...]:
    """1, 2 and 5 times powers of ten around two positive values."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    marks = [factor * 10.0**power for power in range(first, last + 1) for factor in (1, 2, 5)]
    below = max((mark for mark in marks if mark <= low * (1 + 1e-9)), default=marks[0])
    above = min((mark for mark in marks if mark >= high * (1 - 1e-9)), default=marks[-1])
    kept = tuple(mark for mark in marks if below <= mark <= above)
    return kept if len(kept) > 1 else (below, max(above, below * 2))
