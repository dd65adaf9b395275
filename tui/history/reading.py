"""Reads one revision into what is kept of it (`tui.history.compact`)."""

import math
from array import array
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from tui.history.cache import LocalManifests, Wanted
from tui.history.compact import CELLS, TASKS, Compact, Gains, Layout, MetricFile
from tui.history.graph import PARAMS, Declared, read_declared
from tui.history.lock import Lock
from tui.history.metric_files import MetricReader
from tui.history.origin import Origin, Vouchers
from tui.history.runrecord import PATH as RUN_RECORD
from tui.history.store import Files, Store
from tui.history.values import declared_metrics, number

LOCK = "dvc.lock"
PREDICTED = "reports/predicted"
GAINS = "reports/gains.json"
_NO_RECORDS: Mapping[str, str] = {}


class RevisionReader:
    """Reads one revision; faults become sentences.

    Args:
        store: Contents by id.
        files: The revision's files.
        base: The files that it is based on; None where it is based on nothing.
        manifests: The local DVC cache.
        notes: Problems known before reading.
    """

    def __init__(
        self,
        store: Store,
        files: Files,
        base: Files | None,
        manifests: LocalManifests,
        notes: Sequence[str] = (),
    ) -> None:
        self._store = store
        self._files = files
        self._base = base
        self._wanted = Wanted(manifests)
        self._problems = list(notes)
        self._is_final = not notes
        self._whys: dict[int, str] = {}

    def read(self) -> Compact:
        """What is kept of the revision."""
        params = self._params()
        held = self._files.below(CELLS)
        if _is_study(params, held):
            return self._study(params, held)
        return self._other(params)

    def metric_files(self) -> tuple[MetricFile, ...]:
        """The files of metrics of a study, its cells' among them."""
        params = self._params()
        return self._metric_files(params, read_declared(self._store, self._files))[0]

    # A study of Detour's

    def _study(self, params: Mapping[str, Any] | None, held: Mapping[str, str]) -> Compact:
        lock = self._lock()
        by_file = {PARAMS: params, **self._values_of(_other_params(lock))}
        vouchers = Vouchers(self._store, self._files, lock or Lock({}), by_file, self._wanted)
        return self._compact(self._layout(params, held), held, vouchers, params, None)

    def _layout(self, params: Mapping[str, Any] | None, held: Mapping[str, str]) -> Layout:
        declared = self._declared(params)
        found = [path for path in held if path.endswith(".json") and path.count("/") == 1]
        paths = tuple(dict.fromkeys([*declared, *found]))
        return _shared(paths, tuple(path in declared for path in paths), tuple(declared_metrics(params)))

    def _compact(
        self,
        layout: Layout,
        held: Mapping[str, str],
        vouchers: Vouchers,
        params: Mapping[str, Any] | None,
        files: tuple[MetricFile, ...] | None,
    ) -> Compact:
        predicted = self._files.below(PREDICTED) if layout.paths else _NO_RECORDS
        blobs = [held.get(path) for path in layout.paths]
        kinds, numbers = self._cells(layout, blobs, vouchers)
        gains = self._gains(vouchers)
        return Compact(
            layout=layout,
            kinds=kinds,
            blobs=_ids(blobs),
            predicted=_ids([predicted.get(path) for path in layout.paths]),
            numbers=array("d", [0.0 if value is None else value for value in numbers]),
            gone=bytes([value is None for value in numbers]),
            whys=self._whys,
            gains=gains,
            problems=tuple(dict.fromkeys(self._problems)),
            params=params,
            files=files,
            run=self._run(),
            absent=tuple(sorted(self._wanted.absent)),
            is_final=self._is_final,
        )

    def _cells(
        self, layout: Layout, blobs: Sequence[str | None], vouchers: Vouchers
    ) -> tuple[bytes, list[float | None]]:
        """The letters of the cells' origins, and their numbers."""
        kinds: list[str] = []
        numbers: list[float | None] = []
        metrics = layout.metrics
        before = self._base.below(CELLS) if self._base is not None and layout.paths else _NO_RECORDS
        for place, (path, blob) in enumerate(zip(layout.paths, blobs, strict=True)):
            if blob is None:
                numbers += [None] * len(metrics)
                kinds.append("-")
                continue
            full = layout.full[place]
            read = self._store.numbers(blob, full, metrics)
            numbers += read.values
            why = vouchers.why_stale(full, blob)
            if why is not None:
                self._whys[place] = why
            letter = "s" if why is not None else "i" if before.get(path) == blob else "m"
            self._note(read.problem)
            kinds.append(letter if read.problem is None else letter.upper())
        return "".join(kinds).encode(), numbers

    def _gains(self, vouchers: Vouchers) -> Gains:
        blob = self._files.find(GAINS)
        origin = vouchers.origin(GAINS, blob, self._base)
        if blob is None:
            return Gains(origin)
        parsed = self._store.json(blob, GAINS)
        self._note(parsed.problem)
        return _gains(origin, parsed.value)

    def _run(self) -> str | None:
        blob = self._files.find(RUN_RECORD)
        inherited = blob is not None and self._base is not None and self._base.find(RUN_RECORD) == blob
        return None if inherited else blob

    # Any other repository with DVC

    def _other(self, params: Mapping[str, Any] | None) -> Compact:
        declared = read_declared(self._store, self._files)
        self._problems += declared.problems
        files, vouchers, params = self._metric_files(params, declared)
        if self._files.find(PARAMS) is None and not declared.metrics:
            self._problems.append(f"There is no {PARAMS}.")
        elif not declared.metrics:
            self._problems.append(f"{PARAMS} declares no cells, and no dvc.yaml declares metrics.")
        return self._compact(_shared((), (), ()), _NO_RECORDS, vouchers, params, files)

    def _metric_files(
        self, params: Mapping[str, Any] | None, declared: Declared
    ) -> tuple[tuple[MetricFile, ...], Vouchers, Mapping[str, Any] | None]:
        others = self._values_of(declared.params)
        by_file = {PARAMS: params, **others}
        vouchers = Vouchers(self._store, self._files, declared.lock, by_file, self._wanted)
        base = (self._base, read_declared(self._store, self._base).lock) if self._base else None
        reader = MetricReader(self._store, self._files, base, declared, vouchers, self._wanted)
        files = tuple(reader.read())
        self._problems += reader.problems
        known = {file: values for file, values in others.items() if isinstance(values, Mapping)}
        return files, vouchers, {**(params or {}), **known} if known else params

    # What both have

    def _params(self) -> Mapping[str, Any] | None:
        blob = self._files.find(PARAMS)
        if blob is None:
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

    def _values_of(self, paths: Sequence[str]) -> dict[str, Any]:
        """Parameter files beside params.yaml."""
        found = {}
        for path in paths:
            blob = self._files.find(path)
            parsed = self._store.values(blob, path) if blob is not None else None
            self._note(parsed.problem if parsed else None)
            found[path] = parsed.value if parsed else None
        return found

    def _declared(self, params: Mapping[str, Any] | None) -> Mapping[str, None]:
        if params is None:
            if self._files.find(PARAMS) is None:
                self._problems.append(f"There is no {PARAMS}.")
            return {}
        declared = declared_cells(params)
        if not declared:
            self._problems.append(f"{PARAMS} declares no cells: models, starts or targets are missing.")
        return declared

    def _note(self, problem: str | None) -> None:
        if problem is not None:
            self._problems.append(problem)
            # What this clone lacks may come.
            self._is_final = self._is_final and "is not in this clone" not in problem


