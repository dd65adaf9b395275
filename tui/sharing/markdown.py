"""A sheet as a Markdown table (GitHub's form), padded so that it reads as text as well."""

import re

from tui.output import visible
from tui.sharing.sheet import Sheet, Value, marks_of, number_text, plain_text, told
from tui.widgets.cells import width_of

DASH = "–"
_SPECIAL = re.compile(r"[\\`*\[\]<>|~&$]|(?<![^\W_])_|_(?![^\W_])")
"""What CommonMark and GitHub read as more than a letter inside a line; an underscore inside a word is one."""


def as_markdown(sheet: Sheet) -> str:
    """Title, table, notes and where it came from."""
    heads = [escape(column.head) for column in sheet.columns]
    lines = [heads, *([_cell(value) for value in row] for row in sheet.rows)]
    widths = [max(3, *(width_of(line[place]) for line in lines)) for place in range(len(heads))]
    right = [column.number for column in sheet.columns]
    rule = [("-" * (width - 1) + ":") if end else "-" * width for width, end in zip(widths, right, strict=True)]
    table = [_line(line, widths, right) for line in (lines[0], rule, *lines[1:])] if heads else []
    parts = [f"**{escape(sheet.title)}**"] if sheet.title.strip() else []
    parts += ["\n".join(table)] if table else []
    marks = ", ".join(f"{mark} {meaning}" for mark, meaning in marks_of(sheet).items())
    parts += [escape(note) for note in ([f"{marks}.", *sheet.notes] if marks else sheet.notes)]
    if sheet.provenance is not None:
        parts.append("\n".join(f"- {escape(line)}" for line in told(sheet.provenance)))
    return "\n\n".join(parts) + "\n"


def escape(text: str) -> str:
    """Text from outside as one line of Markdown that shows it as it is."""
    return _SPECIAL.sub(lambda found: "\\" + found[0], visible(text))


def _line(cells: list[str], widths: list[int], right: list[bool]) -> str:
    padded = []
    for cell, width, end in zip(cells, widths, right, strict=True):
        blank = " " * (width - width_of(cell))
        padded.append(blank + cell if end else cell + blank)
    return f"| {' | '.join(padded)} |"


def _cell(value: Value) -> str:
    if value.value is None:
        return DASH + (f" {escape(value.mark)}" if value.mark else "")
    text = escape(plain_text(value))
    if value.best and text.strip():
        text = f"**{text}**"
    if value.sd is not None:
        text += f" ± {number_text(value.sd, value.decimals)}"
    if value.low is not None and value.high is not None:
        ends = (number_text(end, value.decimals, value.sign) for end in (value.low, value.high))
        text += f" \\[{', '.join(ends)}\\]"
    return f"{text} {escape(value.mark)}" if value.mark else text
