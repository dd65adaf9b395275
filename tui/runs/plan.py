"""What a run will do: the chosen cells, the stages they need, and the state of each.

Cells are chosen by exact name (`sentiment@emotions-imdb_genres-bert`), by group (`sentiment`) or by glob (`*@*-pretrained-*`). The
graph comes from DVC (`tui.runs.graph`); phases follow its levels, so that everything in one phase
may run side by side.
"""

import difflib
import fnmatch
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import InputError
from pipeline.study import TASKS, Study
from tui.runs.kept import Kept, kept_from

if TYPE_CHECKING:
    from tui.runs.hosting import Host

SHARED = frozenset({"encoder", "intermediate"})
"""Groups whose stages several runs may want at once: one at a time, under a lock of the main checkout."""

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
"""The stages that a run ends with, over whatever cells there are."""

WHOLE = frozenset({"second_opinions", "distances", "transferability", "predictors"})
"""Those of them that read every corpus, checkpoint or prediction: at the end of a run of all cells alone. The tree of a run of a few
holds a part of each, from which they would make less than the run's base has."""


@dataclass(frozen=True)
class Stage:
    """One stage of the graph."""

    name: str
    deps: tuple[str, ...]
    outs: tuple[str, ...]
    upstream: tuple[str, ...]
    state: str
    """`current`, `restorable` (from the run cache) or `to run`."""
    why: tuple[str, ...]
    kept: Kept | None = None
    """What the stage will go on from where it is to run; None where it begins anew, or nobody can tell."""

    @property
    def group(self) -> str:
        """The stage's name before `@`."""
        return self.name.split("@")[0]


@dataclass(frozen=True)
class RunPlan:
    """The stages of a run, in phases."""

    cells: tuple[str, ...]
    phases: tuple[tuple[Stage, ...], ...]

    @property
    def stages(self) -> list[Stage]:
        """All stages in the order of their phases."""
        return [stage for phase in self.phases for stage in phase]

    def count(self, state: str) -> int:
        """How many stages are in a state."""
        return sum(stage.state == state for stage in self.stages)


def read_graph(tree: Path, host: "Host") -> dict[str, Stage]:
    """The stages of a tree by name, in topological order.

    Raises:
        InputError: DVC cannot read the tree's dvc.yaml; DVC's own sentence is passed on.
    """
    status, told = host.graph(tree)
    if status:
        raise InputError(f"DVC cannot read the graph of {tree}: {told}")
    lists = ("deps", "outs", "upstream", "why")
    return {
        entry["name"]: Stage(
            entry["name"],
            state=entry["state"],
            kept=kept_from(entry["kept"]),
            **{key: tuple(entry[key]) for key in lists},
        )
        for entry in told
    }


def choose_cells(study: Study, patterns: Sequence[str]) -> tuple[str, ...]:
    """The names of the study's cells that match any pattern, in the study's order; all of them without a pattern.

    Raises:
        InputError: A pattern matches no cell; near names are offered.
    """
    names = [cell.name for cell in study.cells()]
    if not patterns:
        return tuple(names)
    chosen: set[str] = set()
    known = set(names)
    for pattern in patterns:
        found = [pattern] if pattern in known else _matches(names, pattern)
        if not found:
            near = difflib.get_close_matches(pattern, [*names, *TASKS], n=1, cutoff=0.5)
            mend = f"did you mean '{near[0]}'?" if near else f"the study's cells are named like {names[0]}."
            raise InputError(f"No cell of the study matches '{pattern}'; {mend}")
        chosen.update(found)
    return tuple(name for name in names if name in chosen)


def _matches(names: Iterable[str], pattern: str) -> list[str]:
    if pattern in TASKS:
        return [name for name in names if name.startswith(f"{pattern}@")]
    return [name for name in names if fnmatch.fnmatchcase(name, pattern)]


def make_plan(graph: dict[str, Stage], cells: Sequence[str]) -> RunPlan:
    """The phases that bring the chosen cells up to date, the closing stages last."""
    needed = _with_upstream(graph, cells)
    levels: dict[str, int] = {}
    for name, stage in graph.items():
        if name in needed:
            levels[name] = 1 + max((levels[other] for other in stage.upstream if other in needed), default=-1)
    phases: list[list[Stage]] = [[] for _ in range(max(levels.values(), default=-1) + 1)]
    for name, level in levels.items():
        phases[level].append(graph[name])
    every = {name for name in graph if name.split("@")[0] in TASKS}
    wanted = [name for name in CLOSING if name in graph and (name not in WHOLE or every.issubset(cells))]
    closing = [(graph[name],) for name in wanted]
    return RunPlan(tuple(cells), (*map(tuple, phases), *closing))


def closing(plan: RunPlan) -> RunPlan:
    """The part of a plan that a run ends with."""
    return RunPlan(plan.cells, tuple(phase for phase in plan.phases if any(stage.name in CLOSING for stage in phase)))


def _with_upstream(graph: dict[str, Stage], names: Iterable[str]) -> set[str]:
    needed: set[str] = set()
    waiting = list(names)
    while waiting:
        name = waiting.pop()
        if name not in needed:
            needed.add(name)
            waiting.extend(graph[name].upstream)
    return needed
