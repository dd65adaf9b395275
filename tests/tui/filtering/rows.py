"""Experiments made of values, without git, for the tests of what is asked of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from tests.tui.history.given import GivenCell, cells_of, known_metrics, snapshot_of
from tui.filtering.index import Index
from tui.history.origin import Origin, OriginKind
from tui.history.refs import Kind
from tui.history.rows import Row
from tui.history.runrecord import RunRecord, read_run_record
from tui.history.snapshot import CellRecord, Gains

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


def cell(name: str, origin: OriginKind = "measured", **metrics: float | None) -> CellRecord:
    """A cell; a metric given as None is missing."""
    return cells_of(GivenCell(name, origin, metrics))[name]


def row(
    name: str,
    *cells: CellRecord,
    kind: Kind = "experiment",
    params: Mapping[str, Any] | None = None,
    date: datetime | None = NOW,
    base_name: str = "main",
    message: str = "",
    author: str = "Ada",
    gain: float | None = None,
    commit: str = "",
    verdicts: Mapping[str, int] | None = None,
) -> Row:
    """An experiment."""
    gains = Gains(Origin("measured"), 1, gain, verdicts or {})
    given = [GivenCell(held.name, held.origin.kind, known_metrics(held)) for held in cells]
    snapshot = snapshot_of(*given, params=params, gains=gains)
    return Row(name, kind, f"refs/{kind}/{name}", commit or name, None, base_name, date, author, message, snapshot)


def run(**changes: Any) -> RunRecord:
    """The record of a run."""
    import json

    found = read_run_record(json.dumps({"schema": 1, "id": "x", **changes}))
    assert found is not None
    return found


def index(*rows: Row) -> Index:
    """An index of experiments."""
    made = Index()
    for one in rows:
        made.add(one)
    return made
