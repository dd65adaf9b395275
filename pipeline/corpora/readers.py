"""Source files as columns of text.

Reads CSV, JSON lines and symbol directories of NASDAQ (plain, `.xz`, `.gz`) and Parquet. A symbol directory (`nasdaqlisted.txt`,
`otherlisted.txt`; www.nasdaqtrader.com, Symbol Directory Data Format Definitions) has fields parted by `|`, no quotes, and a last
line that says when it was made; without that line it is cut. Every value is text, exactly as the file has it:
`NA` is a ticker and `007` an id. A missing value (JSON null, Parquet null) is empty text; a list or mapping is JSON, but no
text that a model could read. Parquet's untyped bytes are text in UTF-8, as some writers store it. Rows are numbered
as an editor shows them: the line on which a row begins, the header counted, for CSV and JSON lines; the row's
number from 1 for Parquet.

Every fault is an `InputError`: one sentence with the file, the line or row, and the mend.
"""

import gzip
import json
import lzma
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.corpora.rawcsv import RawTable, decode, read_csv, require
from pipeline.errors import InputError

SYMBOLS = "https://www.nasdaqtrader.com/trader.aspx?id=symboldirdefs"
SYMBOLS_END = "File Creation Time"
UNPACKERS: dict[str, Callable[[bytes], bytes]] = {".xz": lzma.decompress, ".gz": gzip.decompress}


@dataclass(frozen=True)
class Part:
    """One table of a source."""

    name: str
    """What sentences call it."""
    stem: str
    """Rows without an id column are called `stem-number`."""
    table: RawTable


def read_raw(name: str, data: bytes, wanted: Mapping[str, str]) -> RawTable:
    """Read the wanted columns of a file.

    Args:
        name: The file's path as the study declares it; its ending tells the format.
        data: The file's bytes.
        wanted: Column name to the key of params.yaml that asks for it (used in sentences).

    Raises:
        InputError: The format is unknown, the file is cut or damaged, or a column is missing.
    """
    ending = name
    for suffix, unpack in UNPACKERS.items():
        if name.endswith(suffix):
            data, ending = _unpack(name, data, unpack), name.removesuffix(suffix)
    if ending.endswith(".csv"):
        return read_csv(name, decode(name, data), wanted)
    if ending.endswith((".jsonl", ".ndjson")):
        return _read_json_lines(name, decode(name, data), wanted)
    if ending.endswith(".txt"):
        return _read_symbols(name, decode(name, data), wanted)
    if name.endswith(".parquet"):
        return _read_parquet(name, data, wanted)
    raise InputError(
        f"{name} is of no known format; use .csv, .jsonl or a symbol directory .txt (also .xz, .gz) or .parquet."
    )


def _unpack(name: str, data: bytes, unpack: Callable[[bytes], bytes]) -> bytes:
    try:
        return unpack(data)
    except (lzma.LZMAError, OSError, EOFError, zlib.error) as error:
        raise InputError(f"{name} is cut or damaged ({error}); fetch it again.") from None


def _read_symbols(name: str, text: str, wanted: Mapping[str, str]) -> RawTable:
    lines = [(number, line) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    header = lines[0][1].strip().split("|") if lines else []
    if len(header) < 2:
        raise InputError(
            f"{name} is no symbol directory: its first line names no columns parted by '|'; see {SYMBOLS}."
        )
    require(name, header, wanted)
    if not lines[-1][1].startswith(SYMBOLS_END):
        raise InputError(
            f"{name} does not end with '{SYMBOLS_END}', as a symbol directory does: it is cut; fetch it again."
        )
    records = [(number, line.rstrip("\r").split("|")) for number, line in lines[1:-1]]
    for number, record in records:
        if len(record) != len(header):
            raise InputError(
                f"{name}, line {number} has {len(record)} fields where the header has {len(header)}; fetch the file again."
            )
    places = {column: header.index(column) for column in wanted}
    columns = {column: [record[place].strip() for _, record in records] for column, place in places.items()}
    return RawTable("line", [number for number, _ in records], columns)


def _read_json_lines(name: str, text: str, wanted: Mapping[str, str]) -> RawTable:
    numbers: list[int] = []
    columns: dict[str, list[str]] = {column: [] for column in wanted}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            # Numbers keep the digits that the file has.
            record = json.loads(line, parse_float=str, parse_constant=str)
            if "\\u" in line:
                json.dumps(record, ensure_ascii=False).encode()
        except (ValueError, RecursionError) as error:
            problem = "half a surrogate pair" if isinstance(error, UnicodeEncodeError) else error
            raise InputError(f"{name}, line {number} is not valid JSON ({problem}); mend or remove the line.") from None
        if not isinstance(record, dict):
            raise InputError(f"{name}, line {number} is not a JSON object with named values; mend or remove the line.")
        require(name, record, wanted, f", line {number},")
        numbers.append(number)
        for column, values in columns.items():
            values.append(_as_text(record[column], f"{name}, line {number}", column, wanted[column]))
    return RawTable("line", numbers, columns)


def _read_parquet(name: str, data: bytes, wanted: Mapping[str, str]) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    if data[:4] != b"PAR1" or data[-4:] != b"PAR1":
        where = "begin" if data[:4] != b"PAR1" else "end"
        raise InputError(
            f"{name} does not {where} as a Parquet file does (PAR1): it is cut or of another format; fetch it again."
        )
    try:
        with pq.ParquetFile(pa.BufferReader(data)) as file:
            require(name, file.schema_arrow.names, wanted)
            table = file.read(columns=list(wanted), use_threads=False)
        columns = {
            column: [
                _as_text(value, f"{name}, row {number}", column, key)
                for number, value in enumerate(table.column(column).to_pylist(), 1)
            ]
            for column, key in wanted.items()
        }
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        problem = " ".join(str(error).split())
        raise InputError(f"{name} is a damaged Parquet file ({problem}); fetch it again.") from None
    return RawTable("row", list(range(1, table.num_rows + 1)), columns)


def _as_text(value: Any, at: str, column: str, key: str) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bytes):
        return _decoded(value, at, column)
    if isinstance(value, list | dict) and key.endswith(("text", "pair")):
        kind = "list" if isinstance(value, list) else "mapping"
        raise InputError(
            f"{at}: the column '{column}' holds a {kind} where {key} asks for a text; name a column of texts, or join the parts."
        )
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False, default=str)
    return str(value)


def _decoded(value: bytes, at: str, column: str) -> str:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise InputError(f"{at}: the column '{column}' holds bytes that are not UTF-8; write it as text.") from None
