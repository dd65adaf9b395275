"""CSV as columns of text, strictly: a record of another length or a quote that is never closed is a fault with its line.

Loads the standard library alone, so that the app reads labels by hand with the words of every other file. Every fault is an
`InputError`.
"""

import csv
import difflib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pipeline.errors import InputError


@dataclass(frozen=True)
class RawTable:
    """The wanted columns of one file, value by value as text."""

    unit: str
    """What `numbers` count: `line` or `row`."""
    numbers: list[int]
    columns: dict[str, list[str]]


def decode(name: str, data: bytes) -> str:
    """The text of a file in UTF-8, with or without a byte order mark."""
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # The codec reports positions after the byte order mark.
        data = error.object
        line = data.count(b"\n", 0, error.start) + 1
        place = error.start - data.rfind(b"\n", 0, error.start)
        raise InputError(
            f"{name}, line {line}: byte 0x{data[error.start]:02x}, number {place} of the line, is not UTF-8; "
            "save the file as UTF-8."
        ) from None


def require(name: str, present: Iterable[str], wanted: Mapping[str, str], place: str = "") -> None:
    """Refuse the first wanted column that is not present; `place` is said after the file's name."""
    present = list(present)
    for column, key in wanted.items():
        if column not in present:
            near = difflib.get_close_matches(column, present, n=1)
            mend = f"did you mean '{near[0]}'?" if near else f"the columns are {', '.join(present) or 'none'}."
            raise InputError(f"{name}{place} has no column '{column}', which {key} asks for; {mend}")
        if present.count(column) > 1:
            raise InputError(f"{name}{place} has two columns '{column}'; rename one of them.")


def _refuse_other_separators(name: str, header: list[str], wanted: Mapping[str, str]) -> None:
    """What spreadsheets call CSV is parted by semicolons or tabs in many countries."""
    if len(header) != 1:
        return
    for mark, called in ((";", "semicolons"), ("\t", "tabs")):
        if any(column in header[0].split(mark) for column in wanted) and header[0] not in wanted:
            raise InputError(f"{name} is parted by {called}, and CSV is read with commas; save it again with commas.")


def read_csv(name: str, text: str, wanted: Mapping[str, str]) -> RawTable:
    """Read the wanted columns of CSV text; arguments and faults as in `readers.read_raw`."""
    # A quote that is never closed should be told as such, not as a long field.
    csv.field_size_limit(2**31 - 1)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    begins = 1
    try:
        header = next(reader, None)
        if header is None:
            raise InputError(f"{name} is empty; its first line should name the columns.")
        _refuse_other_separators(name, header, wanted)
        require(name, header, wanted)
        places = [header.index(column) for column in wanted]
        numbers: list[int] = []
        values: list[list[str]] = [[] for _ in places]
        begins = reader.line_num + 1
        for record in reader:
            number, begins = begins, reader.line_num + 1
            if not record:
                continue
            if len(record) != len(header):
                raise InputError(
                    f"{name}, line {number} has {len(record)} fields where the header has {len(header)}; "
                    "the file may be cut, or a text with commas needs quotes."
                )
            numbers.append(number)
            for place, column in zip(places, values, strict=True):
                column.append(record[place])
    except csv.Error as error:
        problem = "a quote is opened and never closed" if "end of data" in str(error) else f"it is not CSV: {error}"
        raise InputError(
            f"{name}, line {begins}: {problem}; the file may be cut, or a quote in a text is not doubled."
        ) from None
    return RawTable("line", numbers, dict(zip(wanted, values, strict=True)))
