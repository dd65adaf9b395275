"""Changing the user's configuration: one value at a time, checked before it is written, comments and order of the file kept."""

import json
import tomllib
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from pipeline.errors import InputError
from pipeline.files import write_text
from pipeline.study.words import choose
from tui.config import Config, config_from, defaults_text, load_config, sourced
from tui.places import config_path


def set_value(key: str, value: Any, path: Path | None = None) -> Config:
    """Write one value; the configuration in force then.

    Args:
        key: Dotted: `app.theme`.
        value: In TOML's types.
        path: The file; the user's where absent.

    Raises:
        InputError: The key is unknown, the value does not fit, or the file cannot be read or written. Nothing is written then.
    """
    path = path or config_path()
    _known(key)
    document = _document(path)
    section, _, name = key.partition(".")
    if section not in document:
        document[section] = tomlkit.table()
    document[section][name] = value
    return _write(path, document)


def unset_value(key: str, path: Path | None = None) -> Config:
    """Take one value back to its default; the configuration in force then. Raises as `set_value`."""
    path = path or config_path()
    _known(key)
    document = _document(path)
    section, _, name = key.partition(".")
    document.get(section, {}).pop(name, None)
    return _write(path, document)


def check_keys(found: Config, path: Path) -> None:
    """Refuse keys of one's own that cannot work; without any, nothing of the app is imported."""
    if found.app.keys:
        from tui.appearance.contexts import contexts
        from tui.appearance.keymap import check_keymap

        check_keymap(found.app.keys, contexts(), str(path))


def value_from(text: str) -> Any:
    """A value as it is typed: `true`, `3` and `["a"]` are TOML's, anything else is text."""
    try:
        return tomllib.loads(f"value = {text}")["value"]
    except tomllib.TOMLDecodeError:
        return text


def as_typed(value: Any) -> str:
    """A value as one types it: text without quotes."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value, ensure_ascii=False)


def _known(key: str) -> None:
    keys = [known for known, _, _ in sourced(Config())]
    if key not in keys:
        raise InputError(f"{key} is not a key of the configuration; {choose(key, keys)}")


def _document(path: Path) -> tomlkit.TOMLDocument:
    # Its faults are worded there, and a broken file is never written over.
    if not path.exists():
        return tomlkit.parse(defaults_text())
    load_config({"DETOUR_CONFIG": str(path)})
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8"))
    except TOMLKitError as error:
        raise InputError(f"{path} is not valid TOML ({error}); mend that place.") from None


def _write(path: Path, document: tomlkit.TOMLDocument) -> Config:
    text = tomlkit.dumps(document)
    found = config_from(tomllib.loads(text), str(path))
    check_keys(found, path)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_text(path, text)
    except OSError as error:
        raise InputError(f"{path} cannot be written ({error.strerror}); DETOUR_CONFIG names another place.") from None
    return found
