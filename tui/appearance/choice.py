"""What the configuration says of the app, read without the weight of checking all of it.

The first frame waits for this. `[app]` is read with the standard library alone; where a value does not fit, the default holds until
the whole configuration is checked behind the first frame (`tui.config.load_config`), which says what is wrong.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Choice:
    """How the app looks and listens; the defaults are those of `tui.config.App`."""

    theme: str = "auto"
    letters: str = "auto"
    opens: str = "changes"
    keys: Mapping[str, str] = field(default_factory=dict)
    """Keys, parted by commas, by the id of their action."""


def read_choice() -> Choice:
    """What the user's file says; the defaults where there is none or it does not fit."""
    # Its module is light and names the file; the check of values is not.
    from tui.places import config_path

    try:
        text = config_path().read_text(encoding="utf-8")
    except (OSError, ValueError):
        return Choice()
    import tomllib

    try:
        held = tomllib.loads(text).get("app", {})
    except (ValueError, RecursionError):
        return Choice()
    return _choice(held if isinstance(held, Mapping) else {})


def _choice(held: Mapping[str, Any]) -> Choice:
    texts = {key: held[key] for key in ("theme", "letters", "opens") if isinstance(held.get(key), str)}
    keys = held.get("keys")
    known = keys if isinstance(keys, Mapping) else {}
    return Choice(**texts, keys={str(id): keys for id, keys in known.items() if isinstance(keys, str) and keys})
