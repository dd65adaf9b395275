"""Every branch, tag and DVC experiment: what each measured, beside the parameters that tell them apart."""

import time
from collections.abc import Iterable, Sequence

from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from pipeline.errors import InputError
from tui import actions
from tui.history.diff import ABSENT
from tui.history.overview import Overview
from tui.history.rows import Row
from tui.history.values import value_of
from tui.history.words import number as worded
from tui.history.words import param, side
from tui.output import visible
from tui.screens.browsing import BrowsingScreen
from tui.screens.columns import ColumnsScreen
from tui.screens.experiment_columns import CELL, PARAM, Lines, columns_of, full_name, shown_unasked
from tui.widgets.filtered import FilteredTable
from tui.widgets.table import Table

READING = "Reading git ..."
EMPTY = "There is no commit yet: git commit the study, then a run records experiments."
_FIRST_ROWS = 25
_PATIENCE_S = 0.5


class ExperimentsScreen(BrowsingScreen):
    """The list of experiments."""

    name_in_registry = "experiments"
    BINDINGS = actions.bindings("experiments")
    DEFAULT_CSS = """
    ExperimentsScreen Static { text-wrap: nowrap; text-overflow: ellipsis; }
    ExperimentsScreen #status { height: 1; padding: 0 1; }
    ExperimentsScreen #detail { height: 2; padding: 0 1; background: $surface; }
    ExperimentsScreen.low #detail { height: 1; }
    """

    class Read(Message):
        """Rows came from git."""

        def __init__(self, overview: Overview, rows: Sequence[Row], whole: bool) -> None:
            super().__init__()
            self.overview = overview
            self.rows = rows
            self.whole = whole

    class Failed(Message):
        """Git could not be read."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(self) -> None:
        super().__init__()
        self.overview = Overview()
        self.baseline: str | None = None
        """The whole name of the pinned baseline."""
        self.metric = ""
        self._choice: dict[str, bool] = {}
        self._reading = True
        self._lines = Lines()

    def compose_body(self) -> Iterable[Widget]:
        """A line of state, the table, the row under the cursor in full."""
        yield Static(READING, id="status", markup=False)
        yield FilteredTable(id="body", empty=READING)
        yield Static(id="detail", markup=False)

    def on_mount(self) -> None:
        """Begin to read."""
        self.action_reload()

    def on_screen_resume(self) -> None:
        """Read again when the screen is opened again: a run may have ended meanwhile."""
        if not self._reading:
            self.action_reload()

    # Reading

    def action_reload(self) -> None:
        """Read git again; what is shown stays until the new rows are there."""
        self._reading = True
        self._show_status()
        self.work(self._read, "experiments")

    def _read(self) -> None:
        """In a thread: the first rows at once, then more and more at a time, so that drawing costs less than reading."""
        worker, overview = get_current_worker(), Overview()
        rows: list[Row] = []
        size, patience, last = _FIRST_ROWS, _PATIENCE_S, time.monotonic()
        try:
            for row in self.reader.each():
                if worker.is_cancelled:
                    return
                overview.unfold(row)
                rows.append(row)
                if len(rows) >= size or time.monotonic() - last > patience:
                    self.post_message(self.Read(overview, rows, whole=False))
                    rows, size, patience, last = [], size * 2, patience * 2, time.monotonic()
        except InputError as error:
            self.post_message(self.Failed(str(error)))
            return
        self.post_message(self.Read(overview, rows, whole=True))

    @on(Read)
    def _take(self, event: Read) -> None:
        event.overview.add(event.rows)
        first = not self.overview.rows or event.overview is self.overview
        if event.whole or first:
            self.overview = event.overview
            self._reading = not event.whole
            self.table.empty = EMPTY if event.whole else READING
            self._fill()

    @on(Failed)
    def _fail(self, event: Failed) -> None:
        self._reading = False
        self.table.empty = event.sentence
        self.table.load((), ())
        self._show_status()

    def _fill(self) -> None:
        overview = self.overview
        if self.metric not in overview.metrics:
            self.metric = overview.primary()
        columns = columns_of(overview)
        unasked = shown_unasked(columns)
        shown = [column for column in columns if self._choice.get(column.key, column.key in unasked)]
        if self.baseline not in overview.rows:
            self.baseline = None
        self._sign()
        self.table.load(shown, self._lines.rows(overview, shown, self.metric))
        self._show_status()
        self.keys_changed()

    def _sign(self) -> None:
        signs = {ref: "!" for ref, row in self.overview.rows.items() if row.problems}
        self.table.signs = {**signs, **({self.baseline: "B"} if self.baseline else {})}

    # What is written around the table

    def _show_status(self) -> None:
        table, count = self.table, len(self.overview.rows)
        parts = [f"{len(table.shown)} of {count}" if table.filter else f"{count} experiments"]
        parts += ["reading ..."] if self._reading else []
        parts += [self.metric] if self.metric else []
        pinned = self.overview.rows.get(self.baseline or "")
        parts += [f"baseline {pinned.name}" if pinned else "baseline: its own base"]
        parts += [f"{len(table.marks)} marked"] if table.marks else []
        self.write("status", " · ".join(parts))

    @on(Table.Moved)
    @on(Table.Marked)
    def _show_detail(self) -> None:
        row = self.chosen
        lines = [self._about(row), self._value(row)] if row else []
        if self.has_class("low"):
            # The value needs more than the name, which is in the table.
            lines = lines[1:]
        self.write("detail", "\n".join(lines))
        self._show_status()

    def _about(self, row: Row) -> str:
        problems = f"  (!) {' '.join(row.problems)}" if row.problems else ""
        return f"{side(row)}  {row.message}{problems}"

    def _value(self, row: Row) -> str:
        """The chosen column in full: what it is, its value, where that comes from."""
        column = self.table.column
        if column is None:
            return ""
        name = full_name(column)
        if column.key.startswith(PARAM):
            value = self.overview.value(row, name)
            return f"{name} = {'(absent)' if value is ABSENT else param(value)}"
        if column.key.startswith(CELL):
            cell = row.cells.get(name)
            if cell is None:
                return f"{name}: not a cell of {row.name}"
            why = f": {cell.origin.why}" if cell.origin.why else ""
            return f"{name} {self.metric} {worded(value_of(cell.value, self.metric))}, {cell.origin.kind}{why}"
        measured, inherited, stale, missing = row.counts().values()
        return (
            f"cells: {measured} measured, {inherited} inherited from {row.base_name or 'nothing'}, "
            f"{stale} stale (!), {missing} missing (·)"
        )

    # Keys

    @property
    def chosen(self) -> Row | None:
        """The experiment under the cursor."""
        row = self.table.row
        return self.overview.rows.get(row.key) if row else None

    def is_enabled(self, method: str) -> bool:
        """Without rows there is only reading again."""
        return method == "reload" or bool(self.overview.rows)

    @on(Table.Chosen)
    def action_compare(self) -> None:
        """Open the comparison, or say why there is none."""
        found = self._pair()
        if isinstance(found, str):
            self.notify(visible(found), severity="warning", markup=False)
        else:
            self.detour.open_compare(*found)

    def _pair(self) -> tuple[str, ...] | str:
        """Baseline and others: the marked ones against the pinned one, or the first of them, else the row against its base."""
        marks, row = list(self.table.marks), self.chosen
        if row is None:
            return "There is nothing to compare."
        others = [mark for mark in marks if mark != self.baseline]
        if self.baseline and others:
            return (self.baseline, *others)
        if len(marks) > 1:
            return tuple(marks)
        baseline = self.baseline or next((mark for mark in marks if mark != row.ref), None) or self._base_of(row)
        if baseline is None:
            return f"{row.name} is based on nothing; pin another as the baseline (b) or mark two (Space)."
        if baseline == row.ref:
            return f"{row.name} is the baseline; go to another, or unpin it (b)."
        return baseline, row.ref

    def _base_of(self, row: Row) -> str | None:
        """The whole name of the row's base where it has one, else its commit."""
        named = (
            other.ref
            for other in self.overview.rows.values()
            if other.commit == row.base and other.name == row.base_name
        )
        return next(named, row.base)

    def action_baseline(self) -> None:
        """Pin the experiment under the cursor, or unpin it."""
        row = self.chosen
        if row is not None:
            self.baseline = None if self.baseline == row.ref else row.ref
            self._sign()
            self.table.refresh()
            self._show_status()

    def action_metric(self) -> None:
        """Show the next metric."""
        metrics = list(self.overview.metrics)
        if self.metric in metrics:
            self.metric = metrics[(metrics.index(self.metric) + 1) % len(metrics)]
            self._fill()

    def action_columns(self) -> None:
        """Choose the columns."""
        columns = [column for column in columns_of(self.overview) if column.key != "name"]
        shown = {column.key for column in self.table.columns}

        def choose(keys: set[str] | None) -> None:
            if keys is not None:
                self._choice = {column.key: column.key in keys for column in columns}
                self._fill()

        self.app.push_screen(ColumnsScreen([(column.key, full_name(column)) for column in columns], shown), choose)

    def action_copy(self) -> None:
        """Copy the name of the experiment, as `detour diff` takes it."""
        row = self.chosen
        if row is not None:
            names = [other.name for other in self.overview.rows.values()]
            self.detour.copy(row.name if names.count(row.name) == 1 else row.ref)
