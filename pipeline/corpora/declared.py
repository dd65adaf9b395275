"""What a declared source holds: tables of text, their rows by id, and where the bytes came from.

A source is a file, splits of a data set of the hub, or the records of a crawled site. A path below the tree (`data/...`) is
read from the current folder, any other is relative to the main checkout. A declared sha256 is compared before anything is read.

Every fault is an `InputError`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.checkout import main_checkout
from pipeline.corpora.cleaning import is_blank
from pipeline.corpora.hub import read_hub
from pipeline.corpora.readers import Part, RawTable, read_raw, require
from pipeline.corpora.schema import Record, read_table
from pipeline.errors import InputError
from pipeline.files import digest, sha256_of_file
from pipeline.study import ByHand, Companion, Fields, SourceFile

Texts = tuple[str, str | None]
"""A text and, in a corpus of pairs, its second."""


@dataclass(frozen=True)
class Origin:
    """Where a source's bytes came from."""

    path: str
    """A path, or the id of a data set."""
    sha256: str
    """Of the file; of the hashes of its files for a data set."""
    hub: dict[str, Any] | None = None
    """Revision, configuration, splits, and each file with its SHA-256."""
    site: dict[str, Any] | None = None
    """What became of the items of a site."""


def declared_parts(
    key: str, place: str, files: Sequence[SourceFile], file: SourceFile, wanted: Mapping[str, str]
) -> tuple[list[Part], Origin]:
    """Read the wanted columns of a source.

    Args:
        key: The corpus.
        place: The key that declares the source, as `corpora.imdb.source.0`.
        files: All sources of the corpus, among which a file's name must tell its rows.
        file: The source.
        wanted: Column name to the key of params.yaml that asks for it.
    """
    if file.hub is not None:
        found = read_hub(place, file.hub, wanted)
        hashes = [{"path": part.name, "sha256": part.sha256} for part in found.files]
        told = {**file.hub.model_dump(mode="json"), "files": hashes}
        return list(found.splits), Origin(file.hub.id, digest(hashes), told)
    if file.site is not None:
        return _records(key, file.site, wanted)
    assert file.path is not None, "the study asks for a path, a hub or a site"
    data, sha256 = declared_bytes(place, file.path, file.sha256, file.by_hand)
    return [Part(file.path, _stem(files, file.path), read_raw(file.path, data, wanted))], Origin(file.path, sha256)


def _records(key: str, site: str, wanted: Mapping[str, str]) -> tuple[list[Part], Origin]:
    path = Path("corpora/extracted") / key / f"{site}.parquet"
    records, told = read_table(path, Record)
    require(str(path), Record._fields, wanted)
    columns = {name: [getattr(record, name) or "" for record in records] for name in wanted}
    table = RawTable("row", list(range(1, len(records) + 1)), columns)
    return [Part(str(path), site, table)], Origin(str(path), sha256_of_file(path), site=told)


def declared_bytes(place: str, name: str, sha256: str | None, by_hand: ByHand | None = None) -> tuple[bytes, str]:
    """The bytes of a declared file and their SHA-256.

    Args:
        place: The key of params.yaml that declares the file.
        name: Its path as declared.
        sha256: What it is declared to hash to, if anything.
        by_hand: Where a person gets it, if it is placed by hand.

    Raises:
        InputError: The file is missing, cannot be read, or is another than the declared one.
    """
    outside = name.startswith(("/", "../", "~"))
    path = main_checkout() / Path(name).expanduser() if outside else Path(name)
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        there = "put it there and `dvc add data` (`dvc checkout` restores what data.dvc already holds)"
        mend = f"put it at {path}" if outside else there
        if by_hand is not None:
            mend = f"it is placed by hand: {by_hand.mend(str(path))}{'' if outside else ', then `dvc add data`,'}"
        raise InputError(f"{name} does not exist; {mend} or correct {place}.path.") from None
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}); correct {place}.path.") from None
    found = hashlib.sha256(data).hexdigest()
    if sha256 is not None and found != sha256:
        raise InputError(
            f"{name} has the sha256 {found} where {place}.sha256 expects {sha256}; put the "
            "declared file back, or declare the new one if the change is meant."
        )
    return data, found


def companion_texts(place: str, file: Companion) -> tuple[dict[str, Texts], Origin]:
    """The texts of a companion by id.

    Raises:
        InputError: An id stands twice, or as `declared_bytes`.
    """
    data, sha256 = declared_bytes(place, file.path, file.sha256, file.by_hand)
    wanted = {file.text: f"{place}.text"} | ({file.pair: f"{place}.pair"} if file.pair is not None else {})
    table = read_raw(file.path, data, wanted | row_columns(place, place, file, file, wanted))
    rows = Rows(file, file, Part(file.path, "", table))
    texts, pairs = table.columns[file.text], table.columns[file.pair] if file.pair is not None else None
    found: dict[str, Texts] = {}
    for index in range(len(table.numbers)):
        if not rows.passes(index) or is_blank(texts[index]):
            continue
        if (key := rows.declared_id(index)) in found:
            raise InputError(
                f"{rows.at(index)}: the id '{key[:40]}' was used before; choose other columns under {place}.id, "
                f"narrow {place}.where, or remove a row."
            )
        found[key] = texts[index], pairs[index] if pairs is not None else None
    return found, Origin(file.path, sha256)


def id_columns(fields: Fields | Companion) -> tuple[str, ...]:
    """The columns that name a row; none where its number does."""
    return (fields.id,) if isinstance(fields.id, str) else fields.id or ()


def row_columns(
    place: str, owner: str, file: SourceFile | Companion, fields: Fields | Companion, wanted: Mapping[str, str]
) -> dict[str, str]:
    """The columns that choose and name rows, where `wanted` has not asked for them, with the keys that ask for them."""
    rows = dict.fromkeys(file.where, f"{place}.where") | dict.fromkeys(id_columns(fields), f"{owner}.id")
    return {column: key for column, key in rows.items() if column not in wanted}


class Rows:
    """Which rows of a table count, and what they are called."""

    def __init__(self, file: SourceFile | Companion, fields: Fields | Companion, part: Part) -> None:
        self.table, self.part = part.table, part
        self._where = [
            (part.table.columns[column], {value} if isinstance(value, str) else set(value))
            for column, value in file.where.items()
        ]
        self.ids = [part.table.columns[column] for column in id_columns(fields)]

    def at(self, index: int) -> str:
        """Where a row stands, for sentences."""
        return f"{self.part.name}, {self.table.unit} {self.table.numbers[index]}"

    def passes(self, index: int) -> bool:
        """Whether `where` keeps the row."""
        return all(column[index] in allowed for column, allowed in self._where)

    def declared_id(self, index: int) -> str:
        """The row's id from its columns; an empty one is refused."""
        parts = [column[index] for column in self.ids]
        if not all(parts):
            raise InputError(f"{self.at(index)}: the id is empty; fill it, or choose other columns for the id.")
        return "-".join(parts)


def _stem(files: Sequence[SourceFile], path: str) -> str:
    """A file's name without endings; with its folders where another file of the corpus has the same name."""
    name = Path(path).name.split(".")[0]
    others = {file.path for file in files if file.path and Path(file.path).name.split(".")[0] == name}
    return name if len(others) == 1 else str(Path(path).with_name(name))
