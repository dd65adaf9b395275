"""What the dvc.yaml files of a revision declare: files of metrics and of parameters, and their dvc.lock files as one.

Paths are as DVC has them: relative to the folder of the dvc.yaml and the `wdir` of the stage. Stages that are made from a template
(`foreach`, `matrix`, `${...}` in a path) are known as far as dvc.lock names what they wrote.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from tui.history.lock import Entry, Lock, StageRecord
from tui.history.store import GRAPH, Files, Store

LOCK = "dvc.lock"
PARAMS = "params.yaml"
_TEMPLATE = re.compile(r"\$\{[^}]*\}")


@dataclass(frozen=True)
class Declared:
    """What dvc.yaml files declare."""

    metrics: tuple[str, ...]
    """Files or folders."""
    params: tuple[str, ...]
    """Files of parameters beside the root's params.yaml."""
    lock: Lock
    """Every stage of every dvc.lock, with paths from the root of the repository."""
    problems: tuple[str, ...]


@dataclass(frozen=True)
class _Graph:
    """A dvc.yaml with the dvc.lock beside it."""

    folder: str
    value: Mapping[str, Any]
    lock: Lock


def read_declared(store: Store, files: Files) -> Declared:
    """What the dvc.yaml files of a revision declare."""
    problems: list[str] = []
    graphs = [_read(store, files, folder, problems) for folder in dict.fromkeys(["", *files.graphs()])]
    stages: dict[str, StageRecord] = {}
    for graph in graphs:
        stages.update({found.name: found for found in _rooted(graph)})
    # The root alone, as it mostly is, keeps the lock that is kept by its blob.
    lock = graphs[0].lock if len(graphs) == 1 and not _wdirs(graphs[0].value) else Lock(stages)
    metrics = [path for graph in graphs for path in _metrics(graph, lock)]
    params = [path for graph in graphs for path in _params(graph)]
    params += [file for stage in lock.stages.values() for file in stage.params]
    others = sorted(dict.fromkeys(path for path in params if path != PARAMS and not path.endswith(".py")))
    return Declared(tuple(dict.fromkeys(metrics)), tuple(others), lock, tuple(problems))


def _read(store: Store, files: Files, folder: str, problems: list[str]) -> _Graph:
    found: list[Any] = []
    for name, parse in ((GRAPH, store.params), (LOCK, store.lock)):
        path = posixpath.join(folder, name)
        blob = files.find(path)
        parsed = parse(blob, path) if blob is not None else None
        if parsed is not None and parsed.problem is not None:
            problems.append(parsed.problem)
        found.append(parsed.value if parsed is not None else None)
    value, lock = found
    return _Graph(folder, value if isinstance(value, Mapping) else {}, lock if isinstance(lock, Lock) else Lock({}))


def _stages(graph: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any], bool]]:
    """Name, body and whether it is a template, of each stage."""
    stages = graph.get("stages")
    for name, body in stages.items() if isinstance(stages, Mapping) else ():
        if isinstance(body, Mapping):
            inner = body.get("do", body)
            yield str(name), inner if isinstance(inner, Mapping) else {}, "do" in body or "matrix" in body


def _wdirs(graph: Mapping[str, Any]) -> dict[str, str]:
    """The working folder of each stage that names one."""
    return {
        name: body["wdir"]
        for name, body, _ in _stages(graph)
        if isinstance(body.get("wdir"), str) and body["wdir"] not in (".", "./")
    }


def _rooted(graph: _Graph) -> Iterator[StageRecord]:
    """The stages of a dvc.lock with paths from the root of the repository."""
    wdirs = _wdirs(graph.value)
    for stage in graph.lock.stages.values():
        place = _join(graph.folder, wdirs.get(stage.name.partition("@")[0], "."))
        name = f"{graph.folder}/{GRAPH}:{stage.name}" if graph.folder else stage.name
        yield _placed(stage, name, place)


@lru_cache(maxsize=4096)
def _placed_entries(entries: tuple[Entry, ...], place: str) -> tuple[Entry, ...]:
    return tuple(entry._replace(path=_join(place, entry.path)) for entry in entries)


def _placed(stage: StageRecord, name: str, place: str) -> StageRecord:
    if not place:
        return stage if name == stage.name else stage._replace(name=name)
    params = {_join(place, file): values for file, values in stage.params.items()}
    return StageRecord(name, params, _placed_entries(stage.deps, place), _placed_entries(stage.outs, place))


def _join(folder: str, path: str) -> str:
    found = posixpath.normpath(posixpath.join(folder, path))
    return "" if found == "." else found


def _metrics(graph: _Graph, lock: Lock) -> Iterator[str]:
    wdirs = _wdirs(graph.value)
    for name, body, is_template in _stages(graph.value):
        place = _join(graph.folder, wdirs.get(name, "."))
        for path in _listed(body.get("metrics")):
            whole = _join(place, path)
            if is_template or "${" in whole:
                yield from _written(lock, f"{graph.folder}/{GRAPH}:{name}" if graph.folder else name, whole)
            else:
                yield whole
    for path in _listed(graph.value.get("metrics")):
        yield _join(graph.folder, path)


def _written(lock: Lock, name: str, path: str) -> Iterator[str]:
    """What the stages of a template wrote, by dvc.lock, at a path that holds `${...}`."""
    literal = [re.escape(part) for part in _TEMPLATE.split(path)]
    pattern = re.compile(".+".join(literal))
    for stage in lock.stages.values():
        if stage.name == name or stage.name.startswith(name + "@"):
            yield from (out.path for out in stage.outs if pattern.fullmatch(out.path))


def _params(graph: _Graph) -> Iterator[str]:
    wdirs = _wdirs(graph.value)
    for name, body, _ in _stages(graph.value):
        place = _join(graph.folder, wdirs.get(name, "."))
        listed = body.get("params")
        for item in listed if isinstance(listed, list) else ():
            named = [str(file) for file in item] if isinstance(item, Mapping) else [PARAMS]
            yield from (_join(place, file) for file in named if "${" not in file)
    for path in _listed(graph.value.get("params")):
        yield _join(graph.folder, path)


def _listed(items: Any) -> Sequence[str]:
    """Paths of a list whose items are paths, or paths with settings."""
    found = []
    for item in items if isinstance(items, list) else ():
        name = next(iter(item), None) if isinstance(item, Mapping) else item
        if isinstance(name, str):
            found.append(name)
    return found
