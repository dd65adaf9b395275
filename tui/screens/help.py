"""The keys of a screen, from the registry of actions."""

from collections.abc import Iterable

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Static

from tui import actions
from tui.appearance.keymap import bound
from tui.screens.base import DetourScreen


class HelpScreen(DetourScreen):
    """What every key does on the screen below; what cannot be done now is dim and says so."""

    name_in_registry = "help"
    BINDINGS = actions.bindings("help")
    DEFAULT_CSS = """
    HelpScreen #body { padding: 0 1; }
    HelpScreen Static { height: auto; }
    """

    def __init__(self, of: DetourScreen) -> None:
        super().__init__()
        self._of = of

    def compose_body(self) -> Iterable[Widget]:
        """One line for each action."""
        with VerticalScroll(id="body"):
            yield Static(self._text())

    def _text(self) -> Text:
        lines = [Text(f"Keys: {self._of.name_in_registry}", style="bold")]
        for owner in (self._of.name_in_registry, *self._of.families, "app"):
            lines += [Text(), *self._section(owner)]
        return Text("\n").join(lines)

    def _section(self, owner: str) -> list[Text]:
        found = (bound(action, self.detour.keymap) for action in actions.of(owner))
        return [self._line(action) for action in found if action.shown]

    def _line(self, action: actions.Action) -> Text:
        enabled = action.owner != self._of.name_in_registry or self._of.is_enabled(action.method)
        line = Text(f"{action.shown:>7s}  ", style="bold").append(action.help, style="not bold")
        return line if enabled else line.append("  (not now)", style="italic")

    def action_down(self) -> None:
        """Scroll down."""
        self.query_one(VerticalScroll).scroll_down(animate=False)

    def action_up(self) -> None:
        """Scroll up."""
        self.query_one(VerticalScroll).scroll_up(animate=False)
