"""What a tree holds, or would after `dvc checkout` and after stages that come out of the run cache, with nothing checked out.

A plan asks for hashes alone, and those of outputs are in dvc.lock or the run cache, those of the files in a folder in the cache.
As with `dvc checkout`, an output comes back if the cache holds all of it, and otherwise not at all.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple


class Held(NamedTuple):
    """What stands at a path."""

    meta: Any
    hash_info: Any


class Holdings:
    """The content of a DVC repository's tree by path; every path is looked at once."""

    def __init__(self, repo: Any):
        self._fs = repo.fs
        self._ignore = repo.dvcignore
        self._root = repo.root_dir
        self._coming: dict[str, Any] = {}
        """Outputs that are not in the tree and come back if they are in the cache."""
        self._inside: dict[str, set[str]] = defaultdict(set)
        """Their paths by folder."""
        self._known: dict[str, Held | None] = {}
        self._there: dict[str, bool] = {}
        self._whole: dict[str, bool] = {}
        outs = [out for out in repo.index.outs if out.use_cache and out.hash_info and out.is_in_repo]
        self._expect(out for out in outs if not self._is_there(out.fs_path))

    def foresee(self, outs: Iterable[Any]) -> None:
        """Take outputs that the run cache will bring for there already, in the place of what is there now.

        Nothing that depends on them may have been asked about before.
        """
        for out in outs:
            self._there[out.fs_path] = False
            self._known.pop(out.fs_path, None)
            self._expect([out])

    def at(self, item: Any) -> Held | None:
        """What stands where a dependency (not of parameters) or an output belongs; None where nothing does."""
        # Hashes of DVC before 3.0 are made in another way, which the path does not say.
        if item.hash_name != "md5":
            return self._real(item)
        if item.fs_path not in self._known:
            self._known[item.fs_path] = self._look(item)
        return self._known[item.fs_path]

    def is_as_recorded(self, item: Any) -> bool:
        """Whether an output or a dependency is what dvc.lock says."""
        held = self.at(item)
        return held is not None and bool(held.hash_info == item.hash_info)

    def files(self, path: str) -> dict[str, str]:
        """The MD5 of every file at or below a path, which is relative to the tree, by path; empty where nothing is."""
        found = self._entries(self._fs.join(self._root, path))
        return {"/".join((path, *key)): str(held.hash_info.value) for key, held in found.items()}

    def _expect(self, outs: Iterable[Any]) -> None:
        for out in outs:
            self._coming[out.fs_path] = out
            for folder in self._parents(out.fs_path):
                self._inside[folder].add(out.fs_path)

    def _look(self, item: Any) -> Held | None:
        path = item.fs_path
        out = self._coming.get(path)
        if out is not None:
            return Held(out.meta, out.hash_info) if self._is_whole(out) else None
        if self._is_there(path) and not self._inside.get(path):
            return self._real(item)
        return _put_together(self._entries(path))

    def _real(self, item: Any) -> Held | None:
        return Held(*item._get_hash_meta()) if item.exists else None

    def _entries(self, path: str) -> dict[tuple[str, ...], Held]:
        """The files at or below a path, by the parts of their paths below it."""
        found: dict[tuple[str, ...], Held] = {}
        above = next((self._coming[one] for one in (path, *self._parents(path)) if one in self._coming), None)
        if above is not None:
            prefix = self._fs.relparts(path, above.fs_path) if path != above.fs_path else ()
            files = _files_of(above) if self._is_whole(above) else ()
            return {key[len(prefix) :]: held for key, held in files if key[: len(prefix)] == prefix}
        if self._is_there(path):
            found = {self._key(one, path): self._hashed(one) for one in self._real_files(path)}
        for inner in self._inside.get(path, ()):
            start, out = self._fs.relparts(inner, path), self._coming[inner]
            found = {key: held for key, held in found.items() if key[: len(start)] != start}
            if self._is_whole(out):
                found.update({(*start, *key): held for key, held in _files_of(out)})
        return found

    def _key(self, path: str, folder: str) -> tuple[str, ...]:
        return () if path == folder else tuple(self._fs.relparts(path, folder))

    def _real_files(self, path: str) -> Iterable[str]:
        return self._ignore.find(self._fs, path) if self._fs.isdir(path) else [path]

    def _hashed(self, path: str) -> Held:
        from dvc_data.hashfile.hash import hash_file

        return Held(*hash_file(path, self._fs, "md5"))

    def _is_whole(self, out: Any) -> bool:
        """Whether the cache holds all of an output."""
        oid = out.hash_info.value
        if oid not in self._whole:
            self._whole[oid] = out.get_obj() is not None and all(
                out.cache.exists(held.hash_info.value) for _, held in _files_of(out)
            )
        return self._whole[oid]

    def _is_there(self, path: str) -> bool:
        if path not in self._there:
            self._there[path] = self._fs.exists(path)
        return self._there[path]

    def _parents(self, path: str) -> Iterator[str]:
        """The folders of the tree that hold a path, the nearest first."""
        path = self._fs.dirname(path)
        while len(path) > len(self._root):
            yield path
            path = self._fs.dirname(path)


def _files_of(out: Any) -> Iterator[tuple[tuple[str, ...], Held]]:
    """The files of an output whose listing is in the cache; a single file has no parts."""
    obj = out.get_obj()
    if not out.hash_info.isdir:
        yield (), Held(out.meta, out.hash_info)
        return
    for key, meta, hash_info in obj:
        yield key, Held(meta, hash_info)


def _put_together(files: dict[tuple[str, ...], Held]) -> Held | None:
    """A single file, or a folder of files, as DVC would see it."""
    from dvc_data.hashfile.meta import Meta
    from dvc_data.hashfile.tree import Tree

    if not files:
        return None
    if () in files:
        return files[()]
    tree: Any = Tree()  # type: ignore[no-untyped-call]
    for key, held in files.items():
        tree.add(key, held.meta, held.hash_info)
    tree.digest()
    return Held(Meta(isdir=True, nfiles=len(files)), tree.hash_info)
