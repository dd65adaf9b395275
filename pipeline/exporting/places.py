"""Where an export may go; `detour` looks before it begins anything."""

from pathlib import Path

from pipeline.errors import InputError


def check_free(path: Path) -> None:
    """Refuse a place where something is.

    Raises:
        InputError: It is a file, or a folder that is not empty.
    """
    if path.is_symlink() or (path.exists() and not path.is_dir()):
        raise InputError(f"{path} is there already and no folder; give --to a folder that does not exist or is empty.")
    if path.is_dir() and any(path.iterdir()):
        raise InputError(f"{path} is not empty; give --to a folder that does not exist or is empty.")
