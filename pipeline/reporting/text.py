"""Numbers and tables as text that reads in a terminal and as Markdown.

A missing value is a dash. Text from outside stays on its line and in its cell.
"""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from pipeline.letters import one_line

__all__ = ["DASH", "WIDTH", "interval", "look_up", "markdown_table", "one_line", "paragraph", "score", "spread"]

DASH = "–"
WIDTH = 110
"""Columns of running text."""


def look_up(record: Any, *path: str) -> Any:
    """A value by its keys; None where a key is absent on the way."""
    for key in path:
        record = record.get(key) if isinstance(record, Mapping) else None
    return record


def score(value: float | None, places: int = 3, sign: bool = False) -> str:
    """A score without the zero before its point: .712, -.041, 1.000."""
    if value is None:
        return DASH
    # Adding 0 turns a negative zero, which rounding may leave, into a plain one.
    text = f"{round(value, places) + 0.0:{'+' if sign else ''}.{places}f}"
    return text.replace("0.", ".", 1) if abs(float(text)) < 1 else text


def spread(mean: float | None, deviation: float | None) -> str:
    """A mean with its deviation over seeds, where there is one."""
    return score(mean) if deviation is None else f"{score(mean)} ±{score(deviation)}"


def interval(mean: float | None, low: float | None, high: float | None) -> str:
    """A gain with its interval, where there is one."""
    if low is None or high is None:
        return score(mean, sign=True)
    return f"{score(mean, sign=True)} [{score(low, sign=True)}, {score(high, sign=True)}]"


def markdown_table(header: Sequence[str], rows: Sequence[Sequence[str]], escaped: bool = False) -> str:
    """A Markdown table with padded columns; bars and line breaks in a cell are made harmless.

    Args:
        header: The cells of its first row.
        rows: The others.
        escaped: Whether backslashes in the cells are Markdown's own.
    """
    plain = (header, *rows)
    kept = [[one_line(cell) if escaped else one_line(cell).replace("\\", "\\\\") for cell in row] for row in plain]
    cells = [[cell.replace("|", "\\|") for cell in row] for row in kept]
    widths = [max(3, *(len(row[column]) for row in cells)) for column in range(len(header))]
    lines = ["| " + " | ".join(map(str.ljust, row, widths)) + " |" for row in cells]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def paragraph(text: str, first: str = "", rest: str = "") -> str:
    """Running text in lines of WIDTH columns, with a prefix for the first and for the other lines."""
    return textwrap.fill(
        one_line(text),
        WIDTH,
        initial_indent=first,
        subsequent_indent=rest,
        break_long_words=False,
        break_on_hyphens=False,
    )
