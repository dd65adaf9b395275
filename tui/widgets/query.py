"""A table whose filter is a language: the line above it completes words, and says under a word what is wrong with it.

What the filter chooses is found elsewhere (`Query.Asked` tells that another one is wanted), since among many rows it takes a while.
Of a text that cannot be understood the part before the fault counts.
"""

from collections.abc import Iterable

from rich.text import Text
from textual import on
from textual.events import Key
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Static

from tui import actions
from tui.filtering.choosing import Filter
from tui.filtering.completion import Completion, complete
from tui.filtering.faults import FilterFault, caret
from tui.filtering.index import Index
from tui.filtering.manual import manual
from tui.output import plain, visible
from tui.widgets.filtered import FilteredTable

KEYS_OF_THE_LINE = "Tab completes  Enter to the rows  Esc all rows  ? the language"


class QueryLine(Input):
    """The line of a filter in the filter language, which has no use for a question mark: it explains."""

    class Unclear(Message):
        """The language is to be explained."""

    def on_key(self, event: Key) -> None:
        """Before the field takes the letter."""
        if event.key == "question_mark":
            event.stop()
            event.prevent_default()
            self.post_message(self.Unclear())


class QueryTable(FilteredTable):
    """A table and a filter in the filter language."""

    DEFAULT_CSS = """
    QueryTable { height: 1fr; }
    QueryTable > Static {
        display: none; height: 2; background: $panel; color: $text-muted;
        text-wrap: nowrap; text-overflow: ellipsis;
    }
    .low QueryTable > Static { height: 1; }
    """
    BINDINGS = actions.bindings("query")
    LINE = QueryLine

    class Asked(Message):
        """Another filter is wanted."""

        def __init__(self, filter: Filter | None) -> None:
            super().__init__()
            self.filter = filter
            """None for all rows."""

    def __init__(self, id: str | None = None, empty: str = "Nothing here.") -> None:
        super().__init__(id=id, empty=empty)
        self.line.placeholder = "metrics.macro_f1>=0.7 task:sentiment -stale branch:main|size   (? explains)"
        self.index = Index()
        """Where known names and values come from."""
        self.hint = Static(markup=False)
        self.fault: FilterFault | None = None
        """What is wrong with the text in the line."""
        self._cycle: tuple[Completion, int] | None = None
        self._completing = False

    def compose(self) -> Iterable[Widget]:
        """The line, what is to be said about it, the rows."""
        yield self.line
        yield self.hint
        yield self.table

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Tab completes in the line alone."""
        if action in ("complete", "manual"):
            return self.line.has_focus
        return super().check_action(action, parameters)

    @property
    def text(self) -> str:
        """What stands in the line."""
        return self.line.value

    def ask(self, text: str) -> None:
        """Put a filter into the line, or take it away."""
        self.line.display = bool(text)
        self.line.value = text
        self.line.cursor_position = len(text)

    def refuse(self, fault: FilterFault) -> None:
        """Say what is wrong with a name in the text, and ask for what stands before it."""
        self.fault = fault
        self.hint.display = True
        self._say()
        self._ask_until(fault.start)

    def action_find(self) -> None:
        """Open the line."""
        super().action_find()
        self.hint.display = True
        self._say()

    def action_clear(self) -> None:
        """Show all rows."""
        super().action_clear()
        self.hint.display = False

    def action_complete(self) -> None:
        """Write what the word can only become; once more: the first of what it may become, then the next."""
        text, cursor = self.line.value, self.line.cursor_position
        if self._cycle is not None:
            found, place = self._cycle
            place = (place + 1) % len(found.options)
        else:
            found, place = complete(text, cursor, self.index), 0
            common = found.common
            if len(found.options) > 1 and len(common) > found.end - found.start:
                self._put(text, found, common, cursor)
                return
        if found.options:
            self._put(text, found, found.options[place], cursor)
            done = Completion(found.start, found.start + len(found.options[place]), found.options)
            self._cycle = (done, place) if len(found.options) > 1 else None

    def _put(self, text: str, found: Completion, option: str, cursor: int) -> None:
        self._completing = True
        self.line.value = text[: found.start] + option + text[cursor:]
        self.line.cursor_position = found.start + len(option)

    @on(QueryLine.Unclear)
    def action_manual(self) -> None:
        """Explain the language."""
        from tui.screens.reading import ReadingScreen

        self.app.push_screen(ReadingScreen([plain(line) for line in manual()]))

    def narrow(self, text: str) -> None:
        """Ask for what the text says, where it can be understood."""
        if not self._completing:
            self._cycle = None
        self._completing = False
        self._ask_for(text, self.line.has_focus)
        self._say()

    def finish(self, text: str) -> None:
        """The last word is whole, whatever it begins."""
        self._ask_for(text, unfinished=False)

    def _ask_for(self, text: str, unfinished: bool) -> None:
        self.fault = None
        begun = self._before_a_key(text) if unfinished else None
        try:
            filter = Filter(text) if text.strip() else None
        except FilterFault as fault:
            self.fault = fault
            self._ask_until(fault.start)
            return
        if begun is None or not self._ask_until(len(begun)):
            self.post_message(self.Asked(filter))

    def _ask_until(self, end: int) -> bool:
        """Ask for what stands before a word that is not understood, where that is a filter."""
        text = self.line.value[:end].rstrip(" -|(")
        try:
            self.post_message(self.Asked(Filter(text) if text else None))
        except FilterFault:
            return False
        return True

    def _before_a_key(self, text: str) -> str | None:
        """The text before a word that may become a key, and should hide no rows until it has; None where there is none."""
        found = complete(text, len(text), self.index)
        word = text[found.start :]
        is_key = found.options and word and not text[: found.start].endswith((":", "=", "<", ">", "~", "|"))
        return text[: found.start] if is_key and self.line.cursor_position == len(text) else None

    def on_descendant_blur(self) -> None:
        """Beside the rows, only what is wrong is said."""
        self.hint.display = self.line.has_focus or self.fault is not None

    def on_descendant_focus(self) -> None:
        """In the line, say how words go on."""
        self.hint.display = bool(self.line.display) and (self.line.has_focus or self.fault is not None)
        self._say()

    def _say(self) -> None:
        if not self.hint.display:
            return
        found = complete(self.line.value, self.line.cursor_position, self.index)
        fault = self.fault
        if fault is not None and not (found.options and fault.end >= len(self.line.value.rstrip())):
            self._say_fault(fault)
            return
        options = "  ".join(visible(option) for option in found.options[:30])
        self.hint.update(Text(f"{options}\n{KEYS_OF_THE_LINE}" if options else KEYS_OF_THE_LINE, no_wrap=True))

    def _say_fault(self, fault: FilterFault) -> None:
        width = max(1, self.hint.size.width)
        under = caret(self.line.value, fault.start, fault.end)[round(self.line.scroll_offset.x) :][:width]
        sentence = visible(str(fault))
        low = self.hint.size.height == 1
        self.hint.update(Text(sentence if low else f"{under}\n{sentence}", no_wrap=True, overflow="ellipsis"))
