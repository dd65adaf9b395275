"""The gains of one revision as reports/gains.json and reports/cells hold them, the paper's numbers and the floors beside each.

Nothing is computed anew: what a verdict is worth was decided by the study that recorded it. Where the recorded gains do not belong
to the cells beside them, the line says so.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from pipeline.errors import InputError
from pipeline.reporting.paper import PaperRow, paper_row
from tui.evidence.cells import PRETRAINED, Parts, parts_of
from tui.evidence.repeated import OverFolds, belonging, over_folds
from tui.evidence.revisions import row_of
from tui.history.rows import History, Row
from tui.history.snapshot import GAINS, CellRecord
from tui.history.values import number, value_of
from tui.history.words import problems as told

_SAME = 1e-9
NOT_COMPARABLE = "not comparable"
MARKS: Mapping[str, str] = {"positive": "^", "negative": "v", "equivalent": "=", "inconclusive": "~"}
"""The mark of a verdict; a gain that cannot be compared, or was not, has none."""


@dataclass(frozen=True)
class Family:
    """What the verdicts were decided with."""

    primary: str = "accuracy"
    alpha: float = 0.05
    margin: float = 0.01
    size: int = 0


@dataclass(frozen=True)
class Score:
    """A score of one cell over its seeds; None is what is missing."""

    mean: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class GainLine:
    """One gain: an IF cell beside the F cell of its target and model."""

    parts: Parts
    """The IF cell."""
    entry: Mapping[str, Any] | None
    """What gains.json says of it; None where it says nothing."""
    f: CellRecord | None
    if_: CellRecord | None
    problem: str = ""
    """Why the entry is not believed, if it is not."""
    repeated: OverFolds | None = None
    """What repeated cross-validation says of it; None for a target with one split."""

    @property
    def comparable(self) -> bool:
        """Whether F and IF were compared, and the comparison is of the cells that are here."""
        return self.entry is not None and self.entry.get("comparable") is True and not self.problem

    @property
    def verdict(self) -> str:
        """The verdict in a word; empty where none was recorded."""
        if self.problem or self.entry is None:
            return ""
        return str(self.entry.get("verdict") or "")

    @property
    def mark(self) -> str:
        """The sign of the verdict."""
        return MARKS.get(self.verdict, "") if self.comparable else ""

    @property
    def reason(self) -> str:
        """Why there is no gain; empty where there is one."""
        if self.problem or self.comparable:
            return self.problem
        if self.entry is not None:
            return str(self.entry.get("reason") or "The study did not compare it.")
        missing = [
            name for name, cell in ((self.parts.f.name, self.f), (self.parts.name, self.if_)) if not _holds(cell)
        ]
        if missing:
            return f"There is no result of {' and none of '.join(missing)}."
        return f"{GAINS} has no such gain; `dvc repro gains` compares F and IF."

    def of(self, key: str) -> float | None:
        """A number of the entry by its key (`gain`, `low`, `p_holm`); None where nothing was compared."""
        return number(self.entry.get(key)) if self.entry is not None and self.comparable else None

    def says(self, key: str) -> bool:
        """A yes or no of the entry (`provisional`, `negligible`, `conditional`)."""
        return self.entry is not None and self.comparable and self.entry.get(key) is True

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader must know beside the gain."""
        note = self.entry.get("note") if self.entry is not None and self.comparable else None
        return tuple(filter(None, str(note or "").split("; ")))

    @property
    def seeds(self) -> int | None:
        """Seeds of the IF cell."""
        count = self.entry.get("seeds") if self.entry is not None else None
        return count if isinstance(count, int) else None

    @property
    def paper(self) -> PaperRow | None:
        """The paper's row of this target."""
        return paper_row(self.parts.task, self.parts.target)

    def paper_score(self, start: str) -> float | None:
        """The paper's accuracy from a start of this line; None for a cell that the paper does not have."""
        return self.paper.score(start, self.parts.model) if self.paper else None

    @property
    def paper_gain(self) -> float | None:
        """The paper's gain."""
        return self.paper.gain(self.parts.start, self.parts.model) if self.paper else None

    def floor(self, name: str) -> float | None:
        """The accuracy of `majority` or `tfidf` on the target's test rows."""
        return next(
            (value for cell in (self.if_, self.f) if (value := recorded(cell, f"floors.{name}")) is not None), None
        )


@dataclass(frozen=True)
class GainsTable:
    """Table 1 of one revision."""

    row: Row
    family: Family
    note: str
    """What must be read beside this study's numbers."""
    lines: tuple[GainLine, ...]
    """In the order of the study."""
    problems: tuple[str, ...]
    """What could not be read, a sentence each."""

    @property
    def stale(self) -> str:
        """Why the gains no longer belong to the parameters beside them; empty where they do."""
        origin = self.row.gains.origin
        return (
            f"{GAINS} is stale: {origin.why or 'what it was made from has changed'}." if origin.kind == "stale" else ""
        )


