"""Pick cells, change parameters, launch a run."""

from collections.abc import Iterable

from textual.widget import Widget
from textual.widgets import Static

from tui.screens.base import DetourScreen


class LaunchScreen(DetourScreen):
    """The first screen."""

    name_in_registry = "launch"

    def compose_body(self) -> Iterable[Widget]:
        """The study's folder."""
        yield Static(str(self.detour.checkout.root), id="body", markup=False)
