"""Two cells of two revisions, read from git and compared row by row."""

from dataclasses import dataclass

from pipeline.errors import InputError
from tui.evidence.cells import find_cell, parts_of
from tui.evidence.flips import Flips, find_flips
from tui.evidence.predicted import Predicted, read_predicted
from tui.evidence.revisions import row_of
from tui.history.rows import History, Row
from tui.history.snapshot import CellRecord

PREDICTED = "reports/predicted"


@dataclass(frozen=True)
class Side:
    """One cell of one revision."""

    row: Row
    cell: CellRecord
    predicted: Predicted

    @property
    def told(self) -> str:
        """The cell and where it stands, in one line."""
        return f"{self.cell.name}  {self.row.name}"


@dataclass(frozen=True)
class Comparison:
    """B beside A."""

    a: Side
    b: Side
    flips: Flips

    @property
    def target(self) -> str:
        """The corpus whose test rows both are scored on."""
        parts = parts_of(self.b.cell.name)
        return parts.target if parts else self.b.cell.stem


def compare_cells(
    history: History, left_revision: str, right_revision: str, left_cell: str, right_cell: str | None = None
) -> Comparison:
    """Compare a cell of one revision with the same or another cell of another, or of the same, revision.

    Raises:
        InputError: A revision or cell does not exist, has no predicted ids, or both were tested on other rows.
    """
    a = read_side(history, left_revision, left_cell)
    b = read_side(history, right_revision, right_cell or left_cell)
    if (a.row.commit, a.row.kind, a.cell.name) == (b.row.commit, b.row.kind, b.cell.name):
        raise InputError(
            f"{a.cell.name} of {a.row.name} is compared with itself; name another cell or another revision."
        )
    return Comparison(a, b, find_flips(a.predicted, b.predicted))


def read_side(history: History, revision: str, name: str) -> Side:
    """A cell of a revision with its predicted ids.

    Raises:
        InputError: The revision or cell does not exist, or its predicted ids are missing or broken.
    """
    row = row_of(history, revision)
    cell = find_cell(row.cells, name, row.name)
    return Side(row, cell, predicted_of(history, row, cell))


def predicted_of(history: History, row: Row, cell: CellRecord) -> Predicted:
    """The predicted ids of a cell.

    Raises:
        InputError: They are missing or broken.
    """
    path = f"{PREDICTED}/{cell.task}/{cell.stem}.json"
    if cell.predicted is None:
        more = "" if cell.blob is not None else " and no record: it has not run there"
        raise InputError(f"{row.name} holds no {path}{more}; a run of {cell.name} writes it.")
    parsed = history.store.json_once(cell.predicted, f"{path} of {row.name}")
    if parsed.problem is not None:
        raise InputError(parsed.problem)
    return read_predicted(parsed.value, f"{path} of {row.name}")
