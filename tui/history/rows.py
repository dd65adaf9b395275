"""One row for each experiment, read from git.

`History` reads the rows of a repository through pygit2, never through `dvc exp show`. A fault in one commit
(broken YAML, a metric that is no JSON, a parent that this clone lacks) becomes a sentence in that row's
`problems`; it never hides other rows. What was read of a commit is kept in the user's cache folder
(`tui.history.rowcache`), and names are read again only where git has changed any (`tui.history.watch`). Rows
share parsed values, which must not be changed.
"""

import os
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pygit2

from pipeline.errors import InputError
from tui.history.cache import LocalManifests, cache_folder
from tui.history.commits import About, about
from tui.history.compact import CELLS, Compact, MetricFile
from tui.history.graph import LOCK, PARAMS, read_declared
from tui.history.helping import FEW, WORTH, a_helper
from tui.history.origin import Origin, OriginKind
from tui.history.pairs import Pair
from tui.history.reading import RevisionReader
from tui.history.refs import (
    WORKSPACE,
    Kind,
    Known,
    Ref,
    first_parent,
    head_of,
    list_refs,
    names_of,
    open_repository,
    resolve,
    short_name,
)
from tui.history.rowcache import RowCache, cache_file
from tui.history.runrecord import RunRecord, read_run_record
from tui.history.snapshot import CellRecord, Gains, Snapshot, read_snapshot
from tui.history.store import GRAPH, Files, Folder, Store
from tui.history.watch import RefWatch
from tui.history.working import RUN, live_runs, queued


@dataclass(frozen=True)
class Row:
    """An experiment."""

    name: str
    kind: Kind
    ref: str
    """The whole name in git, `run:ID` for a live run, `workspace` for the working folder, else the id of the commit: in a list
    no two rows have the same."""
    commit: str
    """The id of the commit; for a folder the one that it is at."""
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
    def params_fault(self) -> str:
        """Why params.yaml cannot be read, a sentence; empty where it was read, or there is none."""
        return self.snapshot.params_fault

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

    @property
    def is_study(self) -> bool:
        """Whether this is a study of Detour's, with cells; else any repository with DVC, of which `metrics` tells."""
        return self.snapshot.is_study

    @property
    def metrics(self) -> Mapping[str, Mapping[str, Any]]:
        """Numbers, texts and truth values of every file of metrics that dvc.yaml declares: by file, by dotted key."""
        return self.snapshot.metrics

    @property
    def files(self) -> Mapping[str, MetricFile]:
        """The files of metrics by path, with where their values come from."""
        return self.snapshot.files

    @property
    def origins(self) -> Mapping[str, Origin]:
        """Where the values of each file of metrics come from."""
        return self.snapshot.origins

    def counts(self) -> Mapping[OriginKind, int]:
        """Number of cells by origin: of the declared ones, or of all with a record where nothing is
        declared. Of files of metrics where this is no study."""
        return self.snapshot.compact.counts()


