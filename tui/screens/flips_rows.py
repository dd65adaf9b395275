"""The lines of the flips screen: the rows that differ, and one of them in full."""

from collections.abc import Sequence

from tui.evidence.comparison import Comparison
from tui.evidence.flip_text import kind_words, predictions
from tui.evidence.flips import Flip
from tui.evidence.texts import Example, Texts
from tui.widgets.cells import Cell, Column, TableRow, Tone, text_cell

MOST = 1000
"""Rows that are shown at once: more than that nobody reads, and a choice brings up the others."""
_TONES: dict[str, Tone] = {"fixed": "better", "broken": "worse", "split": "inherited", "same": "inherited"}


def columns_of(found: Comparison, texts: Texts | None) -> list[Column]:
    """The columns; the language only where there are several, the text once it is there."""
    several = len({flip.language for flip in found.flips.rows}) > 1
    return [
        Column("kind", ("flip",), most=16),
        Column("row", ("row",), right=True),
        *([Column("language", ("lang",), most=6)] if several else []),
        Column("gold", ("gold",), most=14),
        Column("a", ("A",), most=24),
        Column("b", ("B",), most=24),
        *([Column("text", ("text",), most=160)] if texts else []),
    ]


def rows_of(found: Comparison, flips: Sequence[Flip], texts: Texts | None) -> list[TableRow]:
    """A line for each row, the surest first, `MOST` at most."""
    keys = [column.key for column in columns_of(found, texts)]
    return [TableRow(str(flip.row), [_cell(found, flip, texts, key) for key in keys]) for flip in flips[:MOST]]


def _cell(found: Comparison, flip: Flip, texts: Texts | None, key: str) -> Cell:
    match key:
        case "kind":
            return text_cell(kind_words(flip), _TONES.get(flip.kind, "plain"))
        case "row":
            return Cell(str(flip.row), flip.row)
        case "language":
            return text_cell(flip.language)
        case "gold":
            return text_cell(found.a.predicted.label(flip.gold))
        case "a" | "b":
            return text_cell(predictions(found, flip, "a" if key == "a" else "b"))
    example = texts.by_row.get(flip.row) if texts else None
    return text_cell(" ".join(example.told.split())) if example else Cell("·", None, "missing")


def in_full(found: Comparison, flip: Flip, example: Example | None) -> list[str]:
    """One row: its labels by seed, then its text."""
    flips = found.flips
    language = f", {flip.language}" if flip.language else ""
    labels = [
        f"{name} {' '.join(f'{seed}:{flips.labels[id]}' for seed, id in zip(seeds, ids, strict=True))}"
        for name, seeds, ids in (("A", flips.a_seeds, flip.a), ("B", flips.b_seeds, flip.b))
    ]
    lines = [f"row {flip.row}{language}: {kind_words(flip)}; gold {flips.labels[flip.gold]}; {'; '.join(labels)}"]
    if example is not None:
        lines.append(" ".join(example.text.split()))
        lines += [f"| {' '.join(example.pair.split())}"] if example.pair is not None else []
        lines += [f"original: {' '.join(example.source.split())}"] if example.source else []
        lines += [f"| {' '.join(example.source_pair.split())}"] if example.source_pair else []
    return lines
