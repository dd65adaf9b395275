"""The graph of stages as DVC itself reads it, with the state of each stage.

Part of `tui.runs.host`, since DVC takes most of a second to import and must not weigh on `detour`. A list in topological order of

    {"name", "deps": [paths], "outs": [paths], "upstream": [names], "state", "why": [sentences], "kept": training that is not lost}

where `state` is `current` (nothing to do), `restorable` (its result comes out of the run cache) or `to run`. Outputs that are
not in the tree count as there where `dvc checkout` or the run cache will bring them (`tui.runs.holdings`). A run ends with its
closing stages (`tui.runs.plan`) over what there is: these wait for cells, for what cells need and for each other alone, since an
overlap of an intermediate corpus, say, is only made by `dvc repro`.
"""

import logging
from typing import Any

from pipeline.checkout import main_checkout
from pipeline.study import TASKS
from tui.runs.changes import changes, files_of, is_of_parameters
from tui.runs.holdings import Holdings
from tui.runs.indexing import quick_index
from tui.runs.plan import CLOSING
from tui.runs.resumable import States


def describe_folder() -> list[dict[str, Any]]:
    """The graph of the current folder."""
    from dvc.repo import Repo

    # What DVC tells on the way is no answer.
    logger = logging.getLogger("dvc")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with quick_index(), Repo(".") as repo, repo.lock:
            return describe(repo, States(main_checkout() / ".detour" / "state"))
    finally:
        logger.setLevel(level)


def describe(repo: Any, kept: States) -> list[dict[str, Any]]:
    """Every pipeline stage of a repository in topological order; `kept` are the states of training of its main checkout."""
    import networkx as nx
    from dvc.stage import PipelineStage

    graph, holdings = repo.index.graph, Holdings(repo)
    counted = _counted(graph)
    described: list[dict[str, Any]] = []
    states: dict[Any, str] = {}
    for stage in nx.dfs_postorder_nodes(graph):
        upstream = [other for other in graph.successors(stage) if isinstance(other, PipelineStage)]
        if not isinstance(stage, PipelineStage):
            continue
        awaited = [other for other in upstream if other in counted] if stage.addressing in CLOSING else upstream
        waiting = sorted(other.addressing for other in awaited if states[other] == "to run")
        state, why = _state(repo, stage, holdings, waiting)
        states[stage] = state
        described.append(
            {
                "name": stage.addressing,
                "deps": [dep.def_path for dep in stage.deps if dep.def_path],
                "outs": [out.def_path for out in stage.outs],
                "upstream": sorted(other.addressing for other in upstream),
                "state": state,
                "why": why,
                "kept": kept.of(stage.addressing, holdings) if state == "to run" and not waiting else None,
            }
        )
    return described


def _counted(graph: Any) -> set[Any]:
    """Cells, what they need, and the closing stages."""
    names = {stage: stage.addressing for stage in graph}
    cells = [stage for stage, name in names.items() if name.split("@")[0] in TASKS]
    closing = [stage for stage, name in names.items() if name in CLOSING]
    needed: set[Any] = set()
    waiting = cells
    while waiting:
        stage = waiting.pop()
        if stage not in needed:
            needed.add(stage)
            waiting.extend(graph.successors(stage))
    return {*needed, *closing}


def _state(repo: Any, stage: Any, holdings: Holdings, waiting: list[str]) -> tuple[str, list[str]]:
    if waiting:
        more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
        return "to run", [*changes(stage, holdings), f"{waiting[0]}{more} will run first"]
    absent = [dep.def_path for dep in files_of(stage) if holdings.at(dep) is None]
    if absent:
        return "to run", [f"{absent[0]} is not in this tree"]
    missing = [out.def_path for out in stage.outs if not holdings.is_as_recorded(out)]
    why = changes(stage, holdings) or [f"{path} is not in this tree" for path in missing[:1]]
    if not why:
        return "current", []
    kept = _result(repo, stage, holdings)
    if kept is None:
        return "to run", why
    holdings.foresee(kept.outs)
    return "restorable", why


def _result(repo: Any, stage: Any, holdings: Holdings) -> Any:
    """The stage as the run cache holds it for the dependencies and parameters of the tree; None where it does not."""
    # In memory only: the lock entry's hashes give way to the tree's.
    for dep in stage.deps:
        if is_of_parameters(dep):
            dep.save()
            continue
        held = holdings.at(dep)
        assert held is not None, "a stage with a missing input runs"
        dep.meta, dep.hash_info = held
        dep.get_hash = lambda hash_info=held.hash_info: hash_info
    found = repo.stage_cache._load(stage)
    kept = repo.stage_cache._create_stage(found, wdir=stage.wdir) if found else None
    return kept if kept is not None and kept.outs_cached() else None
