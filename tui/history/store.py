"""Files of commits and of the working folder, each content read and parsed once.

Git names a content by its id, so everything derived from a blob (its MD5, its parsed JSON or YAML) is kept
under that id, as long as there is room: experiments inherit most of their files from their base, and those
cost nothing again. A `Tree` gives the files of one commit, a `Folder` those of a working folder under the
same ids that git would give them. Parsed values are shared and must not be changed.
"""

import hashlib
import json
import os
import re
import stat
import time
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TypeVar

import orjson
import pygit2

from pipeline.errors import InputError
from tui.history.lock import Lock, parse_lock
from tui.history.values import value_of
from tui.history.yaml_blocks import parse_params

GRAPH = "dvc.yaml"


@dataclass(frozen=True)
class Parsed:
    """The value of a file, or the sentence that says why there is none."""

    value: Any
    problem: str | None = None


class Numbers(NamedTuple):
    """The values of some metrics in a record; with a problem where it cannot be read."""

    values: tuple[float | None, ...]
    problem: str | None


class Files(Protocol):
    """The files of one revision."""

    def find(self, path: str) -> str | None:
        """The id of the file at `path`; None where there is no file."""

    def below(self, folder: str) -> Mapping[str, str]:
        """The ids of all files below `folder` by their path inside it; links and submodules are left out."""

    def graphs(self) -> Sequence[str]:
        """The folders that hold a dvc.yaml, the outermost first; empty for the root."""


Key = TypeVar("Key")
Held = TypeVar("Held")


