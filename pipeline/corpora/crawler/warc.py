"""Pages as WARC 1.0 (ISO 28500): one gzip member a record, so that a file grows by appending and a cut end is found.

A page is a `response` record with its body unpacked; an answer that was left out is a `metadata` record that says why. A
record's id and bytes depend on the address, the time and the answer alone.
"""

import io
import json
import uuid
import zlib
from collections.abc import Iterator
from http import HTTPStatus
from pathlib import Path
from typing import IO

from warcio.archiveiterator import ArchiveIterator
from warcio.recordloader import ArcWarcRecord
from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from pipeline.corpora.crawler.pages import Answer, LeftOut, Page
from pipeline.errors import InputError

CHUNK = 2**16


def info_member(said: dict[str, str]) -> bytes:
    """The record that a file begins with: who crawled, and by what rules."""
    lines = "".join(f"{name}: {value}\r\n" for name, value in said.items()).encode()
    return _member("warcinfo", None, said["date"], io.BytesIO(lines), None, "application/warc-fields")


def member(answer: Answer) -> bytes:
    """An answer as a gzip member of a WARC file."""
    if isinstance(answer, LeftOut):
        told = io.BytesIO(json.dumps({"left-out": answer.reason, "limit": answer.limit}, ensure_ascii=False).encode())
        return _member("metadata", answer.url, answer.fetched, told, None, "application/json")
    status = f"{answer.status} {_phrase(answer.status)}".rstrip()
    headers = StatusAndHeaders(status, list(answer.headers), protocol="HTTP/1.1")
    return _member("response", answer.url, answer.fetched, io.BytesIO(answer.body), headers, "")


def _phrase(status: int) -> str:
    return HTTPStatus(status).phrase if status in HTTPStatus._value2member_map_ else ""


def _member(
    kind: str, url: str | None, time: str, payload: io.BytesIO, headers: StatusAndHeaders | None, content_type: str
) -> bytes:
    name = uuid.uuid5(uuid.NAMESPACE_URL, f"{kind} {url} {time}")
    named = {"WARC-Record-ID": f"<urn:uuid:{name}>", "WARC-Date": time}
    packed = io.BytesIO()
    writer = WARCWriter(packed, gzip=True, warc_version="1.0")
    length = len(payload.getvalue()) if headers is None else None
    record = writer.create_warc_record(url, kind, payload, length, content_type, named, http_headers=headers)
    writer.write_record(record)
    return packed.getvalue()


def members(file: IO[bytes]) -> Iterator[tuple[int, int, bytes]]:
    """Offset, length and unpacked content of every whole gzip member, up to the first that is cut or damaged."""
    begins, rest = 0, b""
    while True:
        unpacking, parts, used = zlib.decompressobj(zlib.MAX_WBITS | 16), [], 0
        while not unpacking.eof:
            chunk = rest or file.read(CHUNK)
            rest = b""
            if not chunk:
                return
            try:
                parts.append(unpacking.decompress(chunk))
            except zlib.error:
                return
            used += len(chunk)
        rest = unpacking.unused_data
        yield begins, used - len(rest), b"".join(parts)
        begins += used - len(rest)


def answer_of(content: bytes) -> Answer | None:
    """The answer that a record holds; None for a record of another kind."""
    record = next(iter(ArchiveIterator(io.BytesIO(content))))
    if record.rec_type == "response":
        return _page(record)
    if record.rec_type == "metadata":
        told = json.loads(record.raw_stream.read())
        return LeftOut(*_address(record), told["left-out"], told["limit"])
    return None


def _page(record: ArcWarcRecord) -> Page:
    url, time = _address(record)
    headers = tuple((name, value) for name, value in record.http_headers.headers)
    return Page(url, time, int(record.http_headers.get_statuscode()), headers, record.raw_stream.read())


def _address(record: ArcWarcRecord) -> tuple[str, str]:
    return record.rec_headers.get_header("WARC-Target-URI"), record.rec_headers.get_header("WARC-Date")


def read_pages(path: Path) -> Iterator[Page]:
    """Every page of a WARC file, in its order.

    Raises:
        InputError: The file is missing, cut or damaged.
    """
    try:
        with path.open("rb") as file:
            end = 0
            for begins, length, content in members(file):
                end = begins + length
                answer = answer_of(content)
                if isinstance(answer, Page):
                    yield answer
            whole = end == path.stat().st_size
    except FileNotFoundError:
        raise InputError(
            f"{path} does not exist; run the crawl that writes it (`dvc repro` runs all that are due)."
        ) from None
    if not whole:
        raise InputError(
            f"{path} is cut or damaged at byte {end}; remove it and run its crawl again, which fetches nothing anew."
        )
