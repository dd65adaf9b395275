"""The user's configuration: each value, whether it is one's own, what it means; changed here, it holds at once."""

from collections.abc import Iterable
from typing import Any, Literal, get_args, get_origin

from rich.text import Text
from textual import on
from textual.widget import Widget
from textual.widgets import Static

from pipeline.errors import InputError
from tui import actions
from tui.config import Config, load_config, sourced
from tui.configuring import as_typed, set_value, unset_value, value_from
from tui.output import plain
from tui.places import config_path
from tui.screens.base import DetourScreen
from tui.screens.fault import FaultScreen
from tui.screens.fields import Blank, FieldsDialog
from tui.widgets.lines import Lines


class SettingsScreen(DetourScreen):
    """One line for each key of the configuration."""

    name_in_registry = "settings"
    families = ("move", "lines")
    BINDINGS = actions.bindings("settings")
    AUTO_FOCUS = "Lines"
    DEFAULT_CSS = """
    SettingsScreen #file { height: 1; padding: 0 1; }
    SettingsScreen #meaning { height: 4; padding: 0 1; background: $surface; }
    """

    def __init__(self) -> None:
        super().__init__()
        self.config = Config()

    def compose_body(self) -> Iterable[Widget]:
        """The file, the values, what the one under the cursor means."""
        yield Static(plain(f"file: {config_path()}"), id="file")
        yield Lines(id="body")
        yield Static(id="meaning", markup=False)

    def on_mount(self) -> None:
        """Read the file."""
        self.action_reload()

    def action_reload(self) -> None:
        """Read the file again."""
        try:
            self._take(load_config())
        except InputError as error:
            self.app.push_screen(FaultScreen(str(error), self.action_reload))

    def _take(self, config: Config) -> None:
        self.config = config
        width = max(len(key) for key, _, _ in sourced(config))
        self.lines.show([(key, _line(key, value, source, width)) for key, value, source in sourced(config)])
        self._show_meaning()

    @property
    def lines(self) -> Lines:
        """The values."""
        return self.query_one(Lines)

    @on(Lines.Moved)
    def _show_meaning(self) -> None:
        told = [_meaning(self.lines.cursor)]
        choices = choices_of(self.lines.cursor)
        if choices:
            told.append(f"Enter: the next of {', '.join(map(as_typed, choices))}")
        self.query_one("#meaning", Static).update(plain(" ".join(told)))

    # Keys

    @on(Lines.Chosen)
    def action_change(self) -> None:
        """The next of a few values, or a dialog for any other."""
        key = self.lines.cursor
        value, choices = self._value(key), choices_of(key)
        if choices:
            self._set(key, choices[(choices.index(value) + 1) % len(choices)])
            return

        def change(fields: Any) -> None:
            if fields is not None:
                self._set(key, value_from(fields["value"])) if fields["value"] else self._unset(key)

        blank = Blank("value", as_typed(_plain_types(value)), "nothing: the default")
        self.app.push_screen(FieldsDialog(key, [blank], "Write"), change)

    def action_default(self) -> None:
        """Take the value back to its default."""
        self._unset(self.lines.cursor)

    def action_copy(self) -> None:
        """Copy the command that sets the value."""
        from shlex import quote

        key = self.lines.cursor
        self.detour.copy(f"detour config --set {quote(f'{key}={as_typed(_plain_types(self._value(key)))}')}")

    def _value(self, key: str) -> Any:
        return next(value for known, value, _ in sourced(self.config) if known == key)

    def _set(self, key: str, value: Any) -> None:
        self._write(lambda: set_value(key, value), "config", "--set", f"{key}={as_typed(value)}")

    def _unset(self, key: str) -> None:
        self._write(lambda: unset_value(key), "config", "--unset", key)

    def _write(self, change: Any, *words: str) -> None:
        entry = self.detour.journal.begin("detour", *words)
        try:
            found = change()
        except InputError as error:
            entry.status = 2
            self.app.push_screen(FaultScreen(str(error), self.action_reload))
            return
        entry.status = 0
        self._take(found)
        self.detour.take_config(found)


def choices_of(key: str) -> list[Any]:
    """The few values that a key may have; nothing where there are many."""
    kind = _field(key).annotation
    if kind is bool:
        return [True, False]
    return list(get_args(kind)) if get_origin(kind) is Literal else []


def _field(key: str) -> Any:
    section, _, name = key.partition(".")
    return type(getattr(Config(), section)).model_fields[name]


def _meaning(key: str) -> str:
    return str(_field(key).description)


def _plain_types(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else dict(value) if hasattr(value, "keys") else value


def _line(key: str, value: Any, source: str, width: int) -> Text:
    own = source == "file"
    shown = as_typed(_plain_types(value)) or "(nothing)"
    return plain(f"{'*' if own else ' '} {key:<{width}}  {shown}", "bold" if own else "")
