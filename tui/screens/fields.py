"""A few words asked for in a dialog."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Label, Static

from tui import actions
from tui.output import plain


@dataclass(frozen=True)
class Blank:
    """One field."""

    name: str
    value: str = ""
    placeholder: str = ""


class FieldsDialog(ModalScreen[Mapping[str, str] | None]):
    """Fields and a button; returns what stands in them by name, or None where it is left.

    Args:
        heading: What is asked.
        blanks: The fields.
        go: The word on the button.
    """

    BINDINGS = actions.bindings("dialog")
    DEFAULT_CSS = """
    FieldsDialog { align: center middle; background: $background 60%; }
    FieldsDialog VerticalScroll {
        width: 76; max-width: 100%; height: auto; max-height: 100%;
        background: $surface; border: round $border; padding: 0 1;
    }
    FieldsDialog Horizontal { height: auto; }
    FieldsDialog Static { height: auto; }
    FieldsDialog .word { width: 14; }
    FieldsDialog Input { width: 1fr; background: $background; }
    FieldsDialog Button { margin: 0 2 0 0; }
    """
    AUTO_FOCUS = "Input"

    def __init__(self, heading: str, blanks: Sequence[Blank], go: str) -> None:
        super().__init__()
        self._heading, self._blanks, self._go = heading, blanks, go

    def compose(self) -> ComposeResult:
        """The heading, a line for each field, the buttons."""
        with VerticalScroll(can_focus=False):
            yield Static(plain(self._heading, "bold"))
            for blank in self._blanks:
                with Horizontal():
                    yield Label(blank.name, classes="word", markup=False)
                    entry = Input(
                        blank.value, placeholder=blank.placeholder, id=blank.name, compact=True, select_on_focus=True
                    )
                    # A blinking cursor writes to an idle terminal.
                    entry.cursor_blink = False
                    yield entry
            with Horizontal():
                yield Button(self._go, id="go", variant="primary", compact=True)
                yield Button("Cancel", id="no", compact=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def action_done(self) -> None:
        """Take what stands there."""
        self.dismiss({blank.name: self.query_one(f"#{blank.name}", Input).value.strip() for blank in self._blanks})

    @on(Button.Pressed, "#no")
    def action_cancel(self) -> None:
        """Leave it."""
        self.dismiss(None)

    def action_next(self) -> None:
        """To the next field or button."""
        self.focus_next()

    def action_previous(self) -> None:
        """To the field or button before."""
        self.focus_previous()
