"""The texts of test rows, from a process of its own (`python -m pipeline.evidence.examples`), so that the app loads no more for them.

They come from the working tree's corpus or from the DVC cache by the hash that the revision's dvc.lock records, and only where the
rows are those that were scored, by the hash that the record of predictions holds.
"""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from tui.evidence.cells import parts_of
from tui.evidence.comparison import Side
from tui.history.cache import cache_folder
from tui.history.lock import Lock
from tui.history.rows import History
from tui.history.snapshot import LOCK
from tui.journal import Journal

MODULE = "pipeline.evidence.examples"


@dataclass(frozen=True)
class Example:
    """One test row as a person reads it."""

    text: str
    pair: str | None
    source: str | None
    """The original where the text is a translation."""
    source_pair: str | None

    @property
    def told(self) -> str:
        """Text and pair in one line."""
        return self.text if self.pair is None else f"{self.text} | {self.pair}"


@dataclass(frozen=True)
class Texts:
    """Texts by the place of their row."""

    by_row: Mapping[int, Example]
    warning: str = ""
    """What a reader must know of them."""


@dataclass(frozen=True)
class Wish:
    """What is asked of the process, all of it read from git."""

    target: str
    revision: str
    tables: tuple[Path, ...]
    test: str
    sha256: str | None
    overlap: Any


def wish_of(history: History, side: Side) -> Wish:
    """What to ask for the test rows of a cell.

    Raises:
        InputError: The repository has no working folder.
    """
    if history.root is None:
        raise InputError("This bare repository has no working folder in which a corpus could be.")
    parts = parts_of(side.cell.name)
    task, target = (parts.task, parts.target) if parts else (side.cell.task, side.cell.stem)
    folder = f"corpora/ready/{target}"
    cached = _cached(history, side, folder)
    tables = (history.root / folder / "test.parquet", *([cached] if cached else []))
    overlap = _json(history, side, f"reports/overlap/{task}/{target}.json")
    return Wish(target, side.row.name, tables, side.predicted.test, _sha256(history, side, target), overlap)


def _cached(history: History, side: Side, folder: str) -> Path | None:
    """Where the DVC cache would hold the revision's test rows; None where its list of files is not at hand."""
    blob = history.files(side.row).find(LOCK)
    lock = history.store.lock(blob, LOCK).value if blob is not None else None
    entry = lock.outs.get(folder) if isinstance(lock, Lock) else None
    listed = history.manifests(entry.md5) if entry is not None and entry.md5 else None
    md5 = (listed or {}).get("test.parquet")
    if md5 is None or history.root is None:
        return None
    return cache_folder(history.root) / "files" / "md5" / md5[:2] / md5[2:]


def _json(history: History, side: Side, path: str) -> Any:
    blob = history.files(side.row).find(path)
    return history.store.json_once(blob, path).value if blob is not None else None


def _sha256(history: History, side: Side, target: str) -> str | None:
    """The hash of the file of test rows, as the corpus's card of that revision tells it."""
    card = _json(history, side, f"reports/corpora/{target}.json")
    try:
        return str(card["about"][0]["parts"]["test"]["sha256"])
    except (KeyError, IndexError, TypeError):
        return None


def ask(wish: Wish, rows: Sequence[int] | None = None, journal: Journal | None = None) -> Texts:
    """The texts of some rows, or of all.

    Raises:
        InputError: The corpus is not at hand, or holds other rows, with what to do.
    """
    if not any(table.is_file() for table in wish.tables):
        raise InputError(_not_at_hand(wish))
    words = ["--test", wish.test, *(["--sha256", wish.sha256] if wish.sha256 else []), *map(str, wish.tables)]
    entry = journal.begin("python", "-m", MODULE, *words) if journal is not None else None
    # -P: this program's own modules, not those of the folder.
    done = subprocess.run(
        [sys.executable, "-P", "-m", MODULE, *words],
        input=json.dumps({"overlap": wish.overlap, "rows": None if rows is None else list(rows)}),
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if entry is not None:
        entry.status = done.returncode
    if done.returncode:
        raise InputError(_refused(wish, done.returncode, done.stderr))
    answer = json.loads(done.stdout)
    found = {int(row): _example(held) for row, held in answer["rows"].items()}
    warning = ""
    if answer["exact"] is False:
        warning = (
            f"The corpus has changed since {wish.revision}: ids and labels of the rows agree, their wording may not."
        )
    return Texts(found, warning)


def _example(held: Mapping[str, Any]) -> Example:
    return Example(str(held["text"]), held["text_pair"], held["source_text"], held["source_text_pair"])


def _refused(wish: Wish, status: int, stderr: str) -> str:
    last = next((line.strip() for line in reversed(stderr.splitlines()) if line.strip()), "it said nothing")
    if status != 2:
        return f"The texts cannot be read (`python -m {MODULE}` ended with status {status}: {last})."
    if "not at hand" in last:
        return _not_at_hand(wish)
    said = last.removeprefix("error: ")
    return f"The texts of {wish.target} cannot be shown: {said} {wish.revision} has others: check it out, then {_mend(wish)}."


def _not_at_hand(wish: Wish) -> str:
    return f"The texts of {wish.target} are not at hand: {_mend(wish)}, then look again."


def _mend(wish: Wish) -> str:
    return f"`dvc pull corpora/ready/{wish.target}` where a remote has them, or `dvc repro prepare@{wish.target}`"
