"""A list of lines with a cursor, drawn line by line (Textual's Line API): a change repaints the lines that changed."""

from collections.abc import Sequence

from rich.style import Style
from rich.text import Text
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import actions


class Lines(ScrollView, can_focus=True):
    """Lines of text to move over; each has a key by which the cursor stays with it when lines come and go."""

    BINDINGS = actions.bindings("move", "lines")
    DEFAULT_CSS = """
    Lines { background: $background; scrollbar-size-horizontal: 0; }
    """

    class Moved(Message):
        """The cursor came to another line."""

        def __init__(self, lines: "Lines", key: str) -> None:
            super().__init__()
            self.lines = lines
            self.key = key

        @property
        def control(self) -> "Lines":
            """The list, for `@on` selectors."""
            return self.lines

    class Chosen(Moved):
        """Enter was pressed on a line."""

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._lines: list[tuple[str, Text]] = []
        self._at = 0

    @property
    def cursor(self) -> str:
        """The key of the line under the cursor; empty where there is none."""
        return self._lines[self._at][0] if self._lines else ""

    def show(self, lines: Sequence[tuple[str, Text]]) -> None:
        """Take new lines; the cursor stays on its key, and only what differs is drawn."""
        before, key = self._lines, self.cursor
        self._lines = list(lines)
        places = [index for index, (other, _) in enumerate(self._lines) if other == key]
        self._at = places[0] if places else min(self._at, max(0, len(self._lines) - 1))
        self.virtual_size = Size(self.size.width, len(self._lines))
        for index in range(max(len(before), len(self._lines))):
            old = before[index] if index < len(before) else None
            new = self._lines[index] if index < len(self._lines) else None
            if old != new:
                self._refresh_line(index)
        if self.cursor != key:
            self.refresh()
            self.post_message(self.Moved(self, self.cursor))

    def move_to(self, key: str) -> None:
        """Put the cursor on a line by its key."""
        for index, (other, _) in enumerate(self._lines):
            if other == key:
                self._go(index)

    def render_line(self, y: int) -> Strip:
        """One line, cut at the widget's width; the cursor's is reversed."""
        index = y + self.scroll_offset.y
        if index >= len(self._lines):
            return Strip.blank(self.size.width, self.rich_style)
        text = self._lines[index][1].copy()
        text.truncate(self.size.width, overflow="ellipsis", pad=True)
        strip = Strip(text.render(self.app.console), self.size.width).apply_style(self.rich_style)
        if index != self._at:
            return strip
        return strip.apply_style(Style(reverse=True) if self.has_focus else Style(bold=True))

    def _refresh_line(self, index: int) -> None:
        self.refresh(Region(0, index - self.scroll_offset.y, self.size.width, 1))

    def _go(self, index: int) -> None:
        if not self._lines:
            return
        before, self._at = self._at, max(0, min(index, len(self._lines) - 1))
        for line in {before, self._at}:
            self._refresh_line(line)
        if self._at < self.scroll_offset.y:
            self.scroll_to(y=self._at, animate=False)
        elif self._at >= self.scroll_offset.y + self.size.height:
            self.scroll_to(y=self._at - self.size.height + 1, animate=False)
        if before != self._at:
            self.post_message(self.Moved(self, self.cursor))

    def on_focus(self) -> None:
        """The cursor is drawn otherwise."""
        self._refresh_line(self._at)

    def on_blur(self) -> None:
        """The cursor is drawn otherwise."""
        self._refresh_line(self._at)

    def action_down(self) -> None:
        """One line down."""
        self._go(self._at + 1)

    def action_up(self) -> None:
        """One line up."""
        self._go(self._at - 1)

    def action_page_down(self) -> None:
        """A page down."""
        self._go(self._at + self.size.height)

    def action_page_up(self) -> None:
        """A page up."""
        self._go(self._at - self.size.height)

    def action_first(self) -> None:
        """The first line."""
        self._go(0)

    def action_last(self) -> None:
        """The last line."""
        self._go(len(self._lines) - 1)

    def action_choose(self) -> None:
        """Enter."""
        if self._lines:
            self.post_message(self.Chosen(self, self.cursor))
