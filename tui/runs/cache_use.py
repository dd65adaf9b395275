"""What lies in the DVC cache, and which branches, tags and experiments need it.

Nothing is asked of DVC: the cache is listed once, and dvc.lock and the `.dvc` files of every revision are read by blob id, so that a
hundred experiments are a matter of seconds. What git holds itself (reports) counts as needed where it lies in the cache too: the run
cache restores it from there.
"""

import os
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pygit2

from tui.history.cache import LocalManifests, cache_folder
from tui.history.lock import Lock
from tui.history.refs import Ref, head_of, list_refs, open_repository
from tui.history.store import Store

KEPT = ("branch", "tag", "experiment")
"""Kinds of names that `dvc gc --all-branches --all-tags --all-experiments` keeps the files of."""


@dataclass(frozen=True)
class Revision:
    """A commit that something names, or the working tree."""

    names: tuple[str, ...]
    kinds: tuple[str, ...]
    commit: str
    """Empty for the working tree."""
    objects: frozenset[str]
    """What it needs, by MD5, whether the cache holds it or not."""
    absent: int
    """How many files and folders of it neither the cache nor git holds."""


@dataclass(frozen=True)
class CacheUse:
    """The cache and who needs what of it."""

    folder: Path
    objects: Mapping[str, int]
    """Bytes of every object by its MD5 (`.dir` for the list of a folder's files)."""
    revisions: tuple[Revision, ...]
    _users: Counter[str] = field(default_factory=Counter)

    def bytes_of(self, revision: Revision) -> int:
        """What the cache holds of a revision."""
        return sum(self.objects.get(md5, 0) for md5 in revision.objects)

    def own_bytes(self, revision: Revision) -> int:
        """The part of it that no other revision needs."""
        return sum(self.objects.get(md5, 0) for md5 in revision.objects if self._users[md5] == 1)

    @property
    def total(self) -> int:
        """Bytes of all objects."""
        return sum(self.objects.values())

    @property
    def unneeded(self) -> int:
        """Bytes of the objects that no revision needs."""
        return sum(size for md5, size in self.objects.items() if not self._users[md5])


def read_cache_use(root: Path) -> CacheUse:
    """List the cache of a main checkout and what its names and its working tree need."""
    folder = cache_folder(root)
    reader = _Reader(open_repository(root), LocalManifests(folder), objects := dict(_listed(folder / "files" / "md5")))
    revisions = tuple(reader.read(root))
    users = Counter(md5 for revision in revisions for md5 in revision.objects)
    return CacheUse(folder, objects, revisions, users)


def _listed(folder: Path) -> Iterator[tuple[str, int]]:
    """Every object with its size; drafts and what else may lie there are left out."""
    if not folder.is_dir():
        return
    for part in os.scandir(folder):
        if len(part.name) == 2 and part.is_dir(follow_symlinks=False):
            for entry in os.scandir(part):
                if len(entry.name) in (30, 34) and entry.is_file(follow_symlinks=False):
                    yield part.name + entry.name, entry.stat(follow_symlinks=False).st_size


class _Reader:
    """Reads what revisions need; a content that several share is read once."""

    def __init__(self, repository: pygit2.Repository, manifests: LocalManifests, objects: Mapping[str, int]) -> None:
        self._repository = repository
        self._store = Store(repository)
        self._manifests = manifests
        self._objects = objects
        self._dvc_files: dict[str, Mapping[str, str]] = {}

    def read(self, root: Path) -> Iterator[Revision]:
        by_commit: dict[str, list[Ref]] = {}
        for ref in list_refs(self._repository):
            if ref.kind in KEPT:
                by_commit.setdefault(ref.commit, []).append(ref)
        head = head_of(self._repository)
        if head is not None and str(head.id) not in by_commit:
            by_commit[str(head.id)] = []
        for commit, refs in by_commit.items():
            names = tuple(ref.name for ref in refs) or ("HEAD",)
            yield self._revision(names, tuple(ref.kind for ref in refs) or ("commit",), commit)
        yield self._working_tree(root)

    def _revision(self, names: tuple[str, ...], kinds: tuple[str, ...], commit: str) -> Revision:
        found = self._repository[commit].peel(pygit2.Commit)
        files = self._store.tree(found)
        blobs = self._dvc_in(found.tree)
        outs = self._locked(files.find("dvc.lock"))
        for path, blob in blobs.items():
            outs.update(self._tracked(path, blob))
        in_git = {path for path in outs if files.find(path) is not None}
        return self._needed(names, kinds, commit, outs, in_git)

    def _working_tree(self, root: Path) -> Revision:
        """What stands in the working tree without being committed: `dvc gc` keeps that too."""
        paths = [root / "dvc.lock", *root.glob("*.dvc")]
        outs: dict[str, str] = {}
        for path in paths:
            if path.is_file():
                blob = self._store.add(path.read_bytes())
                outs.update(self._locked(blob) if path.name == "dvc.lock" else self._tracked(path.name, blob))
        return self._needed(
            ("working tree",), ("workspace",), "", outs, {path for path in outs if (root / path).exists()}
        )

    def _needed(
        self, names: tuple[str, ...], kinds: tuple[str, ...], commit: str, outs: Mapping[str, str], elsewhere: set[str]
    ) -> Revision:
        needed: set[str] = set()
        absent = 0
        for path, md5 in outs.items():
            files = set((self._manifests(md5) or {}).values()) if md5.endswith(".dir") else set()
            whole = md5 in self._objects and all(each in self._objects for each in files)
            absent += not whole and path not in elsewhere
            needed |= {md5, *files}
        return Revision(names, kinds, commit, frozenset(needed), absent)

    def _locked(self, blob: str | None) -> dict[str, str]:
        """MD5s by path of what dvc.lock says the stages wrote."""
        lock = self._store.lock(blob, "dvc.lock").value if blob else None
        return {path: out.md5 for path, out in lock.outs.items() if out.md5} if isinstance(lock, Lock) else {}

    def _tracked(self, path: str, blob: str) -> dict[str, str]:
        """MD5s by path of what a `.dvc` file tracks."""
        value = self._store.params(blob, path).value
        outs = value.get("outs") if isinstance(value, Mapping) else None
        found = [out for out in outs if isinstance(out, Mapping)] if isinstance(outs, list) else []
        folder = path.rpartition("/")[0]
        return {f"{folder}/{out.get('path')}".lstrip("/"): str(out["md5"]) for out in found if out.get("md5")}

    def _dvc_in(self, tree: pygit2.Tree) -> Mapping[str, str]:
        """Ids of all `.dvc` files below a tree by path."""
        key = str(tree.id)
        if key not in self._dvc_files:
            found: dict[str, str] = {}
            for entry in tree:
                if isinstance(entry, pygit2.Tree):
                    found.update({f"{entry.name}/{path}": blob for path, blob in self._dvc_in(entry).items()})
                elif isinstance(entry, pygit2.Blob) and entry.name and entry.name.endswith(".dvc"):
                    found[entry.name] = str(entry.id)
            self._dvc_files[key] = found
        return self._dvc_files[key]
