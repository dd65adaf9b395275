"""Which actions listen at one time: for each screen its own, its widgets' and the app's. Importing it imports every screen."""

from collections.abc import Mapping
from importlib import import_module

from tui.screens import SCREENS
from tui.screens.base import DetourScreen


def contexts() -> Mapping[str, frozenset[str]]:
    """The owners of actions by the screen on which they listen together."""
    found = {}
    for name, place in SCREENS.items():
        screen: type[DetourScreen] = getattr(import_module(place.module), place.name)
        found[name] = frozenset({screen.name_in_registry, *screen.families, "app"})
    return found
