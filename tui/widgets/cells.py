"""What a table shows: columns, rows and cells, cut and measured as a terminal draws them.

A cell is its text, the value that it is sorted by, and a tone: what kind of value it is. Missing, NaN and zero are three things:
a missing value is a dot and is sorted last, NaN is written `NaN` and is sorted before it, zero is a number.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from rich.cells import cell_len, set_cell_size

from tui.output import visible

Tone = Literal["plain", "inherited", "stale", "missing", "better", "worse", "strong"]
MISSING = "·"
STALE = "!"
UNREADABLE = "?"
CUT = "…"
_LARGE = 1e7


class Cell(NamedTuple):
    """One value of a row."""

    text: str
    order: float | str | None = None
    """What it is sorted by; None is sorted last."""
    tone: Tone = "plain"


class TableRow(NamedTuple):
    """One row; its key is unique in a table."""

    key: str
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Column:
    """One column."""

    key: str
    head: tuple[str, ...]
    """Lines of the head, from top to bottom."""
    right: bool = False
    """Whether its texts end at its right edge, as numbers do."""
    most: int = 24
    """Width beyond which texts are cut."""

    @property
    def title(self) -> str:
        """The head in one line."""
        return "-".join(line for line in self.head if line)


def text_cell(text: str, tone: Tone = "plain") -> Cell:
    """A cell of text from outside, made visible, sorted without regard to case."""
    shown = visible(text)
    return Cell(shown, shown.casefold(), tone)


def number_cell(value: float | None, decimals: int, tone: Tone = "plain", sign: bool = False) -> Cell:
    """A number with a fixed count of decimals, so that the points of a column stand below each other."""
    if value is None:
        return Cell(MISSING, None, "missing")
    text = number_text(value, decimals, sign)
    # Before the number, where it moves no decimal point.
    return Cell(STALE + text if tone == "stale" else text, value, tone)


def number_text(value: float, decimals: int, sign: bool = False) -> str:
    """`value` with `decimals`, `NaN`, `inf`, or in powers of ten where it is very large."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    form = "+" if sign else ""
    return f"{value:{form}.3e}" if abs(value) >= _LARGE else f"{value:{form}.{decimals}f}"


def decimals_of(values: Iterable[float], most: int = 6) -> int:
    """The fewest decimals that write every finite value as it is, at most `most`."""
    texts = (f"{value:.{most}f}".rstrip("0") for value in values if math.isfinite(value))
    return max((len(text.partition(".")[2]) for text in texts), default=0)


def sorted_rows(rows: Sequence[TableRow], column: int, downwards: bool) -> list[TableRow]:
    """`rows` by one column, numbers before texts, NaN after them and missing values last in both directions."""

    def rank(row: TableRow) -> int:
        order = row.cells[column].order
        if order is None:
            return 3
        if isinstance(order, str):
            return 1
        return 2 if math.isnan(order) else 0

    groups: list[list[TableRow]] = [[], [], [], []]
    for row in rows:
        groups[rank(row)].append(row)
    for group in groups[:2]:
        group.sort(key=lambda row: row.cells[column].order, reverse=downwards)  # type: ignore[arg-type,return-value]
    return [row for group in groups for row in group]


def matches(row: TableRow, words: Sequence[str]) -> bool:
    """Whether every word (in casefolded form) is in one of the row's texts."""
    text = "\n".join(cell.text for cell in row.cells).casefold()
    return all(word in text for word in words)


def cleaned(row: TableRow) -> TableRow:
    """The row with nothing in it that a terminal would obey."""
    whole = "".join([cell.text for cell in row.cells])
    if whole.isascii() and whole.isprintable():
        return row
    return TableRow(row.key, [cell._replace(text=visible(cell.text)) for cell in row.cells])


def widths(columns: Sequence[Column], rows: Sequence[TableRow], known: Sequence[int] = ()) -> list[int]:
    """The width that each column needs for its head and `rows`, no more than it may have and no less than `known`."""
    found = []
    for index, column in enumerate(columns):
        texts = [row.cells[index].text for row in rows]
        inside = max(map(width_of, texts), default=0)
        head = max((width_of(line) for line in column.head), default=0)
        found.append(min(max(inside, head, 1), column.most))
    return [max(pair) for pair in zip(found, known, strict=True)] if known else found


def width_of(text: str) -> int:
    """Columns of the terminal that `text` takes."""
    return len(text) if text.isascii() else cell_len(text)


def fitted(text: str, width: int, right: bool = False) -> str:
    """`text` in exactly `width` columns: padded, or cut in the middle, where names differ least."""
    taken = width_of(text)
    if taken > width:
        text = cut(text, width)
        taken = width_of(text)
    blank = " " * (width - taken)
    return blank + text if right else text + blank


def cut(text: str, width: int) -> str:
    """`text` in at most `width` columns, its middle left out."""
    if width_of(text) <= width:
        return text
    if width <= 1:
        return CUT[:width]
    front = (width - 1) // 2
    behind = width - 1 - front
    # A wide character that does not fit leaves a blank, which is no part of the name.
    return set_cell_size(text, front).rstrip(" ") + CUT + _tail(text, behind)


def _tail(text: str, width: int) -> str:
    """The longest end of `text` in at most `width` columns."""
    if text.isascii():
        return text[-width:]
    start = len(text)
    while start and cell_len(text[start - 1 :]) <= width:
        start -= 1
    return text[start:]
