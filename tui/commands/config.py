"""`detour config`: the user's configuration as it is in force."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from tui.config import Config


def config(
    write: Annotated[
        bool,
        typer.Option("--write", help="Write a file with every key and its default as comments, where there is none."),
    ] = False,
    setting: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="Write a value into the file: app.theme=light."),
    ] = None,
    unset: Annotated[
        list[str] | None, typer.Option("--unset", metavar="KEY", help="Take a value back to its default.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the values as JSON.")] = False,
) -> None:
    """Show the configuration of detour, or change it: each value and whether it is yours or the default."""
    from tui.config import load_config, write_defaults
    from tui.configuring import check_keys
    from tui.output import emit_json, say
    from tui.places import config_path

    path = config_path()
    if write:
        write_defaults(path)
    _change(setting or [], unset or [])
    found = load_config()
    check_keys(found, path)
    if as_json:
        emit_json({"path": path, "exists": path.exists(), "values": _as_mapping(found)})
    elif write:
        say(f"Wrote {path}; every key stands there as a comment.")
    else:
        _print(path, found)


def _change(setting: list[str], unset: list[str]) -> None:
    from pipeline.errors import InputError
    from tui.configuring import set_value, unset_value, value_from

    for text in setting:
        key, equals, value = text.partition("=")
        if not equals:
            raise InputError(f"--set {text} lacks a value; write KEY=VALUE, such as app.theme=light.")
        set_value(key.strip(), value_from(value.strip()))
    for key in unset:
        unset_value(key.strip())


def _as_mapping(found: "Config") -> dict[str, Any]:
    from tui.config import sourced

    return {key: {"value": value, "from": source} for key, value, source in sourced(found)}


def _print(path: Path, found: "Config") -> None:
    import json

    from tui.config import sourced
    from tui.output import console, plain, say, table

    shown = table("key", "value", "from", whole=("key", "from"))
    for key, value, source in sourced(found):
        shown.add_row(plain(key), plain(json.dumps(value, ensure_ascii=False)), plain(source))
    console().print(shown)
    say(f"file: {path}" if path.exists() else f"file: {path}, which is not there; `detour config --write` makes it.")
