"""`detour keys`: every action of the app with its keys, as the user has them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from tui.sharing import Column, Sheet, Value
from tui.sharing.forms import AsCsv, AsJson, AsLatex, AsMarkdown, chosen, write

if TYPE_CHECKING:
    from tui.actions import Action


def keys(as_json: AsJson = False, md: AsMarkdown = False, csv: AsCsv = False, latex: AsLatex = False) -> None:
    """List the keys of the app, and the ids by which `app.keys` of the configuration gives an action another key."""
    from tui.actions import ACTIONS
    from tui.appearance.keymap import bound
    from tui.config import load_config
    from tui.output import emit_json

    form = chosen(as_json, md, csv, latex)
    mine = load_config().app.keys
    found = [bound(action, mine) for action in ACTIONS]
    if form == "json":
        emit_json({"actions": [_as_mapping(action, action.id in mine) for action in found]})
    elif form == "text":
        _print(found)
    else:
        write(sheet_of(found), form)


def sheet_of(actions: "Sequence[Action]") -> Sheet:
    """Actions as a table; what only the palette offers has no key."""
    columns = (Column("action", "action"), Column("key", "key"), Column("help", "what it does"))
    rows = tuple((Value(action.id), Value(action.shown), Value(action.help)) for action in actions)
    return Sheet("Keys", columns, rows)


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
