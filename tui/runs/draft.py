"""A run as it is being put together: chosen cells, changed parameters, name, question; and the command that launches it.

The command is what a person would type: whole tasks, rows and models are written as groups and globs, single cells by name.
"""

import shlex
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # pydantic comes with it, which the first frame does not wait for.
    from pipeline.study import Cell


@dataclass(frozen=True)
class Draft:
    """A run that has not been launched."""

    cells: "tuple[Cell, ...]"
    """Every cell of the study."""
    marked: frozenset[str] = frozenset()
    """Names of the chosen cells."""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Changed values of params.yaml by dotted key, as they are typed."""
    name: str = ""
    """The experiment's name; the run names itself where empty."""
    jobs: int = 1
    note: str = ""
    """The question that the run answers."""
    priority: int = 0
    carry: bool = False
    """Whether uncommitted changes of the working tree go along."""

    def toggled(self, names: Collection[str]) -> "Draft":
        """With the cells marked, or unmarked where all of them were."""
        names = frozenset(names)
        marked = self.marked - names if names <= self.marked else self.marked | names
        return replace(self, marked=marked)

    def patterns(self) -> list[str]:
        """What `detour run` is given to choose the marked cells and no others; empty for all of the study."""
        return patterns(self.cells, self.marked)

    def words(self, command: str) -> list[str]:
        """The command line of `run` or `plan`, one word each, after `detour`."""
        words = [command, *self.patterns()]
        for key, value in self.settings.items():
            words += ["--set", f"{key}={value}"]
        if command == "run":
            words += ["--name", self.name] if self.name else []
            words += ["--note", self.note] if self.note else []
            words += ["--jobs", str(self.jobs)] if self.jobs > 1 else []
            words += ["--priority", str(self.priority)] if self.priority else []
            words += ["--carry"] if self.carry else []
        return words

    def text(self) -> str:
        """The command as a shell reads it."""
        return shlex.join(["detour", *self.words("run")])


def patterns(cells: "Sequence[Cell]", marked: Collection[str]) -> list[str]:
    """Names, groups and globs that match the marked cells and no others; empty for all of them."""
    chosen = [cell for cell in cells if cell.name in marked]
    if len(chosen) == len(cells):
        return []
    models = dict.fromkeys(cell.model for cell in chosen)
    if all(cell.name in marked for cell in cells if cell.model in models):
        return [f"*-{model}" for model in models]
    found: list[str] = []
    for task in dict.fromkeys(cell.task for cell in cells):
        found += _of_task([cell for cell in cells if cell.task == task], marked)
    return found


def _of_task(cells: "Sequence[Cell]", marked: Collection[str]) -> list[str]:
    chosen = [cell for cell in cells if cell.name in marked]
    if chosen and len(chosen) == len(cells):
        return [cells[0].task]
    found: dict[str, None] = {}
    for cell in chosen:
        row = [other.name for other in cells if (other.target, other.start) == (cell.target, cell.start)]
        whole = len(row) > 1 and all(name in marked for name in row)
        found[f"{cell.task}@{cell.target}-{cell.start}-*" if whole else cell.name] = None
    return list(found)
