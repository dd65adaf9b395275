"""The paper's Figure 1 for this study, as SVG: accuracy on the test set by epoch of fine-tuning.

`figure` is pure down to the byte: no date, fixed ids, own defaults whatever a matplotlibrc or the locale says. Text stays
text, so that it can be searched and a viewer takes its own font, and nothing in it is read as markup or mathematics.
matplotlib is imported only where it draws; nothing is rasterised.
"""

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from pipeline.reporting.lines import PRETRAINED
from pipeline.reporting.panels import KINDS, CurveLine, Panel, caption
from pipeline.reporting.text import score

HEADINGS = {"domain": "Domain adaptation", "crosslingual": "Cross-lingual"}

COLOURS = ("#004488", "#BB5566", "#DDAA33", "#228833", "#66CCEE", "#AA3377", "#000000")
"""By model. The first three are P. Tol's high-contrast scheme, made for colour-blind readers and for grey prints."""
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "*")
"""By model, so that grey or many lines can still be told apart."""
DASHES: tuple[Any, ...] = ("solid", (0, (6, 1.2, 1.2, 1.2)), (0, (9, 2)), (0, (3, 1, 1, 1, 1, 1)))
"""By start of a task, IF."""
F_DASHES = (0, (3, 1.6))

# Inches; all places are fixed, so that fonts decide nothing but the shapes of letters.
PANEL = (2.75, 1.55)
LEFT, RIGHT, BETWEEN, ABOVE, TOP, BOTTOM = 1.0, 0.85, 1.25, 0.58, 0.52, 0.5
LINE_HEIGHT = 0.135
CHARACTERS_AN_INCH = 18.0
LABEL_GAP = 0.11
"""Between the labels of two floors that lie close."""
LEAST_SPAN = 0.1
"""A panel shows at least this much of the scale: noise must not fill it."""

STYLE: dict[str, Any] = {
    "svg.fonttype": "none",
    "svg.hashsalt": "figure1",
    "text.parse_math": False,
    "font.size": 7.5,
    "axes.linewidth": 0.6,
    "axes.edgecolor": "#555555",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.color": "#333333",
    "ytick.color": "#333333",
    "legend.frameon": False,
    "lines.linewidth": 1.3,
}


@dataclass(frozen=True)
class _Page:
    """Where everything stands, in inches from the lower left corner."""

    columns: tuple[str, ...]
    tasks: Mapping[str, int]
    """Rows of each task."""
    caption: tuple[str, ...]

    @property
    def width(self) -> float:
        return _width(len(self.columns))

    @property
    def height(self) -> float:
        rows = sum(self.tasks.values())
        return TOP + rows * (PANEL[1] + ABOVE) + BOTTOM + len(self.caption) * LINE_HEIGHT + 0.1

    def box(self, column: int, row: int) -> tuple[float, float, float, float]:
        """A panel's place as shares of the page: left, bottom, width, height."""
        left = LEFT + column * (PANEL[0] + BETWEEN)
        bottom = self.height - TOP - (row + 1) * (PANEL[1] + ABOVE)
        return left / self.width, bottom / self.height, PANEL[0] / self.width, PANEL[1] / self.height


def figure(note: str, panels: Sequence[Panel]) -> str:
    """Draw the figure.

    Args:
        note: what must be read beside this study's numbers; printed below.
        panels: in the order of the study.

    Returns:
        SVG text.
    """
    with _own_style():
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        stream = io.StringIO()
        drawn = draw(note, panels)
        FigureCanvasSVG(drawn)
        drawn.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Title": "Figure 1"})
    # matplotlib ends some lines in a blank.
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


