"""Experiments made of values, without git, for the tests of what is asked of them."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tui.filtering.index import Index
from tui.history.origin import Origin, OriginKind
from tui.history.refs import Kind
from tui.history.rows import Row
from tui.history.runrecord import RunRecord, read_run_record
from tui.history.snapshot import Gains

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Held:
    """A cell of values: what filters look at of a `CellRecord`."""

    name: str
    origin: Origin
    blob: str | None
    value: Mapping[str, Any] | None

    @property
    def task(self) -> str:
        return self.name.partition("@")[0]

    @property
    def stem(self) -> str:
        return self.name.partition("@")[2]


@dataclass(frozen=True)
class Holding:
    """What filters look at of a `Snapshot`."""

    params: Mapping[str, Any] | None
    cells: Mapping[str, Held]
    gains: Gains
    metrics: Mapping[str, Mapping[str, Any]]
    problems: tuple[str, ...] = ()

    @property
    def is_study(self) -> bool:
        return not self.metrics

    @property
    def compact(self) -> "Holding":
        return self

    def counts(self) -> Mapping[OriginKind, int]:
        kinds = [held.origin.kind for held in self.cells.values()]
        return {kind: kinds.count(kind) for kind in ("measured", "inherited", "stale", "missing")}


def cell(name: str, origin: OriginKind = "measured", **metrics: float | None) -> Any:
    """A cell; a metric given as None is missing."""
    value = {key: {"mean": number} for key, number in metrics.items()} if origin != "missing" else None
    blob = f"{name} {origin} {metrics}" if value is not None else None
    return Held(name, Origin(origin), blob, value)


def row(
    name: str,
    *cells: Any,
    kind: Kind = "experiment",
    params: Mapping[str, Any] | None = None,
    date: datetime | None = NOW,
    base_name: str = "main",
    message: str = "",
    author: str = "Ada",
    gain: float | None = None,
    commit: str = "",
    verdicts: Mapping[str, int] | None = None,
    metrics: Mapping[str, Mapping[str, Any]] | None = None,
) -> Row:
    """An experiment."""
    gains = Gains(Origin("measured"), 1, gain, verdicts or {})
    held: Any = Holding(params, {one.name: one for one in cells}, gains, metrics or {})
    return Row(name, kind, f"refs/{kind}/{name}", commit or name, None, base_name, date, author, message, held)


def run(**changes: Any) -> RunRecord:
    """The record of a run."""
    found = read_run_record(json.dumps({"schema": 1, "id": "x", **changes}))
    assert found is not None
    return found


def index(*rows: Row) -> Index:
    """An index of experiments."""
    made = Index()
    for one in rows:
        made.add(one)
    made.learn()
    return made
