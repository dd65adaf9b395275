"""Two revisions beside each other: what was asked for and what came of it. Differences are B - A; A is the baseline."""

from collections.abc import Iterable, Mapping

from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from pipeline.errors import InputError
from tui import actions
from tui.history.diff import Difference
from tui.history.rows import Row
from tui.history.words import side
from tui.screens.browsing import BrowsingScreen
from tui.screens.compare_rows import columns_for, details, in_order, rows_of, summary
from tui.widgets.filtered import FilteredTable
from tui.widgets.table import Table

NOTHING_CHOSEN = "Nothing is chosen yet: Esc, then mark two experiments with Space and press c."
SAME = "Nothing differs; x shows everything that is the same."


class CompareScreen(BrowsingScreen):
    """A comparison; `show_pair` says of what."""

    name_in_registry = "compare"
    BINDINGS = actions.bindings("compare")
    DEFAULT_CSS = """
    CompareScreen #sides { height: 3; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    CompareScreen #detail { height: 3; padding: 0 1; background: $surface; }
    CompareScreen.low #sides { height: 1; }
    CompareScreen.low #detail { height: 2; }
    """

    class Compared(Message):
        """A comparison was made."""

        def __init__(self, found: Difference) -> None:
            super().__init__()
            self.found = found

    class Failed(Message):
        """A revision cannot be read."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(self) -> None:
        super().__init__()
        self.pair: tuple[str, str] | None = None
        """Names of baseline and other."""
        self.found: Difference | None = None
        self.everything = False
        self._details: Mapping[str, str] = {}

    def compose_body(self) -> Iterable[Widget]:
        """Both sides, the lines, the line under the cursor in full."""
        yield Static(id="sides", markup=False)
        yield FilteredTable(id="body", empty=NOTHING_CHOSEN)
        yield Static(id="detail", markup=False)

    def on_resize(self) -> None:
        """Fewer lines around the table in a low terminal, other columns first in a narrow one."""
        super().on_resize()
        self._show_sides()
        if self.found is not None and list(self.table.columns) != columns_for(self.size.width):
            self._fill()

    def show_pair(self, baseline: str, other: str) -> None:
        """Compare `other` with `baseline`, two revisions by name."""
        self.pair = baseline, other
        self.found = None
        self.table.empty = "Reading git ..."
        self.table.load((), ())
        self.action_reload()

    def action_reload(self) -> None:
        """Read both sides again; what is shown stays until then."""
        if self.pair is not None:
            self._show_sides()
            self.work(self._read, "compare")

    def _read(self) -> None:
        assert self.pair is not None
        worker = get_current_worker()
        try:
            message: Message = self.Compared(self.reader.difference(*self.pair))
        except InputError as error:
            message = self.Failed(str(error))
        # Of two questions that follow each other only the later one's answer counts.
        if not worker.is_cancelled:
            self.post_message(message)

    @on(Compared)
    def _take(self, event: Compared) -> None:
        self.found = event.found
        self._details = details(event.found)
        self._fill()

    @on(Failed)
    def _fail(self, event: Failed) -> None:
        self.found, self._details = None, {}
        self.table.empty = f"{event.sentence} Esc goes back to the experiments, r tries again."
        self.table.load((), ())
        self._show_sides()
        self.keys_changed()

    def _fill(self) -> None:
        if self.found is not None:
            self.table.empty = SAME
            columns = columns_for(self.size.width)
            rows = [in_order(row, columns) for row in rows_of(self.found, self.everything)]
            self.table.load(columns if rows else (), rows)
            self._show_sides()
            self.keys_changed()

    def _show_sides(self) -> None:
        self.write("sides", self._sides())

    def _sides(self) -> str:
        if self.pair is None:
            return ""
        found = self.found
        if self.has_class("low"):
            names = (found.a.name, found.b.name) if found else self.pair
            return f"A {names[0]}  B {names[1]}"
        a, b = (found.a, found.b) if found else (None, None)
        lines = [f"A {_about(self.pair[0], a)}", f"B {_about(self.pair[1], b)}"]
        shown = "everything" if self.everything else "only what differs"
        return "\n".join([*lines, f"{summary(found)} · {shown}"] if found else lines)

    @on(Table.Moved)
    def _show_detail(self) -> None:
        row = self.table.row
        self.write("detail", self._details.get(row.key, "") if row else "")

    # Keys

    def is_enabled(self, method: str) -> bool:
        """Without a comparison there is only the way back, and another attempt."""
        if method in ("changed", "copy"):
            return self.found is not None
        return method == "leave" or self.pair is not None

    def action_leave(self) -> None:
        """Back to the experiments."""
        self.detour.switch_mode("experiments")

    def action_changed(self) -> None:
        """Only what differs, or everything."""
        self.everything = not self.everything
        self._fill()

    def action_swap(self) -> None:
        """The other one becomes the baseline."""
        if self.pair is not None:
            self.show_pair(self.pair[1], self.pair[0])

    def action_copy(self) -> None:
        """Copy the line under the cursor in full."""
        row = self.table.row
        if row is not None:
            self.detour.copy(self._details.get(row.key, row.key))


def _about(name: str, row: Row | None) -> str:
    if row is None:
        return name
    problems = f"  (!) {' '.join(row.problems)}" if row.problems else ""
    return f"{side(row)}  {row.message}{problems}"