@contextmanager
def _own_style() -> Iterator[None]:
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(STYLE)
        # A letter that the measuring font lacks is the viewer's to draw.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def draw(note: str, panels: Sequence[Panel]) -> Any:
    """The figure as a matplotlib Figure without a canvas of its own."""
    from matplotlib.figure import Figure

    columns = tuple(kind for kind in KINDS if any(panel.kind == kind for panel in panels)) or KINDS[:1]
    tasks = {
        task: max(sum((panel.task, panel.kind) == (task, kind) for panel in panels) for kind in columns)
        for task in dict.fromkeys(panel.task for panel in panels)
    }
    page = _Page(columns, tasks, tuple(caption(note, panels, int(_width(len(columns)) * CHARACTERS_AN_INCH))))
    sheet = Figure(figsize=(page.width, page.height))
    models = list(dict.fromkeys(model for panel in panels for _, model in panel.cells))
    first = 0
    for task, rows in tasks.items():
        _name_task(sheet, page, task, first, rows, [panel for panel in panels if panel.task == task])
        for column, kind in enumerate(columns):
            members = [panel for panel in panels if (panel.task, panel.kind) == (task, kind)]
            for row, panel in enumerate(members, first):
                axes = sheet.add_axes(page.box(column, row))
                _draw_panel(axes, panel, models, _starts(panels, task))
        first += rows
    _head(sheet, page, panels, models)
    for place, text in enumerate(page.caption):
        height = (len(page.caption) - place) * LINE_HEIGHT / page.height
        sheet.text(0.12 / page.width, height, text, fontsize=6.8, color="#333333", va="top")
    return sheet


def _width(columns: int) -> float:
    return LEFT + columns * PANEL[0] + (columns - 1) * BETWEEN + RIGHT


def _starts(panels: Sequence[Panel], task: str) -> list[str]:
    """The intermediate starts of a task in the study's order."""
    starts = (start for panel in panels if panel.task == task for start, _ in panel.cells)
    return [start for start in dict.fromkeys(starts) if start != PRETRAINED]


def _dashes(start: str, starts: Sequence[str]) -> Any:
    return F_DASHES if start == PRETRAINED else DASHES[starts.index(start) % len(DASHES)]


def _draw_panel(axes: Any, panel: Panel, models: Sequence[str], starts: Sequence[str]) -> None:
    """One target: bands below lines below markers."""
    axes.set_title(panel.target, loc="left", fontsize=8, fontweight="bold", pad=4)
    if panel.shortfall:
        axes.set_title(panel.shortfall, loc="right", fontsize=7, fontstyle="italic", color="#994455", pad=4)
    low, high = _scale(panel)
    axes.set_ylim(low, high)
    axes.set_axisbelow(True)
    axes.grid(axis="y", color="#E4E4E4", linewidth=0.5)
    _ticks(axes, panel)
    axes.set_ylabel("accuracy", fontsize=7)
    axes.set_xlabel("epoch of fine-tuning", fontsize=7, labelpad=1.5)
    if not panel.lines:
        axes.text(0.5, 0.5, "no result yet", transform=axes.transAxes, ha="center", va="center", color="#888888")
    _draw_floors(axes, panel, (low, high))
    for line in panel.lines:
        _draw_line(axes, line, models.index(line.model), _dashes(line.start, starts))


def _scale(panel: Panel) -> tuple[float, float]:
    """The ends of the axis of accuracy: all that is drawn with some room, LEAST_SPAN at least."""
    low, high = panel.limits
    lacking = max(0.0, LEAST_SPAN - (high - low)) / 2
    room = 0.06 * max(high - low, LEAST_SPAN)
    return max(-0.02, low - lacking - room), min(1.02, high + lacking + room)


def _ticks(axes: Any, panel: Panel) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    epochs = max((len(line.mean) for line in panel.lines), default=1)
    axes.set_xlim(0.7, epochs + 0.3)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=10, integer=True, min_n_ticks=1))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=5))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: score(value, 2)))
    axes.tick_params(length=2.5, labelsize=7)


