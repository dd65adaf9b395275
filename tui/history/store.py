"""Files of commits and of the working folder, each content read and parsed once.

Git names a content by its id, so everything derived from a blob (its MD5, its parsed JSON or YAML) is kept
under that id for the life of a `Store`: experiments inherit most of their files from their base, and those
cost nothing again. A `Tree` gives the files of one commit, a `Folder` those of a working folder under the
same ids that git would give them. Parsed values are shared and must not be changed.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pygit2

from pipeline.errors import InputError
from tui.history.lock import Lock, parse_lock
from tui.history.yaml_blocks import parse_params


@dataclass(frozen=True)
class Parsed:
    """The value of a file, or the sentence that says why there is none."""

    value: Any
    problem: str | None = None


class Files(Protocol):
    """The files of one revision."""

    def find(self, path: str) -> str | None:
        """The id of the file at `path`; None where there is no file."""

    def below(self, folder: str) -> Mapping[str, str]:
        """The ids of all files below `folder` by their path inside it; links and submodules are left out."""


class Store:
    """Contents by git id."""

    def __init__(self, repository: pygit2.Repository) -> None:
        self.repository = repository
        self._added: dict[str, bytes] = {}
        self._md5: dict[str, str | None] = {}
        self._parsed: dict[tuple[str, str], Parsed] = {}
        self._below: dict[str, Mapping[str, str]] = {}

    def tree(self, commit: pygit2.Commit) -> "Tree":
        """The files of a commit."""
        return Tree(self, commit.tree)

    def add(self, content: bytes) -> str:
        """Keep a content that git may not hold; returns its id."""
        blob = str(pygit2.hash(content))
        self._added[blob] = content
        return blob

    def content(self, blob: str) -> bytes | None:
        """The bytes of a blob; None where this clone does not hold it (a partial or damaged clone)."""
        if blob in self._added:
            return self._added[blob]
        try:
            return bytes(self.repository.read(blob)[1])
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

    def json_once(self, blob: str, path: str) -> Parsed:
        """As `json`, for large files of which no copy is kept."""
        return self._parse("json", blob, path)

    def params(self, blob: str, path: str) -> Parsed:
        """The mapping of a YAML file of parameters."""
        return self._once("params", blob, path)

    def lock(self, blob: str, path: str) -> Parsed:
        """The `Lock` of a dvc.lock."""
        return self._once("lock", blob, path)

    def _once(self, kind: str, blob: str, path: str) -> Parsed:
        if (kind, blob) not in self._parsed:
            self._parsed[kind, blob] = self._parse(kind, blob, path)
        return self._parsed[kind, blob]

    def _parse(self, kind: str, blob: str, path: str) -> Parsed:
        content = self.content(blob)
        if content is None:
            return Parsed(None, f"{path} is not in this clone; fetch it (git fetch --refetch).")
        if kind == "json":
            # dvc.lock vouches for records by this hash, and a second reading would cost as much as the first.
            self._md5[blob] = hashlib.md5(content, usedforsecurity=False).hexdigest()
        try:
            value = _PARSERS[kind](content, path)
        except InputError as error:
            return Parsed(None, str(error))
        if not isinstance(value, Mapping | Lock):
            return Parsed(None, f"{path} holds no mapping of keys to values.")
        return Parsed(value)


def _json(content: bytes, path: str) -> Any:
    try:
        return json.loads(content)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise InputError(f"{path} is not JSON ({where}: {error.msg}).") from None
    except (UnicodeDecodeError, RecursionError, ValueError) as error:
        raise InputError(f"{path} is not JSON ({type(error).__name__}).") from None


def _text(content: bytes, path: str) -> str:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise InputError(f"{path}, line {line}: the file is not UTF-8.") from None


def _params(content: bytes, path: str) -> Any:
    return parse_params(_text(content, path), path)


def _lock(content: bytes, path: str) -> Any:
    return parse_lock(_text(content, path), path)


_PARSERS: Mapping[str, Callable[[bytes, str], Any]] = {"json": _json, "params": _params, "lock": _lock}


class Tree:
    """The files of one commit."""

    def __init__(self, store: Store, tree: pygit2.Tree) -> None:
        self._store = store
        self._tree = tree

    def find(self, path: str) -> str | None:
        """The id of the file at `path`; None where there is no file."""
        found = self._entry(path)
        return str(found.id) if isinstance(found, pygit2.Blob) and _is_file(found) else None

    def below(self, folder: str) -> Mapping[str, str]:
        """The ids of all files below `folder` by their path inside it."""
        found = self._entry(folder)
        return self._walk(found) if isinstance(found, pygit2.Tree) else {}

    def _entry(self, path: str) -> pygit2.Object | None:
        try:
            return self._tree[path]
        except (KeyError, ValueError, pygit2.GitError):
            return None

    def _walk(self, tree: pygit2.Tree) -> Mapping[str, str]:
        known = self._store._below
        key = str(tree.id)
        if key not in known:
            files: dict[str, str] = {}
            for entry in tree:
                name = _file_name(entry)
                if isinstance(entry, pygit2.Tree):
                    files.update({f"{name}/{path}": blob for path, blob in self._walk(entry).items()})
                elif isinstance(entry, pygit2.Blob) and _is_file(entry):
                    files[name] = str(entry.id)
            known[key] = files
        return known[key]


def _is_file(entry: pygit2.Object) -> bool:
    return entry.filemode in (pygit2.enums.FileMode.BLOB, pygit2.enums.FileMode.BLOB_EXECUTABLE)


def _file_name(entry: pygit2.Object) -> str:
    return (entry.raw_name or b"").decode("utf-8", "backslashreplace")


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
            return None if file.is_symlink() or not file.is_file() else self._store.add(file.read_bytes())
        except OSError:
            return None

    def below(self, folder: str) -> Mapping[str, str]:
        """The ids of all files below `folder` by their path inside it."""
        top = self._root / folder
        if self._store.repository.path_is_ignored(folder):
            return {}
        paths = sorted(path.relative_to(top).as_posix() for path in top.rglob("*") if path.is_file())
        found = {path: self.find(f"{folder}/{path}") for path in paths}
        return {path: blob for path, blob in found.items() if blob is not None}
