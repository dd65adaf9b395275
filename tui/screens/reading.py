"""A text to read: the guidelines of a scheme, what an export did."""

from collections.abc import Iterable, Sequence

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from pipeline.corpora.annotation.scheme import Scheme
from tui import actions
from tui.output import plain
from tui.screens.base import DetourScreen


class ReadingScreen(DetourScreen):
    """Lines, wrapped and scrolled; Esc goes back."""

    name_in_registry = "reading"
    BINDINGS = actions.bindings("reading")
    DEFAULT_CSS = """
    ReadingScreen #body { padding: 0 1; }
    ReadingScreen Static { height: auto; }
    """

    def __init__(self, lines: Sequence[Text], copied: str = "") -> None:
        super().__init__()
        self._lines, self._copied = lines, copied

    def compose_body(self) -> Iterable[Widget]:
        """The lines."""
        with VerticalScroll(id="body"):
            yield Static(Text("\n").join(self._lines))

    def is_enabled(self, method: str) -> bool:
        """Nothing is copied where there is nothing to copy."""
        return method != "copy" or bool(self._copied)

    def action_down(self) -> None:
        """Scroll down."""
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        """Scroll up."""
        self.query_one(VerticalScroll).scroll_up(animate=False)

    def action_copy(self) -> None:
        """Copy what is meant to be pasted elsewhere."""
        self.detour.copy(self._copied)


def guidelines(scheme: Scheme) -> ReadingScreen:
    """A scheme as its author explains it."""
    room = max(len(label.name) for label in scheme.labels)
    lines = [plain(scheme.title or scheme.name, "bold")]
    if scheme.guidelines.strip():
        lines += [plain(line) for line in scheme.guidelines.strip().split("\n")]
    else:
        lines.append(plain(f"annotations/schemes/{scheme.name}.yaml has no guidelines yet."))
    lines.append(Text())
    for label in scheme.labels:
        line = plain(f"{label.key} ", "bold").append_text(plain(f"{label.name:{room}s}  ", "not bold"))
        lines.append(line.append_text(plain(label.meaning, "not bold")))
    return ReadingScreen(lines)
