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
    as_json: Annotated[bool, typer.Option("--json", help="Print the values as JSON.")] = False,
) -> None:
    """Show the configuration of detour: each value and whether it is yours or the default."""
    from tui.config import config_path, load_config, write_defaults
    from tui.output import emit_json, say

    path = config_path()
    if write:
        write_defaults(path)
    found = load_config()
    if as_json:
        emit_json({"path": path, "exists": path.exists(), "values": _as_mapping(found)})
    elif write:
        say(f"Wrote {path}; every key stands there as a comment.")
    else:
        _print(path, found)


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
