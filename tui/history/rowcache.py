"""What was read of each revision, in a SQLite file of the user's cache folder: one file a repository, one row a commit and base.

The file is a convenience and nothing more. It is left alone, with one sentence in `problem`, where it cannot be opened, is of
another version or is held by another program for longer than a moment; a damaged one is made anew. A row is used only where the
same code made it. Blocks of parameters, contents of files of metrics and lists of cells are stored once, under a digest of
what they are. What nobody has looked at for a month is dropped.
"""

import contextlib
import hashlib
import json
import os
import sqlite3
import time
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

from tui.history.compact import Compact, Gains, Layout, MetricFile
from tui.history.origin import Origin

VERSION = 1
"""Raised when tables change; a file of another version has another name."""
PATIENCE_S = 1.0
"""How long another program may hold the file; writing takes a few milliseconds."""
DAYS = 30
_FOLDER_DAYS = 180
_CODE = ("compact", "graph", "leaves", "lock", "metric_files", "origin", "reading", "rowcache", "store", "values",
         "yaml_blocks", "yaml_plain")  # fmt: skip
_TABLES = """
CREATE TABLE rows (
    key TEXT PRIMARY KEY, used INTEGER NOT NULL, layout TEXT NOT NULL, params TEXT NOT NULL, kinds BLOB NOT NULL,
    blobs BLOB NOT NULL, predicted BLOB NOT NULL, numbers BLOB NOT NULL, gone BLOB NOT NULL, rest TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE texts (key TEXT PRIMARY KEY, text TEXT NOT NULL) WITHOUT ROWID;
"""
_COLUMNS = "key, used, layout, params, kinds, blobs, predicted, numbers, gone, rest"
_AT_ONCE = 400


def cache_file(common: Path, variables: Mapping[str, str] = os.environ) -> Path:
    """The file of the repository whose git folder (the common one of all its worktrees) is `common`."""
    home = variables.get("XDG_CACHE_HOME", "")
    # The XDG specification has a relative path ignored.
    folder = Path(home) if home.startswith("/") else Path("~/.cache").expanduser()
    return folder / "detour" / "history" / f"{_digest(str(common.resolve()))}-{VERSION}.sqlite"


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


@lru_cache(maxsize=1)
def _code() -> str:
    """A digest of the modules that decide what a row holds."""
    folder = Path(__file__).parent
    whole = hashlib.blake2b(digest_size=6)
    for name in _CODE:
        # Where only compiled modules are installed, the version of the file has to do.
        with contextlib.suppress(OSError):
            whole.update((folder / f"{name}.py").read_bytes())
    return whole.hexdigest()


