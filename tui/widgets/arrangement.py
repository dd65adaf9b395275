"""How a table stands: the order of its columns, their widths, what it is sorted by, which rows are under which.

The first column is always first. Columns that an order does not know stand behind their neighbour in the order given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from tui.widgets.cells import TableRow, sorted_rows

LEAST, MOST = 3, 200
"""Widths that a person can give a column."""


class SortKey(NamedTuple):
    """A column to sort by."""

    key: str
    downwards: bool


@dataclass(frozen=True)
class Arrangement:
    """What a person has chosen; everything by the columns' keys."""

    order: tuple[str, ...] = ()
    widths: Mapping[str, int] = field(default_factory=dict)
    pinned: int = 1
    """Columns that stay when the others scroll."""
    sort: tuple[SortKey, ...] = ()
    tree: bool = False

    def sorted_anew(self, key: str, downwards: bool) -> "Arrangement":
        """With one more key to sort by; of one that is there already the other direction, then without it."""
        held = next((sort for sort in self.sort if sort.key == key), None)
        if held is None:
            return replace(self, sort=(*self.sort, SortKey(key, downwards)))
        if held.downwards is downwards:
            turned = SortKey(key, not downwards)
            return replace(self, sort=tuple(turned if sort.key == key else sort for sort in self.sort))
        return replace(self, sort=tuple(sort for sort in self.sort if sort.key != key))

    def turned(self) -> "Arrangement":
        """With the last key in the other direction."""
        if not self.sort:
            return self
        last = self.sort[-1]
        return replace(self, sort=(*self.sort[:-1], SortKey(last.key, not last.downwards)))

    def widened(self, key: str, width: int) -> "Arrangement":
        """With a column of that width."""
        return replace(self, widths={**self.widths, key: max(LEAST, min(width, MOST))})

    def moved(self, keys: Sequence[str], place: int, to: int) -> "Arrangement":
        """With the column at one place of `keys` at another; the first column stays."""
        if not (0 < place < len(keys) and 0 < to < len(keys)):
            return self
        left = [key for index, key in enumerate(keys) if index != place]
        return replace(self, order=(*left[:to], keys[place], *left[to:]))

    def pinned_at(self, keys: Sequence[str], place: int) -> "Arrangement":
        """With the column at that place of `keys` among those that stay, or no longer."""
        if place <= 0:
            return self
        if place >= self.pinned:
            return replace(self.moved(keys, place, self.pinned), pinned=self.pinned + 1)
        return replace(self.moved(keys, place, self.pinned - 1), pinned=self.pinned - 1)


def ordered(keys: Sequence[str], order: Sequence[str]) -> list[int]:
    """The places of `keys` in the order that a person has chosen."""
    held = set(keys)
    found = [key for key in dict.fromkeys(order) if key in held]
    known = set(found)
    for place, key in enumerate(keys):
        if key not in known:
            before = keys[place - 1] if place else ""
            found.insert(found.index(before) + 1 if before in known else len(found), key)
            known.add(key)
    places = {key: place for place, key in enumerate(keys)}
    return [0, *(places[key] for key in found if places[key])] if keys else []


def sorted_by(rows: Sequence[TableRow], sort: Sequence[tuple[int, bool]]) -> list[TableRow]:
    """`rows` by several columns, the first counting most; rows that are equal in all keep their order."""
    found = list(rows)
    for place, downwards in reversed(sort):
        found = sorted_rows(found, place, downwards)
    return found


def nested(rows: Sequence[TableRow], parents: Mapping[str, str]) -> tuple[list[TableRow], dict[str, int]]:
    """`rows` with each below the nearest of its ancestors that is among them, and how deep each stands."""
    held = {row.key for row in rows}
    below: dict[str, list[TableRow]] = {}
    roots: list[TableRow] = []
    for row in rows:
        parent = _ancestor(row.key, parents, held)
        (roots if parent is None else below.setdefault(parent, [])).append(row)
    found: list[TableRow] = []
    depths: dict[str, int] = {}
    stack = [(row, 0) for row in reversed(roots)]
    while stack:
        row, depth = stack.pop()
        found.append(row)
        depths[row.key] = depth
        stack += [(child, depth + 1) for child in reversed(below.get(row.key, []))]
    return found, depths


def _ancestor(key: str, parents: Mapping[str, str], held: set[str]) -> str | None:
    """None where there is none, or where it goes round in a circle."""
    passed = {key}
    found = parents.get(key)
    while found is not None and found not in passed:
        if found in held:
            return found if not _leads_to(found, key, parents) else None
        passed.add(found)
        found = parents.get(found)
    return None


def _leads_to(key: str, other: str, parents: Mapping[str, str]) -> bool:
    passed: set[str] = set()
    found: str | None = key
    while found is not None and found not in passed:
        if found == other:
            return True
        passed.add(found)
        found = parents.get(found)
    return False
