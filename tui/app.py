"""The terminal app: its screens as modes, its themes, and what every screen shares.

Thread workers only post messages; handlers own the state. Nothing blinks and no clock runs, so that an idle app writes nothing.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from textual.app import App
from textual.screen import Screen

from pipeline.errors import InputError
from tui import actions
from tui.checkout import Checkout, find_checkout
from tui.screens import SCREENS
from tui.screens.base import DetourScreen

ROUGH_COLOURS = frozenset({"", "dumb", "linux", "screen", "vt100", "xterm", "ansi"})
"""Values of TERM with at most 16 colours: the terminal's own are used."""


class DetourApp(App[None]):
    """`detour` without arguments.

    Args:
        start: The folder of the study; the current one where absent.
    """

    TITLE = "Detour"
    ENABLE_COMMAND_PALETTE = False
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {name: place.open for name, place in SCREENS.items()}
    BINDINGS = actions.bindings("app")
    CSS = """
    * { scrollbar-size-vertical: 1; }
    """

    checkout: Checkout
    """The study; set before the first screen opens."""

    def __init__(self, start: Path | None = None) -> None:
        plain = has_few_colours()
        super().__init__(ansi_color=True if plain else None)
        self.start = start
        if plain:
            self.theme = "ansi-dark"

    def on_mount(self) -> None:
        """Open the first screen, or the sentence that says why there is none."""
        self.open_study()

    def open_study(self) -> None:
        """Find the study and open its first screen."""
        try:
            self.checkout = find_checkout(self.start)
        except InputError as error:
            self.exit(message=str(error), return_code=2)
            return
        self.switch_mode(next(iter(SCREENS)))

    def action_go(self, name: str) -> None:
        """Open a screen."""
        if self.current_mode != name:
            self.switch_mode(name)

    async def action_back(self) -> None:
        """Close what lies on top of a screen."""
        if len(self.screen_stack) > 1:
            await self.pop_screen()

    def copy(self, text: str) -> None:
        """Copy a text."""
        self.copy_to_clipboard(text)

    def open_compare(self, baseline: str, experiment: str) -> None:
        """Open the compare screen over two revisions by name; it takes them in `show_pair(baseline, experiment)`."""
        self.switch_mode("compare")
        screen = self.screen
        assert isinstance(screen, DetourScreen)
        screen.call_after_refresh(getattr(screen, "show_pair"), baseline, experiment)  # noqa: B009


def has_few_colours() -> bool:
    """Whether the terminal wants no colour or has at most 16."""
    return "NO_COLOR" in os.environ or (os.environ.get("TERM", "") in ROUGH_COLOURS and not os.environ.get("COLORTERM"))


def open_app() -> int:
    """Run the app until it is left; the exit status."""
    app = DetourApp()
    app.run()
    return app.return_code or 0
