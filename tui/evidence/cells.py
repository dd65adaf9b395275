"""Cells by name, as a person writes them."""

import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.errors import InputError
from tui.history.snapshot import CellRecord

PRETRAINED = "pretrained"


@dataclass(frozen=True)
class Parts:
    """What a cell is made of."""

    task: str
    target: str
    start: str
    model: str

    @property
    def stem(self) -> str:
        """Target, start and model, joined by hyphens."""
        return f"{self.target}-{self.start}-{self.model}"

    @property
    def name(self) -> str:
        """The cell's stage."""
        return f"{self.task}@{self.stem}"

    @property
    def f(self) -> "Parts":
        """The cell of the same target and model that starts from `pretrained`."""
        return Parts(self.task, self.target, PRETRAINED, self.model)


def parts_of(name: str) -> Parts | None:
    """The parts of `task@target-start-model`; None for a name that has others."""
    task, at, stem = name.partition("@")
    parts = stem.split("-")
    return Parts(task, *parts) if at and len(parts) == 3 else None


def find_cell(cells: Mapping[str, CellRecord], text: str, revision: str) -> CellRecord:
    """The cell that a person means: by its whole name, `task/target-start-model`, or without the task.

    Raises:
        InputError: None has that name (near names are given), or several have.
    """
    name = text.removesuffix(".json").replace("/", "@", 1)
    if name in cells:
        return cells[name]
    found = [cell for cell in cells.values() if cell.stem == text]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"'{text}' is a cell of several tasks; write {_either(cell.name for cell in found)}.")
    if not cells:
        raise InputError(f"{revision} declares no cells and holds no reports/cells, so there is no '{text}' in it.")
    raise InputError(f"{revision} has no cell '{text}'; {_near(text, cells)}")


def _near(text: str, cells: Mapping[str, CellRecord]) -> str:
    names = {stem: cell.name for cell in cells.values() for stem in (cell.stem, cell.name)}
    near = difflib.get_close_matches(text, names, n=3, cutoff=0.5)
    if near:
        return f"did you mean {_either(dict.fromkeys(names[one] for one in near))}?"
    return f"it has {len(cells)}, such as {next(iter(cells))}."


def _either(names: Iterable[str]) -> str:
    return " or ".join(names)
