"""A baseline and any number of experiments: what was asked for and what came of it. Differences are experiment minus baseline."""

import shlex
import textwrap
from collections.abc import Iterable, Mapping
from dataclasses import replace

from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from pipeline.errors import InputError
from tui import actions
from tui.comparing.choice import only_changed
from tui.comparing.command import words_of
from tui.comparing.comparison import Comparison, compare
from tui.comparing.groups import FITTING, Grouping
from tui.comparing.sheets import sheet_of
from tui.comparing.sides import Side
from tui.comparing.words import stale, summary, verdicts
from tui.history.rows import History, Row
from tui.history.words import problems, side
from tui.output import visible
from tui.screens.browsing import BrowsingScreen
from tui.screens.compare_rows import EXPERIMENT, columns_for, details, rows_of
from tui.sharing import Provenance, Sheet
from tui.sharing.provenance import pasted, provenance_of
from tui.widgets.cells import Column
from tui.widgets.filtered import FilteredTable
from tui.widgets.table import Table

NOTHING_CHOSEN = "Nothing is chosen yet: Esc, then mark experiments with Space, pin a baseline with b, and press c."
SAME = "Nothing differs; x shows everything that is the same."


class CompareScreen(BrowsingScreen):
    """A comparison; `show_against` says of what."""

    name_in_registry = "compare"
    BINDINGS = actions.bindings("compare")
    DEFAULT_CSS = """
    CompareScreen #sides { height: 3; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    CompareScreen #detail { height: 3; padding: 0 1; background: $surface; }
    """

    class Compared(Message):
        """A comparison was made."""

        def __init__(self, found: Comparison, provenance: Provenance) -> None:
            super().__init__()
            self.found = found
            self.provenance = provenance

    class Failed(Message):
        """A revision cannot be read, or cannot be averaged."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(self) -> None:
        super().__init__()
        self.revisions: tuple[str, ...] = ()
        """Names of the baseline and of the experiments."""
        self.found: Comparison | None = None
        self.everything = False
        self.values = False
        """Whether the columns of several experiments show what they measured, in the place of differences."""
        self.metric = ""
        """The one metric that is shown; empty for all."""
        self.grouping = FITTING
        self._provenance: Provenance | None = None
        self._details: Mapping[tuple[str, int], str] = {}
        self._columns: list[Column] = []

    def compose_body(self) -> Iterable[Widget]:
        """The columns named, the lines, the line under the cursor in full."""
        yield Static(id="sides", markup=False)
        yield FilteredTable(id="body", empty=NOTHING_CHOSEN)
        yield Static(id="detail", markup=False)

    def on_resize(self) -> None:
        """Fewer lines around the table in a low terminal, other columns first in a narrow one."""
        super().on_resize()
        self._fit()
        self._show_sides()
        if self.found is not None and self._columns != columns_for(self.found, self.size.width):
            self._fill()

    # Reading

    def show_against(self, baseline: str, *others: str) -> None:
        """Compare `others` with `baseline`, revisions by name."""
        self.revisions = (baseline, *others)
        self.found, self._provenance = None, None
        self.table.empty = "Reading git ..."
        self.table.load((), ())
        self.keys_changed()
        self.action_reload()

    def action_reload(self) -> None:
        """Read all columns again; what is shown stays until then."""
        if self.revisions:
            self._show_sides()
            self.work(self._read, "compare")

    def _read(self) -> None:
        worker, revisions, grouping = get_current_worker(), self.revisions, self.grouping

        def read(history: History) -> Message:
            rows = [history.row(history.resolve(name)) for name in revisions]
            found = compare(history, rows, grouping)
            return self.Compared(found, provenance_of(history, (), found.rows))

        try:
            message = self.reader.ask(read)
        except InputError as error:
            message = self.Failed(str(error))
        # Of two questions that follow each other only the later one's answer counts.
        if not worker.is_cancelled:
            self.post_message(message)

    @on(Compared)
    def _take(self, event: Compared) -> None:
        self.found, self._provenance = event.found, event.provenance
        self._details = details(event.found)
        if self.metric not in {line.metric for line in event.found.metrics}:
            self.metric = ""
        self._fit()
        self._fill()

    @on(Failed)
    def _fail(self, event: Failed) -> None:
        self.found, self._details = None, {}
        self.table.empty = f"{event.sentence} Esc goes back to the experiments, r tries again."
        self.table.load((), ())
        self._show_sides()
        self.keys_changed()

    @property
    def shown(self) -> Comparison | None:
        """The lines that are asked for."""
        found = self.found
        if found is None:
            return None
        if self.metric:
            found = replace(found, metrics=tuple(line for line in found.metrics if line.metric == self.metric))
        return found if self.everything else only_changed(found)

    @property
    def place(self) -> int:
        """The experiment whose column is chosen: the first where none is."""
        column = self.table.column
        if column is None or not column.key.startswith(EXPERIMENT):
            return 0
        return int(column.key.removeprefix(EXPERIMENT))

    # What is written around the lines

    def _fill(self) -> None:
        shown = self.shown
        if shown is not None:
            self.table.empty = SAME
            columns = self._columns = columns_for(shown, self.size.width)
            rows = rows_of(_params_changed(shown), columns, self.values)
            self.table.load(columns if rows else (), rows)
            self._show_sides()
            self.keys_changed()

    def _fit(self) -> None:
        """Give the line in full the lines that the longest takes, up to a quarter of a terminal that is not low."""
        longest = max(self._details.values(), key=len, default="")
        is_low = self.has_class("low")
        lines = 0 if is_low else min(len(self._wrapped(longest)), self.size.height // 4)
        self.query_one("#detail").styles.height = max(2 if is_low else 3, lines)

    def _wrapped(self, text: str) -> list[str]:
        """Text in lines as wide as the terminal without its margins."""
        return textwrap.wrap(visible(text), max(1, self.size.width - 2))

    def _show_sides(self) -> None:
        text = self._sides()
        if not self.has_class("low") and text:
            # The names may be cut, what came of them is not.
            *names, came = text.split("\n")
            text = "\n".join([*names, *self._wrapped(came)[:2]])
        self.query_one("#sides").styles.height = 1 if self.has_class("low") else max(3, text.count("\n") + 1)
        self.write("sides", text)

    def _sides(self) -> str:
        if not self.revisions:
            return ""
        found = self.found
        names = list(found.names) if found else list(self.revisions)
        if self.has_class("low"):
            return f"A {names[0]}  B {', '.join(names[1:])}"
        if found is None:
            return f"A {names[0]}\nB {', '.join(names[1:])}"
        place = self.place
        many = f"{place + 1}/{len(found.sides)} " if len(found.sides) > 1 else ""
        worth = "; ".join(filter(None, (verdicts(found, place), stale(found, place + 1))))
        lines = [f"A {_about(found.baseline)}", f"B {many}{_about(found.sides[place], worth if many else '')}"]
        parts = [summary(found) + (f" ({worth})" if worth and not many else "")]
        parts += [f"{self.metric} alone"] if self.metric else []
        parts += ["values"] if self.values and many else []
        parts.append("everything" if self.everything else "only what differs")
        return "\n".join([*lines, " · ".join(parts)])

    @on(Table.Moved)
    def _show_detail(self) -> None:
        self.write("detail", self._detail())
        self._show_sides()
        self.keys_changed()

    def _detail(self) -> str:
        row = self.table.row
        return self._details.get((row.key, self.place), "") if row else ""

    # Keys

    def is_enabled(self, method: str) -> bool:
        """Without a comparison there is only the way back, and another attempt."""
        if method in ("changed", "copy", "metric"):
            return self.found is not None
        if method == "flips":
            return bool(self.cell)
        if method == "curves":
            return bool(self.cell) or any(map(_cell_of, self.table.marks))
        if method == "values":
            return self.found is not None and len(self.found.sides) > 1
        if method == "average":
            return len(self.revisions) > 2
        return method == "leave" or bool(self.revisions)

    def action_leave(self) -> None:
        """Back to the experiments."""
        self.detour.switch_mode("experiments")

    def action_changed(self) -> None:
        """Only what differs, or everything."""
        self.everything = not self.everything
        self._fill()

    def action_values(self) -> None:
        """What experiments measured, or their differences to the baseline."""
        self.values = not self.values
        self._fill()

    def action_metric(self) -> None:
        """Only the next metric; behind the last one all."""
        if self.found is not None:
            metrics = ["", *dict.fromkeys(line.metric for line in self.found.metrics)]
            self.metric = metrics[(metrics.index(self.metric) + 1) % len(metrics)]
            self._fill()

    def action_average(self) -> None:
        """Average experiments that differ only in seeds, or show each of them."""
        self.grouping = FITTING if self.grouping.off else Grouping(off=True)
        self.action_reload()

    def action_baseline(self) -> None:
        """The experiment of the chosen column becomes the baseline."""
        if self.found is None:
            baseline, *others = self.revisions
            self.show_against(*others, baseline)
            return
        chosen = self.found.sides[self.place]
        others_of = [row for row in self.found.rows if row not in chosen.rows]
        self.show_against(*(_name(row) for row in (*chosen.rows, *others_of)))

    @on(Table.Chosen)
    def action_flips(self) -> None:
        """The test examples that the baseline and the experiment of the chosen column predict differently, in the row's cell."""
        if self.found is not None and self.cell:
            left, right = self.found.baseline.row, self.found.sides[self.place].row
            self.detour.open_flips(_name(left), _name(right), self.cell)

    def action_curves(self) -> None:
        """Learning curves of the row's cell, or of those that are marked, in every column."""
        from tui.screens.curves import CurvesScreen

        cells = [cell for key in self.table.marks if (cell := _cell_of(key))] or list(filter(None, [self.cell]))
        if cells:
            self.app.push_screen(CurvesScreen(self.revisions, list(dict.fromkeys(cells)), self.grouping))

    @property
    def cell(self) -> str:
        """The cell of the row under the cursor; empty where there is none."""
        row = self.table.row
        return _cell_of(row.key) if row else ""

    def action_copy(self) -> None:
        """Share the comparison as it is shown, or the line under the cursor."""
        from tui.screens.share import ShareScreen

        sheet = self.sheet()
        if self.found is not None and sheet is not None:
            self.app.push_screen(ShareScreen(sheet, name=self.found.sides[self.place].row.name, line=self._detail()))

    def sheet(self) -> Sheet | None:
        """The shown lines as a table that can be handed on."""
        shown = self.shown
        if shown is None or self._provenance is None:
            return None
        names = [pasted(row.name, row.commit) for row in shown.rows]
        metrics = (self.metric,) if self.metric else ()
        words = words_of(names, self.grouping, metrics=metrics, everything=self.everything)
        return sheet_of(shown, replace(self._provenance, command=shlex.join(words)))


def _cell_of(key: str) -> str:
    """The cell of a line by its key; empty for a parameter or a number of a file."""
    kind, _, rest = key.partition(":")
    scope = rest.rpartition(":")[0]
    return scope if kind == "cell" and "@" in scope else ""


def _params_changed(found: Comparison) -> Comparison:
    """Parameters that are the same in all are never listed: a study has hundreds."""
    return replace(found, params=tuple(line for line in found.params if not line.same))


def _name(row: Row) -> str:
    """The name by which a row is found again."""
    return row.ref or row.name


def _about(column: Side, worth: str = "") -> str:
    row = column.row
    if column.is_group:
        names = ", ".join(each.name for each in column.rows)
        parts = [column.name, worth, f"averages {names} over {column.key}"]
    else:
        parts = [row.name, worth, side(row).removeprefix(f"{row.name}  "), row.message]
    faults = [problem for each in column.rows for problem in problems(each)]
    return "  ".join(filter(None, [*parts, f"(!) {' '.join(faults)}" if faults else ""]))
