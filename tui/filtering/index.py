"""What filters look at, taken out of the rows once.

Experiments inherit most of their cells: a *unit* is one cell's record with its origin, or the metrics files of an experiment that
are no cells', and it is looked at once, however many experiments hold it. The values of a metric are read from the units when a
filter first names it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from tui.history.leaves import leaves
from tui.history.rows import Row
from tui.history.runrecord import RunRecord
from tui.history.snapshot import CellRecord
from tui.history.values import number, value_of


class Unit(NamedTuple):
    """A cell as an experiment holds it."""

    cell: CellRecord | None
    """None for the metrics files that are no cells'."""
    metrics: Mapping[str, float | None]
    """Leaves of those files by dotted key; empty for a cell."""
    parts: tuple[str, str, str]
    """Target, start and model."""


class Entry(NamedTuple):
    """An experiment."""

    key: str
    row: Row
    run: RunRecord | None
    units: tuple[int, ...]
    leaves: Mapping[str, Any]
    """Its parameters by dotted key."""


@dataclass
class Index:
    """Experiments, and the units that they share."""

    entries: dict[str, Entry] = field(default_factory=dict)
    units: list[Unit] = field(default_factory=list)
    tags: dict[str, list[str]] = field(default_factory=dict)
    """Names of tags by commit."""
    groups: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """Units by the cell's name and the kind of its origin, both empty where they are no cell's."""
    _known: dict[tuple[Any, ...], int] = field(default_factory=dict)
    _of: dict[int, tuple[Any, tuple[int, ...]]] = field(default_factory=dict)
    _leaves: dict[int, tuple[Any, Mapping[str, Any]]] = field(default_factory=dict)
    _values: dict[str, list[float | None]] = field(default_factory=dict)
    _params: dict[str, None] = field(default_factory=dict)
    _names: dict[str, None] = field(default_factory=dict)
    _looked: set[str] = field(default_factory=set)

    def add(self, row: Row, run: RunRecord | None = None) -> None:
        """Take in an experiment, or a newer state of one that is known."""
        self.entries[row.ref] = Entry(row.ref, row, run, self._units_of(row), self._leaves_of(row))
        if row.kind == "tag":
            names = self.tags.setdefault(row.commit, [])
            if row.name not in names:
                names.append(row.name)

    def copy(self) -> "Index":
        """An index that may be asked while this one grows: what is shared is only added to."""
        return Index(
            dict(self.entries), self.units, dict(self.tags), self._own_groups(), self._known, self._of, self._leaves,
            self._values, self._params, self._names, self._looked,
        )  # fmt: skip

    def renewed(self) -> "Index":
        """An index without experiments that knows the units of this one; this one must grow no more."""
        return Index(
            {}, self.units, {}, self._own_groups(), self._known, self._of, self._leaves, self._values, self._params,
            self._names, self._looked,
        )  # fmt: skip

    def _own_groups(self) -> dict[tuple[str, str], list[int]]:
        return {group: list(units) for group, units in self.groups.items()}

    def values(self, metric: str) -> list[float | None]:
        """The value of a metric in each unit; None where there is none."""
        known = self._values.get(metric, [])
        if len(known) < len(self.units):
            known = [*known, *(_value(unit, metric) for unit in self.units[len(known) :])]
            self._values[metric] = known
        return known

    def params(self) -> Iterable[str]:
        """Dotted keys of all parameters."""
        return self._params

    def metrics(self) -> list[str]:
        """Names of the metrics that have been learnt."""
        return list(self._names)

    def learn(self) -> None:
        """Learn the names of metrics from one whole record of each cell, which may be read from git."""
        for (name, _), units in list(self.groups.items()):
            for unit in [] if name in self._looked else units:
                found = list(_names(self.units[unit]))
                self._names.update(dict.fromkeys(found))
                if found:
                    self._looked.add(name)
                    break

    def _units_of(self, row: Row) -> tuple[int, ...]:
        known = self._of.get(id(row.snapshot))
        if known is None:
            units = tuple([self._unit(name, cell) for name, cell in row.cells.items()])
            if not row.is_study:
                units = (*units, self._take(Unit(None, _file_metrics(row), ("", "", ""))))
            # The snapshot is held, so that its id stays its own.
            known = self._of[id(row.snapshot)] = row.snapshot, units
        return known[1]

    def _unit(self, name: str, cell: CellRecord) -> int:
        key = name, cell.blob, cell.origin.kind
        found = self._known.get(key)
        if found is None:
            parts = [*name.partition("@")[2].split("-", 2), "", "", ""]
            found = self._known[key] = self._take(Unit(cell, {}, (parts[0], parts[1], parts[2])))
        return found

    def _take(self, unit: Unit) -> int:
        self.units.append(unit)
        group = (unit.cell.name, unit.cell.origin.kind) if unit.cell else ("", "")
        self.groups.setdefault(group, []).append(len(self.units) - 1)
        return len(self.units) - 1

    def _leaves_of(self, row: Row) -> Mapping[str, Any]:
        if row.params is None:
            return {}
        known = self._leaves.get(id(row.params))
        if known is None:
            found = dict(leaves(row.params))
            known = self._leaves[id(row.params)] = row.params, found
            self._params.update(dict.fromkeys(found))
        return known[1]


def _value(unit: Unit, metric: str) -> float | None:
    if unit.cell is not None:
        return value_of(unit.cell.value, metric)
    ending = "." + metric
    return next((value for key, value in unit.metrics.items() if key == metric or key.endswith(ending)), None)


def _file_metrics(row: Row) -> Mapping[str, float | None]:
    """Numbers of the files of metrics, by the file's path and their dotted key, joined by dots."""
    found = {}
    for path, values in row.metrics.items():
        file = path.rpartition(".")[0].replace("/", ".")
        found.update({f"{file}.{key}": number(value) for key, value in values.items() if number(value) is not None})
    return found


def _names(unit: Unit) -> Iterable[str]:
    if unit.cell is None:
        return unit.metrics
    return _numbers(unit.cell.value or {}, "")


def _numbers(block: Mapping[str, Any], prefix: str) -> Iterable[str]:
    """Names that `value_of` understands: numbers, and blocks with a mean."""
    for key, value in block.items():
        name = f"{prefix}{key}"
        if isinstance(value, Mapping):
            if number(value.get("mean")) is not None:
                yield name
            else:
                yield from _numbers(value, f"{name}.")
        elif number(value) is not None:
            yield name
