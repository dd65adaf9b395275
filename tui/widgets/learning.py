"""Learning curves of a cell as the paper's Figure 1 has them, with the epochs that were selected.

A line begins with its letter, so that lines are told apart without colour. The marks: ◆ selected on dev, ○ best on test (the paper's
choice), ◈ both.
"""

from collections.abc import Mapping, Sequence

from textual.geometry import Size

from tui.evidence.curves import CurveLine
from tui.runs.results import Curve
from tui.widgets.curve import COLOURS, LEFT, TOP, CurvePlot, limits

DEV, TEST, BOTH = "◆", "○", "◈"
MARKS = f"{DEV} dev {TEST} best on test"


class LearningPlot(CurvePlot):
    """Lines with marks."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id)
        self._title = ""
        self._lines: Sequence[CurveLine] = ()

    def show_lines(self, title: str, lines: Sequence[CurveLine]) -> None:
        """Draw lines in the place of the present ones."""
        self._title, self._lines = title, lines
        self.show(Curve({line.name: line.points for line in lines}))

    def _paint(self, curve: Curve, room: Size) -> None:
        """The curves, and the marks over them."""
        super()._paint(curve, room)
        points = [point for line in self._lines for point in line.points]
        last = max(2, int(max(epoch for epoch, _ in points)))
        _, low, high = limits(min(value for _, value in points), max(value for _, value in points))
        for index, line in enumerate(self._lines):
            for epoch, value in line.points:
                # Lines are drawn in parts of a cell: the cell that holds the point, not the nearest.
                x = LEFT + int((epoch - 1) / (last - 1) * (room.width - 1))
                y = TOP + int((high - value) / (high - low) * (room.height - 1) + 1e-9)
                mark = _mark(line, int(epoch)) or (_letter(line.name) if epoch == line.points[0][0] else "")
                if mark:
                    self.set_pixel(x, y, mark, f"bold {COLOURS[index % len(COLOURS)]}")

    def _paint_legend(self, seeds: Mapping[str, object]) -> None:
        """Title, names and what the marks mean, as far as there is room."""
        x = self.put(LEFT, 0, self._title[: max(0, self.size.width - LEFT)], "")
        for index, line in enumerate(self._lines):
            if x + 2 + len(line.name) > self.size.width:
                return
            x = self.put(x + 2, 0, line.name, COLOURS[index % len(COLOURS)])
        if x + 2 + len(MARKS) <= self.size.width:
            self.put(x + 2, 0, MARKS, "dim")


def _mark(line: CurveLine, epoch: int) -> str:
    dev, test = epoch in line.dev, epoch in line.test
    return BOTH if dev and test else DEV if dev else TEST if test else ""


def _letter(name: str) -> str:
    """What a line begins with: F, I of IF, or a seed's first digit."""
    return name.rsplit(" ", 1)[-1][:1]
