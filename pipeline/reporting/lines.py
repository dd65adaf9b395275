"""One line for each gain of a study, with the records of the two cells that it compares.

Both tables are made from these lines. Cells are named `<task>/<target>-<start>-<model>`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from pipeline.reporting.paper import paper_row
from pipeline.reporting.text import look_up, score

PRETRAINED = "pretrained"
MODELS_A_TABLE = 3
"""More models than this go into another table, so that a row stays within 120 columns, or a page."""

Json = Mapping[str, Any]
Cells = Mapping[str, Json | None]


@dataclass(frozen=True)
class Line:
    """One gain with the records of the two cells that it compares."""

    task: str
    target: str
    start: str
    model: str
    gain: Json | None
    f: Json | None
    if_: Json | None

    @property
    def name(self) -> str:
        """The IF cell in words."""
        return f"{self.target} {self.start} {self.model}"

    @property
    def refused(self) -> bool:
        """Whether the gain could not be compared."""
        return self.gain is not None and not self.gain.get("comparable")

    def paper(self, start: str) -> float | None:
        """The paper's accuracy from a start."""
        row = paper_row(self.task, self.target)
        return row.score(start, self.model) if row else None

    @property
    def paper_gain(self) -> float | None:
        """The paper's gain."""
        row = paper_row(self.task, self.target)
        return row.gain(self.start, self.model) if row else None

    def floor(self, name: str) -> float | None:
        """The accuracy of `majority` or `tfidf`, the same for F and IF."""
        value: float | None = look_up(self.if_ or self.f, "floors", name)
        return value


class Row(NamedTuple):
    """The lines of one target and start, by model."""

    task: str
    title: str
    lines: dict[str, Line]


def lines_of(gains: Json, cells: Cells) -> list[Line]:
    """A line for each IF cell in the order of `cells`; gains that `cells` does not know come last."""
    entries = {cell_name(*key.split("/")): entry for key, entry in gains.get("gains", {}).items()}
    lines = []
    for name in dict.fromkeys([*cells, *entries]):
        task, target, start, model = cell_parts(name)
        if start != PRETRAINED:
            f = cells.get(cell_name(task, target, PRETRAINED, model))
            lines.append(Line(task, target, start, model, entries.get(name), f, cells.get(name)))
    return lines


def cell_name(task: str, target: str, start: str, model: str) -> str:
    """The name of a cell."""
    return f"{task}/{target}-{start}-{model}"


def cell_parts(name: str) -> tuple[str, str, str, str]:
    """Task, target, start and model; keys hold neither slashes nor hyphens."""
    task, stem = name.split("/")
    target, start, model = stem.split("-")
    return task, target, start, model


def rows_of(lines: Sequence[Line]) -> list[Row]:
    """The lines by target and start; a target with several starts is titled with both."""
    starts: dict[str, set[str]] = {}
    for line in lines:
        starts.setdefault(line.target, set()).add(line.start)
    rows: dict[tuple[str, str, str], Row] = {}
    for line in lines:
        title = line.target if len(starts[line.target]) == 1 else f"{line.target} < {line.start}"
        rows.setdefault((line.task, line.target, line.start), Row(line.task, title, {})).lines[line.model] = line
    return list(rows.values())


def best_means(cells: Cells) -> dict[tuple[str, str], float]:
    """The highest mean accuracy by task and target; 0 where nothing is measured."""
    best: dict[tuple[str, str], float] = {}
    for name, record in cells.items():
        key = cell_parts(name)[:2]
        best[key] = max(best.get(key, 0.0), look_up(record, "accuracy", "mean") or 0.0)
    return best


def is_best(mean: float | None, best: float) -> bool:
    """Whether a mean prints as the best does: what looks equal is marked equally."""
    return mean is not None and score(mean) == score(best)
