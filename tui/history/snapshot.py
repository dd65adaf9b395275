"""What one revision holds: its parameters, every cell with its origin, its gains in short.

A fault (broken YAML, a metric that is no JSON) becomes a sentence in `problems`; what can be read is read.
"""

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tui.history.lock import Lock
from tui.history.origin import Manifest, Origin, Vouchers
from tui.history.store import Files, Store
from tui.history.values import number

PARAMS = "params.yaml"
LOCK = "dvc.lock"
CELLS = "reports/cells"
PREDICTED = "reports/predicted"
GAINS = "reports/gains.json"
TASKS = ("classification", "sentiment", "similarity")


@dataclass(frozen=True)
class CellRecord:
    """One cell of an experiment."""

    name: str
    """The cell's stage: classification@sms_spam-imdb-bert."""
    task: str
    stem: str
    """Target, start and model, joined by hyphens."""
    path: str
    declared: bool
    """Whether the experiment's params.yaml asks for this cell."""
    origin: Origin
    blob: str | None = None
    """The git id of the record; None where it is missing."""
    value: Mapping[str, Any] | None = None
    """The record; None where it is missing or cannot be read."""
    predicted: str | None = None
    """The git id of the file with the predicted ids; None where there is none."""


@dataclass(frozen=True)
class Gains:
    """What reports/gains.json says, in short."""

    origin: Origin
    comparable: int = 0
    mean: float | None = None
    """Mean gain over the comparable pairs; None where there is none."""
    verdicts: Mapping[str, int] = field(default_factory=dict)
    """Number of comparable pairs by verdict."""


@dataclass(frozen=True)
class Snapshot:
    """What one commit (or the working folder) holds, whatever names point to it."""

    params: Mapping[str, Any] | None
    lock: Lock | None
    cells: Mapping[str, CellRecord]
    gains: Gains
    problems: tuple[str, ...]


def read_snapshot(
    store: Store,
    files: Files,
    base: Files | None,
    manifests: Callable[[str], Manifest | None],
    notes: Sequence[str] = (),
) -> Snapshot:
    """Read one revision.

    Args:
        store: Contents by id.
        files: The revision's files.
        base: The files that it is based on; None where it is based on nothing.
        manifests: Lists of the files of folders in the DVC cache.
        notes: Problems known before reading.
    """
    return _Reader(store, files, base, manifests, notes).read()


class _Reader:
    """Reads one revision; faults become sentences."""

    def __init__(
        self,
        store: Store,
        files: Files,
        base: Files | None,
        manifests: Callable[[str], Manifest | None],
        notes: Sequence[str],
    ) -> None:
        self._store = store
        self._files = files
        self._base = base
        self._manifests = manifests
        self._problems = list(notes)

    def read(self) -> Snapshot:
        params, lock = self._params(), self._lock()
        by_file = {PARAMS: params, **self._other_params(lock)}
        vouchers = Vouchers(self._store, self._files, lock or Lock({}), by_file, self._manifests)
        cells = self._cells(params, vouchers)
        gains = self._gains(vouchers)
        return Snapshot(params, lock, cells, gains, tuple(self._problems))

    def _params(self) -> Mapping[str, Any] | None:
        blob = self._files.find(PARAMS)
        if blob is None:
            self._problems.append(f"There is no {PARAMS}.")
            return None
        parsed = self._store.params(blob, PARAMS)
        self._note(parsed.problem)
        return parsed.value if isinstance(parsed.value, Mapping) else None

    def _lock(self) -> Lock | None:
        blob = self._files.find(LOCK)
        if blob is None:
            return None
        parsed = self._store.lock(blob, LOCK)
        self._note(parsed.problem)
        return parsed.value if isinstance(parsed.value, Lock) else None

    def _other_params(self, lock: Lock | None) -> dict[str, Any]:
        """Parameter files beside params.yaml that stages have seen."""
        stages = lock.stages.values() if lock else ()
        found = {}
        for file in sorted({file for stage in stages for file in stage.params} - {PARAMS}):
            blob = self._files.find(file)
            found[file] = self._store.params(blob, file).value if blob is not None else None
        return found

    def _cells(self, params: Mapping[str, Any] | None, vouchers: Vouchers) -> Mapping[str, CellRecord]:
        held = self._files.below(CELLS)
        predicted = self._files.below(PREDICTED)
        declared = self._declared(params)
        found = [path for path in held if path.endswith(".json") and path.count("/") == 1]
        cells: dict[str, CellRecord] = {}
        for path in dict.fromkeys([*declared, *found]):
            cell = self._cell(path, held.get(path), predicted.get(path), path in declared, vouchers)
            cells[cell.name] = cell
        return cells

    def _declared(self, params: Mapping[str, Any] | None) -> dict[str, None]:
        """The record of each cell that `params` declares, below reports/cells, in the study's order.

        Read from the lists alone, without the checks of `pipeline.study`: an old commit is shown by what it
        declared, also where today's study has other keys.
        """
        if params is None:
            return {}
        models = _keys(params.get("models"))
        declared: dict[str, None] = {}
        for task in TASKS:
            group = params.get(task)
            lists = group if isinstance(group, Mapping) else {}
            for target in _keys(lists.get("targets")):
                for start in _keys(lists.get("starts")):
                    declared.update({f"{task}/{target}-{start}-{model}.json": None for model in models})
        if not declared:
            self._problems.append(f"{PARAMS} declares no cells: models, starts or targets are missing.")
        return declared

    def _cell(
        self, path: str, blob: str | None, predicted: str | None, declared: bool, vouchers: Vouchers
    ) -> CellRecord:
        full = f"{CELLS}/{path}"
        task, _, stem = path.removesuffix(".json").partition("/")
        value = None
        if blob is not None:
            parsed = self._store.json(blob, full)
            self._note(parsed.problem)
            value = parsed.value
        origin = vouchers.origin(full, blob, self._base)
        return CellRecord(f"{task}@{stem}", task, stem, full, declared, origin, blob, value, predicted)

    def _gains(self, vouchers: Vouchers) -> Gains:
        blob = self._files.find(GAINS)
        origin = vouchers.origin(GAINS, blob, self._base)
        if blob is None:
            return Gains(origin)
        parsed = self._store.json(blob, GAINS)
        self._note(parsed.problem)
        return _gains(origin, parsed.value)

    def _note(self, problem: str | None) -> None:
        if problem is not None:
            self._problems.append(problem)


def _keys(listed: Any) -> list[str]:
    return [key for key in listed if isinstance(key, str)] if isinstance(listed, list) else []


def _gains(origin: Origin, value: Any) -> Gains:
    entries = value.get("gains") if isinstance(value, Mapping) else None
    pairs = entries.values() if isinstance(entries, Mapping) else ()
    comparable = [pair for pair in pairs if isinstance(pair, Mapping) and pair.get("comparable") is True]
    gains = [number(pair.get("gain")) for pair in comparable]
    known = [gain for gain in gains if gain is not None and math.isfinite(gain)]
    verdicts = Counter(str(pair["verdict"]) for pair in comparable if pair.get("verdict") is not None)
    return Gains(origin, len(comparable), sum(known) / len(known) if known else None, dict(verdicts))
