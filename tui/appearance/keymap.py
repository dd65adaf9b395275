"""Keys of one's own: which action another key gives, checked against the registry, and how footer and help show it.

Textual replaces the keys of a binding by its id (`App.set_keymap`); here is what it leaves open: that an id exists, that a key has a
name, that two actions do not meet on one key.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from dataclasses import replace

from textual.keys import Keys, _character_to_key, key_to_character

from pipeline.errors import InputError
from tui.actions import ACTIONS, Action

KEPT_BY_OTHERS = ("ctrl+a", "ctrl+b", "ctrl+space", "ctrl+@")
"""Keys that screen, tmux and terminals keep for themselves."""
_SHOWN = {
    "enter": "Enter", "space": "Space", "escape": "Esc", "backspace": "Bksp", "delete": "Del", "tab": "Tab", "shift+tab": "S-Tab",
    "pagedown": "PgDn", "pageup": "PgUp", "home": "Home", "end": "End", "up": "↑", "down": "↓", "left": "←", "right": "→",
}  # fmt: skip
_MODIFIERS = re.compile(r"(?:(?:ctrl|alt|shift)\+)*")
_NAMES = frozenset(key.value for key in Keys)


def bound(action: Action, keymap: Mapping[str, str]) -> Action:
    """The action with the keys that a person has given it."""
    keys = keymap.get(action.id)
    if not keys:
        return action
    named = [key.strip() for key in keys.split(",") if key.strip()]
    return replace(action, keys=",".join(map(key_name, named)), shown="/".join(map(_display, named)))


def check_keymap(keymap: Mapping[str, str], contexts: Mapping[str, frozenset[str]], name: str) -> None:
    """Refuse keys of one's own that cannot work.

    Args:
        keymap: Keys, parted by commas, by the id of their action.
        contexts: The owners of actions that listen at one time, by the screen on which they do.
        name: What an error calls the file.

    Raises:
        InputError: An id is unknown, a key has no name or is kept by tmux or screen, or two actions meet on one key.
    """
    # It belongs to a package that imports pydantic, which the first frame does without.
    from pipeline.study.words import choose

    known = {action.id: action for action in ACTIONS}
    for id, keys in keymap.items():
        if id not in known:
            raise InputError(
                f"{name}: app.keys: {id} is no action; {choose(id, list(known))} `detour keys` lists them."
            )
        for key in (key.strip() for key in keys.split(",") if key.strip()):
            _check_key(key, id, name)
    for screen, first, second, key in _meetings(keymap, contexts):
        raise InputError(
            f"{name}: app.keys: on {screen} both {first} and {second} have the key {key}; give one of them another."
        )


def key_name(key: str) -> str:
    """Textual's name of a key that may be written as the character itself."""
    return _character_to_key(key) if len(key) == 1 else key


def _display(key: str) -> str:
    return _SHOWN.get(key) or key_to_character(key) or key


def _check_key(key: str, id: str, name: str) -> None:
    if key in KEPT_BY_OTHERS:
        raise InputError(f"{name}: app.keys: {id} has {key}, which tmux, screen or the terminal keeps; take another.")
    bare = _MODIFIERS.sub("", key, count=1)
    if len(bare) != 1 and key not in _NAMES and bare not in _NAMES and not _is_character_name(bare):
        raise InputError(
            f"{name}: app.keys: {id} has {key}, which is no key; write a character, or a name such as f5, ctrl+e, shift+tab, enter."
        )


def _is_character_name(key: str) -> bool:
    try:
        unicodedata.lookup(key.replace("_", " "))
    except KeyError:
        return False
    return True


def _meetings(keymap: Mapping[str, str], contexts: Mapping[str, frozenset[str]]) -> Iterator[tuple[str, str, str, str]]:
    """Screen, both ids and the key of two actions that meet, where one of them was given the key."""
    for screen, owners in contexts.items():
        holders: dict[str, Action] = {}
        for action in (bound(action, keymap) for action in ACTIONS if action.owner in owners):
            for key in filter(None, action.keys.split(",")):
                other = holders.setdefault(key, action)
                if other is not action and {other.id, action.id} & keymap.keys():
                    yield screen, other.id, action.id, key
