"""One row for each experiment, read from git.

`History` reads the rows of a repository through pygit2, never through `dvc exp show`. A fault in one commit
(broken YAML, a metric that is no JSON, a parent that this clone lacks) becomes a sentence in that row's
`problems`; it never hides other rows. Rows share parsed values, which must not be changed.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pygit2

from pipeline.errors import InputError
from tui.history.cache import LocalManifests, cache_folder
from tui.history.origin import OriginKind
from tui.history.pairs import Pair
from tui.history.refs import WORKSPACE, Kind, Ref, head_of, list_refs, name_of, open_repository, resolve
from tui.history.runrecord import PATH as RUN_RECORD
from tui.history.runrecord import RunRecord, read_run_record
from tui.history.snapshot import CellRecord, Gains, Snapshot, read_snapshot
from tui.history.store import Files, Folder, Store


@dataclass(frozen=True)
class Row:
    """An experiment."""

    name: str
    kind: Kind
    ref: str
    """The whole name in git; empty for the working folder and for a commit given by its id."""
    commit: str
    """The id of the commit; for the working folder the one that it is at."""
    base: str | None
    """The id of the commit that values are inherited from."""
    base_name: str
    """A short name of the base; empty where there is none."""
    date: datetime | None
    """When the author made the commit, with the author's offset; None for the working folder."""
    author: str
    message: str
    """The first line of the commit's message."""
    snapshot: Snapshot

    @property
    def params(self) -> Mapping[str, Any] | None:
        """The parsed params.yaml; None where it is missing or cannot be read."""
        return self.snapshot.params

    @property
    def cells(self) -> Mapping[str, CellRecord]:
        """Every cell that params.yaml declares, in its order, then those that only have a record."""
        return self.snapshot.cells

    @property
    def gains(self) -> Gains:
        """The gains in short."""
        return self.snapshot.gains

    @property
    def problems(self) -> tuple[str, ...]:
        """What could not be read, a sentence each."""
        return self.snapshot.problems

    def counts(self) -> Mapping[OriginKind, int]:
        """Number of cells by origin: of the declared ones, or of all with a record where nothing is
        declared."""
        declared = [cell for cell in self.cells.values() if cell.declared]
        found = Counter(cell.origin.kind for cell in declared or self.cells.values())
        kinds: tuple[OriginKind, ...] = ("measured", "inherited", "stale", "missing")
        return {kind: found[kind] for kind in kinds}


