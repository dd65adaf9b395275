"""One cell of one experiment in full: scores by seed, epochs, confusion, classes, what makes it comparable, its corpus."""

from collections.abc import Iterable, Sequence
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from pipeline.errors import InputError
from tui import actions
from tui.evidence.cell import CellStory, read_cell
from tui.evidence.cell_text import Section, sections
from tui.evidence.sheets import cell_sheet
from tui.history.reader import reader_of
from tui.history.words import side
from tui.output import plain, visible
from tui.screens.base import DetourScreen
from tui.sharing import Sheet
from tui.widgets.learning import LearningPlot

PARTS = ("scores", "epochs", "confusion", "classes")
"""Parts that leave the app as a table."""


class CellScreen(DetourScreen):
    """The page of a cell.

    Args:
        revision: A revision by name.
        name: The cell's.
    """

    name_in_registry = "cell"
    BINDINGS = actions.bindings("cell")
    AUTO_FOCUS: ClassVar[str] = "#body"
    DEFAULT_CSS = """
    CellScreen #side { height: 2; padding: 0 1; background: $surface; text-wrap: nowrap; text-overflow: ellipsis; }
    CellScreen #body { padding: 0 1; scrollbar-size-vertical: 1; }
    CellScreen #body > Static { height: auto; }
    CellScreen LearningPlot { height: 12; margin: 0 0 1 0; }
    """

    class Read(Message):
        """The cell was read."""

        def __init__(self, story: CellStory) -> None:
            super().__init__()
            self.story = story

    class Failed(Message):
        """It cannot be read."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    class Shareable(Message):
        """A sheet was made, or the sentence says why not."""

        def __init__(self, sheet: Sheet | None, why: str) -> None:
            super().__init__()
            self.sheet, self.why = sheet, why

    def __init__(self, revision: str, name: str) -> None:
        super().__init__()
        self.revision, self.cell = revision, name
        self.story: CellStory | None = None
        self.settled = False
        """Whether an answer is there, be it that there is no such cell."""
        self.column = "test_accuracy"
        """What the curve shows: Figure 1's, or what the epoch is selected by."""
        self._page: Sequence[Section] = ()
        self._section = 0

    def compose_body(self) -> Iterable[Widget]:
        """What it is, its scores, its curve, and the rest of the page."""
        yield Static("Reading git ...", id="side", markup=False)
        with VerticalScroll(id="body"):
            yield Static(id="scores", markup=False)
            yield LearningPlot(id="curve")
            yield Static(id="rest", markup=False)

    def on_mount(self) -> None:
        """Read the cell."""
        self.query_one("#curve").display = False
        self.action_reload()

    # Reading

    def action_reload(self) -> None:
        """Read git again; what is shown stays until then."""
        self.work(self._read, "cell")

    def _read(self) -> None:
        worker = get_current_worker()
        try:
            story = reader_of(self.detour.checkout.here).ask(
                lambda history: read_cell(history, self.cell, self.revision)
            )
            message: Message = self.Read(story)
        except InputError as error:
            message = self.Failed(str(error))
        if not worker.is_cancelled:
            self.post_message(message)

    @on(Failed)
    def _fail(self, event: Failed) -> None:
        self.story, self.settled = None, True
        self._write("side", f"{self.cell}\nof {self.revision}" if self.revision else self.cell)
        # Numbers that nothing vouches for any more are not left standing.
        self._page = []
        self.query_one("#scores", Static).update(plain(f"{event.sentence} r tries again, Esc goes back."))
        self.query_one("#rest", Static).update("")
        self.query_one("#curve").display = False
        self.keys_changed()

    @on(Read)
    def _take(self, event: Read) -> None:
        self.story, self.settled = event.story, True
        self._show()
        self.keys_changed()

    # Showing

    def _show(self) -> None:
        story = self.story
        if story is None:
            return
        faults = "".join(f"  (!) {problem}" for problem in story.problems)
        self._write("side", f"{story.cell.name}\n{side(story.row)}, {story.cell.origin.kind}{faults}")
        self._page = sections(story, max(40, self.size.width - 3))
        scores = [section for section in self._page if section.key == "scores"]
        self.query_one("#scores", Static).update(_text(scores))
        self.query_one("#rest", Static).update(_text([one for one in self._page if one.key != "scores"]))
        self._draw(story)

    def _draw(self, story: CellStory) -> None:
        lines = story.lines(self.column)
        plot = self.query_one("#curve", LearningPlot)
        plot.display = bool(lines)
        if lines:
            plot.show_lines(f"{self.column.replace('_', ' ')} by epoch", lines)

    def on_resize(self) -> None:
        """Other lines fit."""
        self._show()

    def _write(self, id: str, text: str) -> None:
        self.query_one(f"#{id}", Static).update(
            Text("\n".join(visible(line) for line in text.split("\n"))), layout=False
        )

    # Keys

    def is_enabled(self, method: str) -> bool:
        """What needs the cell waits for it."""
        if method == "flips":
            return self.story is not None and not self.story.is_f and self.story.predicted is not None
        if method == "curve":
            return self.story is not None and bool(self.story.curves)
        if method in ("share", "next", "matrix"):
            return self.story is not None and (method != "matrix" or self.story.predicted is not None)
        return True

    @property
    def _body(self) -> VerticalScroll:
        return self.query_one("#body", VerticalScroll)

    def action_down(self) -> None:
        """One line down."""
        self._body.scroll_relative(y=1, animate=False)

    def action_up(self) -> None:
        """One line up."""
        self._body.scroll_relative(y=-1, animate=False)

    def action_page_down(self) -> None:
        """A page down."""
        self._body.scroll_page_down(animate=False)

    def action_page_up(self) -> None:
        """A page up."""
        self._body.scroll_page_up(animate=False)

    def action_first(self) -> None:
        """To the top."""
        self._body.scroll_home(animate=False)

    def action_last(self) -> None:
        """To the end."""
        self._body.scroll_end(animate=False)

    def action_next(self) -> None:
        """To the next section, behind the last to the first."""
        here = round(self._body.scroll_y)
        starts = self._starts()
        self._body.scroll_to(y=next((start for start in starts if start > here), 0), animate=False)

    def _starts(self) -> list[int]:
        """Lines of the page at which the sections begin."""
        rest = self.query_one("#rest", Static).virtual_region.y
        starts = []
        for section in self._page:
            if section.key != "scores":
                starts.append(rest)
                rest += len(section.lines) + 2
        return starts

    def _at(self) -> str:
        """The section at the top of what is seen, among those that are tables."""
        here = round(self._body.scroll_y)
        keys = ["scores", *(section.key for section in self._page if section.key != "scores")]
        passed = [key for key, start in zip(keys, [0, *self._starts()], strict=False) if start <= here]
        return next((key for key in reversed(passed) if key in PARTS), "scores")

    def action_flips(self) -> None:
        """What it changes beside the F cell of its target and model."""
        story = self.story
        if story is not None:
            revision = story.row.ref or story.row.name
            self.detour.open_flips(revision, revision, story.parts.f.name, story.parts.name)

    def action_curve(self) -> None:
        """The accuracy on test, as in Figure 1, or the one on dev, which selects the epoch."""
        self.column = "dev_accuracy" if self.column == "test_accuracy" else "test_accuracy"
        if self.story is not None:
            self._draw(self.story)

    def action_matrix(self) -> None:
        """The whole confusion matrix."""
        from tui.screens.cell_matrix import MatrixScreen

        if self.story is not None and self.story.predicted is not None:
            self.app.push_screen(MatrixScreen(self.story))

    def action_share(self) -> None:
        """The section at the top as a table that leaves the app."""
        story, part = self.story, self._at()
        if story is None:
            return

        def make() -> None:
            try:
                sheet = reader_of(self.detour.checkout.here).ask(lambda history: cell_sheet(story, history, part))
                self.post_message(self.Shareable(sheet, ""))
            except InputError as error:
                self.post_message(self.Shareable(None, str(error)))

        self.work(make, "share")

    @on(Shareable)
    def _share(self, event: Shareable) -> None:
        from tui.screens.share import ShareScreen

        if event.why:
            self.notify(event.why, severity="warning", markup=False)
        elif self.story is not None:
            self.app.push_screen(ShareScreen(event.sheet, name=self.story.row.name))


def _text(page: Sequence[Section]) -> Text:
    """Sections below each other, a blank line behind each."""
    text = Text(no_wrap=True, overflow="ellipsis")
    for section in page:
        text.append_text(plain(section.title, "bold")).append("\n")
        for line in section.lines:
            text.append(visible(line)).append("\n")
        text.append("\n")
    text.rstrip()
    return text
