"""From the files that a study declares to one table of a corpus.

A path below the tree (`data/...`) is read from the current folder; any other is relative to the main
checkout. A declared sha256 is compared before anything is read. Of each file, the rows that pass `where` are
kept; labels go through `binarise` or `map`; a label that is then not declared is refused or dropped
(`unmapped`). Where rows may be dropped, a row without text is dropped too, and counted; elsewhere it is
refused. A row without an id column is called by its file and its line (or row number). `sample` draws rows
stratified by label and language before duplicates are dropped; where fewer exist, all are taken and the
record says so.

A file may have a companion, whose rows are found by id: `translations` hold its texts in another language (a
row that has none there keeps none), a `listing` other names of the same things, from which sentence pairs are
made (`pipeline.corpora.listings`).

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
from pipeline.corpora.listings import pair_up
from pipeline.corpora.readers import RawTable, read_raw
from pipeline.corpora.schema import Collected
from pipeline.corpora.splits import draw
from pipeline.errors import InputError
from pipeline.study import Companion, Corpus, Fields, Listing, SourceFile

Texts = tuple[str, str | None]
"""A text and, in a corpus of pairs, its second."""


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
    companion: dict[str, str] | None = None
    """Path and sha256 of the file's companion."""


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
        found, tally = _read_file(f"corpora.{key}.source.{index}", key, corpus, file, seen, seed)
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


def source_bytes(place: str, file: SourceFile | Companion) -> tuple[bytes, str]:
    """The bytes of a declared file and their SHA-256.

    Raises:
        InputError: The file is missing, cannot be read, or is another than the declared one.
    """
    outside = file.path.startswith(("/", "../", "~"))
    path = main_checkout() / Path(file.path).expanduser() if outside else Path(file.path)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        mend = f"put it at {path}" if outside else "put it there (`dvc checkout` restores data/)"
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
    place: str, key: str, corpus: Corpus, file: SourceFile, seen: dict[str, str], seed: int
) -> tuple[list[Collected], Tally]:
    fields = file.fields or corpus.fields
    if fields is None:
        raise InputError(
            f"{place} declares no fields and neither does its corpus; say which columns hold text and label."
        )
    data, sha256 = source_bytes(place, file)
    table = read_raw(file.path, data, _wanted(place, file, fields, f"corpora.{key}"))
    tally = Tally(file.path, sha256, len(table.numbers))
    rows: list[Collected] = []
    reader = _RowReader(place, corpus, file, fields, table)
    if file.listing is not None:
        return _rows_of_listing(place, reader, table.columns[fields.text], file.listing, tally, seed), tally
    if file.translations is not None:
        reader.translations = _read_companion(f"{place}.translations", file.translations, tally)
    for index in range(len(table.numbers)):
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
    return rows, tally


def _rows_of_listing(
    place: str, reader: "_RowReader", texts: Sequence[str], listing: Listing, tally: Tally, seed: int
) -> list[Collected]:
    """Sentence pairs of a file and its listing."""
    others = {key: text for key, (text, _) in _read_companion(f"{place}.listing", listing, tally).items()}
    rows = [index for index in range(len(texts)) if reader.passes(index)]
    tally.filtered = len(texts) - len(rows)
    named = [index for index in rows if not is_blank(texts[index])]
    tally.empty = len(rows) - len(named)
    pairs = pair_up([reader.declared_id(index) for index in named], [texts[index] for index in named], others, seed)
    tally.unmapped = len(named) - len(pairs)
    return [
        Collected(
            reader.declared_id(index),
            texts[index],
            pair.second,
            listing.same if pair.same else listing.different,
            reader.language(index),
            pair.group,
            None,
            None,
        )
        for index, pair in ((named[pair.index], pair) for pair in pairs)
    ]


def _wanted(place: str, file: SourceFile, fields: Fields, block: str) -> dict[str, str]:
    """Every column that is read, with the key that asks for it."""
    owner = f"{place}.fields" if file.fields else f"{block}.fields"
    wanted: dict[str, str] = {}
    for name in ("text", "pair", "label", "language", "group", "translation", "translation_pair"):
        column = getattr(fields, name)
        if column is not None:
            wanted.setdefault(column, f"{owner}.{name}")
    return wanted | _wanted_rows(place, owner, file, fields, wanted)