class History:
    """The experiments of one repository.

    Args:
        start: A folder inside the repository.

    Raises:
        InputError: The folder is in no git repository, or git refuses to open it.
    """

    def __init__(self, start: Path | str = ".") -> None:
        self.repository = open_repository(start)
        self.store = Store(self.repository)
        workdir = self.repository.workdir
        self.root = Path(workdir) if workdir else None
        self.manifests = LocalManifests(cache_folder(self.root) if self.root else None)
        self.pairs: dict[tuple[str | None, str | None], Pair] = {}
        """Intervals of differences by the git ids of both files of predicted ids, which `tui.history.diff` keeps."""
        self._snapshots: dict[tuple[str, str | None], Snapshot] = {}

    def refs(self) -> list[Ref]:
        """Every branch, tag, remote branch and experiment."""
        return list_refs(self.repository)

    def rows(self) -> list[Row]:
        """A row for every name, the newest first."""
        return list(self.each())

    def each(self) -> Iterator[Row]:
        """The rows one by one, the newest first."""
        refs = self.newest()
        for ref in refs:
            yield self.row(ref, refs)

    def newest(self) -> list[Ref]:
        """Every name, the newest commit first; nothing but the commits is read."""
        oldest = datetime.min.replace(tzinfo=UTC)

        def age(ref: Ref) -> tuple[float, str, str]:
            commit = self._commit(ref.commit)
            date = _date(commit) if commit is not None else None
            return -(date or oldest).timestamp(), ref.kind, ref.name

        return sorted(self.refs(), key=age)

    def resolve(self, text: str) -> Ref:
        """The revision that `text` names; InputError where none or several have that name."""
        return resolve(self.repository, text)

    def head(self) -> Ref | None:
        """HEAD under the name of its branch; None where there is no commit yet."""
        commit = head_of(self.repository)
        if commit is None:
            return None
        branches = [ref for ref in self.refs() if ref.kind == "branch" and ref.commit == str(commit.id)]
        current = None if self.repository.head_is_detached else self.repository.head.name
        return next((ref for ref in branches if ref.full == current), self.resolve("HEAD"))

    def row(self, ref: Ref, refs: list[Ref] | None = None) -> Row:
        """The row of one name; `refs` (all names) are read anew where they are not given."""
        refs = self.refs() if refs is None else refs
        base_name = name_of(ref.base, refs)
        if ref.kind == WORKSPACE:
            return Row(
                ref.name, ref.kind, "", ref.commit, ref.base, base_name, None, "", "", self._workspace(ref)
            )  # fmt: skip
        commit = self._commit(ref.commit)
        if commit is None:
            raise InputError(f"'{ref.name}' is at {ref.commit[:9]}, not in this clone; fetch it (git fetch).")
        author, message = _texts(commit)
        return Row(
            ref.name, ref.kind, ref.full, ref.commit, ref.base, base_name, _date(commit), author, message,
            self._snapshot(commit, ref.base),
        )  # fmt: skip

    def files(self, row: Row | Ref) -> Files:
        """The files of a revision."""
        if row.kind == WORKSPACE:
            return Folder(self.store, self._workdir())
        commit = self._commit(row.commit)
        assert commit is not None
        return self.store.tree(commit)

    def base_files(self, row: Row | Ref) -> Files | None:
        """The files that a revision's values are inherited from; None where there are none in this clone."""
        parent = self._commit(row.base)
        return self.store.tree(parent) if parent is not None else None

    def run_record(self, row: Row | Ref) -> RunRecord | None:
        """The record of the run that made a revision; None where there is none, or it is the base's."""
        blob = self.files(row).find(RUN_RECORD)
        base = self.base_files(row)
        if blob is None or (base is not None and base.find(RUN_RECORD) == blob):
            return None
        return read_run_record(self.store.content(blob))

    def _commit(self, identity: str | None) -> pygit2.Commit | None:
        try:
            found = self.repository[identity] if identity else None
        except (KeyError, ValueError, pygit2.GitError):
            return None
        return found if isinstance(found, pygit2.Commit) else None

    def _snapshot(self, commit: pygit2.Commit, base: str | None) -> Snapshot:
        key = (str(commit.id), base)
        if key not in self._snapshots:
            parent = self._commit(base)
            notes = []
            if base is not None and parent is None:
                notes.append(f"Its base {base[:9]} is not in this clone, so nothing counts as inherited.")
            held = self.store.tree(parent) if parent is not None else None
            files = self.store.tree(commit)
            self._snapshots[key] = read_snapshot(self.store, files, held, self.manifests, notes)
        return self._snapshots[key]

    def _workspace(self, ref: Ref) -> Snapshot:
        parent = self._commit(ref.base)
        held = self.store.tree(parent) if parent is not None else None
        return read_snapshot(self.store, Folder(self.store, self._workdir()), held, self.manifests)

    def _workdir(self) -> Path:
        if self.root is None:
            raise InputError("This bare repository has no working folder; name a branch or an experiment.")
        return self.root


def _texts(commit: pygit2.Commit) -> tuple[str, str]:
    """Author and first line of the message; bytes that are no text are shown as escapes."""
    encoding = commit.message_encoding or "utf-8"
    lines = _decoded(commit.raw_message, encoding).strip().splitlines()
    return _decoded(commit.author.raw_name, encoding), lines[0] if lines else ""


def _decoded(text: bytes, encoding: str) -> str:
    try:
        return text.decode(encoding, "backslashreplace")
    except LookupError:
        return text.decode("utf-8", "backslashreplace")


def _date(commit: pygit2.Commit) -> datetime | None:
    """When the author made the commit; None where a broken commit says something impossible."""
    try:
        return datetime.fromtimestamp(commit.author.time, timezone(timedelta(minutes=commit.author.offset)))
    except (ValueError, OverflowError, OSError):
        return None
