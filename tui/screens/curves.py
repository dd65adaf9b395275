"""Learning curves of cells in several experiments, over each other."""

import shlex
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rich.text import Text
from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from pipeline.errors import InputError
from tui import actions
from tui.comparing.curves import Band, Curves, Mean, columns_of, default_column, mean_of, read_curves, smoothed
from tui.comparing.curves_sheet import curves_sheet, words_of
from tui.comparing.groups import Grouping, sides_of
from tui.history.reader import reader_of
from tui.history.rows import History
from tui.output import plain
from tui.screens.base import DetourScreen
from tui.sharing import Provenance
from tui.sharing.provenance import pasted, provenance_of
from tui.widgets.overlay import COLOURS, LETTERS, OverlayPlot, Series, View

WEIGHTS = (0.0, 0.3, 0.6, 0.8, 0.9, 0.95)
BANDS: tuple[Band, ...] = ("range", "sd", "seeds")
_WORDS = {"range": "band: lowest-highest", "sd": "band: ± sd", "seeds": "each seed"}
_MOST_LEGEND = 6
_LEAST_PART = 2.0
"""Steps in sight, at least."""


class CurvesScreen(DetourScreen):
    """An overlay; Esc goes back.

    Args:
        revisions: Experiments by name.
        cells: Cells by name.
        grouping: How experiments are averaged.
    """

    name_in_registry = "curves"
    BINDINGS = actions.bindings("curves")
    DEFAULT_CSS = """
    CurvesScreen #legend { height: auto; max-height: 7; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    CurvesScreen #state { height: 1; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    """

    class Found(Message):
        """Curves came from git."""

        def __init__(self, curves: Sequence[Curves], provenance: Provenance) -> None:
            super().__init__()
            self.curves = curves
            self.provenance = provenance

    def __init__(self, revisions: Sequence[str], cells: Sequence[str], grouping: Grouping) -> None:
        super().__init__()
        self._revisions, self._cells, self._grouping = revisions, cells, grouping
        self._curves: Sequence[Curves] = ()
        self._provenance: Provenance | None = None
        self.column = ""
        self.weight = 0
        """The place of the smoothing in WEIGHTS."""
        self.band = 0
        """The place in BANDS."""
        self.view = View(0, 1)
        self._whole = View(0, 1)

    def compose_body(self) -> Iterable[Widget]:
        """The legend, the plot, what is shown."""
        yield Static("Reading git ...", id="legend", markup=False)
        yield OverlayPlot(id="body")
        yield Static(id="state", markup=False)

    def on_mount(self) -> None:
        """Begin to read."""
        self.action_reload()

    def action_reload(self) -> None:
        """Read the curves again."""
        self.work(self._read, "curves")

    def _read(self) -> None:
        worker = get_current_worker()

        def read(history: History) -> Message:
            rows = [history.row(history.resolve(name)) for name in self._revisions]
            sides = sides_of(history, rows, self._grouping)
            curves, refused = [], None
            for cell in self._cells:
                try:
                    curves += read_curves(history, sides, cell)
                except InputError as error:
                    refused = error
            if refused is not None and not curves:
                raise refused
            return self.Found(curves, provenance_of(history, (), rows))

        try:
            message = reader_of(self.detour.checkout.here).ask(read)
        except InputError as error:
            message = self.Refused(str(error))
        if not worker.is_cancelled:
            self.post_message(message)

    @on(Found)
    def _take(self, event: Found) -> None:
        self._curves, self._provenance = event.curves, event.provenance
        if self.column not in columns_of(self._curves):
            self.column = default_column(self._curves)
        self._look_at_all()
        self._show()

    def on_resize(self) -> None:
        """The legend is cut at the terminal's width."""
        self._show()

    # What is drawn

    @property
    def shown(self) -> list[Curves]:
        """The curves that have the column."""
        return [curves for curves in self._curves if self.column in curves.columns]

    def means(self) -> list[Mean]:
        """The drawn curves over their seeds."""
        weight, band = WEIGHTS[self.weight], BANDS[self.band]
        return [mean_of(curves.columns[self.column], weight, band) for curves in self.shown]

    def _look_at_all(self) -> None:
        steps = [step for curves in self.shown for points in curves.columns[self.column].values() for step, _ in points]
        first, last = (min(steps), max(steps)) if steps else (0.0, 1.0)
        self._whole = View(first, max(last, first + 1), self.view.log)
        self.view = self._whole

    def _show(self) -> None:
        if not self._curves:
            return
        weight, band = WEIGHTS[self.weight], BANDS[self.band]
        series = []
        for curves, mean in zip(self.shown, self.means(), strict=True):
            seeds = tuple(smoothed(points, weight) for points in curves.columns[self.column].values())
            series.append(Series(mean, seeds if band == "seeds" else ()))
        self.query_one(OverlayPlot).show(series, self.view)
        self.query_one("#legend", Static).update(self._legend())
        self.query_one("#state", Static).update(plain(self._state()))
        self.keys_changed()

    def _legend(self) -> Text:
        lines = []
        cells = {curves.cell for curves in self.shown}
        for index, (curves, mean) in enumerate(zip(self.shown, self.means(), strict=True)):
            colour = COLOURS[index % len(COLOURS)]
            name = curves.name if len(cells) == 1 else f"{curves.name} {curves.cell.partition('@')[2] or curves.cell}"
            line = Text(f"{LETTERS[index % len(LETTERS)]} ", f"bold {colour}").append_text(plain(name, "not bold"))
            if mean.points:
                seeds = len(curves.columns[self.column])
                step, value = mean.points[-1]
                line.append(f"  {value:.4f} at {step:g}, {seeds} seed{'s' if seeds != 1 else ''}", "dim not bold")
            lines.append(line)
        more = len(lines) - _MOST_LEGEND
        shown = [*lines[:_MOST_LEGEND], *([plain(f"and {more} more")] if more > 0 else [])]
        return Text("\n").join(shown)

    def _state(self) -> str:
        cells = dict.fromkeys(curves.cell for curves in self.shown)
        parts = [self.column, _WORDS[BANDS[self.band]]]
        parts += [f"smoothed {WEIGHTS[self.weight]:g}"] if self.weight else []
        parts += ["log"] if self.view.log else []
        parts += [f"steps {round(self.view.first, 1):g}-{round(self.view.last, 1):g}"] if self._is_part() else []
        parts += [next(iter(cells))] if len(cells) == 1 else []
        return " · ".join(parts)

    def _is_part(self) -> bool:
        return (self.view.first, self.view.last) != (self._whole.first, self._whole.last)

    # Keys

    def is_enabled(self, method: str) -> bool:
        """Without curves one may read again."""
        if method in ("left", "right", "out"):
            return self._is_part()
        return method == "reload" or bool(self._curves)

    def action_metric(self) -> None:
        """The next column of the file."""
        columns = columns_of(self._curves)
        if columns:
            self.column = columns[(columns.index(self.column) + 1) % len(columns)]
            view = self.view if self._is_part() else None
            self._look_at_all()
            self.view = view or self.view
            self._show()

    def action_band(self) -> None:
        """Seeds as a band from the lowest to the highest, as a deviation, or each."""
        self.band = (self.band + 1) % len(BANDS)
        self._show()

    def action_smoother(self) -> None:
        """Smooth more."""
        self.weight = min(self.weight + 1, len(WEIGHTS) - 1)
        self._show()

    def action_rougher(self) -> None:
        """Smooth less."""
        self.weight = max(self.weight - 1, 0)
        self._show()

    def action_log(self) -> None:
        """A logarithmic scale, or a linear one."""
        self.view = View(self.view.first, self.view.last, not self.view.log)
        self._show()

    def action_zoom(self) -> None:
        """Half of the steps in sight, around their middle."""
        self._zoom(0.5)

    def action_out(self) -> None:
        """Twice as many steps."""
        self._zoom(2.0)

    def _zoom(self, factor: float) -> None:
        span = max(_LEAST_PART, (self.view.last - self.view.first) * factor)
        self._move_to((self.view.first + self.view.last) / 2 - span / 2, span)

    def action_left(self) -> None:
        """Earlier steps."""
        self._pan(-0.25)

    def action_right(self) -> None:
        """Later steps."""
        self._pan(0.25)

    def _pan(self, share: float) -> None:
        span = self.view.last - self.view.first
        self._move_to(self.view.first + share * span, span)

    def _move_to(self, first: float, span: float) -> None:
        """A part of the steps, kept inside of them."""
        span = min(span, self._whole.last - self._whole.first)
        first = min(max(first, self._whole.first), self._whole.last - span)
        self.view = View(first, first + span, self.view.log)
        self._show()

    def _source(self) -> Provenance | None:
        """Where the curves came from, with the commands that print them."""
        if self._provenance is None:
            return None
        names = [pasted(name, commit) for name, commit in self._provenance.revisions]
        made = words_of(self._cells, names, self.column, WEIGHTS[self.weight], self._grouping.off)
        return replace(self._provenance, command="; ".join(map(shlex.join, made)))

    def action_copy(self) -> None:
        """Share the curves as numbers, or a picture of them."""
        from tui.screens.share import ShareScreen

        if self._curves:
            sheet = curves_sheet(self.shown, self.column, WEIGHTS[self.weight], self._source())
            self.app.push_screen(ShareScreen(sheet, name=f"curves {self.shown[0].cell.partition('@')[2]}".strip()))
