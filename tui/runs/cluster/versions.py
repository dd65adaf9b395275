"""The versions that a result depends on: its bytes are the same only where these are."""

import platform
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version

from pipeline.errors import InputError

PACKAGES = ("detour", "torch", "transformers", "numpy")


def versions() -> dict[str, str]:
    """The versions of this machine; `none` for what is not installed."""
    return {"python": ".".join(platform.python_version_tuple()[:2]), **{name: _version(name) for name in PACKAGES}}


def refuse_others(wanted: Mapping[str, str]) -> None:
    """Refuse to work for a machine with other versions.

    Raises:
        InputError: With both versions and the node's name.
    """
    own = versions()
    different = [name for name in own if own[name] != wanted.get(name)]
    if different:
        here = ", ".join(f"{name} {own[name]}" for name in different)
        there = ", ".join(f"{name} {wanted.get(name)}" for name in different)
        raise InputError(
            f"The node {platform.node()} has {here} and the run has {there}, which give other results; "
            "install the same versions on every node."
        )


def _version(name: str) -> str:
    try:
        # Without what follows `+`: a build for another device is the same code.
        return version(name).partition("+")[0]
    except PackageNotFoundError:
        return "none"
