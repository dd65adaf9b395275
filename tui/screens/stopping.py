"""How a run is to be stopped."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Label, Static

from tui import actions
from tui.output import plain
from tui.screens.dialog import Dialog

WAYS = (
    ("stop", "Stop (s)", "trainings save their state; R goes on from there"),
    ("record", "Stop and record (r)", "what is finished becomes an experiment"),
    ("kill", "Kill (k)", "at once; what came after the last epoch is lost"),
)


class StopDialog(Dialog[list[str]]):
    """Three ways and none, which is where the cursor stands; returns the options of `detour stop`.

    Args:
        sentence: What would be stopped.
    """

    BINDINGS = actions.bindings("stopping")
    AUTO_FOCUS: ClassVar[str] = "#no"
    DEFAULT_CSS = """
    StopDialog Button { width: 22; content-align: left middle; }
    """

    def __init__(self, sentence: str) -> None:
        super().__init__()
        self._sentence = sentence

    def compose(self) -> ComposeResult:
        """The sentence, a line for each way."""
        with VerticalScroll(can_focus=False):
            yield Static(plain(self._sentence))
            for id, word, meaning in WAYS:
                with Horizontal():
                    yield Button(word, id=id, compact=True)
                    yield Label(meaning, markup=False)
            yield Button("No (n)", id="no", compact=True)

    @on(Button.Pressed, "#stop")
    def action_stop(self) -> None:
        """Let it save its state."""
        self.dismiss([])

    @on(Button.Pressed, "#record")
    def action_record(self) -> None:
        """Record what is finished."""
        self.dismiss(["--record"])

    @on(Button.Pressed, "#kill")
    def action_kill(self) -> None:
        """Leave it no time."""
        self.dismiss(["--now"])