class Kept(dict[Key, Held]):
    """What is kept by key; begun anew when it is full, since what is read together is read soon after each other."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: Key, value: Held) -> None:
        if len(self) >= self._most:
            self.clear()
        super().__setitem__(key, value)


class Store:
    """Contents by git id."""

    def __init__(self, repository: pygit2.Repository) -> None:
        # What is read is held against zlib's checksum; git's own hash of it would take as long as reading, and nothing is written here.
        pygit2.option(pygit2.enums.Option.ENABLE_STRICT_HASH_VERIFICATION, False)
        self.repository = repository
        self._database = repository.odb
        # What the working folders hold and git does not; small, and never begun anew.
        self._added: dict[str, bytes] = {}
        self._md5: Kept[str, str | None] = Kept(100_000)
        self._parsed: dict[str, Kept[str, Parsed]] = {kind: Kept(most) for kind, most in _MOST_KEPT.items()}
        self._below: Kept[str, Mapping[str, str]] = Kept(4_000)
        self._graphs: Kept[str, tuple[str, ...]] = Kept(20_000)
        self._files: Kept[str, tuple[tuple[int, int, int], int, str]] = Kept(10_000)
        self._listings: Kept[str, _Listing] = Kept(4_000)
        self._numbers: Kept[tuple[str, tuple[str, ...]], Numbers] = Kept(30_000)

    def tree(self, commit: pygit2.Commit) -> "Tree":
        """The files of a commit."""
        return Tree(self, str(commit.tree_id))

    def listing(self, identity: str) -> "_Listing":
        """What a tree holds; nothing where this clone does not hold the tree."""
        if identity not in self._listings:
            files: dict[str, str] = {}
            folders: dict[str, str] = {}
            raw = self.content(identity) or b""
            for mode, name, blob in _ENTRY_OF_TREE[len(identity) // 2].findall(raw):
                where = folders if mode == _FOLDER else files if mode in _FILES else None
                if where is not None:
                    where[name.decode("utf-8", "backslashreplace")] = blob.hex()
            found = _Listing(files, folders)
            self._listings[identity] = found
            return found
        return self._listings[identity]

    def add(self, content: bytes) -> str:
        """Keep a content where git does not hold it; returns its id."""
        blob = str(pygit2.hash(content))
        if blob not in self._added and blob not in self._database:
            self._added[blob] = content
        return blob

    def content(self, blob: str) -> bytes | None:
        """The bytes of a blob; None where this clone does not hold it (a partial or damaged clone)."""
        if blob in self._added:
            return self._added[blob]
        try:
            return bytes(self._database.read(blob)[1])
        except (KeyError, ValueError, pygit2.GitError):
            return None

    def md5(self, blob: str) -> str | None:
        """The MD5 by which DVC knows the content; None where this clone does not hold it."""
        if blob not in self._md5:
            content = self.content(blob)
            known = None if content is None else hashlib.md5(content, usedforsecurity=False)
            self._md5[blob] = known.hexdigest() if known else None
        return self._md5[blob]

    def json(self, blob: str, path: str) -> Parsed:
        """The JSON object of a blob; NaN and the infinities are read as numbers."""
        return self._once("json", blob, path)

    def numbers(self, blob: str, path: str, metrics: tuple[str, ...]) -> "Numbers":
        """Metrics of a record, of which no copy is kept."""
        found = self._numbers.get((blob, metrics))
        if found is None:
            parsed = self._parse("json", blob, path)
            found = Numbers(tuple([value_of(parsed.value, metric) for metric in metrics]), parsed.problem)
            self._numbers[blob, metrics] = found
        return found

    def json_once(self, blob: str, path: str) -> Parsed:
        """As `json`, for large files of which no copy is kept."""
        return self._parse("json", blob, path)

    def params(self, blob: str, path: str) -> Parsed:
        """The mapping of a YAML file of parameters."""
        return self._once("params", blob, path)

    def values(self, blob: str, path: str) -> Parsed:
        """What a file of metrics or parameters holds: JSON, TOML, else YAML, by the end of its name as DVC has it."""
        return self._once(_SUFFIXES.get(os.path.splitext(path)[1].lower(), "any yaml"), blob, path)  # noqa: PTH122

    def lock(self, blob: str, path: str) -> Parsed:
        """The `Lock` of a dvc.lock."""
        return self._once("lock", blob, path)

    def _once(self, kind: str, blob: str, path: str) -> Parsed:
        kept = self._parsed[kind]
        if blob not in kept:
            kept[blob] = self._parse(kind, blob, path)
        return kept[blob]

    def _parse(self, kind: str, blob: str, path: str) -> Parsed:
        content = self.content(blob)
        if content is None:
            return Parsed(None, f"{path} is not in this clone; fetch it (git fetch --refetch).")
        if kind.endswith("json"):
            # dvc.lock vouches for records by this hash, and a second reading would cost as much as the first.
            self._md5[blob] = hashlib.md5(content, usedforsecurity=False).hexdigest()
        try:
            value = _PARSERS[kind](content, path)
        except InputError as error:
            return Parsed(None, str(error))
        if kind in _MAPPINGS and not isinstance(value, Mapping | Lock):
            return Parsed(None, f"{path} holds no mapping of keys to values.")
        return Parsed(value)


def _json(content: bytes, path: str) -> Any:
    try:
        return orjson.loads(content)
    except orjson.JSONDecodeError:
        # NaN and the infinities, numbers beyond floats, and words for what is wrong.
        return _json_of_python(content, path)


def _json_of_python(content: bytes, path: str) -> Any:
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{path} is not JSON ({where}: {error.msg}).") from None
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise InputError(f"{path} is not JSON ({type(error).__name__}).") from None


def _text(content: bytes, path: str) -> str:
    if content.startswith(b"<<<<<<< ") or b"\n<<<<<<< " in content:
        line = content[: content.find(b"<<<<<<< ")].count(b"\n") + 1
        raise InputError(
            f"{path}, line {line}: a merge conflict stands there; resolve it (git status says which files)."
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, line {line}: the file is not UTF-8; save it in that encoding.") from None


def _params(content: bytes, path: str) -> Any:
    return parse_params(_text(content, path), path)


def _lock(content: bytes, path: str) -> Any:
    return parse_lock(_text(content, path), path)


def _toml(content: bytes, path: str) -> Any:
    try:
        return tomllib.loads(_text(content, path))
    except tomllib.TOMLDecodeError as error:
        raise InputError(f"{path} is not TOML ({error}).") from None


_PARSERS: Mapping[str, Callable[[bytes, str], Any]] = {
    "json": _json,
    "params": _params,
    "lock": _lock,
    "any json": _json,
    "any yaml": _params,
    "toml": _toml,
}
_MAPPINGS = ("json", "params", "lock")
_SUFFIXES: Mapping[str, str] = {".json": "any json", ".toml": "toml"}
# Locks are large, and of each the next experiment shares what `tui.history.lock` keeps by text.
_MOST_KEPT: Mapping[str, int] = {
    "json": 2_000, "params": 500, "lock": 8, "any json": 2_000, "any yaml": 2_000, "toml": 500,
}  # fmt: skip


_ENTRY_OF_TREE = {size: re.compile(rb"([0-7]+) ([^\0]+)\0([\0-\xff]{%d})" % size, re.DOTALL) for size in (20, 32)}
_FOLDER, _FILES = b"40000", (b"100644", b"100755", b"100664")


@dataclass(frozen=True)
class _Listing:
    """What a tree of git holds; links and submodules are left out."""

    files: Mapping[str, str]
    folders: Mapping[str, str]


class Tree:
    """The files of one commit."""

    def __init__(self, store: Store, identity: str) -> None:
        self._store = store
        self._id = identity

    def find(self, path: str) -> str | None:
        """The id of the file at `path`; None where there is no file."""
        folder, _, name = path.rpartition("/")
        listing = self._at(folder)
        return listing.files.get(name) if listing is not None else None

    def below(self, folder: str) -> Mapping[str, str]:
        """The ids of all files below `folder` by their path inside it."""
        identity = self._id_of(folder)
        return self._walk(identity) if identity is not None else {}

    def _at(self, folder: str) -> _Listing | None:
        identity = self._id_of(folder)
        return self._store.listing(identity) if identity is not None else None

    def _id_of(self, folder: str) -> str | None:
        identity: str | None = self._id
        for name in folder.split("/") if folder else ():
            identity = self._store.listing(identity).folders.get(name) if identity is not None else None
        return identity

    def _walk(self, identity: str) -> Mapping[str, str]:
        known = self._store._below
        if identity not in known:
            listing = self._store.listing(identity)
            files = dict(listing.files)
            for name, inner in listing.folders.items():
                files.update({f"{name}/{path}": blob for path, blob in self._walk(inner).items()})
            known[identity] = files
            return files
        return known[identity]

    def graphs(self) -> Sequence[str]:
        """The folders that hold a dvc.yaml, the outermost first; empty for the root."""
        return self._graphs(self._id)

    def _graphs(self, identity: str) -> tuple[str, ...]:
        known = self._store._graphs
        if identity not in known:
            listing = self._store.listing(identity)
            found = [""] if GRAPH in listing.files else []
            for name, inner in listing.folders.items():
                # DVC looks into no hidden folder but its own.
                if not name.startswith("."):
                    found += [f"{name}/{folder}".rstrip("/") for folder in self._graphs(inner)]
            known[identity] = tuple(found)
            return tuple(found)
        return known[identity]


_TICK_NS = 100_000_000


def _files_below(top: str, prefix: str) -> Iterator[str]:
    """The files below a folder by their path inside it; links are left out."""
    try:
        with os.scandir(top) as entries:
            listed = list(entries)
    except OSError:
        return
    for entry in listed:
        if entry.is_dir(follow_symlinks=False):
            yield from _files_below(entry.path, f"{prefix}{entry.name}/")
        elif entry.is_file(follow_symlinks=False):
            yield prefix + entry.name


class Folder:
    """The files of a working folder that git would take: what is ignored (corpora, checkpoints) is not
    read."""

    def __init__(self, store: Store, root: Path) -> None:
        self._store = store
        self._root = root

    def find(self, path: str) -> str | None:
        """The id that git would give the file at `path`; None where there is no file or it cannot be read."""
        file = self._root / path
        try:
            found = file.lstat()
            if not stat.S_ISREG(found.st_mode):
                return None
            # A file that was changed but a moment ago may change again within the same tick of the clock.
            mark = found.st_mtime_ns, found.st_size, found.st_ino
            known = self._store._files.get(str(file))
            if known is not None and known[0] == mark and known[1] > found.st_mtime_ns + _TICK_NS:
                return known[2]
            read, blob = time.time_ns(), self._store.add(file.read_bytes())
            self._store._files[str(file)] = mark, read, blob
            return blob
        except (OSError, ValueError):
            return None

    def below(self, folder: str) -> Mapping[str, str]:
        """The ids of all files below `folder` by their path inside it."""
        top = self._root / folder
        if self._store.repository.path_is_ignored(folder):
            return {}
        paths = sorted(_files_below(str(top), ""))
        found = {path: self.find(f"{folder}/{path}") for path in paths}
        return {path: blob for path, blob in found.items() if blob is not None}

    def graphs(self) -> Sequence[str]:
        """The folders that hold a dvc.yaml that git knows, and the root where it holds one."""
        try:
            listed = [entry.path for entry in pygit2.Repository(str(self._root)).index]
        except (pygit2.GitError, UnicodeDecodeError):
            listed = []
        known = [path.removesuffix(GRAPH).rstrip("/") for path in listed if path == GRAPH or path.endswith("/" + GRAPH)]
        return sorted({*known, *([""] if (self._root / GRAPH).is_file() else [])})