class History:
    """The experiments of one repository.

    Args:
        start: A folder inside the repository.
        cached: Whether what is read is kept in, and taken from, the user's cache folder.

    Raises:
        InputError: The folder is in no git repository, or git refuses to open it.
    """

    def __init__(self, start: Path | str = ".", cached: bool = True) -> None:
        self.repository = open_repository(start)
        self.store = Store(self.repository)
        workdir = self.repository.workdir
        self.root = Path(workdir) if workdir else None
        own = Path(self.repository.path)
        self.common = common_folder(own)
        self.manifests = LocalManifests(cache_folder(self.root) if self.root else None)
        self.pairs: dict[tuple[str | None, str | None], Pair] = {}
        """Intervals of differences by the git ids of both files of predicted ids, which `tui.history.diff` keeps."""
        self._cache: RowCache | None = None
        self._cached = cached
        self._watch = RefWatch(self.common, own)
        self._known: Known = {}
        self._about: dict[str, About] = {}
        self._snapshots: dict[tuple[str, str | None], Snapshot] = {}
        self._unsaved: dict[str, Compact] = {}
        self._rows: dict[Ref, Row] = {}
        self._newest: list[Ref] | None = None
        self._names: Mapping[str, str] = {}
        self._trees: dict[Ref, Path] = {}

    @property
    def note(self) -> str:
        """Why the cache is not used, a sentence; empty where it is, or was not asked for."""
        return self._cache.problem if self._cache is not None else ""

    def refs(self) -> list[Ref]:
        """Every branch, tag, remote branch and experiment."""
        return list_refs(self.repository, self._known)

    def rows(self) -> list[Row]:
        """A row for every name, the newest first."""
        return list(self.each())

    def each(self) -> Iterator[Row]:
        """The rows one by one, the newest first; live runs and a working folder that differs from HEAD before them."""
        refs = self.newest()
        for part in self.parts(refs):
            yield from (self.row(ref, refs) for ref in part)

    def parts(self, refs: Sequence[Ref]) -> Generator[Sequence[Ref], None, None]:
        """The names in parts, what is kept of each at hand; what is read of them is kept at the end.

        Where much is to be read, a second process reads the last ones meanwhile.
        """
        with ExitStack() as stack:
            stack.callback(self.save)
            start, size = 0, AT_ONCE
            while start < len(refs):
                part = refs[start : start + size]
                self.prefetch(part)
                if size == AT_ONCE and self._is_long(part, refs[start:]):
                    stack.enter_context(a_helper(self.root or self.common))
                    size = FEW
                    part = part[:size]
                yield part
                start += len(part)

    def _is_long(self, part: Sequence[Ref], left: Sequence[Ref]) -> bool:
        """Whether so little is kept of the names that a second process is worth while, and its results can be had."""
        cache = self._opened()
        if cache is None or cache.problem or (os.cpu_count() or 1) < 2:
            return False
        missing = sum((ref.commit, ref.base) not in self._snapshots for ref in part if ref.kind not in FOLDERS)
        return missing * len(left) >= WORTH * len(part)

    def has_changed(self) -> bool:
        """Whether names may have changed since they were last listed; costs a `stat` for each folder of names."""
        return self._newest is None or self._watch.has_changed()

    def newest(self) -> list[Ref]:
        """Every name, the newest commit first; nothing but the commits is read. Folders that are no commits stand first."""
        if self._newest is None or self.has_changed():
            self._watch.look()
            refs = [*self.refs(), *(ref for ref in queued(self.common) if self._commit(ref.commit) is not None)]
            self.manifests.look_again()
            self._names = names_of(refs)
            self._rows = {}
            self._newest = sorted(refs, key=lambda ref: (self._said(ref.commit).age, ref.kind, ref.name))
        return [*self._working(), *self._newest]

    def _working(self) -> list[Ref]:
        """The live runs, and the working folder where it differs from HEAD."""
        if self.root is None:
            return []
        self._trees = {run.ref: run.tree for run in live_runs(self.common.parent / ".detour" / "runs")}
        here = self.resolve(WORKSPACE)
        return [*self._trees, *([here] if self._is_edited(here) else [])]

    def _is_edited(self, here: Ref) -> bool:
        """Whether the working folder has other parameters, results or stages than HEAD."""
        tree, folder = self.base_files(here), Folder(self.store, self._workdir())
        if tree is None:
            # Without a commit there is nothing to tell it from.
            return False
        declared = read_declared(self.store, tree) if not tree.below(CELLS) else None
        paths = {PARAMS, GRAPH, LOCK, *(declared.params if declared else ())}
        if any(folder.find(path) != tree.find(path) for path in paths) or folder.below(CELLS) != tree.below(CELLS):
            return True
        metrics = declared.metrics if declared else ()
        return any(folder.find(path) != tree.find(path) for path in metrics if not self._is_ignored(path))

    def _is_ignored(self, path: str) -> bool:
        """Whether git is told to leave a file alone: metrics in the DVC cache are."""
        try:
            return self.repository.path_is_ignored(path)
        except (pygit2.GitError, ValueError):
            return False

    def commits(self, start: str | None = None) -> list[Ref]:
        """Every commit that no name points to, the newest first: of all branches and HEAD, or of what `start` means to
        `git log` (main, main..work, v1^).

        Raises:
            InputError: git does not know `start`.
        """
        named = {ref.commit for ref in self.refs()}
        found = [commit for commit in self._walked(start) if str(commit.id) not in named]
        return [Ref(str(commit.id)[:9], "commit", "", str(commit.id), first_parent(commit)) for commit in found]

    def _walked(self, start: str | None) -> Iterable[pygit2.Commit]:
        walker = self.repository.walk(None, pygit2.enums.SortMode.TIME)
        if start is None:
            head = head_of(self.repository)
            tips = [ref.commit for ref in self.refs() if ref.kind != "experiment"] + ([str(head.id)] if head else [])
            for tip in tips:
                walker.push(tip)
            return walker
        first, dots, last = start.partition("..")
        walker.push(self.resolve(last or "HEAD").commit if dots else self.resolve(start).commit)
        if dots and first:
            walker.hide(self.resolve(first).commit)
        return walker

    def resolve(self, text: str) -> Ref:
        """The revision that `text` names, or the live run with that whole name; InputError where none or several have
        that name."""
        if text.startswith(RUN):
            runs = live_runs(self.common.parent / ".detour" / "runs")
            found = next((run for run in runs if run.ref.full == text), None)
            if found is None:
                raise InputError(f"'{text}' is no run that goes on; an experiment has its name once it is over.")
            self._trees[found.ref] = found.tree
            return found.ref
        return resolve(self.repository, text)

    def head(self) -> Ref | None:
        """HEAD under the name of its branch; None where there is no commit yet."""
        commit = head_of(self.repository)
        if commit is None:
            return None
        branches = [ref for ref in self.refs() if ref.kind == "branch" and ref.commit == str(commit.id)]
        current = None if self.repository.head_is_detached else self.repository.head.name
        return next((ref for ref in branches if ref.full == current), self.resolve("HEAD"))

    def row(self, ref: Ref, refs: Sequence[Ref] | None = None) -> Row:
        """The row of one name.

        Args:
            ref: The name.
            refs: All names as `newest` gave them; read anew where they are not given.

        Raises:
            InputError: The commit is not in this clone, or there is no working folder.
        """
        if refs is None:
            return self._read_row(ref, names_of(self.refs()))
        if ref not in self._rows:
            row = self._read_row(ref, self._names)
            if ref.kind in FOLDERS:
                return row
            self._rows[ref] = row
        return self._rows[ref]

    def _read_row(self, ref: Ref, names: Mapping[str, str]) -> Row:
        base_name = short_name(ref.base, names)
        full = ref.full or ref.commit
        if ref.kind in FOLDERS:
            full, read = ref.full or WORKSPACE, self._read_folder(ref)
            return Row(ref.name, ref.kind, full, ref.commit, ref.base, base_name, None, "", "", read)
        if self._commit(ref.commit) is None:
            raise InputError(f"'{ref.name}' is at {ref.commit[:9]}, not in this clone; fetch it (git fetch).")
        said = self._said(ref.commit)
        return Row(
            ref.name, ref.kind, full, ref.commit, ref.base, base_name, said.date, said.author, said.message,
            self._snapshot(ref.commit, ref.base),
        )  # fmt: skip

    def files(self, row: Row | Ref) -> Files:
        """The files of a revision."""
        if row.kind in FOLDERS:
            return self._folder(row)
        return self._tree(row.commit)

    def base_files(self, row: Row | Ref) -> Files | None:
        """The files that a revision's values are inherited from; None where there are none in this clone."""
        parent = self._commit(row.base)
        return self.store.tree(parent) if parent is not None else None

    def run_record(self, row: Row | Ref) -> RunRecord | None:
        """The record of the run that made a revision; None where there is none, or it is the base's."""
        snapshot = (row if isinstance(row, Row) else self.row(row)).snapshot
        blob = snapshot.compact.run
        return read_run_record(self.store.content(blob)) if blob is not None else None

    # Reading commits

    def prefetch(self, refs: Iterable[Ref]) -> None:
        """Take what is kept of these names out of the cache, all at once."""
        wanted = {(ref.commit, ref.base): None for ref in refs if ref.kind not in FOLDERS}
        missing = [pair for pair in wanted if pair not in self._snapshots]
        cache = self._opened() if missing else None
        if cache is None:
            return
        found = cache.load([_key(*pair) for pair in missing])
        for pair in missing:
            compact = found.get(_key(*pair))
            # What was not at hand when it was read may have come.
            if compact is not None and not any(map(self.manifests.holds, compact.absent)):
                self._snapshots[pair] = self._view(compact, *pair)

    def save(self) -> None:
        """Keep what was read since the last time."""
        unsaved, self._unsaved = self._unsaved, {}
        cache = self._opened() if unsaved else None
        if cache is not None:
            cache.save(unsaved)

    def _opened(self) -> RowCache | None:
        if self._cache is None and self._cached:
            self._cache = RowCache(cache_file(self.common))
        return self._cache

    def _snapshot(self, commit: str, base: str | None) -> Snapshot:
        key = (commit, base)
        if key not in self._snapshots:
            self.prefetch([Ref("", "commit", "", commit, base)])
        if key not in self._snapshots:
            compact = self._read(commit, base)
            self._unsaved[_key(*key)] = compact
            self._snapshots[key] = self._view(compact, *key)
            if len(self._unsaved) >= _UNSAVED:
                self.save()
        return self._snapshots[key]

    def _read(self, commit: str, base: str | None) -> Compact:
        parent = self._commit(base)
        notes = []
        if base is not None and parent is None:
            notes.append(f"Its base {base[:9]} is not in this clone, so nothing counts as inherited.")
        held = self.store.tree(parent) if parent is not None else None
        return RevisionReader(self.store, self._tree(commit), held, self.manifests, notes).read()

    def _view(self, compact: Compact, commit: str, base: str | None) -> Snapshot:
        def sides() -> tuple[Files, Files | None]:
            parent = self._commit(base)
            return self._tree(commit), self.store.tree(parent) if parent is not None else None

        return Snapshot(self.store, self.manifests, compact, sides)

    def _commit(self, identity: str | None) -> pygit2.Commit | None:
        try:
            found = self.repository[identity] if identity else None
        except (KeyError, ValueError, pygit2.GitError):
            return None
        return found if isinstance(found, pygit2.Commit) else None

    def _tree(self, identity: str) -> Files:
        commit = self._commit(identity)
        if commit is None:
            raise InputError(f"{identity[:9]} is not in this clone; fetch it (git fetch).")
        return self.store.tree(commit)

    def _said(self, identity: str) -> About:
        if identity not in self._about:
            commit = self._commit(identity)
            if commit is None:
                return About(None, "", "")
            self._about[identity] = about(commit)
        return self._about[identity]

    # Reading folders

    def _read_folder(self, ref: Ref) -> Snapshot:
        parent = self._commit(ref.base)
        held = self.store.tree(parent) if parent is not None else None
        return read_snapshot(self.store, self._folder(ref), held, self.manifests)

    def _folder(self, row: Row | Ref) -> Folder:
        if row.kind == WORKSPACE:
            return Folder(self.store, self._workdir())
        full = row.ref if isinstance(row, Row) else row.full
        tree = next((tree for ref, tree in self._trees.items() if ref.full == full), None)
        if tree is None:
            raise InputError(f"The run {row.name} is over; read the list again.")
        return Folder(self.store, tree)

    def _workdir(self) -> Path:
        if self.root is None:
            raise InputError("This bare repository has no working folder; name a branch or an experiment.")
        return self.root


FOLDERS = (WORKSPACE, "run")
AT_ONCE = 500
"""So many rows are taken out of the cache at once: the first are there soon."""
_UNSAVED = 500
"""So many are read before they are kept, so that little is lost where a reading is broken off."""


def common_folder(own: Path) -> Path:
    """The git folder that all worktrees share, of a worktree's own."""
    try:
        return (own / (own / "commondir").read_text(encoding="utf-8").strip()).resolve()
    except OSError:
        return own


def _key(commit: str, base: str | None) -> str:
    return f"{commit}:{base or ''}"
