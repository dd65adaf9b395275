"""Test rows that two cells predict differently: fixed, broken or changed from A to B, with the texts once they are found.

What git holds is shown at once; the texts come from a process of their own and are filled in.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from textual import on
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from pipeline.errors import InputError
from tui import actions
from tui.evidence.choice import Choice
from tui.evidence.comparison import Comparison, compare_cells
from tui.evidence.flip_text import head, mcnemar_in_short, summary
from tui.evidence.flips import KINDS, Flip
from tui.evidence.mcnemar import CAVEAT
from tui.evidence.sheets import flips_sheet
from tui.evidence.texts import Texts, Wish, ask, wish_of
from tui.evidence.verdicts import verdict_of
from tui.history.rows import History
from tui.output import plain
from tui.screens.browsing import BrowsingScreen
from tui.screens.flips_rows import MOST, columns_of, in_full, rows_of
from tui.sharing import Sheet
from tui.widgets.cells import TableRow
from tui.widgets.filtered import FilteredTable
from tui.widgets.table import Table

NOTHING_CHOSEN = (
    "Nothing is chosen yet: on the gains screen (5) f, or Enter on a gain, shows what the detour changes; on the compare screen "
    "Enter on a cell shows it between two experiments."
)
SAME = "Both predict every test row alike."
NONE_FITS = "No row that differs is of this choice; u shows all."
LOOKING = "Looking for the texts ..."


@dataclass(frozen=True)
class Pair:
    """What is compared, as it was asked for."""

    left_revision: str
    right_revision: str
    left_cell: str
    right_cell: str

    @property
    def swapped(self) -> "Pair":
        """B beside A."""
        return Pair(self.right_revision, self.left_revision, self.right_cell, self.left_cell)


class FlipsScreen(BrowsingScreen):
    """Flips of a pair of cells; `show_pair` says of which."""

    name_in_registry = "flips"
    BINDINGS = actions.bindings("flips")
    DEFAULT_CSS = """
    FlipsScreen #sides { height: 3; padding: 0 1; text-wrap: nowrap; text-overflow: ellipsis; }
    FlipsScreen #detail { height: 4; padding: 0 1; background: $surface; }
    FlipsScreen #tests { height: 3; padding: 0 1; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
    FlipsScreen.low #sides, FlipsScreen.low #tests { height: 1; }
    FlipsScreen.low #detail { height: 2; }
    """

    class Compared(Message):
        """Two cells were compared."""

        def __init__(self, found: Comparison, wish: Wish | None, verdict: str) -> None:
            super().__init__()
            self.found, self.wish, self.verdict = found, wish, verdict

    class Failed(Message):
        """They cannot be compared."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    class Told(Message):
        """The texts were found, or the sentence says why not."""

        def __init__(self, texts: Texts | None, why: str) -> None:
            super().__init__()
            self.texts, self.why = texts, why

    class Arranged(Message):
        """The lines of the present choice were made."""

        def __init__(self, flips: Sequence[Flip], rows: list[TableRow]) -> None:
            super().__init__()
            self.flips, self.rows = flips, rows

    class Shareable(Message):
        """A sheet was made."""

        def __init__(self, sheet: Sheet) -> None:
            super().__init__()
            self.sheet = sheet

    def __init__(self) -> None:
        super().__init__()
        self.pair: Pair | None = None
        self.found: Comparison | None = None
        self.choice = Choice()
        self.texts: Texts | None = None
        self._why = ""
        self._verdict = ""
        self._shown: Sequence[Flip] = ()
        self._by_row: dict[str, Flip] = {}
        self._has_flips = False
        """Whether any row differs."""

    def compose_body(self) -> Iterable[Widget]:
        """Both sides and the counts, the rows, one row in full, the tests beneath."""
        yield Static(id="sides", markup=False)
        yield FilteredTable(id="body", empty=NOTHING_CHOSEN)
        yield Static(id="detail", markup=False)
        yield Static(id="tests", markup=False)

    def show_pair(self, left_revision: str, right_revision: str, left_cell: str, right_cell: str | None = None) -> None:
        """Compare the left cell of the left revision with the right one of the right; the same cell where none is named."""
        self._begin(Pair(left_revision, right_revision, left_cell, right_cell or left_cell))

    def _begin(self, pair: Pair) -> None:
        self.pair, self.found, self.texts, self.choice, self._has_flips = pair, None, None, Choice(), False
        self._why = self._verdict = ""
        self.table.empty = "Reading git ..."
        self.table.load((), ())
        self.keys_changed()
        self.action_reload()

    # Reading

    def action_reload(self) -> None:
        """Read both sides and look for the texts again; what is shown stays until then."""
        if self.pair is not None:
            self.work(self._read, "flips")

    def _read(self) -> None:
        worker, pair = get_current_worker(), self.pair
        assert pair is not None

        def question(history: History) -> FlipsScreen.Compared:
            found = compare_cells(history, pair.left_revision, pair.right_revision, pair.left_cell, pair.right_cell)
            wish = wish_of(history, found.b) if history.root is not None else None
            return self.Compared(found, wish, verdict_of(history, found))

        try:
            message: Message = self.reader.ask(question)
        except InputError as error:
            message = self.Failed(str(error))
        if not worker.is_cancelled:
            self.post_message(message)

    @on(Compared)
    def _take(self, event: Compared) -> None:
        self.found, self._verdict = event.found, event.verdict
        self._has_flips = bool(event.found.flips.differing())
        self._arrange()
        wish = event.wish
        if wish is not None and self._has_flips:
            self._why = LOOKING
            self.work(lambda: self._find_texts(wish), "texts")
        self._show_sides()

    def _find_texts(self, wish: Wish) -> None:
        worker = get_current_worker()
        try:
            message = self.Told(ask(wish, journal=self.detour.journal), "")
        except InputError as error:
            message = self.Told(None, str(error))
        if not worker.is_cancelled:
            self.post_message(message)

    @on(Told)
    def _take_texts(self, event: Told) -> None:
        self.texts, self._why = event.texts, event.why or (event.texts.warning if event.texts else "")
        self._arrange()

    @on(Failed)
    def _fail(self, event: Failed) -> None:
        self.found, self._shown, self._by_row, self._has_flips = None, (), {}, False
        self.table.empty = f"{event.sentence} r tries again."
        self.table.load((), ())
        self._show_sides()
        self.keys_changed()

    # Showing

    def _arrange(self) -> None:
        """Make the lines of the present choice, in a thread."""
        found, choice, texts = self.found, self.choice, self.texts
        if found is None:
            return

        def make() -> None:
            worker = get_current_worker()
            flips = choice.of(found.flips)
            rows = rows_of(found, flips, texts)
            if not worker.is_cancelled:
                self.post_message(self.Arranged(flips, rows))

        self.work(make, "arrange")

    @on(Arranged)
    def _fill(self, event: Arranged) -> None:
        if self.found is None:
            return
        self._shown = event.flips
        self._by_row = {str(flip.row): flip for flip in event.flips}
        self.table.empty = NONE_FITS if self.choice != Choice() else SAME
        self.table.load(columns_of(self.found, self.texts) if event.rows else (), event.rows)
        self._show_sides()
        self.keys_changed()

    def _show_sides(self) -> None:
        found = self.found
        if found is None:
            self.write("sides", "")
            self.write("tests", "")
            return
        a, b, *_ = head(found)
        counts = summary(found.flips, self.choice.seed)
        chosen = f"{len(self._shown)} shown{self.choice.told} · " if self.choice != Choice() else ""
        chosen += f"the surest {MOST} of {len(self._shown)} · " if len(self._shown) > MOST else ""
        self.write("sides", f"{chosen}{counts}" if self.has_class("low") else f"{a}\n{b}\n{chosen}{counts}")
        self.write("tests", "\n".join([*mcnemar_in_short(found.flips), self._verdict or CAVEAT]))

    def on_resize(self) -> None:
        """Fewer lines around the rows in a low terminal."""
        super().on_resize()
        self._show_sides()

    @on(Table.Moved)
    def _show_detail(self) -> None:
        flip = self._flip
        if flip is None or self.found is None:
            self.write("detail", "")
            return
        example = self.texts.by_row.get(flip.row) if self.texts else None
        lines = in_full(self.found, flip, example)
        self.write("detail", "\n".join([*lines, *([self._why] if self._why and example is None else [])]))

    @property
    def _flip(self) -> Flip | None:
        row = self.table.row
        return self._by_row.get(row.key) if row is not None else None

    # Keys

    def is_enabled(self, method: str) -> bool:
        """Without a pair, or where both predict alike, there is nothing to choose from."""
        if method == "language":
            return self.found is not None and len({flip.language for flip in self.found.flips.rows}) > 1
        if method == "clear":
            return self.choice != Choice()
        if method in ("reload", "swap"):
            return self.pair is not None
        if method in ("kind", "gold", "predicted", "seed"):
            return self._has_flips
        return self._flip is not None if method == "open" else self.found is not None

    def _choose(self, **changes: str) -> None:
        self.choice = replace(self.choice, **changes)
        self._arrange()

    def action_kind(self) -> None:
        """The next kind, then all."""
        if self.found is not None:
            counts = self.found.flips.counts(self.choice.seed)
            self._choose(kind=_next(self.choice.kind, [kind for kind in KINDS if kind != "same" and counts[kind]]))

    def action_gold(self) -> None:
        """The next gold label among the rows that differ, then all."""
        if self.found is not None:
            self._choose(
                gold=_next(self.choice.gold, self._labels({flip.gold for flip in self.found.flips.differing()}))
            )

    def action_predicted(self) -> None:
        """The next label that a side predicts, then all."""
        if self.found is not None:
            ids = {id for flip in self.found.flips.differing() for id in (*flip.a, *flip.b)}
            self._choose(predicted=_next(self.choice.predicted, self._labels(ids)))

    def _labels(self, ids: set[int]) -> list[str]:
        assert self.found is not None
        return [self.found.flips.labels[id] for id in sorted(ids)]

    def action_language(self) -> None:
        """The next language, then all."""
        if self.found is not None:
            languages = sorted({flip.language for flip in self.found.flips.rows if flip.language})
            self._choose(language=_next(self.choice.language, languages))

    def action_seed(self) -> None:
        """By the next seed, then by majority."""
        if self.found is not None:
            self._choose(seed=_next(self.choice.seed, self.found.flips.seeds), kind="")

    def action_clear(self) -> None:
        """All rows that differ, by majority."""
        self.choice = Choice()
        self._arrange()

    def action_swap(self) -> None:
        """B becomes A."""
        if self.pair is not None:
            self._begin(self.pair.swapped)

    @on(Table.Chosen)
    def action_open(self) -> None:
        """The row under the cursor in full."""
        from tui.screens.reading import ReadingScreen

        flip = self._flip
        if flip is not None and self.found is not None:
            example = self.texts.by_row.get(flip.row) if self.texts else None
            lines = in_full(self.found, flip, example) + ([self._why] if self._why else [])
            self.app.push_screen(ReadingScreen([plain(line) for one in lines for line in (one, "")], "\n".join(lines)))

    def action_share(self) -> None:
        """The rows as a table that leaves the app."""
        found, flips, texts, choice = self.found, list(self._shown), self.texts, self.choice
        if found is None:
            return

        def make() -> None:
            sheet = self.reader.ask(lambda history: flips_sheet(found, flips, texts, history, choice))
            self.post_message(self.Shareable(sheet))

        self.work(make, "share")

    @on(Shareable)
    def _share(self, event: Shareable) -> None:
        from tui.screens.share import ShareScreen

        if self.found is not None:
            self.app.push_screen(ShareScreen(event.sheet, name=self.found.b.row.name, line=self.written("detail")))


def _next(value: str, values: Sequence[str]) -> str:
    """The value behind `value`; empty behind the last."""
    places = ["", *values]
    return places[(places.index(value) + 1) % len(places)] if value in places else ""
