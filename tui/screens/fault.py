"""One sentence for what keeps a screen from its work, and a way on."""

from collections.abc import Callable, Iterable

from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tui import actions
from tui.output import plain
from tui.screens.base import DetourScreen


class FaultScreen(DetourScreen):
    """Says what is wrong, where, and the mend.

    Args:
        sentence: What is wrong.
        again: What `r` does after this screen has closed; none where trying again makes no sense.
    """

    name_in_registry = "fault"
    BINDINGS = actions.bindings("fault")
    DEFAULT_CSS = """
    FaultScreen #body { padding: 1 2; }
    FaultScreen Static { height: auto; margin-bottom: 1; }
    FaultScreen .fault { text-style: bold; }
    """

    def __init__(self, sentence: str, again: Callable[[], None] | None = None) -> None:
        super().__init__()
        self._sentence = sentence
        self._again = again

    def compose_body(self) -> Iterable[Widget]:
        """The sentence and the keys that lead on."""
        with VerticalScroll(id="body"):
            yield Static(plain(self._sentence), classes="fault")
            yield Static("r tries again, q leaves." if self._again else "Esc goes back.")

    def is_enabled(self, method: str) -> bool:
        """Whether it can be tried again."""
        return self._again is not None

    async def action_again(self) -> None:
        """Close, and try again."""
        if not self.is_active:
            return
        await self.app.pop_screen()
        if self._again is not None:
            self._again()
