"""The tables of a corpus: their columns, and how they are read and written.

`Record` is a text of a crawled site, `Collected` a row as its source gives it, `Row` a row after translation, cleaning and splitting. Every
column is text, those marked `| None` may be empty. A table is a Parquet file whose bytes depend on its rows
alone; what happened to the rows on their way (the `record`: a JSON object) travels in the file's own
metadata, so that a later stage can tell the whole story. Files and folders appear whole or not at all.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import InputError
from pipeline.files import write_bytes

PARTS = ("train", "dev", "test")
RECORD = b"detour"


class Collected(NamedTuple):
    """A row as its source file gives it."""

    id: str
    text: str
    text_pair: str | None
    label: str
    language: str
    group: str | None
    translation: str | None
    translation_pair: str | None


class Record(NamedTuple):
    """A text as a crawled site has it, and where it stands there; the author is nobody's business."""

    id: str
    text: str
    label: str
    language: str
    rating: str
    date: str | None
    title: str | None
    url: str
    fetched: str
    page_sha256: str
    licence: str


class Row(NamedTuple):
    """A row that a model may read; `language` is the original's, also where `text` is its translation."""

    id: str
    text: str
    text_pair: str | None
    label: str
    language: str
    group: str | None
    source_text: str | None
    source_text_pair: str | None
    translated_by: str | None


REQUIRED = frozenset({"id", "text", "label", "language"})

AnyRow = TypeVar("AnyRow", Collected, Record, Row)


def write_table(
    path: Path | str, rows: Sequence[AnyRow], kind: type[AnyRow], record: dict[str, Any] | None = None
) -> None:
    """Write rows, in their order, as a Parquet table.

    Args:
        path: The file; written atomically.
        rows: Any number of rows.
        kind: `Collected`, `Record` or `Row`, which names the columns also where there are no rows.
        record: What happened to the rows so far, as JSON values.
    """
    fields = [pa.field(name, pa.string(), nullable=name not in REQUIRED) for name in kind._fields]
    told = json.dumps(record or {}, sort_keys=True, ensure_ascii=False).encode()
    schema = pa.schema(fields, metadata={RECORD: told})
    columns = list(zip(*rows, strict=True)) or [()] * len(fields)
    arrays = [_string_array(column) for column in columns]
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), sink, compression="zstd")
    write_bytes(path, sink.getvalue().to_pybytes())


def _string_array(values: Sequence[str | None]) -> pa.StringArray:
    # pa.array imports pandas to see whether it was given some of it, which costs a stage a third of its time.
    builder = pa.lib.StringBuilder()
    builder.append_values(values)
    return builder.finish()


def read_table(path: Path | str, kind: type[AnyRow]) -> tuple[list[AnyRow], dict[str, Any]]:
    """Read the rows and the record of a table written by `write_table`.

    Raises:
        InputError: The file is missing, damaged, or has other columns.
    """
    try:
        with pq.ParquetFile(path) as file:
            table = file.read(use_threads=False)
        columns = [table.column(name).to_pylist() for name in kind._fields]
    except FileNotFoundError:
        raise InputError(
            f"{path} does not exist; run the stage that writes it (`dvc repro` runs all that are due)."
        ) from None
    except (pa.ArrowException, OSError, KeyError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise InputError(
            f"{path} is not a table of this project ({problem}); remove it and run its stage again."
        ) from None
    return list(map(kind._make, zip(*columns, strict=True))), json.loads(
        (table.schema.metadata or {}).get(RECORD, b"{}")
    )
