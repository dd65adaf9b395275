"""The states of stages as plain DVC tells them in a tree whose outputs are checked out: what `tui.runs.graph` is checked against."""

from typing import Any

CLOSING = (
    "gains",
    "second_opinions",
    "distances",
    "transferability",
    "predictors",
    "report",
    "claims",
    "studies",
    "page",
)


def states_when_checked_out(folder: str) -> dict[str, str]:
    """The states by name; the tree in `folder` is checked out for it."""
    from dvc.repo import Repo

    with Repo(folder) as repo:
        repo.checkout(force=True, allow_missing=True)
    with Repo(folder) as repo, repo.lock:
        return _states(repo)


def _states(repo: Any) -> dict[str, str]:
    import networkx as nx
    from dvc.stage import PipelineStage

    graph, found = repo.index.graph, {}
    cells = [stage for stage in graph if stage.addressing.startswith("classification@")]
    counted = {*cells, *(other for cell in cells for other in nx.descendants(graph, cell))}
    counted |= {stage for stage in graph if stage.addressing in CLOSING}
    for stage in nx.dfs_postorder_nodes(graph):
        if isinstance(stage, PipelineStage):
            upstream = [other for other in graph.successors(stage) if isinstance(other, PipelineStage)]
            awaited = [other for other in upstream if other in counted] if stage.addressing in CLOSING else upstream
            found[stage.addressing] = _state(repo, stage, {found[other.addressing] for other in awaited})
    return found


def _state(repo: Any, stage: Any, before: set[str]) -> str:
    if "to run" in before:
        return "to run"
    if before & {"restorable", "undecided"}:
        return "undecided"
    if any(not dep.exists for dep in stage.deps):
        return "to run"
    never = all(not out.hash_info for out in stage.outs)
    if never or stage.cmd_changed or any(dep.workspace_status() for dep in stage.deps):
        stage.save_deps()
        entry = repo.stage_cache._load(stage)
        return "restorable" if entry and repo.stage_cache._create_stage(entry).outs_cached() else "to run"
    if any(not out.exists or out.changed_checksum() for out in stage.outs):
        return "restorable" if stage.outs_cached() else "to run"
    return "current"
