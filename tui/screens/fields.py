"""A few words asked for in a dialog."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Label, Static

from tui.output import plain
from tui.screens.dialog import Dialog, entry


@dataclass(frozen=True)
class Blank:
    """One field."""

    name: str
    value: str = ""
    placeholder: str = ""


class FieldsDialog(Dialog[Mapping[str, str]]):
    """Fields and a button; returns what stands in them by name, or None where it is left.

    Args:
        heading: What is asked.
        blanks: The fields.
        go: The word on the button.
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
                    yield entry(blank.value, blank.name, blank.placeholder)
            with Horizontal():
                yield Button(self._go, id="go", variant="primary", compact=True)
                yield Button("Cancel", id="no", compact=True)

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def action_done(self) -> None:
        """Take what stands there."""
        self.dismiss({blank.name: self.query_one(f"#{blank.name}", Input).value.strip() for blank in self._blanks})
