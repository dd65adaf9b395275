"""A sheet as CSV, for programs and spreadsheets.

A column's deviation, interval and mark are columns of their own behind it (`accuracy_sd`, `accuracy_low`, `accuracy_high`,
`accuracy_mark`), where any row has them; marks are words (better, worse, equal, unclear, with a question mark where there is no
interval). Numbers have all their digits. Notes and provenance follow the rows as lines that begin with `#`
(pandas: `read_csv(..., comment="#")`).

A text that begins with = + - @ (or an apostrophe) gets an apostrophe before it: in quotation marks alone a spreadsheet would
still run it as a formula. `unguarded` takes it away again. Texts that could be taken for numbers stand in quotation marks.
"""

import re
from collections.abc import Iterator, Sequence

from tui.output import visible
from tui.sharing.sheet import WORDS, Sheet, Value, told

_FORMULA = tuple("=+-@'＝＋－＠")
_QUOTED = re.compile(r'[,"#\r\n]|^\s|\s$')
_BARE = re.compile(
    r"[-+]?(\d[\d_]*\.?\d*|\.\d+)([eE][-+]?\d+)?|nan|[-+]?inf(inity)?|true|false|null|none|na|n/a|", re.I
)
_PARTS = ("sd", "low", "high", "mark")


def as_csv(sheet: Sheet) -> str:
    """Head, rows, and `#` lines of notes and provenance."""
    parts = [_parts(sheet, place) for place in range(len(sheet.columns))]
    heads = [
        name
        for column, held in zip(sheet.columns, parts, strict=True)
        for name in (column.key, *(f"{column.key}_{part}" for part in held))
    ]
    lines = [",".join(_text(head) for head in heads)]
    # Readers pass over an empty line.
    lines += [",".join(_fields(row, parts)) or '""' for row in sheet.rows]
    remarks = [*sheet.notes, *(told(sheet.provenance) if sheet.provenance else ())]
    lines += [f"# {visible(remark)}" for remark in remarks]
    return "\n".join(lines) + "\n"


def guarded(text: str) -> str:
    """A text that no spreadsheet runs."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def unguarded(text: str) -> str:
    """The text that `guarded` was given."""
    return text.removeprefix("'")


def _parts(sheet: Sheet, place: int) -> list[str]:
    """What the values of a column have beside themselves."""
    return [part for part in _PARTS if any(getattr(row[place], part) not in (None, "") for row in sheet.rows)]


def _fields(row: Sequence[Value], parts: Sequence[Sequence[str]]) -> Iterator[str]:
    for value, held in zip(row, parts, strict=True):
        yield _field(value.value)
        for part in held:
            found = getattr(value, part)
            yield _field(WORDS.get(found, found) or None if part == "mark" else found)


def _field(value: str | float | int | bool | None) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    # `repr` of a float reads back as the same float; NaN and the infinities are nan, inf, -inf.
    return _text(value) if isinstance(value, str) else repr(value)


def _text(text: str) -> str:
    text = guarded(visible(text))
    if _QUOTED.search(text) or _BARE.fullmatch(text):
        return '"' + text.replace('"', '""') + '"'
    return text
