"""Which experiments are averaged as one.

Experiments are one group where every parameter but their seeds is the same, the code and data that they read are the same (by the
hashes in dvc.lock), and no seed occurs twice. Unasked, those that fit are averaged and the others stand alone; a group that was
asked for (`--group KEY`) and does not fit is refused with the key that differs.
"""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from pipeline.errors import InputError
from tui.comparing.sides import Side, alone, is_seed, seeds_of
from tui.history.diff import ABSENT, leaves, same_value
from tui.history.lock import NOBODY, Lock
from tui.history.rows import History, Row
from tui.history.snapshot import LOCK
from tui.history.words import param


@dataclass(frozen=True)
class Grouping:
    """How experiments are to be averaged."""

    by: str | None = None
    """Experiments with the same value of this parameter are one; a parameter that holds seeds is averaged over. None for what fits."""
    seed: str | None = None
    """The parameter that holds the seed, where its name does not say so."""
    off: bool = False
    """Whether every experiment stands alone."""


FITTING = Grouping()
"""Average what fits."""


@dataclass(frozen=True)
class _Known:
    """An experiment with what its grouping asks for."""

    row: Row
    params: Mapping[str, Any]
    """Leaves without the seeds."""
    seeds: Mapping[str, tuple[str, ...]]
    read: Mapping[str, str | None]
    """Hashes of the files that no stage writes, by path."""


def sides_of(history: History, rows: Sequence[Row], grouping: Grouping) -> list[Side]:
    """The columns of a comparison, the first of `rows` in the first.

    Raises:
        InputError: A group that was asked for mixes configurations or holds a seed twice, or everything is one group.
    """
    if grouping.off or len(rows) < 2:
        return [alone(row) for row in rows]
    known = [_known(history, row, grouping.seed) for row in rows]
    if grouping.by is None:
        groups = _fitting(known)
        # Who compares two seeds wants to see them apart.
        return [alone(row) for row in rows] if len(groups) == 1 else [_side(group) for group in groups]
    groups = _asked(known, grouping.by, grouping.seed)
    if len(groups) == 1:
        raise InputError(f"All experiments are one group by {grouping.by}, so that none is left to compare.")
    by = None if is_seed(grouping.by, grouping.seed) else grouping.by
    return [_side(group, by) for group in groups]


def _known(history: History, row: Row, named: str | None) -> _Known:
    params = {key: value for key, value in leaves(row.params or {}) if not is_seed(key, named)}
    return _Known(row, params, seeds_of(row, named), _read(history, row))


def _read(history: History, row: Row) -> Mapping[str, str | None]:
    blob = history.files(row).find(LOCK)
    lock = history.store.lock(blob, LOCK).value if blob is not None else None
    if not isinstance(lock, Lock):
        return {}
    deps = (dep for stage in lock.stages.values() for dep in stage.deps)
    return {dep.path: dep.md5 for dep in deps if lock.writers(dep.path) == NOBODY}


def _fitting(known: Sequence[_Known]) -> list[list[_Known]]:
    groups: list[list[_Known]] = []
    for one in known:
        home = next((group for group in groups if not any(_unlike(other, one) for other in group)), None)
        if home is None:
            groups.append([one])
        else:
            home.append(one)
    return groups


def _unlike(a: _Known, b: _Known) -> str:
    return _mixed(a, b) or _twice(a, b)


def _asked(known: Sequence[_Known], by: str, named: str | None) -> list[list[_Known]]:
    if is_seed(by, named):
        if not any(by in one.seeds for one in known):
            raise InputError(_no_such(by, [key for one in known for key in one.seeds]))
        groups = _alike(known)
    else:
        if not any(by in one.params for one in known):
            raise InputError(_no_such(by, [key for one in known for key in one.params]))
        groups = _by_value(known, by)
    for group in groups:
        for place, one in enumerate(group):
            for other in group[:place]:
                why = _unlike(other, one)
                if why:
                    raise InputError(f"{other.row.name} and {one.row.name} cannot be averaged: {why}.")
    return groups


def _alike(known: Sequence[_Known]) -> list[list[_Known]]:
    groups: list[list[_Known]] = []
    for one in known:
        home = next((group for group in groups if not _other_params(group[0], one)), None)
        if home is None:
            groups.append([one])
        else:
            home.append(one)
    return groups


def _by_value(known: Sequence[_Known], by: str) -> list[list[_Known]]:
    groups: list[list[_Known]] = []
    for one in known:
        value = one.params.get(by, ABSENT)
        home = next((group for group in groups if same_value(group[0].params.get(by, ABSENT), value)), None)
        if home is None:
            groups.append([one])
        else:
            home.append(one)
    return groups


def _no_such(key: str, keys: Sequence[str]) -> str:
    near = [other for other in dict.fromkeys(keys) if other.endswith(f".{key}")]
    near = near or difflib.get_close_matches(key, list(dict.fromkeys(keys)), n=2, cutoff=0.4)
    hint = f"; did you mean {' or '.join(near[:3])}?" if near else "; `detour compare --all` lists the parameters."
    return f"None of the experiments has a parameter '{key}'{hint}"


def _mixed(a: _Known, b: _Known) -> str:
    """The first thing beside the seeds in which two experiments differ; empty for none."""
    params = _other_params(a, b)
    if params:
        return params
    path = next((path for path in a.read if path in b.read and a.read[path] != b.read[path]), None)
    return f"{path} is not the same file in both" if path is not None else ""


def _other_params(a: _Known, b: _Known) -> str:
    for key in dict.fromkeys([*a.params, *b.params]):
        one, two = a.params.get(key, ABSENT), b.params.get(key, ABSENT)
        if not same_value(one, two):
            return f"{key} is {param(one)} in the one and {param(two)} in the other"
    return ""


def _twice(a: _Known, b: _Known) -> str:
    """The seed that two experiments share; empty where none is."""
    keys = [key for key in dict.fromkeys([*a.seeds, *b.seeds]) if a.seeds.get(key) != b.seeds.get(key)]
    if not keys:
        key = next(iter(a.seeds), "")
        return (
            f"both have {key} {', '.join(a.seeds[key])}"
            if key
            else "no parameter named seed tells them apart (--seed KEY)"
        )
    shared = [seed for seed in _combined(a, keys) if seed in set(_combined(b, keys))]
    return f"{' and '.join(keys)} {', '.join(shared[0])} occurs in both" if shared else ""


def _combined(one: _Known, keys: Sequence[str]) -> list[tuple[str, ...]]:
    return list(product(*(one.seeds.get(key, ("",)) for key in keys)))


def _side(group: Sequence[_Known], by: str | None = None) -> Side:
    rows = tuple(one.row for one in group)
    name = f"{by.rpartition('.')[2]}={param(group[0].params.get(by, ABSENT), 20)}" if by is not None else ""
    if len(rows) == 1:
        return Side(name or rows[0].name, rows)
    keys = [key for key in group[0].seeds if len({one.seeds.get(key) for one in group}) > 1]
    seeds = tuple("/".join("+".join(one.seeds.get(key, ())) for key in keys) for one in group)
    return Side(name or f"{rows[0].name} x{len(rows)}", rows, seeds, " and ".join(keys))
