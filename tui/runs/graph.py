"""The graph of stages as DVC itself reads it, with the state of each stage.

Part of `tui.runs.host`, since DVC takes most of a second to import and must not weigh on `detour`. A list in topological order of

    {"name", "deps": [paths], "outs": [paths], "upstream": [names], "state", "why": [sentences]}

where `state` is `current` (nothing to do), `restorable` (its result is in the cache), `to run`, or `undecided` (its inputs
come out of the cache first; with them DVC will know). A run ends with gains and report over what there is: these two wait for
cells, for what cells need and for each other alone, since an overlap of an intermediate corpus, say, is only made by `dvc repro`.
"""

import logging
from typing import Any

from pipeline.study import TASKS
from tui.runs.plan import CLOSING


def describe_folder() -> list[dict[str, Any]]:
    """The graph of the current folder."""
    from dvc.repo import Repo

    # What DVC tells on the way is no answer.
    logger = logging.getLogger("dvc")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with Repo(".") as repo, repo.lock:
            return describe(repo)
    finally:
        logger.setLevel(level)


def describe(repo: Any) -> list[dict[str, Any]]:
    """Every pipeline stage of a repository in topological order."""
    import networkx as nx
    from dvc.stage import PipelineStage

    graph = repo.index.graph
    counted = _counted(graph)
    described: list[dict[str, Any]] = []
    states: dict[Any, str] = {}
    for stage in nx.dfs_postorder_nodes(graph):
        upstream = [other for other in graph.successors(stage) if isinstance(other, PipelineStage)]
        if not isinstance(stage, PipelineStage):
            continue
        awaited = [other for other in upstream if other in counted] if stage.addressing in CLOSING else upstream
        waiting = sorted(other.addressing for other in awaited if states[other] == "to run")
        coming = sorted(other.addressing for other in awaited if states[other] in ("restorable", "undecided"))
        state, why = _state(repo, stage, waiting, coming)
        states[stage] = state
        described.append(
            {
                "name": stage.addressing,
                "deps": [dep.def_path for dep in stage.deps if dep.def_path],
                "outs": [out.def_path for out in stage.outs],
                "upstream": sorted(other.addressing for other in upstream),
                "state": state,
                "why": why,
            }
        )
    return described


def _counted(graph: Any) -> set[Any]:
    """Cells, what they need, and the closing stages."""
    import networkx as nx

    names = {stage: stage.addressing for stage in graph}
    cells = [stage for stage, name in names.items() if name.split("@")[0] in TASKS]
    closing = [stage for stage, name in names.items() if name in CLOSING]
    return {*cells, *closing, *(other for cell in cells for other in nx.descendants(graph, cell))}


def _state(repo: Any, stage: Any, waiting: list[str], coming: list[str]) -> tuple[str, list[str]]:
    if waiting:
        more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
        return "to run", [f"{waiting[0]}{more} will run first"]
    if coming:
        return "undecided", [f"{coming[0]} comes out of the cache first"]
    absent = [dep.def_path for dep in stage.deps if not dep.exists]
    if absent:
        return "to run", [f"{absent[0]} is not in this tree"]
    why = _changes(stage)
    if why:
        return ("restorable" if _has_run_before(repo, stage) else "to run"), why
    missing = [out.def_path for out in stage.outs if not out.exists or out.changed_checksum()]
    if missing:
        return ("restorable" if stage.outs_cached() else "to run"), [f"{missing[0]} is not in this tree"]
    return "current", []


def _has_run_before(repo: Any, stage: Any) -> bool:
    """Whether the run cache holds this stage with the dependencies and parameters of the tree."""
    # In memory only: the lock entry's hashes give way to the tree's.
    stage.save_deps()
    found = repo.stage_cache._load(stage)
    return bool(found) and repo.stage_cache._create_stage(found, wdir=stage.wdir).outs_cached()


def _changes(stage: Any) -> list[str]:
    """What differs between the lock entry of a stage and the tree, as sentences."""
    if all(not out.hash_info for out in stage.outs):
        return ["it has never run"]
    why = ["its command changed"] if stage.cmd_changed else []
    for dep in stage.deps:
        for path, change in dep.workspace_status().items():
            if isinstance(change, dict):
                why.extend(f"{key} was {kind}" for key, kind in sorted(change.items()))
            else:
                why.append(f"{path} is {change}")
    return why
