"""The screens of the app, one file each.

`SCREENS` holds them in a fixed order with the key that opens each. A screen is named by where its class is and imported when it
is first opened, so that the app's first frame waits for nothing that it does not show.
"""

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tui.screens.base import DetourScreen


@dataclass(frozen=True)
class Place:
    """Where a screen is found."""

    key: str
    """The key that opens it from anywhere."""
    module: str
    name: str
    """The class."""
    purpose: str
    """What one does there, for help and palette."""

    def load(self) -> None:
        """Import what the screen needs; any thread may do that beforehand, so that opening it holds nothing up."""
        import_module(self.module)

    def open(self) -> "DetourScreen":
        """A new screen of this place."""
        made: DetourScreen = getattr(import_module(self.module), self.name)()
        return made


SCREENS: dict[str, Place] = {
    "launch": Place("1", "tui.screens.launch", "LaunchScreen", "pick cells, change parameters, launch a run"),
    "runs": Place("2", "tui.screens.runs", "RunsScreen", "watch runs, steer them, read their logs"),
    "experiments": Place("3", "tui.screens.experiments", "ExperimentsScreen", "every branch, tag and experiment"),
    "compare": Place("4", "tui.screens.compare", "CompareScreen", "what differs between a baseline and experiments"),
    "gains": Place("5", "tui.screens.gains", "GainsScreen", "what the detour is worth, beside the paper's Table 1"),
    "flips": Place("6", "tui.screens.flips", "FlipsScreen", "test rows that are fixed or broken between two cells"),
    "annotate": Place("7", "tui.screens.annotate", "AnnotateScreen", "label texts by hand, agreement, adjudication"),
    "settings": Place(
        "8", "tui.screens.settings", "SettingsScreen", "the configuration: colours, letters, keys, slots"
    ),
}