class RowCache:
    """The rows of one repository.

    Args:
        path: The file; its folder is made.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.problem = ""
        """Why the file is not used, a sentence; empty where it is."""
        self._open: sqlite3.Connection | None = None
        self._texts: dict[str, Any] = {}
        # By identity: most experiments share most blocks, and writing one takes longer than finding it. The value is held, so
        # that no other can take its place.
        self._keys: dict[int, tuple[Any, str | None]] = {}
        self._written: set[str] = set()
        self._begin()

    def _begin(self) -> None:
        try:
            try:
                self._connect()
            except sqlite3.DatabaseError as error:
                if isinstance(error, sqlite3.OperationalError):
                    raise
                self._make_anew()
        except (OSError, sqlite3.Error) as error:
            self._give_up(error)

    def _connect(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        is_new = not self.path.exists()
        # The threads of the app take turns (`tui.history.reader`).
        self._open = sqlite3.connect(self.path, timeout=PATIENCE_S, isolation_level=None, check_same_thread=False)
        (version,) = self._open.execute("PRAGMA user_version").fetchone()
        (tables,) = self._open.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if version not in (0, VERSION) or (version == 0 and tables):
            raise _Foreign
        if version == 0:
            with self._transaction() as database:
                database.executescript(f"BEGIN IMMEDIATE; {_TABLES} PRAGMA user_version = {VERSION}; COMMIT;")
        if is_new:
            self._remove_old_files()

    def _make_anew(self) -> None:
        """A cache that cannot be read holds nothing that git does not."""
        self.close()
        self.path.unlink(missing_ok=True)
        Path(f"{self.path}-journal").unlink(missing_ok=True)
        self._connect()

    def close(self) -> None:
        """Let go of the file."""
        if self._open is not None:
            with contextlib.suppress(sqlite3.Error):
                self._open.close()
        self._open = None

    def _give_up(self, error: Exception) -> None:
        self.close()
        self.problem = f"{_reason(error)} (cache {self.path}); everything is read from git, which takes longer."

    @contextlib.contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        assert self._open is not None
        try:
            yield self._open
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                self._open.execute("ROLLBACK")
            raise

    # Reading

    def load(self, keys: Sequence[str]) -> dict[str, Compact]:
        """The rows that are kept, by key; a row that is not whole counts as not kept."""
        found: dict[str, Compact] = {}
        if self._open is None or not keys:
            return found
        code, today = _code(), _today()
        try:
            listed = list(self._select(f"SELECT {_COLUMNS} FROM rows WHERE key IN", [f"{code}:{key}" for key in keys]))
            self._load_texts(listed)
            for row in listed:
                compact = self._decoded(row)
                if compact is not None:
                    found[row[0].removeprefix(f"{code}:")] = compact
            self._touch([row[0] for row in listed if row[1] != today], today)
        except sqlite3.Error as error:
            self._fail(error)
        return found

    def _select(self, query: str, keys: Sequence[str]) -> Iterator[Any]:
        assert self._open is not None
        for start in range(0, len(keys), _AT_ONCE):
            part = keys[start : start + _AT_ONCE]
            yield from self._open.execute(f"{query} ({','.join('?' * len(part))})", part)

    def _load_texts(self, listed: Sequence[Any]) -> None:
        wanted: dict[str, None] = {}
        for row in listed:
            wanted[row[2]] = None
            rest = row[9]
            wanted.update(dict.fromkeys(key for _, key in _pairs(row[3])))
            if '"f": [' in rest:
                wanted.update(dict.fromkeys(key for *_, key in _loads(rest)["f"]))
        missing = [key for key in wanted if key and key not in self._texts]
        for key, text in self._select("SELECT key, text FROM texts WHERE key IN", missing):
            # json.loads, since whole numbers beyond 64 bits stay whole.
            self._texts[key] = json.loads(text)
            self._written.add(key)

    def _decoded(self, row: Sequence[Any]) -> Compact | None:
        """A row as it was kept; None where it is damaged."""
        try:
            _, _, layout, params, kinds, blobs, predicted, numbers, gone, rest = row
            return self._compact(self._layout(layout), params, kinds, blobs, predicted, numbers, gone, _loads(rest))
        except (KeyError, TypeError, ValueError, IndexError):
            return None

    def _layout(self, key: str) -> Layout:
        found = self._texts[key]
        if not isinstance(found, Layout):
            paths, declared, metrics = found
            found = Layout(tuple(paths), tuple(map(bool, declared)), tuple(metrics))
            self._texts[key] = found
        return found

    def _compact(
        self,
        layout: Layout,
        params: str,
        kinds: bytes,
        blobs: bytes,
        predicted: bytes,
        numbers: bytes,
        gone: bytes,
        rest: Mapping[str, Any],
    ) -> Compact:
        cells, values = len(layout.paths), array("d")
        values.frombytes(numbers)
        if len(kinds) != cells or len(gone) != len(values) or len(values) != cells * len(layout.metrics):
            raise ValueError("A row is cut off.")
        if len(blobs) not in (20 * cells, 32 * cells) or len(predicted) not in (20 * cells, 32 * cells):
            raise ValueError("A row is cut off.")
        kind, why, comparable, mean, verdicts = rest["g"]
        files = rest["f"]
        return Compact(
            layout=layout, kinds=kinds, blobs=blobs, predicted=predicted, numbers=values, gone=gone,
            whys={int(place): text for place, text in rest["w"].items()},
            gains=Gains(Origin(kind, why), comparable, mean, verdicts),
            problems=tuple(rest["p"]),
            params={name: self._texts[key] for name, key in _pairs(params)} if params else None,
            files=None if files is None else tuple(
                MetricFile(path, Origin(kind, why), blob, self._texts[key]) for path, kind, why, blob, key in files
            ),
            run=rest["r"],
            absent=tuple(rest["a"]),
        )  # fmt: skip

    def _touch(self, keys: Sequence[str], today: int) -> None:
        """Note, once a day, that rows are still wanted."""
        if keys and self._open is not None:
            with self._transaction() as database:
                database.execute("BEGIN IMMEDIATE")
                database.executemany("UPDATE rows SET used = ? WHERE key = ?", [(today, key) for key in keys])
                database.execute("COMMIT")

    # Writing

    def save(self, rows: Mapping[str, Compact]) -> None:
        """Keep rows by key; what cannot be kept is left out."""
        if self._open is None or not rows:
            return
        texts: dict[str, str] = {}
        today, code = _today(), _code()
        encoded = [
            (f"{code}:{key}", today, *row) for key, compact in rows.items() if (row := self._encoded(compact, texts))
        ]
        try:
            with self._transaction() as database:
                database.execute("BEGIN IMMEDIATE")
                database.executemany("INSERT OR IGNORE INTO texts VALUES (?, ?)", texts.items())
                database.executemany(f"INSERT OR REPLACE INTO rows VALUES ({','.join('?' * 10)})", encoded)
                self._drop_old(database, today)
                database.execute("COMMIT")
            self._written.update(texts)
        except sqlite3.Error as error:
            self._fail(error)

    def _encoded(self, compact: Compact, texts: dict[str, str]) -> tuple[Any, ...] | None:
        if not compact.is_final:
            return None
        layout = compact.layout
        parts = {}
        for name, value in (compact.params or {}).items():
            key = self._key(value, texts) if isinstance(name, str) else None
            if key is None:
                return None
            parts[name] = key
        files = None
        if compact.files is not None:
            files = [
                (file.path, file.origin.kind, file.origin.why, file.blob, self._key(file.values, texts))
                for file in compact.files
            ]
        gains = compact.gains
        rest = {
            "w": compact.whys,
            "g": (gains.origin.kind, gains.origin.why, gains.comparable, gains.mean, gains.verdicts),
            "p": compact.problems,
            "f": files,
            "r": compact.run,
            "a": compact.absent,
        }
        return (
            self._key(layout, texts), json.dumps(parts) if compact.params is not None else "", compact.kinds, compact.blobs,
            compact.predicted, compact.numbers.tobytes(), compact.gone, json.dumps(rest),
        )  # fmt: skip

    def _key(self, value: Any, texts: dict[str, str]) -> str | None:
        """The key under which a value is stored; None where JSON would not give it back (dates, keys that are numbers)."""
        known = self._keys.get(id(value))
        if known is None or known[0] is not value:
            plain = [value.paths, value.declared, value.metrics] if isinstance(value, Layout) else value
            text = json.dumps(plain) if isinstance(value, Layout) or _is_plain(plain) else None
            known = value, None if text is None else _digest(text)
            if text is not None and known[1] not in self._written:
                texts[str(known[1])] = text
            if len(self._keys) > 50_000:
                self._keys.clear()
            self._keys[id(value)] = known
        elif known[1] is not None and known[1] not in self._written and known[1] not in texts:
            texts[known[1]] = json.dumps(
                [value.paths, value.declared, value.metrics] if isinstance(value, Layout) else value
            )
        return known[1]

    def _drop_old(self, database: sqlite3.Connection, today: int) -> None:
        """Drop rows that nobody looked at for a month, and what only they needed."""
        gone = database.execute("DELETE FROM rows WHERE used < ?", (today - DAYS,)).rowcount
        if gone <= 0:
            return
        wanted: set[str] = set()
        for layout, params, rest in database.execute("SELECT layout, params, rest FROM rows"):
            wanted.add(layout)
            wanted.update(key for _, key in _pairs(params))
            wanted.update(key for *_, key in _loads(rest)["f"] or ())
        held = [key for (key,) in database.execute("SELECT key FROM texts")]
        database.executemany("DELETE FROM texts WHERE key = ?", [(key,) for key in held if key not in wanted])
        self._written &= wanted

    def _remove_old_files(self) -> None:
        """Files of repositories that nobody has opened for half a year: they may be gone."""
        oldest = time.time() - _FOLDER_DAYS * 86_400
        for file in self.path.parent.glob("*.sqlite"):
            with contextlib.suppress(OSError):
                if file != self.path and file.stat().st_mtime < oldest:
                    file.unlink()

    def _fail(self, error: sqlite3.Error) -> None:
        """Go on without the file; a damaged one is taken away, so that the next to open it begins anew."""
        self._give_up(error)
        if type(error) is sqlite3.DatabaseError:
            with contextlib.suppress(OSError):
                self.path.unlink(missing_ok=True)


class _Foreign(sqlite3.OperationalError):
    """A file that is not of this version."""


def _reason(error: Exception) -> str:
    if isinstance(error, _Foreign):
        return "The cache of the history is of another version; remove it"
    text = str(error)
    if "locked" in text or "busy" in text:
        return "Another program holds the cache of the history"
    if isinstance(error, sqlite3.OperationalError | OSError):
        return f"The cache of the history cannot be used ({text})"
    return f"The cache of the history was damaged ({text}) and is made anew"


def _today() -> int:
    return int(time.time() // 86_400)


def _pairs(params: str) -> Iterable[tuple[str, str]]:
    return _loads(params).items() if params else ()


def _loads(text: str) -> Any:
    return json.loads(text)


def _is_plain(value: Any) -> bool:
    """Whether JSON gives a value back as it is."""
    if value is None or type(value) in (str, int, float, bool):
        return True
    if type(value) is list:
        return all(map(_is_plain, value))
    return type(value) is dict and all(type(key) is str and _is_plain(inner) for key, inner in value.items())
