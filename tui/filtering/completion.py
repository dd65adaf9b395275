"""How the word before the cursor of a filter may go on: keys, and values that some experiment has."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from tui.filtering.index import Entry, Index
from tui.filtering.keys import FLAGS, KEYS, METRICS, ORIGINS, PARAMS
from tui.filtering.row_tests import matching
from tui.filtering.truths import written
from tui.history.snapshot import CellRecord

_WORD = re.compile(r"[^\s()]*$")
_KEYED = re.compile(r"-*([A-Za-z_][\w.\-/]*)(:?(?:!=|!~|<=|>=|==|<|>|=|~)|:)(.*)", re.DOTALL)
_PLAIN = re.compile(r"[^\s()|\"'\-][^\s()|]*")
_MOST = 200


@dataclass(frozen=True)
class Completion:
    """What may stand in the place of a part of the text."""

    start: int
    end: int
    options: tuple[str, ...]

    @property
    def common(self) -> str:
        """The longest beginning that all options have."""
        first, last = min(self.options, default=""), max(self.options, default="")
        same = next((place for place, pair in enumerate(zip(first, last, strict=False)) if pair[0] != pair[1]), None)
        return first[: min(len(first), len(last)) if same is None else same]


def complete(text: str, cursor: int, index: Index) -> Completion:
    """What the word that ends at `cursor` may become; the options begin with it, whatever their case."""
    found = _WORD.search(text[:cursor])
    word = found[0] if found else ""
    last = word.rpartition("|")[2]
    keyed = _KEYED.fullmatch(word)
    if keyed is not None and (last == word or not _KEYED.fullmatch(last)):
        fragment = keyed[3].rpartition("|")[2]
        options: Iterable[str] = map(_quoted, values(keyed[1], index))
    elif (own := _KEYED.fullmatch(last)) is not None:
        fragment, options = own[3], map(_quoted, values(own[1], index))
    else:
        fragment = last.lstrip("-")
        options = _keys(fragment, index)
    start = cursor - len(fragment)
    return Completion(start, cursor, _beginning(fragment, options))


def _beginning(fragment: str, options: Iterable[str]) -> tuple[str, ...]:
    wanted = fragment.casefold()
    found = [option for option in dict.fromkeys(options) if option.casefold().startswith(wanted) and option != fragment]
    return tuple(found[:_MOST])


def _quoted(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return text
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def _keys(fragment: str, index: Index) -> Sequence[str]:
    if fragment.startswith(METRICS):
        return [METRICS + name for name in index.metrics()]
    if fragment.startswith(PARAMS):
        return _params(fragment.removeprefix(PARAMS), list(index.params()))
    keys = [f"{key}:" if KEYS[key].sort in ("words", "name") else key for key in KEYS if key not in FLAGS]
    return sorted([*keys, *FLAGS, METRICS, PARAMS]) if fragment else []


def _params(name: str, known: Sequence[str]) -> Sequence[str]:
    """Whole keys that begin so; where none does, the ends of keys that do."""
    if any(key.startswith(name) for key in known):
        return [PARAMS + key for key in known]
    return [PARAMS + key[place + 1 :] for key in known for place in range(len(key)) if key[place] == "."]


def values(key: str, index: Index) -> list[str]:
    """What some experiment has under a key, in the order of the experiments."""
    entries = list(index.entries.values())
    if key in _OF_CELLS:
        firsts = [index.units[units[0]] for units in list(index.groups.values())]
        return list(dict.fromkeys(_OF_CELLS[key](unit.cell, unit.parts) for unit in firsts if unit.cell))
    if key == "origin":
        return list(ORIGINS)
    if key == "tag":
        return list(dict.fromkeys(name for names in list(index.tags.values()) for name in names))
    if key.startswith(PARAMS):
        names = matching(key.removeprefix(PARAMS), list(index.params()))
        found = (written(entry.leaves[name]) for entry in entries for name in names if name in entry.leaves)
        return list(dict.fromkeys(found))[:_MOST]
    read = _OF_ROWS.get(key)
    return list(dict.fromkeys(text for entry in entries for text in read(entry) if text)) if read else []


_OF_CELLS: Mapping[str, Callable[[CellRecord, tuple[str, str, str]], str]] = {
    "task": lambda cell, parts: cell.task,
    "cell": lambda cell, parts: cell.name,
    "target": lambda cell, parts: parts[0],
    "start": lambda cell, parts: parts[1],
    "model": lambda cell, parts: parts[2],
}
_OF_ROWS: Mapping[str, Callable[[Entry], Iterable[str]]] = {
    "name": lambda entry: (entry.row.name,),
    "author": lambda entry: (entry.row.author,),
    "kind": lambda entry: (entry.row.kind,),
    "base": lambda entry: (entry.row.base_name,),
    "branch": lambda entry: (
        entry.row.name if entry.row.kind in ("branch", "remote") else "",
        entry.row.base_name,
    ),
    "verdict": lambda entry: entry.row.gains.verdicts,
    "study": lambda entry: (entry.run.study if entry.run else "",),
    "host": lambda entry: (entry.run.host if entry.run else "",),
    "outcome": lambda entry: (entry.run.outcome if entry.run else "",),
}
