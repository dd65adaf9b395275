"""dvc.lock as typed records: what each stage read, which parameters it saw and what it wrote.

DVC writes this file in one regular form, in which most stages of a history are repeated word for word. Stages
are therefore cut apart and read by pattern, blocks that were read before cost a look-up, and whatever has
another form goes through the YAML parser, so that the records are those of the parsed file either way. (All
of it through the parser: 60 ms for each commit.)
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from pipeline.errors import InputError
from tui.history.yaml_blocks import parse_block, parse_whole
from tui.history.yaml_plain import parse_plain


class Entry(NamedTuple):
    """A file or folder that a stage read or wrote, as dvc.lock recorded it."""

    path: str
    """Relative to the root of the repository."""
    md5: str | None
    """Hash of the bytes; ends in `.dir` for a folder. None where DVC recorded none, or one over changed line ends."""
    files: int | None
    """Number of files in a folder."""


class StageRecord(NamedTuple):
    """One stage's last execution."""

    name: str
    params: Mapping[str, Mapping[str, Any]]
    """By file, by dotted key."""
    deps: tuple[Entry, ...]
    outs: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class Writers:
    """What the stages of a dvc.lock have to do with a path that a stage reads."""

    exact: bool = False
    """A stage writes the path itself."""
    holder: str | None = None
    """The folder that a stage writes and in which the path lies."""
    inside: tuple[str, ...] = ()
    """What stages write below the path, sorted."""


NOBODY = Writers()


class Lock:
    """All stages of a dvc.lock."""

    def __init__(self, stages: Mapping[str, StageRecord]) -> None:
        self.stages = stages

    @cached_property
    def producers(self) -> Mapping[str, StageRecord]:
        """The stage that writes each path."""
        return {out.path: stage for stage in self.stages.values() for out in stage.outs}

    @cached_property
    def outs(self) -> Mapping[str, Entry]:
        """What dvc.lock recorded for each path that a stage writes."""
        return {out.path: out for stage in self.stages.values() for out in stage.outs}

    @cached_property
    def _layout(self) -> "_Layout":
        return _layout(tuple(sorted(self.outs)))

    def writers(self, path: str) -> Writers:
        """What stages write at, around or below `path`."""
        return self._layout.writers(path)

    def written(self, deps: tuple[Entry, ...]) -> Sequence[tuple[Entry, Writers]]:
        """Those of a stage's inputs that stages have to do with."""
        return self._layout.written(deps)


class _Layout:
    """Where stages write, the same in most commits of a history."""

    def __init__(self, outs: tuple[str, ...]) -> None:
        self._outs = outs
        self._set = frozenset(outs)
        self._known: dict[str, Writers] = {}
        # By identity: stages share inputs that dvc.lock repeats. The inputs are held, so that no others can take their place.
        self._written: dict[int, tuple[tuple[Entry, ...], Sequence[tuple[Entry, Writers]]]] = {}

    def written(self, deps: tuple[Entry, ...]) -> Sequence[tuple[Entry, Writers]]:
        known = self._written.get(id(deps))
        if known is None:
            found = [(dep, writers) for dep in deps if (writers := self.writers(dep.path)) is not NOBODY]
            if len(self._written) >= _MOST_KEPT:
                self._written.clear()
            known = self._written[id(deps)] = deps, found
        return known[1]

    def writers(self, path: str) -> Writers:
        if path not in self._known:
            self._known[path] = self._find(path)
        return self._known[path]

    def _find(self, path: str) -> Writers:
        if path in self._set:
            return Writers(exact=True)
        parts = path.split("/")
        above = ("/".join(parts[:depth]) for depth in range(len(parts) - 1, 0, -1))
        holder = next((folder for folder in above if folder in self._set), None)
        if holder is not None:
            return Writers(holder=holder)
        prefix = path + "/"
        # "0" follows "/" in ASCII: what begins with the prefix lies between them.
        first, end = bisect_left(self._outs, prefix), bisect_left(self._outs, path + "0")
        return Writers(inside=self._outs[first:end]) if first < end else NOBODY


_MOST_KEPT = 4096


@lru_cache(maxsize=64)
def _layout(outs: tuple[str, ...]) -> _Layout:
    return _Layout(outs)


def parse_lock(text: str, name: str) -> Lock:
    """The records of a dvc.lock (schema 2.0); what has another form than a stage's is left out.

    Args:
        text: The file.
        name: What an error calls it.

    Raises:
        InputError: The text is not YAML, or holds no mapping; the line is named.
    """
    stages = _regular(text)
    if stages is not None:
        return Lock(stages)
    value = parse_whole(text, name)
    if not isinstance(value, Mapping):
        raise InputError(f"{name} holds no mapping of keys to values.")
    bodies = value.get("stages")
    return Lock(_records(bodies) if isinstance(bodies, Mapping) else {})


