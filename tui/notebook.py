"""What a person keeps about experiments beside the repository: notes, stars, how the list looks, what was seen when.

It is `detour/notes.json` in git's common folder, one file for all worktrees of a repository; nothing of it is in the working tree or
in a commit. Experiments stand in it by their whole names in git. A change is made to the file as it is at that moment, under a lock,
and the file is replaced whole: of two apps that write, each keeps what the other wrote. A file that cannot be understood is left
alone, and is written by nobody until it has been mended.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Set
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pygit2

from pipeline.errors import InputError
from pipeline.files import remove_leftovers, write_json
from tui.runs.locks import wait_for_lock

SCHEMA = 1
_DIGITS = 12


@dataclass(frozen=True)
class Kept:
    """What the file holds."""

    notes: Mapping[str, str] = field(default_factory=dict)
    stars: Set[str] = frozenset()
    view: Mapping[str, Any] = field(default_factory=dict)
    """How the list of experiments looks (see `tui.screens.experiment_view`)."""
    visited: datetime | None = None
    """When the list was last looked at; None before the first time."""
    seen: Set[str] = frozenset()
    """What it showed then (see `sight`)."""


class Notebook:
    """The file of one repository.

    Args:
        path: Where it is, or will be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def read(self) -> Kept:
        """What is kept; nothing where there is no file.

        Raises:
            InputError: The file cannot be read or understood.
        """
        return _kept(self._content())

    def note(self, key: str, text: str) -> None:
        """Keep a note on an experiment; an empty one is taken away."""
        self._change("notes", lambda notes: notes.pop(key, None) if not text else notes.update({key: text}))

    def star(self, key: str, starred: bool) -> None:
        """Star an experiment, or take its star away."""
        self._change("stars", lambda stars: stars.update({key: True}) if starred else stars.pop(key, None))

    def keep_view(self, view: Mapping[str, Any]) -> None:
        """Keep how the list looks."""
        self._change("view", lambda held: _replace(held, view))

    def keep_visit(self, when: datetime, seen: Iterable[str]) -> None:
        """Keep what was shown, for `Kept.seen` of the next visit."""
        text = " ".join(sorted(seen))
        self._change("visit", lambda visit: visit.update({"at": when.isoformat(), "seen": text}))

    def _content(self) -> dict[str, Any]:
        try:
            value = json.loads(self.path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            return {"schema": SCHEMA}
        except (ValueError, RecursionError) as error:
            raise InputError(f"{self.path} is not JSON ({error}); mend it, or move it away to begin anew.") from None
        except OSError as error:
            raise InputError(f"{self.path} cannot be read ({error.strerror}).") from None
        if not isinstance(value, dict) or value.get("schema") != SCHEMA:
            raise InputError(f"{self.path} is of another version of Detour; notes are neither shown nor kept.")
        return value

    def _change(self, block: str, change: Callable[[dict[str, Any]], object]) -> None:
        try:
            with wait_for_lock(self.path.with_suffix(".lock")):
                content = self._content()
                remove_leftovers(self.path)
                held = content.get(block)
                if held and not isinstance(held, dict):
                    raise InputError(
                        f"{self.path}: '{block}' is no mapping; mend it, or move the file away to begin anew."
                    )
                content[block] = held if isinstance(held, dict) else {}
                change(content[block])
                write_json(self.path, content)
        except OSError as error:
            raise InputError(f"{self.path} cannot be written ({error.strerror}).") from None


def notebook_of(repository: pygit2.Repository) -> Notebook:
    """The notebook of a repository, the same for all its worktrees."""
    folder = Path(repository.path)
    pointer = folder / "commondir"
    if pointer.is_file():
        folder = (folder / pointer.read_text(encoding="utf-8").strip()).resolve()
    return Notebook(folder / "detour" / "notes.json")


def sight(key: str, commit: str) -> str:
    """A short mark of an experiment as it is: another commit under the same name has another."""
    return hashlib.sha256(f"{key}\0{commit}".encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _kept(content: Mapping[str, Any]) -> Kept:
    notes, stars, view, visit = (_mapping(content.get(name)) for name in ("notes", "stars", "view", "visit"))
    seen = visit.get("seen")
    return Kept(
        {key: text for key, text in notes.items() if isinstance(text, str) and text},
        frozenset(key for key, starred in stars.items() if starred is True),
        view,
        _moment(visit.get("at")),
        frozenset(seen.split()) if isinstance(seen, str) else frozenset(),
    )


def _replace(held: dict[str, Any], other: Mapping[str, Any]) -> None:
    held.clear()
    held.update(other)


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text) if isinstance(text, str) else None
    except ValueError:
        return None
    return found if found is not None and found.tzinfo is not None else None
