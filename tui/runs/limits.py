"""How many stages this machine carries side by side: the variable DETOUR_SLOTS, else the user's configuration, else its cores."""

import os

from pipeline.errors import InputError

VARIABLE = "DETOUR_SLOTS"


def limit_of_slots() -> int:
    """The limit.

    Raises:
        InputError: DETOUR_SLOTS is no number from 1, or the configuration holds a fault.
    """
    asked = os.environ.get(VARIABLE, "")
    if not asked:
        from tui.config import load_config

        return load_config().runs.slots
    if not (asked.isascii() and asked.isdecimal() and int(asked)):
        raise InputError(f"The variable {VARIABLE} is {asked!r}; give a whole number from 1, or unset it.")
    return int(asked)
