"""A `detour` command that the app gave, until it has answered: it goes on when the app is left."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tui.journal import Entry, Journal
from tui.runs.planning import last_sentence
from tui.runs.spawn import Spawned, spawn


@dataclass
class Given:
    """One started process."""

    words: tuple[str, ...]
    """What was given to `detour`."""
    done: str
    """What to say when it has ended well; empty for nothing."""
    _spawned: Spawned
    _entry: Entry

    @staticmethod
    def start(folder: Path, words: Sequence[str], journal: Journal, done: str = "") -> "Given":
        """Start it, with `--json`, so that what it answers can be read."""
        words = (words[0], "--json", *words[1:])
        return Given(words, done, spawn(folder, words), journal.begin("detour", *words))

    @property
    def text(self) -> str:
        """The command as a shell reads it."""
        return self._entry.text

    @property
    def launches(self) -> bool:
        """Whether its answer tells of a new run."""
        return self.words[0] == "run"

    def ended(self) -> bool:
        """Whether it has ended; its status is noted in the command log."""
        self._entry.status = self._spawned.process.poll()
        return self._entry.status is not None

    def fault(self) -> str:
        """The sentence that it ended with; empty where it ended well."""
        status, _, complained = self._spawned.wait()
        if status == 0:
            return ""
        return last_sentence(complained) or f"`{self.text}` ended with status {status} and said nothing."

    def run(self) -> str:
        """The id of the run that it answered with; empty where it named none."""
        _, said, _ = self._spawned.wait()
        try:
            answer = json.loads(said)
        except ValueError:
            return ""
        return str(answer.get("run", "")) if isinstance(answer, dict) else ""
