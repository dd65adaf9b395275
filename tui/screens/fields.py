"""A few words asked for in a dialog."""

import re
from collections.abc import Callable, Collection, Mapping, Sequence
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
    check: Callable[[str], str] | None = None
    """Says in a sentence what is wrong with what stands in the field; empty for nothing."""


class FieldsDialog(Dialog[Mapping[str, str]]):
    """Fields and a button; returns what stands in them by name, or None where it is left.

    A fault stands below its field while one types, and is mended before the button does anything.

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
                if blank.check is not None:
                    yield Static(id=f"{blank.name}-fault", classes="fault", markup=False)
            with Horizontal():
                yield Button(self._go, id="go", variant="primary", compact=True)
                yield Button("Cancel", id="no", compact=True)

    def on_mount(self) -> None:
        """What stands there at first is checked too."""
        self._show_faults()

    @on(Input.Changed)
    def _show_faults(self) -> None:
        faults = self._faults()
        for below in self.query(".fault").results(Static):
            fault = faults.get((below.id or "").removesuffix("-fault"), "")
            below.update(f"! {fault}" if fault else "")
            below.display = bool(fault)

    def _faults(self) -> dict[str, str]:
        """The sentences by field."""
        typed = self._typed()
        checked = ((blank.name, blank.check(typed[blank.name])) for blank in self._blanks if blank.check is not None)
        return {name: fault for name, fault in checked if fault}

    def _typed(self) -> dict[str, str]:
        return {blank.name: self.query_one(f"#{blank.name}", Input).value.strip() for blank in self._blanks}

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def action_done(self) -> None:
        """Take what stands there, or go to the first field that cannot be taken."""
        faults = self._faults()
        if faults:
            self._show_faults()
            self.query_one(f"#{next(iter(faults))}", Input).focus()
        else:
            self.dismiss(self._typed())


def whole_number(least: int | None = None, words: Collection[str] = ()) -> Callable[[str], str]:
    """A check: digits, at least so many; or nothing, or one of some words."""
    what = "a whole number" if least is None else f"a whole number from {least}"
    mend = f"give {' or '.join((what, *words))}, or leave it empty."

    def check(text: str) -> str:
        # What int() takes besides (1_000, other scripts' digits) is not what a command takes.
        is_number = re.fullmatch("-?[0-9]{1,18}", text) is not None
        if text in ("", *words) or (is_number and (least is None or int(text) >= least)):
            return ""
        return f"'{text}' is not {what}; {mend}"

    return check
