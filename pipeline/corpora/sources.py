"""From the files that a study declares to one table of a corpus.

A source is a file, or splits of a data set of the hub (`pipeline.corpora.hub`).
A path below the tree (`data/...`) is read from the current folder; any other is relative to the main
checkout. A declared sha256 is compared before anything is read. Of each file, the rows that pass `where` are
kept; labels go through `binarise` or `map`; a label that is then not declared is refused or dropped
(`unmapped`). Where rows may be dropped, a row without text is dropped too, and counted; elsewhere it is
refused. A row without an id column is called by its file or split and its line (or row number). `sample` draws rows
stratified by label and language before duplicates are dropped; where fewer exist, all are taken and the
record says so.

Every fault is an `InputError` and nothing is written.
"""

import difflib
import hashlib
import math
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.checkout import main_checkout
from pipeline.corpora.cleaning import is_blank
from pipeline.corpora.hub import read_hub
from pipeline.corpora.readers import RawTable, read_raw
from pipeline.corpora.schema import Collected
from pipeline.corpora.splits import draw
from pipeline.errors import InputError
from pipeline.files import digest
from pipeline.study import Corpus, Fields, SourceFile


@dataclass
class Tally:
    """What became of one file's rows: read = filtered + unmapped + empty + usable; `kept` were drawn."""

    path: str
    sha256: str
    read: int
    filtered: int = 0
    unmapped: int = 0
    empty: int = 0
    usable: int = 0
    asked: int | None = None
    kept: int = 0


@dataclass
class HubTally(Tally):
    """The tally of a data set of the hub: `path` is its id, `sha256` the digest of its files' hashes."""

    hub: dict[str, Any] | None = None
    """Revision, configuration, splits, and each file with its SHA-256."""


def collect(key: str, corpus: Corpus, seed: int) -> tuple[list[Collected], dict[str, Any]]:
    """Read every file of a corpus.

    Args:
        key: The corpus, for sentences and for the order of sampling.
        corpus: Its block of the study.
        seed: Seed of sampling (`split.seed`).

    Returns:
        The rows in the order of the files, and the record: `{"source": [one tally a file],
        "asked": int | None, "notes": [sentences]}`.

    Raises:
        InputError: Any fault of a file; see the module.
    """
    rows: list[Collected] = []
    tallies: list[Tally] = []
    seen: dict[str, str] = {}
    for index, file in enumerate(corpus.source):
        found, tally = _read_file(f"corpora.{key}.source.{index}", key, corpus, file, seen)
        tally.asked, tally.usable = file.sample, len(found)
        if file.sample is not None:
            found = draw(found, file.sample, seed, "sample")
        tally.kept = len(found)
        rows += found
        tallies.append(tally)
    notes = [
        f"{tally.path}: asked {tally.asked}, {tally.usable} exist"
        for tally in tallies
        if (tally.asked or 0) > tally.usable
    ]
    if corpus.sample is not None:
        if corpus.sample > len(rows):
            notes.append(f"asked {corpus.sample}, {len(rows)} exist")
        rows = draw(rows, corpus.sample, seed, "sample")
    if not rows:
        raise InputError(
            f"corpora.{key}: of {sum(tally.read for tally in tallies)} rows read, none is left: "
            f"{sum(tally.filtered for tally in tallies)} did not pass `where` and "
            f"{sum(tally.unmapped for tally in tallies)} have no declared label; "
            "check `where`, `map` and `labels`."
        )
    record = {"source": [asdict(tally) for tally in tallies], "asked": corpus.sample, "notes": notes}
    return rows, record


