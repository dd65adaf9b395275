"""The keys of the filter language, and what may stand behind each.

A key is about an experiment (`row`) or about one of its cells (`cell`). `metrics.<name>` and `params.<name>` are keys as well.
"""

import difflib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tui.filtering.dates import Age, moment
from tui.filtering.faults import FilterFault, either
from tui.filtering.tree import Term, Value

METRICS, PARAMS = "metrics.", "params."
ORIGINS = ("measured", "inherited", "stale", "missing")
ORDERS = ("<", "<=", ">", ">=")

Level = Literal["row", "cell"]
Sort = Literal["words", "name", "number", "count", "date", "param", "metric"]


@dataclass(frozen=True)
class Key:
    """What a key asks."""

    level: Level
    sort: Sort
    help: str


KEYS: Mapping[str, Key] = {
    "name": Key("row", "words", "the experiment's name"),
    "message": Key("row", "words", "the first line of the commit's message"),
    "note": Key("row", "words", "notes: yours, and the one that the run was launched with"),
    "author": Key("row", "words", "who made the commit"),
    "kind": Key("row", "name", "branch, tag, remote, experiment, run, workspace, commit"),
    "branch": Key("row", "name", "that branch, and what is based on it"),
    "base": Key("row", "name", "what it is based on"),
    "tag": Key("row", "name", "the commit that a tag names"),
    "commit": Key("row", "name", "the commit's id, or its beginning with *"),
    "verdict": Key("row", "name", "at least one gain with that verdict"),
    "study": Key("row", "name", "the overlay that the run was launched with"),
    "host": Key("row", "name", "where the run ran"),
    "outcome": Key("row", "name", "how the run ended"),
    "date": Key("row", "date", "a day, month or year (2026-11-01), or an age (<7d, <12h, >2w)"),
    "gain": Key("row", "number", "the mean gain over the comparable pairs"),
    "task": Key("cell", "name", "the cell's task"),
    "target": Key("cell", "name", "the cell's target"),
    "start": Key("cell", "name", "the cell's start"),
    "model": Key("cell", "name", "the cell's model"),
    "cell": Key("cell", "name", "the cell's whole name, * for any letters"),
    "origin": Key("cell", "name", "measured, inherited, stale or missing"),
    **{kind: Key("row", "count", f"the number of cells that are {kind}") for kind in ORIGINS},
}
FLAGS: Mapping[str, Key] = {
    "measured": Key("cell", "name", "the cell was measured in this experiment"),
    "inherited": Key("cell", "name", "the cell's value comes from the base"),
    "stale": Key("cell", "name", "the cell's value belongs to other parameters or inputs"),
    "missing": Key("cell", "name", "the cell has no value"),
    "starred": Key("row", "name", "starred by you (*)"),
    "marked": Key("row", "name", "marked (Space)"),
    "new": Key("row", "name", "recorded or changed since your last visit"),
}
METRIC = Key("cell", "metric", "a metric of the cell")
PARAM = Key("row", "param", "a parameter")


def key_of(term: Term) -> Key:
    """What the key of a term that has been checked asks."""
    if not term.op:
        return FLAGS[term.key]
    if term.key.startswith(METRICS):
        return METRIC
    return PARAM if term.key.startswith(PARAMS) else KEYS.get(term.key, KEYS["name"])


def checked(term: Term) -> Term:
    """`term`, if its key is known and its values are what the key is compared with.

    Raises:
        FilterFault: They are not.
    """
    prefix = next((prefix for prefix in (METRICS, PARAMS) if term.key.startswith(prefix)), "")
    if term.key not in KEYS and (not prefix or term.key == prefix):
        raise FilterFault(_unknown(term), term.start, term.end)
    sort = key_of(term).sort
    if sort in ("words", "name") and term.op in ORDERS:
        raise FilterFault(f"{term.key} is a text; compare it with : = != or ~.", term.start, term.end)
    if sort != "param" and term.op == "~" and sort not in ("words", "name"):
        raise FilterFault(f"{term.key} is no text; compare it with = != < <= > or >=.", term.start, term.end)
    for value in term.values:
        _check(term, sort, value)
    return term


def _check(term: Term, sort: Sort, value: Value) -> None:
    if sort == "date":
        _check_date(term, value)
    elif sort in ("number", "count", "metric") or term.op in ORDERS:
        special = () if term.op in ORDERS or sort == "count" else ("missing", "nan")
        if number_in(value.text) is None and value.text.lower() not in special:
            also = f", {' or '.join(special)}" if special else ""
            raise FilterFault(f"{term.key} is compared with a number{also}.", value.start, value.end)


def _check_date(term: Term, value: Value) -> None:
    if value.text.lower() == "missing" and term.op not in ORDERS:
        return
    if isinstance(moment(value), Age) and term.op not in ORDERS:
        raise FilterFault(f"An age is compared with < or >: {term.key}<{value.text}.", value.start, value.end)


def number_in(text: str) -> float | None:
    """The number that a text is; None where it is none (`nan` is none)."""
    try:
        found = float(text)
    except ValueError:
        return None
    return None if found != found or "_" in text else found


def _unknown(term: Term) -> str:
    names = [*KEYS, METRICS + "accuracy", PARAMS + "seeds"]
    if "." in term.key:
        near = [f"{prefix}{term.key}" for prefix in (METRICS, PARAMS)]
        wrong = term.key.partition(".")[0]
        meant = difflib.get_close_matches(wrong, ("metrics", "params"), n=1)
        near = [f"{meant[0]}.{term.key.partition('.')[2]}"] if meant else near
    else:
        near = difflib.get_close_matches(term.key, names, n=3) or [METRICS + term.key]
    return f"There is no key {term.key}; did you mean {either(near)}? (Quotes make words of it.)"