def _draw_floors(axes: Any, panel: Panel, limits: tuple[float, float]) -> None:
    """Dotted lines, named at the right; labels that would touch are moved apart."""
    titles = {"majority": ("majority", "#888888"), "tfidf": ("TF-IDF", "#222222")}
    lowest = None
    for name, value in sorted(panel.floors.items(), key=lambda item: item[1]):
        title, colour = titles[name]
        axes.axhline(value, color=colour, linestyle=(0, (1, 2)), linewidth=1.1, zorder=1.5)
        place = (value - limits[0]) / (limits[1] - limits[0])
        if lowest is not None:
            place = max(place, lowest + LABEL_GAP / PANEL[1])
        lowest = place
        said = f"{title} {score(value)}"
        axes.text(1.02, place, said, transform=axes.transAxes, va="center", fontsize=6.5, color=colour)


def _draw_line(axes: Any, line: CurveLine, index: int, dashes: Any) -> None:
    colour = COLOURS[index % len(COLOURS)]
    epochs = list(range(1, len(line.mean) + 1))
    if line.seeds > 1:
        axes.fill_between(epochs, line.low, line.high, color=colour, alpha=0.12, linewidth=0, zorder=2)
    axes.plot(epochs, line.mean, color=colour, linestyle=dashes, zorder=3)
    for epoch, share in line.selected.items():
        face = "white" if line.start == PRETRAINED else colour
        axes.plot(
            [epoch],
            [line.mean[epoch - 1]],
            marker=MARKERS[index % len(MARKERS)],
            markersize=2.6 + 3.2 * share**0.5,
            markerfacecolor=face,
            markeredgecolor=colour,
            markeredgewidth=0.9,
            zorder=4,
            clip_on=False,
        )


def _name_task(sheet: Any, page: _Page, task: str, first: int, rows: int, members: Sequence[Panel]) -> None:
    """The task at the left of its rows, with the starts of its IF cells."""
    _, bottom, _, _ = page.box(0, first + rows - 1)
    _, top, _, height = page.box(0, first)
    middle = (bottom + top + height) / 2
    sheet.text(0.2 / page.width, middle, task, rotation=90, ha="center", va="center", fontsize=8.5, fontweight="bold")
    starts = _starts(members, task)
    if starts:
        said = f"IF from {', '.join(starts)}"
        sheet.text(0.38 / page.width, middle, said, rotation=90, ha="center", va="center", fontsize=7, color="#555555")


def _head(sheet: Any, page: _Page, panels: Sequence[Panel], models: Sequence[str]) -> None:
    """The keys of models and starts, and the titles of the columns."""
    from matplotlib.lines import Line2D

    by_model = [
        Line2D([], [], color=COLOURS[place % len(COLOURS)], marker=MARKERS[place % len(MARKERS)], ms=4, label=model)
        for place, model in enumerate(models)
    ]
    styles = {"F (pretrained)": (F_DASHES, "white")}
    by_task = [_starts(panels, task) for task in page.tasks]
    several = any(len(starts) > 1 for starts in by_task)
    for starts in by_task:
        for start in starts:
            styles[f"IF from {start}" if several else "IF (intermediate)"] = (_dashes(start, starts), "#444444")
    by_start = [
        Line2D([], [], color="#444444", linestyle=dashes, marker="o", ms=4, markerfacecolor=face, label=label)
        for label, (dashes, face) in styles.items()
    ]
    for row, handles in enumerate((by_model, by_start)):
        place = (LEFT - 0.1) / page.width, 1 - (0.1 + 0.19 * row) / page.height
        key = sheet.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=place,
            ncols=max(1, len(handles)),
            borderaxespad=0,
            borderpad=0,
            handlelength=3.2,
            columnspacing=1.6,
        )
        key.set_in_layout(False)
    for column, kind in enumerate(page.columns):
        left, *_ = page.box(column, 0)
        centre = left + PANEL[0] / page.width / 2
        height = 1 - (TOP + 0.1) / page.height
        sheet.text(centre, height, HEADINGS[kind], ha="center", va="center", fontsize=9.5)
