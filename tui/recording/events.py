"""The lines of a recording, typed, written and read."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError

SCHEMA = 1
KINDS = ("key", "click", "scroll", "paste", "size", "picture")


@dataclass(frozen=True)
class Happened:
    """One event."""

    at: float
    """Seconds since the recording began."""
    kind: str
    """One of `KINDS`."""
    value: Any
    """A key's name, [column, line] of a click, [column, line, 1 or -1] of a scroll, the pasted text, [columns, lines], or a
    picture's name."""
    screen: str = ""
    """The screen that was open; empty where nobody noted it."""

    def line(self) -> str:
        """The event as one line."""
        held = {"t": round(self.at, 3), self.kind: self.value, **({"screen": self.screen} if self.screen else {})}
        return json.dumps(held, ensure_ascii=True)


@dataclass(frozen=True)
class Recording:
    """What a file holds."""

    version: str
    size: tuple[int, int]
    """Columns and lines of the terminal."""
    events: tuple[Happened, ...]


def head(version: str, size: tuple[int, int]) -> str:
    """The first line of a recording."""
    return json.dumps({"detour": version, "schema": SCHEMA, "size": list(size)})


def read_recording(path: Path) -> Recording:
    """Read a recording.

    Raises:
        InputError: The file cannot be read, is no recording, or a line of it does not fit.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8"
        raise InputError(f"{path} cannot be read ({why}); give a file that `detour app --record` wrote.") from None
    first = _mapping(lines[0]) if lines else {}
    size: Any = first.get("size")
    if first.get("schema") != SCHEMA or not _are_numbers(size, 2):
        raise InputError(f"{path}, line 1: this is no recording of schema {SCHEMA}; record it again.")
    # The last line of an app that was killed may be half written.
    kept = [*lines[1:-1], *(line for line in lines[1:][-1:] if _mapping(line))]
    return Recording(str(first.get("detour", "")), (size[0], size[1]), tuple(_events(path, kept)))


def _events(path: Path, lines: Iterable[str]) -> Iterable[Happened]:
    for number, line in enumerate(lines, 2):
        held = _mapping(line)
        kind = next((kind for kind in KINDS if kind in held), "")
        if not kind or not isinstance(held.get("t"), int | float) or not _fits(kind, held[kind]):
            raise InputError(f"{path}, line {number}: this is no event of a recording; take the line out.")
        yield Happened(float(held["t"]), kind, held[kind], str(held.get("screen", "")))


def _fits(kind: str, value: Any) -> bool:
    if kind in ("key", "paste", "picture"):
        return isinstance(value, str) and value != ""
    return _are_numbers(value, 3 if kind == "scroll" else 2)


def _are_numbers(value: Any, count: int) -> bool:
    return isinstance(value, list) and len(value) == count and all(type(item) is int for item in value)


def _mapping(line: str) -> Mapping[str, Any]:
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, Mapping) else {}
