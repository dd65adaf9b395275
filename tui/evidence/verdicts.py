"""What may be said of a recipe beside what is seen in its checkpoints: the gain behind a pair of cells."""

from tui.evidence.cells import parts_of
from tui.evidence.comparison import Comparison
from tui.evidence.gains import read_gains
from tui.evidence.words import ends, marked, points
from tui.history.rows import History


def verdict_of(history: History, found: Comparison) -> str:
    """The recorded gain of IF over F in one sentence; empty where the pair is no F and IF of one experiment."""
    a, b = parts_of(found.a.cell.name), parts_of(found.b.cell.name)
    if a is None or b is None or a != b.f or a == b or found.a.row.commit != found.b.row.commit:
        return ""
    table = read_gains(history, found.b.row.ref or found.b.row.name)
    line = next((line for line in table.lines if line.parts == b), None)
    if line is None or not line.comparable:
        return f"The gain over new seeds and new rows: {line.reason}" if line else ""
    width = ends(line.of("low"), line.of("high")) or "(no interval)"
    return f"The gain over new seeds and new rows: {points(line.of('gain'), sign=True)} {width} {marked(line)}."
