"""The MD5 that DVC records for a file or folder, so that a page and dvc.lock can be held against each other."""

import hashlib
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Digest:
    """What one dependency held."""

    path: str
    files: int
    md5: str
    """Of a folder it ends in .dir."""


def digests(paths: Iterable[Path]) -> Iterator[Digest]:
    """The digests of those that exist, in order."""
    for path in paths:
        if path.is_dir():
            members = sorted(member for member in path.rglob("*") if member.is_file())
            yield Digest(path.as_posix(), len(members), _of_folder(path, members))
        elif path.is_file():
            yield Digest(path.as_posix(), 1, _of_bytes(path.read_bytes()))


def _of_folder(folder: Path, members: Iterable[Path]) -> str:
    """As dvc-data makes it: the MD5 of a JSON list of paths and MD5, by path."""
    listed = [
        {"md5": _of_bytes(member.read_bytes()), "relpath": member.relative_to(folder).as_posix()} for member in members
    ]
    listed.sort(key=lambda entry: tuple(entry["relpath"].split("/")))
    return _of_bytes(json.dumps(listed, sort_keys=True).encode()) + ".dir"


def _of_bytes(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()
