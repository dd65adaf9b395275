"""The live memory: what engines have translated, shared by every worktree of a checkout.

A folder with one file of JSON lines for each language pair, `fr.en.jsonl`, which only grows. An entry is on the disk when `add`
returns. Writers and readers of one file exclude each other by a lock that the kernel drops with its process, so a last line
without an end can only be what a kill or a lost power left: it is taken off before the next line is written, and kept beside in
`fr.en.jsonl.torn`. A file edited by hand is read like any memory, and a broken line in it is refused by its number.

`alone` lets one process at a time ask an engine, so that a service sees one rate and no two ask for the same text.
"""

import fcntl
import os
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pipeline.corpora.translation.entries import Entry, Key, Pair, choose, entry_of, line_of, read_entries
from pipeline.errors import InputError

LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
TAIL_BYTES = 1 << 24
"""The last line is looked for in so many bytes; texts are shorter."""


class LiveMemory:
    """The live memory of a checkout.

    Args:
        folder: Where its files are; made with the first entry.
        say: Told of a line that was mended and of a process that is waited for.
    """

    def __init__(self, folder: Path, say: Callable[[str], None] = print) -> None:
        self.folder = folder
        self._say = say

    def path(self, source: str, target: str) -> Path:
        """The file of a language pair.

        Raises:
            InputError: A language is no code, which no file may be named after.
        """
        for language in (source, target):
            if not LANGUAGE.fullmatch(language):
                raise InputError(
                    f"The language '{language[:40]}' is no code such as fr or zh-CN (ISO 639-1), so nothing translates it; "
                    "correct the corpus's language or its column of languages."
                )
        return self.folder / f"{source}.{target}.jsonl"

    def find(self, needed: Collection[Key], makers: Mapping[Pair, str | None]) -> dict[Key, Entry]:
        """Look translations up, as `choose` does."""
        found: dict[Key, Entry] = {}
        for source, target in sorted({(key[0], key[1]) for key in needed}):
            found |= choose(self.entries(source, target), needed, makers)
        return found

    def entries(self, source: str, target: str) -> Iterator[Entry]:
        """Every entry of a language pair, in their order.

        Raises:
            InputError: A line is broken, or the file cannot be read.
        """
        path = self.path(source, target)
        if not path.exists():
            return
        with _faults_as_sentences(path), _opened(path, os.O_RDWR) as file:
            self._mend(file, path)
            with os.fdopen(os.dup(file), "rb") as lines:
                yield from read_entries(path, lines)

    def pairs(self) -> list[Pair]:
        """The language pairs that have a file."""
        names = sorted(path.name.removesuffix(".jsonl").split(".") for path in self.folder.glob("*.*.jsonl"))
        return [(name[0], name[1]) for name in names if len(name) == 2 and all(map(LANGUAGE.fullmatch, name))]

    def add(self, entries: Iterable[Entry]) -> None:
        """Put entries on the disk: all lines of one language pair in one write.

        Raises:
            InputError: The memory cannot be written; it is as it was.
        """
        by_pair: dict[Pair, list[bytes]] = defaultdict(list)
        for entry in entries:
            by_pair[entry.source_language, entry.target_language].append(line_of(entry))
        for (source, target), lines in by_pair.items():
            self._append(self.path(source, target), b"".join(lines))

    def _append(self, path: Path, data: bytes) -> None:
        with _faults_as_sentences(path):
            new = not path.exists()
            with _opened(path, os.O_RDWR | os.O_CREAT) as file:
                self._mend(file, path)
                end = os.lseek(file, 0, os.SEEK_END)
                try:
                    _write(file, data)
                except OSError:
                    os.ftruncate(file, end)
                    raise
            if new:
                _sync_folder(path.parent)

    def _mend(self, file: int, path: Path) -> None:
        """Take a last line without an end off the file, or give it its end where only that is missing."""
        size = os.fstat(file).st_size
        start = max(0, size - TAIL_BYTES)
        torn = os.pread(file, size - start, start).rpartition(b"\n")[2]
        if not torn:
            return
        if entry_of(torn) is not None:
            os.lseek(file, 0, os.SEEK_END)
            _write(file, b"\n")
        else:
            beside = path.with_name(f"{path.name}.torn")
            with beside.open("ab") as kept:
                kept.write(torn + b"\n")
            os.ftruncate(file, size - len(torn))
            os.fsync(file)
            self._say(
                f"{path}: the last line was cut short, as by a kill; it was taken off and is kept in {beside.name}"
            )
        os.lseek(file, 0, os.SEEK_SET)

    @contextmanager
    def alone(self, engine: str) -> Iterator[None]:
        """Be the one process that asks `engine`; waits for another one, and says so."""
        path = self.folder / f"{engine}.lock"
        with _faults_as_sentences(path):
            self.folder.mkdir(parents=True, exist_ok=True)
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                process = os.pread(file, 20, 0).decode("ascii", "replace").strip() or "unknown"
                self._say(f"another stage is translating with {engine} (process {process}); waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            os.ftruncate(file, 0)
            os.pwrite(file, str(os.getpid()).encode(), 0)
            yield
        finally:
            os.close(file)


@contextmanager
def _faults_as_sentences(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise InputError(
            f"{path} cannot be read and written ({error.strerror}); what it held is kept: make room or give the right to write, "
            "and run it again."
        ) from None


@contextmanager
def _opened(path: Path, flags: int) -> Iterator[int]:
    """A file of the memory, locked."""
    path.parent.mkdir(parents=True, exist_ok=True)
    file = os.open(path, flags, 0o644)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
    os.fsync(file)


def _sync_folder(folder: Path) -> None:
    """A new file's name is on the disk only when its folder is."""
    file = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