def _wanted_rows(
    place: str, owner: str, file: SourceFile | Companion, fields: Fields | Companion, wanted: dict[str, str]
) -> dict[str, str]:
    """The columns that choose and name rows, where `wanted` has not asked for them."""
    rows = dict.fromkeys(file.where, f"{place}.where") | dict.fromkeys(_id_columns(fields), f"{owner}.id")
    return {column: key for column, key in rows.items() if column not in wanted}


def _id_columns(fields: Fields | Companion) -> tuple[str, ...]:
    return (fields.id,) if isinstance(fields.id, str) else fields.id or ()


class _Rows:
    """Which rows of a table count, and what they are called."""

    def __init__(self, file: SourceFile | Companion, fields: Fields | Companion, table: RawTable) -> None:
        self._file, self._fields, self._table = file, fields, table
        self._where = [
            (table.columns[column], {value} if isinstance(value, str) else set(value))
            for column, value in file.where.items()
        ]
        self._ids = [table.columns[column] for column in _id_columns(fields)]

    def at(self, index: int) -> str:
        return f"{self._file.path}, {self._table.unit} {self._table.numbers[index]}"

    def passes(self, index: int) -> bool:
        return all(column[index] in allowed for column, allowed in self._where)

    def declared_id(self, index: int) -> str:
        """The row's id from its columns."""
        parts = [column[index] for column in self._ids]
        if not all(parts):
            raise InputError(f"{self.at(index)}: the id is empty; fill it, or choose other columns for the id.")
        return "-".join(parts)


def _read_companion(place: str, file: Companion, tally: Tally) -> dict[str, Texts]:
    """The texts of a companion by id; the tally tells of the file."""
    data, sha256 = source_bytes(place, file)
    tally.companion = {"path": file.path, "sha256": sha256}
    wanted = {file.text: f"{place}.text"} | ({file.pair: f"{place}.pair"} if file.pair is not None else {})
    table = read_raw(file.path, data, wanted | _wanted_rows(place, place, file, file, wanted))
    rows = _Rows(file, file, table)
    texts, pairs = table.columns[file.text], table.columns[file.pair] if file.pair is not None else None
    found: dict[str, Texts] = {}
    for index in range(len(table.numbers)):
        if not rows.passes(index) or is_blank(texts[index]):
            continue
        if (key := rows.declared_id(index)) in found:
            raise InputError(
                f"{rows.at(index)}: the id '{_short(key)}' was used before; choose other columns under {place}.id, "
                f"narrow {place}.where, or remove a row."
            )
        found[key] = texts[index], pairs[index] if pairs is not None else None
    return found


class _RowReader(_Rows):
    """Turns one file's values into rows, refusing what the study does not allow."""

    def __init__(self, place: str, corpus: Corpus, file: SourceFile, fields: Fields, table: RawTable) -> None:
        super().__init__(file, fields, table)
        self._place, self._corpus, self._file, self._fields = place, corpus, file, fields
        self._stem = _stem(corpus.source, file.path)
        self._labels: dict[str, str | None] = {}
        self.translations: dict[str, Texts] = {}
        """From a row's id to its translation; empty where the file has no companion that holds them."""
        # What a file of a corpus that is translated from English holds is English, unless it says otherwise.
        default = "en" if corpus.translation == "from_english" else corpus.language
        self._language = file.language or default or ""

    def label(self, index: int) -> str | None:
        """The declared label; None where the row is to be dropped."""
        assert self._fields.label is not None, "study.py asks for fields.label wherever there is no listing"
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
        key = self._id(index)
        if self.translations:
            translation, translation_pair = self.translations.get(key, (None, None))
        return Collected(
            key,
            columns[fields.text][index],
            pair,
            label,
            self.language(index),
            group or None,
            translation or None,
            translation_pair or None,
        )

    def _id(self, index: int) -> str:
        return self.declared_id(index) if self._ids else f"{self._stem}-{self._table.numbers[index]}"

    def language(self, index: int) -> str:
        """The row's language."""
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
    others = {file.path for file in files if Path(file.path).name.split(".")[0] == name}
    return name if len(others) == 1 else str(Path(path).with_name(name))


def _short(text: str, length: int = 40) -> str:
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= length else text[: length - 3] + "..."
