"""What dialogs have in common: a box over the screen, fields and buttons to go through, a button that leaves it."""

from typing import TypeVar

from textual import on
from textual.await_complete import AwaitComplete
from textual.screen import ModalScreen
from textual.widgets import Button, Checkbox, Input

from tui import actions

Result = TypeVar("Result")


class Overlay(ModalScreen[Result | None]):
    """What lies over a screen and is left with a result."""

    def dismiss(self, result: Result | None = None) -> AwaitComplete:
        """Leave with a result; a second time changes nothing.

        Keys that come faster than the screen goes, such as Enter twice, would otherwise close whatever lies below.
        """
        return super().dismiss(result) if self.is_active else AwaitComplete()


class Dialog(Overlay[Result]):
    """A box; the button `#no` and Escape leave it without a result."""

    BINDINGS = actions.bindings("dialog")
    DEFAULT_CSS = """
    Dialog { align: center middle; background: $background 60%; }
    Dialog VerticalScroll {
        width: 76; max-width: 100%; height: auto; max-height: 100%;
        background: $surface; border: round $border; padding: 0 1;
    }
    Dialog Horizontal { height: auto; }
    Dialog Static { height: auto; }
    Dialog .word { width: 14; }
    Dialog Input { width: 1fr; background: $background; }
    Dialog Button { margin: 0 2 0 0; }
    Dialog .fault { color: $text-error; }
    """

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

    # In a field these two keys move its own cursor.
    action_right = action_next
    action_left = action_previous


def entry(value: str, id: str, placeholder: str) -> Input:
    """A field of a dialog."""
    made = Input(value, placeholder=placeholder, id=id, compact=True, select_on_focus=True)
    # A blinking cursor writes to an idle terminal.
    made.cursor_blink = False
    return made


class Tick(Checkbox):
    """Something that Space turns on and off; which of the two it is can be seen without colours."""

    BUTTON_INNER = " "

    def watch_value(self) -> None:
        """Write it into the box."""
        self.BUTTON_INNER = "x" if self.value else " "
        super().watch_value()
