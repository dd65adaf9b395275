"""Snapshots made of values, without git."""

import json
from array import array
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, cast

import pygit2

from tui.history.cache import LocalManifests
from tui.history.compact import LETTERS, CellRecord, Compact, Gains, Layout
from tui.history.origin import Origin, OriginKind
from tui.history.snapshot import Snapshot
from tui.history.store import Store


@dataclass(frozen=True)
class GivenCell:
    """A declared cell and its metrics; one given as None is missing."""

    name: str
    origin: OriginKind = "measured"
    metrics: Mapping[str, float | None] = field(default_factory=dict)


def snapshot_of(
    *cells: GivenCell,
    params: Mapping[str, Any] | None = None,
    gains: Gains | None = None,
    problems: tuple[str, ...] = (),
) -> Snapshot:
    """A snapshot that holds nothing but these cells and parameters."""
    metrics = tuple(dict.fromkeys(metric for cell in cells for metric in cell.metrics))
    layout = Layout(
        tuple(cell.name.replace("@", "/") + ".json" for cell in cells), (True,) * len(cells), metrics
    )  # fmt: skip
    numbers = [
        cell.metrics.get(metric) if cell.origin != "missing" else None for cell in cells for metric in metrics
    ]  # fmt: skip
    store = Store(cast(pygit2.Repository, _Nowhere()))
    compact = Compact(
        layout=layout,
        kinds="".join(LETTERS[cell.origin] for cell in cells).encode(),
        blobs=b"".join(_blob(cell, store) for cell in cells),
        predicted=bytes(20 * len(cells)),
        numbers=array("d", [0.0 if number is None else number for number in numbers]),
        gone=bytes(number is None for number in numbers),
        whys={},
        gains=gains or Gains(Origin("missing")),
        problems=problems,
        params=params,
        files=None,
    )
    return Snapshot(store, LocalManifests(None), compact, _no_files)


def cells_of(*cells: GivenCell) -> Mapping[str, CellRecord]:
    """The cells as a snapshot has them."""
    return snapshot_of(*cells).cells


def known_metrics(cell: CellRecord) -> Mapping[str, float | None]:
    """The metrics that a cell was given."""
    return {metric: cell.number(metric) for metric in cell._compact.layout.metrics}


def _blob(cell: GivenCell, store: Store) -> bytes:
    if cell.origin == "missing":
        return bytes(20)
    record = {metric: {"mean": number} for metric, number in cell.metrics.items()}
    return bytes.fromhex(store.add(json.dumps(record).encode()))


class _Nowhere:
    """A repository that holds nothing."""

    odb = None


def _no_files() -> Any:
    raise AssertionError("There is no git behind these cells.")
