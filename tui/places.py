"""Where the user's files are. The standard library alone: the app's first frame and `detour --help` import it."""

import os
from collections.abc import Mapping
from pathlib import Path

VARIABLE = "DETOUR_CONFIG"
"""The environment variable that names another configuration."""


def config_path(variables: Mapping[str, str] = os.environ) -> Path:
    """Where the configuration is read from, whether there is a file or not."""
    if named := variables.get(VARIABLE):
        return Path(named).absolute()
    return _home(variables, "XDG_CONFIG_HOME", ".config") / "detour" / "config.toml"


def state_folder(variables: Mapping[str, str] = os.environ) -> Path:
    """Where the app keeps what it remembers of a person: that the tour was seen."""
    return _home(variables, "XDG_STATE_HOME", ".local/state") / "detour"


def _home(variables: Mapping[str, str], name: str, usual: str) -> Path:
    home = variables.get(name, "")
    # The XDG specification has a relative path ignored.
    return Path(home) if Path(home).is_absolute() else Path.home() / usual
