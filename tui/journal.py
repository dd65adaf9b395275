"""The commands that the app gave: git, dvc and detour, with what became of them."""

import shlex
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

KEPT = 500
"""Older commands are forgotten."""


@dataclass
class Entry:
    """One command."""

    words: Sequence[str]
    when: float = field(default_factory=time.time)
    """Seconds since 1970."""
    status: int | None = None
    """The exit status; None while it runs."""

    @property
    def text(self) -> str:
        """The command as a shell reads it."""
        return shlex.join(self.words)


class Journal:
    """The commands of one app, oldest first."""

    def __init__(self) -> None:
        self.entries: deque[Entry] = deque(maxlen=KEPT)

    def begin(self, *words: str) -> Entry:
        """Note a command that is given now; its status is set by whoever learns it."""
        entry = Entry(words)
        self.entries.append(entry)
        return entry

    def heard(self, words: Sequence[str], status: int) -> None:
        """Note a command that has ended; any thread may call it."""
        self.entries.append(Entry(tuple(words), status=status))

    def as_rows(self) -> list[dict[str, Any]]:
        """The entries as JSON's types."""
        return [{"command": entry.text, "time": entry.when, "status": entry.status} for entry in self.entries]
