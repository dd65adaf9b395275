"""The parameters of a run as fields: a value that differs from the study's is marked, a fault stands below its field."""

from collections.abc import Mapping
from dataclasses import dataclass

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.message import Message
from textual.widgets import Input, Label

from tui import actions


@dataclass(frozen=True)
class Knob:
    """A value of params.yaml that a run may change."""

    key: str
    """Dotted."""
    value: str
    """The study's value, as YAML."""

    @property
    def block(self) -> str:
        """What the key stands under; empty at the top."""
        return self.key.rpartition(".")[0]

    @property
    def word(self) -> str:
        """The key's last part."""
        return self.key.rpartition(".")[2]


class Form(VerticalScroll, can_focus=False):
    """Fields for knobs."""

    BINDINGS = actions.bindings("form")
    DEFAULT_CSS = """
    Form { background: $background; padding: 0 1; }
    Form .block { text-style: bold; }
    """

    class Changed(Message):
        """Values that differ from the study's, by key."""

        def __init__(self, settings: Mapping[str, str]) -> None:
            super().__init__()
            self.settings = settings

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self.knobs: tuple[Knob, ...] = ()

    async def show(self, knobs: tuple[Knob, ...]) -> None:
        """Make the fields, with what was typed before where a knob stays."""
        typed = self.settings()
        if knobs != self.knobs:
            self.knobs = knobs
            await self.remove_children()
            await self.mount_all(self._made(typed))

    def _made(self, typed: Mapping[str, str]) -> "list[Label | Field]":
        made: list[Label | Field] = []
        block = None
        for knob in self.knobs:
            if knob.block != block:
                block = knob.block
                made.append(Label(block or "study", classes="block", markup=False))
            made.append(Field(knob, typed.get(knob.key, knob.value)))
        return made

    def settings(self) -> dict[str, str]:
        """Values that differ from the study's, by key; an emptied field counts as unchanged."""
        return {field.knob.key: field.typed for field in self.query(Field) if field.is_changed}

    def show_faults(self, faults: Mapping[str, str]) -> None:
        """Write each fault below its field; a field without one loses what stood there."""
        for field in self.query(Field):
            field.show_fault(faults.get(field.knob.key, ""))

    def reset(self) -> None:
        """Bring every field back to the study's value."""
        for field in self.query(Field):
            field.reset()

    def focus_first(self) -> None:
        """Go to the first field."""
        # At once, since the next key may be typed already.
        self.screen.set_focus(next(iter(self.query(Input).results(Input)), None))

    def action_next(self) -> None:
        """To the next field."""
        self.screen.focus_next("Form Input")

    def action_previous(self) -> None:
        """To the field before."""
        self.screen.focus_previous("Form Input")

    async def action_done(self) -> None:
        """Leave the fields."""
        await self.app.run_action("app.back")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter accepts a value and goes to the next field."""
        event.stop()
        self.action_next()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Tell what differs now."""
        event.stop()
        for field in self.query(Field):
            field.mark()
        self.post_message(self.Changed(self.settings()))


class Field(Vertical):
    """One knob: its word, its value, what it was, its fault."""

    DEFAULT_CSS = """
    Field { height: auto; }
    Field Horizontal { height: 1; }
    Field .word { width: 17; }
    Field Input { width: 1fr; max-width: 18; background: $surface; }
    Field .was { width: 1fr; color: $text-muted; padding: 0 1; }
    Field .fault { width: 100%; height: auto; color: $text-error; display: none; }
    """

    def __init__(self, knob: Knob, value: str) -> None:
        super().__init__()
        self.knob = knob
        self._value = value

    def compose(self) -> ComposeResult:
        """A line, and one below for a fault."""
        with Horizontal():
            yield Label(f"  {self.knob.word}", classes="word", markup=False)
            entry = Input(self._value, compact=True, select_on_focus=True)
            # A blinking cursor writes to an idle terminal.
            entry.cursor_blink = False
            yield entry
            yield Label("", classes="was", markup=False)
        yield Label("", classes="fault", markup=False)

    @property
    def typed(self) -> str:
        """What stands in the field."""
        return self.query_one(Input).value.strip()

    @property
    def is_changed(self) -> bool:
        """Whether that differs from the study's value."""
        return bool(self.typed) and self.typed != self.knob.value

    def mark(self) -> None:
        """Say by a mark and the old value that the field is changed."""
        self.query_one(".word", Label).update(f"{'*' if self.is_changed else ' '} {self.knob.word}")
        self.query_one(".was", Label).update(f"was {self.knob.value}" if self.is_changed else "")

    def show_fault(self, fault: str) -> None:
        """The sentence below the field; none where it is empty."""
        label = self.query_one(".fault", Label)
        label.update(f"! {fault}" if fault else "")
        label.display = bool(fault)

    def reset(self) -> None:
        """Back to the study's value."""
        self.query_one(Input).value = self.knob.value
