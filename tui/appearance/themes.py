"""The app's own two themes, and which theme suits a terminal.

Better and worse are blue and orange, which people with every common form of colour blindness tell apart: the colours of Okabe and
Ito, "Color Universal Design" (2008). Nothing is said by colour alone; every screen has a sign for what it colours.
"""

import os
from collections.abc import Mapping

from textual.theme import Theme

DARK = Theme(
    name="detour-dark",
    primary="#3A78A8",
    secondary="#56B4E9",
    accent="#F0E442",
    success="#56B4E9",
    warning="#F0E442",
    error="#E69F00",
    foreground="#DEDEDE",
    background="#121212",
    surface="#1C1C1C",
    panel="#262B30",
    dark=True,
)
LIGHT = Theme(
    name="detour-light",
    primary="#7FB2D9",
    secondary="#0072B2",
    accent="#7A4B00",
    success="#005A8C",
    warning="#7A4B00",
    error="#A83F00",
    foreground="#1E1E1E",
    background="#FBFBF8",
    surface="#F0F0EC",
    panel="#DFE3E6",
    dark=False,
)

ROUGH = frozenset({"", "dumb", "linux", "screen", "vt100", "xterm", "ansi"})
"""Values of TERM with at most 16 colours: the terminal's own are used."""
CHOICES: Mapping[str, str] = {
    "dark": DARK.name,
    "light": LIGHT.name,
    "terminal-dark": "ansi-dark",
    "terminal-light": "ansi-light",
}
"""Textual's theme by its name in the configuration."""
TERMINALS_OWN = ("ansi-dark", "ansi-light")
"""Themes in the terminal's 16 colours."""
# Backgrounds of a terminal that says `COLORFGBG=...;BACKGROUND`: white and light grey of the 16 colours.
_LIGHT_BACKGROUNDS = frozenset({"7", "15"})


def has_few_colours(variables: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal wants no colour or has at most 16."""
    rough = variables.get("TERM", "") in ROUGH and not variables.get("COLORTERM")
    return "NO_COLOR" in variables or rough


def is_light(variables: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal says that its background is light; rxvt, Konsole and others do, in COLORFGBG."""
    return variables.get("COLORFGBG", "").rpartition(";")[2] in _LIGHT_BACKGROUNDS


def suited(wanted: str, variables: Mapping[str, str] = os.environ) -> str:
    """Textual's name of the theme to use.

    Args:
        wanted: `auto` or a key of `CHOICES`. NO_COLOR overrules a theme with colours of its own.
        variables: The environment.
    """
    light = is_light(variables) if wanted == "auto" else wanted.endswith("light")
    if has_few_colours(variables) and (wanted == "auto" or "NO_COLOR" in variables):
        return "ansi-light" if light else "ansi-dark"
    return CHOICES.get(wanted, LIGHT.name if light else DARK.name)
