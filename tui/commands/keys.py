"""`detour keys`: every action of the app with its keys, as the user has them."""

from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tui.actions import Action


def keys(
    as_json: Annotated[bool, typer.Option("--json", help="Print the actions as JSON.")] = False,
) -> None:
    """List the keys of the app, and the ids by which `app.keys` of the configuration gives an action another key."""
    from tui.actions import ACTIONS
    from tui.appearance.keymap import bound
    from tui.config import load_config
    from tui.output import emit_json

    mine = load_config().app.keys
    found = [bound(action, mine) for action in ACTIONS]
    if as_json:
        emit_json({"actions": [_as_mapping(action, action.id in mine) for action in found]})
    else:
        _print(found)


def _as_mapping(action: "Action", mine: bool) -> dict[str, object]:
    return {
        "id": action.id,
        "keys": [key for key in action.keys.split(",") if key],
        "shown": action.shown,
        "help": action.help,
        "from": "file" if mine else "default",
    }


def _print(found: "list[Action]") -> None:
    from tui.output import console, plain, table

    shown = table("action", "key", "what it does", whole=("action", "key"))
    for action in found:
        shown.add_row(plain(action.id), plain(action.shown), plain(action.help))
    console().print(shown)
