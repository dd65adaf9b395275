"""Files of labels: read whole or refused, changed one row at a time, never half-written.

A file is CSV with the columns `id,label,note` (`id,label,note,by` where it is adjudicated), its rows in the session's order, so
that a new label is one new line in a diff. `LabelFile.put` takes a lock that all terminals of the study share, reads the file
again where anyone has touched it since, changes one row, writes beside it, flushes and renames: a killed process or a lost
connection leaves every row that was put, and two terminals of one annotator lose nothing of each other.

A file that a hand has broken raises an `InputError` with its line and is left alone until that is mended.
"""

import csv
import fcntl
import io
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from pipeline.corpora.annotation.scheme import Scheme
from pipeline.corpora.annotation.session import FOLDER, Session, folder_of
from pipeline.corpora.rawcsv import RawTable, decode, read_csv
from pipeline.errors import InputError
from pipeline.files import write_text

ADJUDICATED = "adjudicated"


@dataclass(frozen=True)
class Given:
    """What was given to one text."""

    id: str
    label: str
    """Empty where the text was skipped."""
    note: str = ""
    by: str = ""
    """Who decided; in the adjudicated file alone."""


class LabelFile:
    """The labels of one annotator, or those that were adjudicated.

    Args:
        root: The working tree.
        session: The session of the corpus.
        scheme: Its scheme.
        name: The annotator's file name, or `adjudicated`.
        lock: A file to lock while a row is changed; its folder is made.

    Raises:
        InputError: The file is broken or belongs to another session; so do `read` and `put`.
    """

    def __init__(self, root: Path, session: Session, scheme: Scheme, name: str, lock: Path) -> None:
        self.name = name
        self.path = folder_of(root, session.corpus) / f"{name}.csv"
        self.place = f"{FOLDER}/{session.corpus}/{name}.csv"
        """What sentences call the file."""
        self.columns = ("id", "label", "note", "by") if name == ADJUDICATED else ("id", "label", "note")
        self.rows: Mapping[str, Given] = {}
        """By id, in the session's order."""
        self._session, self._scheme, self._lock = session, scheme, lock
        self._seen: tuple[int, ...] | None = None
        self.read()

    def read(self) -> None:
        """Read the file where it is another than the one that was read or written last."""
        now = _stamp(self.path)
        if now != self._seen:
            self.rows = self._read() if now is not None else {}
            self._seen = now

    def put(self, id: str, given: Given | None) -> Given | None:
        """Give a text its row, or take it away (None), and write the file; what stood there before.

        Raises:
            OSError: The file cannot be written; it is as it was.
        """
        with locked(self._lock):
            self.read()
            before = self.rows.get(id)
            if before != given:
                rows = {key: row for key, row in self.rows.items() if key != id} | ({id: given} if given else {})
                ordered = {key: rows[key] for key in sorted(rows, key=self._session.place_of.__getitem__)}
                write_text(self.path, self._text(ordered))
                self.rows, self._seen = ordered, _stamp(self.path)
        return before

    def _text(self, rows: Mapping[str, Given]) -> str:
        stream = io.StringIO()
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(self.columns)
        writer.writerows([getattr(row, column) for column in self.columns] for row in rows.values())
        return stream.getvalue()

    def _read(self) -> dict[str, Given]:
        try:
            text = decode(self.place, self._bytes())
            table = read_csv(self.place, text, dict.fromkeys(self.columns, "labelling"))
            self._refuse_columns(text)
            found = [self._row(table, index) for index in range(len(table.numbers))]
            self._refuse_foreign(table, found)
        except InputError as error:
            raise InputError(f"{str(error).removesuffix('.')}; until then the file is left as it is.") from None
        # A hand may have moved lines.
        return {row.id: row for row in sorted(found, key=lambda row: self._session.place_of[row.id])}

    def _bytes(self) -> bytes:
        try:
            return self.path.read_bytes()
        except OSError as error:
            raise InputError(f"{self.place} cannot be read ({error.strerror}); mend that.") from None

    def _refuse_columns(self, text: str) -> None:
        for column in next(csv.reader(io.StringIO(text, newline=""))):
            if column not in self.columns:
                raise InputError(
                    f"{self.place} has a column '{column[:40]}', which would be lost with the next label; move it to another file."
                )

    def _row(self, table: RawTable, index: int) -> Given:
        row = Given(**{column: table.columns[column][index] for column in self.columns})
        if row.label and row.label not in self._scheme.names:
            raise InputError(
                f"{self._at(table, index)}: the label '{row.label[:40]}' is not in the scheme {self._scheme.name}; "
                f"correct the line: {self._scheme.near(row.label)}"
            )
        return row

    def _refuse_foreign(self, table: RawTable, rows: list[Given]) -> None:
        foreign = [index for index, row in enumerate(rows) if row.id not in self._session.place_of]
        if foreign:
            others = f" and {len(foreign) - 1} more" if foreign[1:] else ""
            raise InputError(
                f"{self._at(table, foreign[0])}: the id '{rows[foreign[0]].id[:40]}'{others} is not among the "
                f"{len(self._session.items)} texts of {FOLDER}/{self._session.corpus}/session.json: these labels belong to another "
                "session; bring back the session.json or the labels that go together (`git log` of that folder tells)."
            )
        first: dict[str, int] = {}
        for index, row in enumerate(rows):
            if row.id in first:
                raise InputError(
                    f"{self._at(table, index)}: the id '{row.id[:40]}' stands in line {table.numbers[first[row.id]]} "
                    "already; keep one of the two lines."
                )
            first[row.id] = index

    def _at(self, table: RawTable, index: int) -> str:
        return f"{self.place}, line {table.numbers[index]}"


def _stamp(path: Path) -> tuple[int, ...] | None:
    """What changes when a file is written; None where there is none."""
    try:
        told = path.stat()
    except FileNotFoundError:
        return None
    return told.st_mtime_ns, told.st_size, told.st_ino


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock that every writer of labels holds, and wait for it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        # Closing gives the lock back.
        os.close(handle)
