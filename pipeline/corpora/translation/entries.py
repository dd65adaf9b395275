"""Entries of a translation memory: JSON lines, content-addressed.

A line is an object with `source_language`, `target_language`, `text` and `translation`, and says who made it: `engine`, and
`model` where the engine is one of many models or `date` (YYYY-MM-DD, UTC) where a service changes under the same name. An
entry's address is the digest of languages, maker and text: one address, one translation. A memory grows by appending, so of
two lines of one address the later counts, which is how a translation is corrected by hand. A blank translation is none.
"""

import codecs
import json
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple

from pipeline.errors import InputError
from pipeline.files import digest

Key = tuple[str, str, str]
"""Source language, target language and text of an original."""
Pair = tuple[str, str]
"""Source language and target language."""

UNNAMED = "memory"
"""The maker of an entry that names no engine."""

_TEXT = {str}
_TEXT_OR_NONE = {str, type(None)}


class Entry(NamedTuple):
    """One translation."""

    source_language: str
    target_language: str
    engine: str
    text: str
    translation: str
    model: str | None = None
    date: str | None = None

    @property
    def key(self) -> Key:
        """What it is looked up by."""
        return self.source_language, self.target_language, self.text

    @property
    def maker(self) -> str:
        """The engine, with its model where it has one: what its address depends on."""
        return f"{self.engine} {self.model}" if self.model else self.engine

    @property
    def provenance(self) -> str:
        """Engine and model or date, for the row."""
        return f"{self.maker} {self.date}" if self.date else self.maker

    @property
    def address(self) -> str:
        """SHA-256 of languages, maker and text."""
        return digest([self.source_language, self.target_language, self.maker, self.text])


def line_of(entry: Entry) -> bytes:
    """The entry as a line, its end included."""
    told = {name: value for name, value in entry._asdict().items() if value is not None}
    return json.dumps(told, ensure_ascii=False).encode() + b"\n"


def entry_of(line: bytes) -> Entry | None:
    """The entry of a line; None where it is none."""
    try:
        told = json.loads(line.decode())
        engine = told.get("engine")
        entry = Entry(
            told["source_language"],
            told["target_language"],
            UNNAMED if engine is None else engine,
            told["text"],
            told["translation"],
            told.get("model"),
            told.get("date"),
        )
        if set(map(type, entry[:5])) != _TEXT or not set(map(type, entry[5:])) <= _TEXT_OR_NONE:
            return None
        if b"\\u" in line:
            # Half of a surrogate pair is JSON and no text.
            "".join(entry[:5]).encode()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return entry


def read_entries(path: Path | str, lines: Iterable[bytes]) -> Iterator[Entry]:
    """The entries of a memory, in their order; blank lines and blank translations are left out.

    Args:
        path: What an error calls the memory.
        lines: Its lines, as an open file gives them.

    Raises:
        InputError: A line is broken; file and line are named.
    """
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        # Some editors put a byte order mark before the first line.
        entry = entry_of(line.removeprefix(codecs.BOM_UTF8) if number == 1 else line)
        if entry is None:
            raise InputError(
                f"{path}, line {number} is not an entry of a translation memory (a JSON object on one line with "
                "source_language, target_language, text and translation); no file was changed and every other line is kept: "
                "mend or remove the line and run it again."
            )
        if entry.translation.strip():
            yield entry


def open_snapshot(path: Path | str) -> IO[bytes]:
    """The snapshot, for reading.

    Raises:
        InputError: It cannot be read.
    """
    try:
        return Path(path).open("rb")
    except OSError as error:
        raise InputError(
            f"{path} cannot be read ({error.strerror}); `dvc checkout` restores data/, `detour memory snapshot` writes a "
            "translation memory there, or correct translation.memory."
        ) from None


def choose(entries: Iterable[Entry], needed: Collection[Key], makers: Mapping[Pair, str | None]) -> dict[Key, Entry]:
    """The entries that answer `needed`.

    Args:
        entries: In the order of their memory.
        needed: What is looked up, which bounds the answer by the corpus and not by the memory.
        makers: For each language pair whose entries are taken; None for whoever translated a text first.

    Returns:
        One entry for each key that has one; of one maker the last.
    """
    found: dict[Key, Entry] = {}
    for entry in entries:
        key = entry.key
        if key not in needed or makers[key[0], key[1]] not in (None, entry.maker):
            continue
        held = found.get(key)
        if held is None or held.maker == entry.maker:
            found[key] = entry
    return found
