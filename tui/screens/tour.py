"""One screen for someone who opens the app for the first time: what is where, and the keys that work everywhere."""

from typing import TYPE_CHECKING, cast

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.events import Click, Key
from textual.widgets import Static

from tui import actions
from tui.appearance.keymap import bound
from tui.screens import SCREENS
from tui.screens.dialog import Overlay

if TYPE_CHECKING:
    from tui.app import DetourApp

EVERYWHERE = (
    "table.mark", "experiments.baseline", "experiments.compare", "filter.find", "app.back", "app.help", "app.palette", "app.journal",
)  # fmt: skip
"""Actions that are worth knowing before any other."""


class TourScreen(Overlay[None]):
    """The tour; any key leaves it."""

    DEFAULT_CSS = """
    TourScreen { align: center middle; background: $background 60%; }
    TourScreen VerticalScroll {
        width: 76; max-width: 100%; height: auto; max-height: 100%; background: $surface; border: round $border; padding: 0 1;
    }
    TourScreen Static { height: auto; }
    """

    def compose(self) -> ComposeResult:
        """The text."""
        with VerticalScroll(can_focus=False):
            yield Static(self._text())

    def _text(self) -> Text:
        keymap = cast("DetourApp", self.app).keymap
        known = {action.id: bound(action, keymap) for action in actions.ACTIONS}
        lines = [Text("Is the detour over an intermediate task worth it?", style="bold"), Text()]
        lines += [_line(known[f"app.go.{name}"].shown, name, place.purpose) for name, place in SCREENS.items()]
        lines += [Text(), Text("A run trains in a tree of its own and goes on when you leave.")]
        lines += [_line(known[id].shown, "", known[id].help) for id in EVERYWHERE]
        lines += [
            Text(),
            Text(f'Any key goes on. {known["app.palette"].shown} and "tour" shows this again.', style="italic"),
        ]
        return Text("\n").join(lines)

    def on_key(self, event: Key) -> None:
        """Leave, and nothing else: a key of the tour is no key of the screen below."""
        event.stop()
        event.prevent_default()
        self.dismiss()

    def on_click(self, event: Click) -> None:
        """Leave."""
        self.dismiss()


def _line(key: str, name: str, told: str) -> Text:
    return Text(f"{key:>5} ", style="bold").append(f"{name:<12} " if name else "", "bold").append(told, "not bold")
