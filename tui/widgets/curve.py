"""A learning curve: accuracy on dev by epoch, a line for each seed."""

from textual_plot import HiResMode, PlotWidget

from tui.runs.results import Curve, thinned

COLOURS = ("green", "cyan", "magenta", "yellow", "blue", "red")

MARGIN = 0.01
"""Above the highest and below the lowest point."""


class CurvePlot(PlotWidget, can_focus=False):
    """The curve of one stage, as wide as there is room."""

    DEFAULT_CSS = """
    CurvePlot { background: $background; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id, allow_pan_and_zoom=False)

    def show(self, curve: Curve) -> None:
        """Draw a curve in the place of the present one."""
        self.clear()
        for index, (seed, points) in enumerate(curve.seeds.items()):
            kept = thinned(points, max(10, self.size.width))
            x, y = [epoch for epoch, _ in kept], [value for _, value in kept]
            colour = COLOURS[index % len(COLOURS)]
            if len(kept) == 1:
                self.scatter(x, y, marker="●", marker_style=colour, label=f"seed {seed}")
            else:
                self.plot(x, y, line_style=colour, hires_mode=HiResMode.BRAILLE, label=f"seed {seed}")
        values = [value for points in curve.seeds.values() for _, value in points]
        last = max(curve.epochs, int(max(epoch for points in curve.seeds.values() for epoch, _ in points)))
        # A flat line would be magnified to its rounding errors.
        self.set_ylimits(min(values) - MARGIN, max(values) + MARGIN)
        self.set_xlimits(1, max(2, last))
        self.set_xticks(sorted({1, *range(1, last + 1, max(1, -(-last // 6)))}))
        self.set_xlabel("epoch")
        self.set_ylabel("dev accuracy")
