"""A run that this app started, until it is met among the runs or has said why it is not there."""

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.journal import Entry, Journal
from tui.runs.planning import last_sentence
from tui.runs.spawn import Spawned, spawn


@dataclass
class Launched:
    """One started process of `detour run`."""

    text: str
    """The command as a shell reads it."""
    met: bool
    """Whether its run was found."""
    _spawned: Spawned
    _entry: Entry

    @staticmethod
    def start(folder: Path, words: Sequence[str], journal: Journal) -> "Launched":
        """Start it; it goes on when the app is left."""
        entry = journal.begin("detour", *words)
        return Launched(shlex.join(["detour", *words]), False, spawn(folder, words), entry)

    @property
    def process(self) -> int:
        """Its id."""
        return self._spawned.process.pid

    def ended(self) -> int | None:
        """Its exit status; None while it runs."""
        self._entry.status = self._spawned.process.poll()
        return self._entry.status

    def fault(self) -> str:
        """The sentence that it ended with; empty where it ended well."""
        status, _, complained = self._spawned.wait()
        if status == 0:
            return ""
        return last_sentence(complained) or f"`{self.text}` ended with status {status} and said nothing."
