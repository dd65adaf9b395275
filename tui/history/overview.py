"""What a list of experiments has to show: the parameters that differ among them and the cells that any of them has.

Rows are added as they are read; nothing is read here.
"""

from collections.abc import Iterable
from typing import Any

from tui.history.diff import ABSENT, leaves, same_value
from tui.history.rows import Row
from tui.history.values import declared_metrics


class Overview:
    """Experiments and what tells them apart."""

    def __init__(self) -> None:
        self.rows: dict[str, Row] = {}
        """By their whole names in git, in the order added."""
        self.cells: dict[str, None] = {}
        """Names of all cells, those of the newest experiment first."""
        self.metrics: dict[str, bool] = {}
        """Every declared metric with whether higher is better, as the newest experiment has it."""
        self._leaves: dict[int, dict[str, Any]] = {}
        self._first: dict[str, Any] | None = None
        self._differing: dict[str, None] = {}

    def add(self, rows: Iterable[Row]) -> None:
        """Take in further experiments."""
        for row in rows:
            self.rows[row.ref] = row
            self.cells.update(dict.fromkeys(row.cells))
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
        if id(row.params) in self._leaves:
            return
        held = self._leaves[id(row.params)] = dict(leaves(row.params))
        if self._first is None:
            self._first = held
        for key in dict.fromkeys([*self._first, *held]):
            if key not in self._differing and not same_value(self._first.get(key, ABSENT), held.get(key, ABSENT)):
                self._differing[key] = None
