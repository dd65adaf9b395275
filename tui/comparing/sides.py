"""What stands in one column of a comparison: one experiment, or several that differ only in their seeds, averaged as one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tui.history.diff import ABSENT, UNREADABLE, leaves, unset
from tui.history.rows import Row

SEEDS = frozenset({"seed", "seeds", "random_seed", "random_state", "rng_seed", "manual_seed", "seed_everything"})
"""Last parts of keys that hold a seed."""
SPLITS = frozenset({"split", "splits", "folds"})
"""Blocks whose seed chooses other test rows: such experiments are not one experiment with other seeds."""


@dataclass(frozen=True)
class Side:
    """A column."""

    name: str
    rows: tuple[Row, ...]
    """More than one where experiments are averaged."""
    seeds: tuple[str, ...] = ()
    """What tells the averaged experiments apart, one each; empty for a single experiment."""
    key: str = ""
    """The parameter that holds the seeds of a group."""

    @property
    def row(self) -> Row:
        """The first experiment."""
        return self.rows[0]

    @property
    def is_group(self) -> bool:
        """Whether several experiments are averaged."""
        return len(self.rows) > 1

    @property
    def about(self) -> str:
        """A sentence on a group; empty for a single experiment."""
        if not self.is_group:
            return ""
        names = ", ".join(row.name for row in self.rows)
        return f"{self.name} averages {len(self.rows)} experiments that differ only in {self.key}: {names}."


def alone(row: Row) -> Side:
    """One experiment."""
    return Side(row.name, (row,))


def is_seed(key: str, named: str | None = None) -> bool:
    """Whether a parameter holds seeds of training: by its name, or because it was named."""
    *above, last = key.split(".")
    return key == named or (last in SEEDS and not SPLITS & set(above))


def seeds_of(row: Row, named: str | None = None) -> Mapping[str, tuple[str, ...]]:
    """The seeds of an experiment by the key that holds them."""
    params = dict(leaves(row.params or {}))
    return {key: _listed(value) for key, value in params.items() if is_seed(key, named)}


def _listed(value: Any) -> tuple[str, ...]:
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)


def param_of(side: Side, key: str, named: str | None = None) -> Any:
    """The value of a parameter in a column: that of all its experiments, or the list of their seeds."""
    values = [dict(leaves(row.params or {})).get(key, unset(row)) for row in side.rows]
    if not side.is_group or not is_seed(key, named):
        return values[0]
    flat = [item for value in values for item in (value if isinstance(value, list) else [value])]
    return list(dict.fromkeys(str(item) if item in (ABSENT, UNREADABLE) else item for item in flat))


def named_once(sides: Sequence[Side]) -> list[str]:
    """The names of the columns, each once: experiments on different bases may share one."""
    names: list[str] = []
    for side in sides:
        taken = sum(name == side.name or name.startswith(f"{side.name} (") for name in names)
        names.append(f"{side.name} ({side.row.commit[:9]})" if taken else side.name)
    return names
