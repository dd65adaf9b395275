"""The local DVC cache: where it is, and the lists of folders' files that it holds."""

import configparser
import json
from collections.abc import Mapping
from pathlib import Path


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
    """The files of a folder by its `.dir` hash, as far as the local cache holds their lists."""

    def __init__(self, cache: Path | None) -> None:
        self._cache = cache
        self._known: dict[str, Mapping[str, str] | None] = {}

    def __call__(self, md5: str) -> Mapping[str, str] | None:
        """MD5 of each file by its path inside the folder; None where the list is not at hand."""
        if md5 not in self._known:
            self._known[md5] = self._read(md5)
        return self._known[md5]

    def _read(self, md5: str) -> Mapping[str, str] | None:
        if self._cache is None or not md5.endswith(".dir"):
            return None
        try:
            listed = json.loads((self._cache / "files" / "md5" / md5[:2] / md5[2:]).read_bytes())
            return {str(item["relpath"]): str(item["md5"]) for item in listed}
        except (OSError, ValueError, TypeError, KeyError):
            return None
