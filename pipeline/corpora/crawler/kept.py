"""The pages that a crawl holds: its resume state, outside of what DVC manages.

One WARC file that grows by appending, in the order in which answers came. An answer is in it from the moment `keep` returns:
a process that is killed then leaves it whole, and one that is killed within `keep` leaves a cut end, which the next one takes
off. A lock is held as long as the folder is in use, so that of two processes that want one site the second waits and then
finds all pages there.
"""

import fcntl
import os
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.corpora.crawler.pages import Answer
from pipeline.corpora.crawler.warc import answer_of, member, members
from pipeline.errors import InputError


class Kept:
    """The kept answers of one site; made by `kept_answers`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._places: dict[str, tuple[int, int]] = {}
        self._file = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)

    def load(self, take: Callable[[Answer], None]) -> None:
        """Hand over every answer that is there, and take off a cut end."""
        end = 0
        with self.path.open("rb") as file:
            for begins, length, content in members(file):
                answer = answer_of(content)
                end = begins + length
                if answer is not None:
                    self._places[answer.url] = begins, length
                    take(answer)
        os.ftruncate(self._file, end)
        os.lseek(self._file, end, os.SEEK_SET)

    def keep(self, answer: Answer) -> Answer:
        """Write an answer.

        Returns:
            The answer as it will be read again, so that a crawl that goes on knows what this one knew.

        Raises:
            InputError: The disk is full, or the folder cannot be written.
        """
        data = member(answer)
        begins = os.lseek(self._file, 0, os.SEEK_END)
        try:
            written = 0
            while written < len(data):
                written += os.write(self._file, data[written:])
        except OSError as error:
            raise InputError(
                f"{self.path} cannot be written ({error.strerror}); make room and run the crawl again: "
                f"{len(self._places)} answers are kept there."
            ) from None
        self._places[answer.url] = begins, len(data)
        return answer_of(zlib.decompress(data, zlib.MAX_WBITS | 16)) or answer

    def member(self, url: str) -> bytes:
        """The record of an answer as it lies in the file."""
        begins, length = self._places[url]
        return os.pread(self._file, length, begins)

    def __len__(self) -> int:
        return len(self._places)

    def close(self) -> None:
        """Put on the disk what the system still holds, and let go of the file."""
        os.fsync(self._file)
        os.close(self._file)


@contextmanager
def kept_answers(folder: Path, say: Callable[[str], None] = print) -> Iterator[Kept]:
    """The answers kept in a folder, which is made and locked.

    Raises:
        InputError: The folder cannot be used.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        kept = Kept(folder / "pages.warc.gz")
    except OSError as error:
        raise InputError(f"{folder} cannot be used ({error.strerror}); a crawl keeps its pages there.") from None
    try:
        _take(lock, lambda: say(f"Another process crawls this site ({folder}); waiting for it."))
        yield kept
    finally:
        kept.close()
        os.close(lock)


def _take(lock: int, waiting: Callable[[], None]) -> None:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        waiting()
        fcntl.flock(lock, fcntl.LOCK_EX)
