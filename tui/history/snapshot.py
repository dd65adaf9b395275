"""What one revision holds: its parameters, every cell with its origin, its gains in short, its metrics.

A fault (broken YAML, a metric that is no JSON) becomes a sentence in `problems`; what can be read is read. The
metrics that params.yaml declares are at hand for every cell; whole records, other files of metrics and dvc.lock
are read from git when they are asked for.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

from tui.history.cache import LocalManifests
from tui.history.compact import CELLS, TASKS, CellRecord, Cells, Compact, Gains, MetricFile
from tui.history.graph import PARAMS
from tui.history.lock import Lock
from tui.history.origin import Origin
from tui.history.reading import GAINS, LOCK, PREDICTED, RevisionReader
from tui.history.store import Files, Store

__all__ = ["CELLS", "GAINS", "LOCK", "PARAMS", "PREDICTED", "TASKS", "CellRecord", "Gains", "Snapshot", "read_snapshot"]


class Snapshot:
    """What one commit (or the working folder) holds, whatever names point to it.

    Args:
        store: Contents by id.
        manifests: The local DVC cache.
        compact: What is kept of the revision.
        sides: Gives the revision's files and those that it is based on.
    """

    def __init__(
        self,
        store: Store,
        manifests: LocalManifests,
        compact: Compact,
        sides: Callable[[], tuple[Files, Files | None]],
    ) -> None:
        self.compact = compact
        self._store = store
        self._manifests = manifests
        self._sides = sides

    @property
    def params(self) -> Mapping[str, Any] | None:
        """The parsed params.yaml, other files of parameters under their names; None where there is none to read."""
        return self.compact.params

    @property
    def cells(self) -> Mapping[str, CellRecord]:
        """The cells by name."""
        return Cells(self.compact, self._record)

    @property
    def gains(self) -> Gains:
        """The gains in short."""
        return self.compact.gains

    @cached_property
    def params_fault(self) -> str:
        """Why params.yaml cannot be read, a sentence; empty where it was read, or there is none."""
        if not self.compact.problems:
            return ""
        blob = self._sides()[0].find(PARAMS)
        return (self._store.params(blob, PARAMS).problem or "") if blob is not None else ""

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read, a sentence each."""
        return self.compact.problems

    @property
    def is_study(self) -> bool:
        """Whether this is a study of Detour's, with cells; else any repository with DVC."""
        return self.compact.files is None

    @property
    def lock(self) -> Lock | None:
        """dvc.lock of the root."""
        blob = self._sides()[0].find(LOCK)
        value = self._store.lock(blob, LOCK).value if blob is not None else None
        return value if isinstance(value, Lock) else None

    @cached_property
    def files(self) -> Mapping[str, MetricFile]:
        """Every file of metrics that dvc.yaml declares, by path."""
        found = self.compact.files
        if found is None:
            files, base = self._sides()
            found = RevisionReader(self._store, files, base, self._manifests).metric_files()
        return {file.path: file for file in found}

    @property
    def metrics(self) -> Mapping[str, Mapping[str, Any]]:
        """Numbers, texts and truth values of every file of metrics, by dotted key."""
        return {path: file.values for path, file in self.files.items()}

    @property
    def origins(self) -> Mapping[str, Origin]:
        """Where the values of each file of metrics come from."""
        return {path: file.origin for path, file in self.files.items()}

    def _record(self, blob: str, path: str) -> Mapping[str, Any] | None:
        value = self._store.json(blob, path).value
        return value if isinstance(value, Mapping) else None


def read_snapshot(
    store: Store,
    files: Files,
    base: Files | None,
    manifests: LocalManifests,
    notes: Sequence[str] = (),
) -> Snapshot:
    """Read one revision.

    Args:
        store: Contents by id.
        files: The revision's files.
        base: The files that it is based on; None where it is based on nothing.
        manifests: The local DVC cache.
        notes: Problems known before reading.
    """
    compact = RevisionReader(store, files, base, manifests, notes).read()
    return Snapshot(store, manifests, compact, lambda: (files, base))
