"""One `History` for the threads of the app.

libgit2's objects must not be used by two threads at once. A `Reader` opens the repository when it is first asked and lets one
thread in at a time; between two rows of a long reading another question is answered.
"""

import threading
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TypeVar

from pipeline.errors import InputError
from tui.history.diff import Difference, difference
from tui.history.refs import Ref
from tui.history.rows import History, Row

T = TypeVar("T")


class Reader:
    """Experiments of the repository around a folder.

    Args:
        start: The folder.
    """

    def __init__(self, start: Path) -> None:
        self._start = start
        self._lock = threading.Lock()
        self._history: History | None = None

    def each(self, commits: bool = False) -> Iterator[Row]:
        """Every experiment, the newest first, as git has them now; with `commits` those that no name points to behind them."""
        with self._lock:
            history = self._opened()
            refs = [*history.newest(), *(history.commits() if commits else ())]
            parts = history.parts(refs)
        try:
            while part := self._next(parts):
                for ref in part:
                    with self._lock:
                        try:
                            row = history.row(ref, refs)
                        except InputError:
                            # Taken away between the list and its reading.
                            continue
                    yield row
        finally:
            with self._lock:
                parts.close()

    def _next(self, parts: Iterator[Sequence[Ref]]) -> Sequence[Ref]:
        with self._lock:
            return next(parts, ())

    def has_changed(self) -> bool:
        """Whether names may have changed since they were last listed; a few milliseconds."""
        with self._lock:
            return self._opened().has_changed()

    @property
    def note(self) -> str:
        """Why the cache of the history is not used, a sentence; empty where it is."""
        return self._history.note if self._history is not None else ""

    def difference(self, baseline: str, other: str) -> Difference:
        """What differs between two revisions by name.

        Raises:
            InputError: A name stands for nothing, or for several things.
        """
        with self._lock:
            history = self._opened()
            a, b = (history.row(history.resolve(name)) for name in (baseline, other))
            return difference(history, a, b)

    def ask(self, question: Callable[[History], T]) -> T:
        """The answer to a question about the history, which no other thread disturbs.

        Raises:
            InputError: The repository cannot be opened, or the question refuses.
        """
        with self._lock:
            return question(self._opened())

    def _opened(self) -> History:
        if self._history is None:
            self._history = History(self._start)
        return self._history


@lru_cache(maxsize=2)
def reader_of(start: Path) -> Reader:
    """The one reader of a folder: what one screen has read, another need not."""
    return Reader(start)