_HEAD = "schema: '2.0'\nstages:\n"
# Led by the newline, which makes the search six times faster than the start of a line.
_STAGE_KEY = re.compile(r"\n  (?=[^ \n#-])")
# A stage as DVC's writer forms it: the command, which may go on over deeper lines, then blocks in this order.
_STAGE = re.compile(
    r"  ([A-Za-z_][\w@./-]*):\n"
    r"    cmd: [^|>\n][^\n]*\n(?:      [^\n]*\n)*"
    r"(?:    deps:\n((?:    - [^\n]*\n(?:      [^\n]*\n)*)+))?"
    r"(?:    params:\n((?:      [^\n]*\n)+))?"
    r"(?:    outs:\n((?:    - [^\n]*\n(?:      [^\n]*\n)*)+))?"
)
_ENTRY = re.compile(
    # A path that would pass the eightieth column stands on a line of its own.
    r"    - path: (?:\n        )?([A-Za-z_.][\w@./-]*)\n      hash: md5\n      md5: ((?![0-9]+(?:e[0-9]+)?\n)[0-9a-f]{32}(?:\.dir)?)\n"
    r"(?:      size: [0-9]+\n)?(?:      nfiles: ([0-9]+)\n)?(?:      isexec: true\n)?"
)
# Plain words that YAML takes for something else than text.
_NOT_TEXT = frozenset({"null", "Null", "NULL", "true", "True", "TRUE", "false", "False", "FALSE"})


def _regular(text: str) -> dict[str, StageRecord] | None:
    """The stages of a file in DVC's form; None where the whole text has to be parsed."""
    if not text.startswith(_HEAD) or not text.endswith("\n"):
        return None
    starts = [match.start() + 1 for match in _STAGE_KEY.finditer(text, len(_HEAD) - 1)]
    if not starts or starts[0] != len(_HEAD):
        return None
    records: dict[str, StageRecord] = {}
    for start, end in zip(starts, [*starts[1:], len(text)], strict=True):
        found = _stage_of(text[start:end])
        if found is None or found.name in records:
            return None
        records[found.name] = found
    return records


@lru_cache(maxsize=4096)
def _stage_of(text: str) -> StageRecord | None:
    """One stage by pattern, else by the parser; None where its text does not stand for itself."""
    match = _STAGE.fullmatch(text)
    if match and match[1] not in _NOT_TEXT:
        deps, outs = _entries_of(match[2] or ""), _entries_in(match[4] or "")
        params = _params_of(match[3] or "")
        if deps is not None and outs is not None and params is not None:
            return StageRecord(match[1], params, deps, outs)
    try:
        value = parse_block(text)
    except InputError:
        return None
    records = _records(value) if isinstance(value, Mapping) else {}
    return next(iter(records.values())) if len(records) == 1 and len(value) == 1 else None


def _entries_in(text: str, make: Callable[[str, str, int | None], Entry] = Entry) -> tuple[Entry, ...] | None:
    """Entries in DVC's form; None where there is any other."""
    found, end = [], 0
    while end < len(text):
        match = _ENTRY.match(text, end)
        if match is None or match[1] in _NOT_TEXT:
            return None
        found.append(make(match[1], match[2], int(match[3]) if match[3] else None))
        end = match.end()
    return tuple(found)


# What one stage reads others read too.
_shared_entry = lru_cache(maxsize=4096)(Entry)


@lru_cache(maxsize=4096)
def _entries_of(text: str) -> tuple[Entry, ...] | None:
    """What a stage reads, which is repeated between experiments; what it wrote is new in each."""
    return _entries_in(text, _shared_entry)


@lru_cache(maxsize=4096)
def _params_of(text: str) -> Mapping[str, Mapping[str, Any]] | None:
    # DVC's indent away: the plainest form begins at the margin.
    plain = parse_plain(text.replace("\n      ", "\n")[6:]) if text else {}
    try:
        return _by_file(parse_block(text) if plain is None else plain)
    except InputError:
        return None


def _records(stages: Mapping[Any, Any]) -> dict[str, StageRecord]:
    """Records of parsed stages."""
    bodies = {str(name): body for name, body in stages.items() if isinstance(body, Mapping)}
    return {
        name: StageRecord(
            name, _by_file(body.get("params")), tuple(_entries(body.get("deps"))), tuple(_entries(body.get("outs")))
        )
        for name, body in bodies.items()
    }


def _by_file(params: Any) -> Mapping[str, Mapping[str, Any]]:
    files = params if isinstance(params, Mapping) else {}
    return {str(file): values for file, values in files.items() if isinstance(values, Mapping)}


def _entries(listed: Any) -> Iterable[Entry]:
    for item in listed if isinstance(listed, list) else []:
        if not isinstance(item, Mapping) or not isinstance(item.get("path"), str):
            continue
        # DVC 2 wrote no `hash` key and hashed text after changing its line ends.
        md5 = item.get("md5") if item.get("hash") == "md5" else None
        count = item.get("nfiles")
        files = count if isinstance(count, int) else None
        yield Entry(item["path"], md5 if isinstance(md5, str) else None, files)
