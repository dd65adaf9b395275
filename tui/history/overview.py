"""What a list of experiments has to show: the parameters that differ among them and the cells that any of them has.

Rows are added as they are read; nothing is read here.
"""

from collections.abc import Iterable
from typing import Any

from tui.history.diff import ABSENT
from tui.history.leaves import leaves, same_value
from tui.history.rows import Row
from tui.history.values import declared_metrics


class Overview:
    """Experiments and what tells them apart."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        """By their whole names (`Row.ref`), in the order added."""
        self.cells: dict[str, None] = {}
        """Names of all cells, those of the newest experiment first."""
        self.numbers: dict[str, None] = {}
        """`FILE:KEY` of every value in the metrics files of repositories that are no study."""
        self.metrics: dict[str, bool] = {}
        """Every declared metric with whether higher is better, as the newest experiment has it."""
        self._leaves: dict[int, dict[str, Any]] = {}
        self._compared: set[int] = set()
        self._first: dict[str, Any] | None = None
        self._differing: dict[str, None] = {}

    def copy(self) -> "Overview":
        """A list that stays as it is while this one grows in another thread; parameters taken apart are shared."""
        made = Overview()
        made.rows, made.cells, made.metrics = dict(self.rows), dict(self.cells), dict(self.metrics)
        made.numbers = dict(self.numbers)
        made._leaves, made._differing = self._leaves, dict(self._differing)
        return made

    def unfold(self, row: Row) -> None:
        """Take the parameters of a row apart, which is most of the work of adding it, in the thread that read it."""
        if row.params is not None and id(row.params) not in self._leaves:
            self._leaves[id(row.params)] = dict(leaves(row.params))

    def add(self, rows: Iterable[Row]) -> None:
        """Take in further experiments."""
        for row in rows:
            self.rows[row.ref] = row
            self.cells.update(dict.fromkeys(row.cells))
            if not row.is_study:
                self.numbers.update({f"{file}:{key}": None for file, held in row.metrics.items() for key in held})
            if row.params is not None:
                self.metrics = {**declared_metrics(row.params), **self.metrics}
                self._compare(row)

    def differing(self) -> list[str]:
        """Dotted keys of the parameters that are not the same in every experiment."""
        return list(self._differing)

    def value(self, row: Row, key: str) -> Any:
        """A parameter of one experiment; `ABSENT` where it has none."""
        return self._leaves.get(id(row.params), {}).get(key, ABSENT)

    def primary(self) -> str:
        """The metric that the newest study decides by, else the first declared."""
        for row in self.rows.values():
            block = row.params.get("statistics") if row.params else None
            named = block.get("primary") if isinstance(block, dict) else None
            if named in self.metrics:
                return str(named)
        return next(iter(self.metrics), "accuracy")

    def _compare(self, row: Row) -> None:
        # Experiments share parsed parameters: most are compared once.
        if id(row.params) in self._compared:
            return
        self._compared.add(id(row.params))
        self.unfold(row)
        held = self._leaves[id(row.params)]
        if self._first is None:
            self._first = held
        for key, value in held.items():
            if not same_value(self._first.get(key, ABSENT), value):
                self._differing[key] = None
        self._differing.update(dict.fromkeys(key for key in self._first if key not in held))