def source_bytes(place: str, file: SourceFile) -> tuple[bytes, str]:
    """The bytes of a declared file and their SHA-256.

    Raises:
        InputError: The file is missing, cannot be read, or is another than the declared one.
    """
    outside = file.path.startswith(("/", "../", "~"))
    path = main_checkout() / Path(file.path).expanduser() if outside else Path(file.path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        there = "put it there and `dvc add data` (`dvc checkout` restores what data.dvc already holds)"
        mend = f"put it at {path}" if outside else there
        raise InputError(f"{file.path} does not exist; {mend} or correct {place}.path.") from None
    except OSError as error:
        raise InputError(f"{file.path} cannot be read ({error.strerror}); correct {place}.path.") from None
    found = hashlib.sha256(data).hexdigest()
    if file.sha256 is not None and found != file.sha256:
        raise InputError(
            f"{file.path} has the sha256 {found} where {place}.sha256 expects {file.sha256}; put the "
            "declared file back, or declare the new one if the change is meant."
        )
    return data, found


def _read_file(
    place: str, key: str, corpus: Corpus, file: SourceFile, seen: dict[str, str]
) -> tuple[list[Collected], Tally]:
    fields = file.fields or corpus.fields
    if fields is None:
        raise InputError(
            f"{place} declares no fields and neither does its corpus; say which columns hold text and label."
        )
    parts, tally = _tables(place, corpus, file, _wanted(place, file, fields, f"corpora.{key}"))
    rows: list[Collected] = []
    for name, stem, table in parts:
        tally.read += len(table.numbers)
        rows += _read_rows(
            _RowReader(place, corpus, file, fields, (name, stem, table)), len(table.numbers), tally, seen
        )
    return rows, tally


def _tables(
    place: str, corpus: Corpus, file: SourceFile, wanted: dict[str, str]
) -> tuple[list[tuple[str, str, RawTable]], Tally]:
    """What a source holds: of each table its name, the stem of its rows' ids and the wanted columns."""
    if file.hub is not None:
        found = read_hub(place, file.hub, wanted)
        files = [{"path": part.name, "sha256": part.sha256} for part in found.files]
        told = {**file.hub.model_dump(mode="json"), "files": files}
        tables = [(split.name, split.stem, split.table) for split in found.splits]
        return tables, HubTally(file.hub.id, digest(files), 0, hub=told)
    assert file.path is not None
    data, sha256 = source_bytes(place, file)
    table = read_raw(file.path, data, wanted)
    return [(file.path, _stem(corpus.source, file.path), table)], Tally(file.path, sha256, 0)


def _read_rows(reader: "_RowReader", count: int, tally: Tally, seen: dict[str, str]) -> list[Collected]:
    rows: list[Collected] = []
    for index in range(count):
        if not reader.passes(index):
            tally.filtered += 1
        elif (label := reader.label(index)) is None:
            tally.unmapped += 1
        elif not reader.has_text(index):
            tally.empty += 1
        else:
            row = reader.row(index, label)
            if row.id in seen:
                raise InputError(
                    f"{reader.at(index)}: the id '{_short(row.id)}' was used before, in {seen[row.id]}; an "
                    "id names one row for good: choose other columns under fields.id, or remove a row."
                )
            seen[row.id] = reader.at(index)
            rows.append(row)
    return rows


def _wanted(place: str, file: SourceFile, fields: Fields, block: str) -> dict[str, str]:
    """Every column that is read, with the key that asks for it."""
    owner = f"{place}.fields" if file.fields else f"{block}.fields"
    wanted: dict[str, str] = {}
    for name in ("text", "pair", "label", "language", "group", "translation", "translation_pair"):
        column = getattr(fields, name)
        if column is not None:
            wanted.setdefault(column, f"{owner}.{name}")
    for column in _id_columns(fields):
        wanted.setdefault(column, f"{owner}.id")
    for column in file.where:
        wanted.setdefault(column, f"{place}.where")
    return wanted


def _id_columns(fields: Fields) -> tuple[str, ...]:
    return (fields.id,) if isinstance(fields.id, str) else fields.id or ()


class _RowReader:
    """Turns one file's values into rows, refusing what the study does not allow."""

    def __init__(
        self, place: str, corpus: Corpus, file: SourceFile, fields: Fields, part: tuple[str, str, RawTable]
    ) -> None:
        self._place, self._corpus, self._file, self._fields = place, corpus, file, fields
        self._name, self._stem, table = part
        self._table = table
        self._where = [
            (table.columns[column], {value} if isinstance(value, str) else set(value))
            for column, value in file.where.items()
        ]
        self._ids = [table.columns[column] for column in _id_columns(fields)]
        self._labels: dict[str, str | None] = {}
        # What a file of a corpus that is translated from English holds is English, unless it says otherwise.
        default = "en" if corpus.translation == "from_english" else corpus.language
        self._language = file.language or default or ""

    def at(self, index: int) -> str:
        return f"{self._name}, {self._table.unit} {self._table.numbers[index]}"

    def passes(self, index: int) -> bool:
        return all(column[index] in allowed for column, allowed in self._where)

    def label(self, index: int) -> str | None:
        """The declared label; None where the row is to be dropped."""
        raw = self._table.columns[self._fields.label][index]
        if raw not in self._labels:
            self._labels[raw] = self._resolve(raw, lambda: self.at(index))
        return self._labels[raw]

    def _resolve(self, raw: str, at: Callable[[], str]) -> str | None:
        label = _binarised(raw, self._file)
        label = self._file.map.get(raw, raw) if label is None else label
        if label in self._corpus.labels:
            return label
        if self._file.unmapped == "drop":
            return None
        near = difflib.get_close_matches(label, self._corpus.labels, n=1)
        declared = _short(", ".join(self._corpus.labels), 80)
        meant = f"did you mean '{near[0]}'? Correct it" if near else "Correct it"
        raise InputError(
            f"{at()}: the label '{_short(label)}' is not among the declared ones ({declared}); "
            f"{meant}, map it under {self._place}.map, or let `unmapped: drop` leave such rows out."
        )

    def has_text(self, index: int) -> bool:
        """Whether every text of the row is there; refuses an empty one unless rows may be dropped."""
        for name in ("text", "pair"):
            column = getattr(self._fields, name)
            if column is not None and is_blank(self._table.columns[column][index]):
                if self._file.unmapped == "drop":
                    return False
                raise InputError(
                    f"{self.at(index)}: the column '{column}' is empty; fill it or remove the row "
                    f"(`unmapped: drop` under {self._place} leaves such rows out)."
                )
        return True

    def row(self, index: int, label: str) -> Collected:
        fields, columns = self._fields, self._table.columns
        optional = [fields.pair, fields.group, fields.translation, fields.translation_pair]
        pair, group, translation, translation_pair = [
            columns[column][index] if column is not None else None for column in optional
        ]
        text = columns[fields.text][index]
        return Collected(
            self._id(index),
            text,
            pair,
            label,
            self._language_of(index),
            group or None,
            translation or None,
            translation_pair or None,
        )

    def _id(self, index: int) -> str:
        if not self._ids:
            return f"{self._stem}-{self._table.numbers[index]}"
        parts = [column[index] for column in self._ids]
        if not all(parts):
            raise InputError(f"{self.at(index)}: the id is empty; fill it, or choose other columns under fields.id.")
        return "-".join(parts)

    def _language_of(self, index: int) -> str:
        column = self._fields.language
        language = (self._table.columns[column][index] if column is not None else "") or self._language
        if not language:
            raise InputError(f"{self.at(index)}: the row has no language; fill the column '{column}'.")
        return language


def _binarised(raw: str, file: SourceFile) -> str | None:
    if file.binarise is None:
        return None
    try:
        number = float(raw)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return file.binarise.from_ if number >= file.binarise.at else file.binarise.below


def _stem(files: Sequence[SourceFile], path: str) -> str:
    """A file's name without endings; with its folders where another file of the corpus has the same name."""
    name = Path(path).name.split(".")[0]
    others = {file.path for file in files if file.path is not None and Path(file.path).name.split(".")[0] == name}
    return name if len(others) == 1 else str(Path(path).with_name(name))


def _short(text: str, length: int = 40) -> str:
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= length else text[: length - 3] + "..."