def read_gains(history: History, revision: str = "") -> GainsTable:
    """The gains of a revision; of HEAD, or the newest that has any, where none is named.

    Raises:
        InputError: The revision does not exist, or nothing anywhere holds gains.
    """
    row = row_of(history, revision) if revision else default_row(history)
    value, problems = _gains_of(history, row)
    entries = value.get("gains")
    found, unread = over_folds(history, row)
    lines = tuple(
        replace(line, repeated=belonging(found.get(line.parts.name), line.of("gain")))
        for line in _lines(row, entries if isinstance(entries, Mapping) else {})
    )
    problems = [*problems, *([unread] if unread else [])]
    return GainsTable(row, _family(value.get("family")), _note(row), lines, (*told(row), *_unread(row), *problems))


def _unread(row: Row) -> list[str]:
    """What a reader has to do without where params.yaml cannot be read."""
    if not row.params_fault:
        return []
    return [
        "The study's note, its order, the cells that it declares and what of them is stale are not known without it; "
        "this is what its reports hold."
    ]


def default_row(history: History) -> Row:
    """HEAD where it holds cells or gains, else the newest name that does.

    Raises:
        InputError: None does.
    """
    head = history.head()
    if head is None:
        raise InputError("There is no commit yet: `git commit` the study, then `detour run` records experiments.")
    first = history.row(head)
    if holds_evidence(first):
        return first
    found = next((row for row in history.each() if holds_evidence(row)), None)
    if found is None:
        raise InputError(
            f"No experiment holds gains or cells: `detour run` trains the cells of a study and writes {GAINS}; a repository "
            "that is no study of Detour has none."
        )
    return found


def holds_evidence(row: Row) -> bool:
    """Whether a revision holds a cell's record or gains."""
    return row.gains.origin.kind != "missing" or any(_holds(cell) for cell in row.cells.values())


def _holds(cell: CellRecord | None) -> bool:
    return cell is not None and cell.blob is not None


def _gains_of(history: History, row: Row) -> tuple[Mapping[str, Any], list[str]]:
    blob = history.files(row).find(GAINS)
    if blob is None:
        why = f"{row.name} holds no {GAINS}; `dvc repro gains`, or a run that ends, writes it from the cells."
        return {}, [why] if any(_holds(cell) for cell in row.cells.values()) else []
    value = history.store.json(blob, GAINS).value
    # What is wrong with a file that cannot be read is among the row's own problems.
    return (value if isinstance(value, Mapping) else {}), []


def _family(block: Any) -> Family:
    held = block if isinstance(block, Mapping) else {}
    size = held.get("size")
    return Family(
        str(held.get("primary", "accuracy")),
        _or(number(held.get("alpha")), 0.05),
        _or(number(held.get("margin")), 0.01),
        size if isinstance(size, int) else 0,
    )


def _or(value: float | None, other: float) -> float:
    return other if value is None or not math.isfinite(value) else value


def _note(row: Row) -> str:
    note = row.params.get("note") if row.params else None
    return " ".join(note.split()) if isinstance(note, str) else ""


def _lines(row: Row, entries: Mapping[str, Any]) -> Iterator[GainLine]:
    """A line for every IF cell in the study's order, then for gains of cells that it no longer knows."""
    held = {_name(key): entry for key, entry in entries.items() if isinstance(entry, Mapping)}
    for name in dict.fromkeys([*row.cells, *held]):
        parts = parts_of(name)
        if parts is None or parts.start == PRETRAINED:
            continue
        f, if_, entry = row.cells.get(parts.f.name), row.cells.get(name), held.get(name)
        yield GainLine(parts, entry, f, if_, _mismatch(entry, f, if_))


def _name(key: str) -> str:
    """`task/target/start/model` as the name of a cell."""
    task, _, rest = key.partition("/")
    return f"{task}@{rest.replace('/', '-')}"


def _mismatch(entry: Mapping[str, Any] | None, f: CellRecord | None, if_: CellRecord | None) -> str:
    """Why a recorded gain does not belong to the cells beside it; empty where it does."""
    if entry is None or entry.get("comparable") is not True:
        return ""
    for cell, key in ((f, "f"), (if_, "if")):
        told, here = number(entry.get(key)), recorded(cell, "accuracy")
        if told is None or here is None or not abs(told - here) <= _SAME:
            shown = "no result" if here is None else f"{here:.4f}"
            return (
                f"{GAINS} was made from other cells ({key.upper()} {'missing' if told is None else f'{told:.4f}'}, the cell "
                f"itself has {shown}): `dvc repro gains` compares anew."
            )
    return ""


def recorded(cell: CellRecord | None, metric: str) -> float | None:
    """A metric of a cell's record; None where it is missing."""
    return value_of(cell.value, metric) if cell is not None else None


def score_of(cell: CellRecord | None, metric: str = "accuracy") -> Score:
    """A score of a cell with its spread."""
    return Score(recorded(cell, metric), *(recorded(cell, f"{metric}.{part}") for part in ("sd", "low", "high")))
