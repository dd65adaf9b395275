"""The local DVC cache: where it is, and the lists of folders' files that it holds."""

import configparser
import json
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar

Found = TypeVar("Found")
_MOST_BYTES = 50_000_000


def cache_folder(root: Path) -> Path:
    """The folder of the DVC cache of the repository at `root`: `cache.dir` of its two config files, else
    .dvc/cache."""
    folder = "cache"
    for name in ("config", "config.local"):
        folder = _cache_dir(root / ".dvc" / name) or folder
    # DVC resolves a relative cache.dir against the folder of its config file.
    return (root / ".dvc" / Path(folder).expanduser()).resolve()


def _cache_dir(config: Path) -> str | None:
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    try:
        parser.read_string(_without_indents(config.read_text(encoding="utf-8")))
    except (OSError, UnicodeDecodeError, configparser.Error):
        return None
    return parser.get("cache", "dir", fallback=None)


def _without_indents(text: str) -> str:
    # DVC indents the keys of a section, which configparser would read as continued lines.
    return "\n".join(line.strip() for line in text.splitlines())


class LocalManifests:
    """What the local cache holds: files, and the files of a folder by its `.dir` hash as far as their lists are there."""

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache
        self._known: dict[str, Mapping[str, str]] = {}
        self._missing: set[str] = set()

    def __call__(self, md5: str) -> Mapping[str, str] | None:
        """MD5 of each file by its path inside the folder; None where the list is not at hand."""
        if md5 not in self._known and md5 not in self._missing:
            found = self._read(md5)
            if found is None:
                self._missing.add(md5)
            else:
                self._known[md5] = found
        return self._known.get(md5)

    def content(self, md5: str) -> bytes | None:
        """The bytes of a file; None where the cache does not hold it, or it is larger than any file of metrics."""
        path = self._path(md5)
        try:
            return path.read_bytes() if path and path.stat().st_size <= _MOST_BYTES else None
        except OSError:
            return None

    def holds(self, md5: str) -> bool:
        """Whether an object that was missing has come."""
        if md5 in self._missing:
            return False
        path = self._path(md5)
        if path is not None and path.is_file():
            return True
        self._missing.add(md5)
        return False

    def look_again(self) -> None:
        """Objects that were missing may have come."""
        self._missing.clear()

    def _path(self, md5: str) -> Path | None:
        return self._cache / "files" / "md5" / md5[:2] / md5[2:] if self._cache else None

    def _read(self, md5: str) -> Mapping[str, str] | None:
        content = self.content(md5) if md5.endswith(".dir") else None
        try:
            listed = json.loads(content or b"")
            return {str(item["relpath"]): str(item["md5"]) for item in listed}
        except (ValueError, TypeError, KeyError):
            return None


class Wanted:
    """The local cache, remembering what was wanted and not there."""

    def __init__(self, local: LocalManifests) -> None:
        self._local = local
        self.absent: set[str] = set()

    def __call__(self, md5: str) -> Mapping[str, str] | None:
        """As `LocalManifests`."""
        return self._noted(md5, self._local(md5))

    def content(self, md5: str) -> bytes | None:
        """As `LocalManifests.content`."""
        return self._noted(md5, self._local.content(md5))

    def _noted(self, md5: str, found: Found | None) -> Found | None:
        if found is None:
            self.absent.add(md5)
        return found