def _is_study(params: Mapping[str, Any] | None, held: Mapping[str, str]) -> bool:
    """Whether a revision is of a study of Detour's: it holds records of cells, or params.yaml asks for some."""
    return bool(held) or (params is not None and any(isinstance(params.get(task), Mapping) for task in TASKS))


def declared_cells(params: Mapping[str, Any]) -> Mapping[str, None]:
    """The record of each cell that `params` declares, below reports/cells, in the study's order.

    Read from the lists alone, without the checks of `pipeline.study`: an old commit is shown by what it
    declared, also where today's study has other keys.
    """
    models = _keys(params.get("models"))
    lists = []
    for task in TASKS:
        group = params.get(task)
        group = group if isinstance(group, Mapping) else {}
        lists.append((task, _keys(group.get("targets")), _keys(group.get("starts"))))
    return _paths(tuple(lists), models)


@lru_cache(maxsize=256)
def _paths(
    lists: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...], models: tuple[str, ...]
) -> Mapping[str, None]:
    return {
        f"{task}/{target}-{start}-{model}.json": None
        for task, targets, starts in lists
        for target in targets
        for start in starts
        for model in models
    }


@lru_cache(maxsize=256)
def _shared(paths: tuple[str, ...], declared: tuple[bool, ...], metrics: tuple[str, ...]) -> Layout:
    return Layout(paths, declared, metrics)


def _other_params(lock: Lock | None) -> list[str]:
    stages = lock.stages.values() if lock else ()
    return sorted({file for stage in stages for file in stage.params} - {PARAMS})


def _keys(listed: Any) -> tuple[str, ...]:
    return tuple(key for key in listed if isinstance(key, str)) if isinstance(listed, list) else ()


def _ids(blobs: Sequence[str | None]) -> bytes:
    """Ids one behind the other; zeros where there is none."""
    nothing = "0" * next((len(blob) for blob in blobs if blob), 40)
    return bytes.fromhex("".join([blob or nothing for blob in blobs]))


def _gains(origin: Origin, value: Any) -> Gains:
    entries = value.get("gains") if isinstance(value, Mapping) else None
    pairs = entries.values() if isinstance(entries, Mapping) else ()
    comparable = [pair for pair in pairs if isinstance(pair, Mapping) and pair.get("comparable") is True]
    gains = [number(pair.get("gain")) for pair in comparable]
    known = [gain for gain in gains if gain is not None and math.isfinite(gain)]
    verdicts = Counter(str(pair["verdict"]) for pair in comparable if pair.get("verdict") is not None)
    return Gains(origin, len(comparable), sum(known) / len(known) if known else None, dict(verdicts))
