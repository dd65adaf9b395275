"""What a tree holds, or would after `dvc checkout`, without checking anything out.

A plan asks for hashes alone, and those of outputs are in dvc.lock, those of the files in a folder in the cache. As with `dvc checkout`, an
output comes back if the cache holds all of it, and otherwise not at all. A folder of which a part is in the tree (by git) and
a part in the cache is the one thing that cannot be told without its files: its outputs are checked out for real.
"""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any, NamedTuple


class Held(NamedTuple):
    """What stands at a path."""

    meta: Any
    hash_info: Any


class Holdings:
    """The content of a DVC repository's tree by path; every path is looked at once."""

    def __init__(self, repo: Any):
        self._fs = repo.fs
        self._root = repo.root_dir
        outs = [out for out in repo.index.outs if out.use_cache and out.hash_info and out.is_in_repo]
        self._cached = {out.fs_path: out for out in outs}
        """Outputs that `dvc checkout` would restore, if they are in the cache."""
        self._inside: dict[str, list[str]] = defaultdict(list)
        for path in self._cached:
            for folder in self._parents(path):
                self._inside[folder].append(path)
        self._known: dict[str, Held | None] = {}
        self._there: dict[str, bool] = {}
        self._whole: dict[str, bool] = {}

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
        """The MD5 of every file at or below a path of the tree, by path; empty where nothing is.

        Args:
            path: Relative to the tree.
        """
        place = self._fs.join(self._root, path)
        if not self._is_there(place):
            found = self._entries(place)
            return {"/".join((path, *key)): str(value.value) for key, (_, value) in found.items()}
        paths = self._fs.find(place) if self._fs.isdir(place) else [place]
        return {self._fs.relpath(one, self._root): self._md5(one) for one in paths}

    def _look(self, item: Any) -> Held | None:
        path = item.fs_path
        out = self._cached.get(path)
        if out is not None and not self._is_there(path):
            return Held(out.meta, out.hash_info) if self._is_whole(out) else None
        if not self._is_there(path):
            return _put_together(self._entries(path))
        for inner in self._absent_inside(path):
            inner.checkout(force=True, allow_missing=True)
        return self._real(item)

    def _real(self, item: Any) -> Held | None:
        return Held(*item._get_hash_meta()) if item.exists else None

    def _entries(self, path: str) -> dict[tuple[str, ...], Held]:
        """The files that `dvc checkout` would put at or below a path at which nothing is, by the parts of their paths below it."""
        found: dict[tuple[str, ...], Held] = {}
        above = next((self._cached[folder] for folder in (path, *self._parents(path)) if folder in self._cached), None)
        if above is not None and self._is_whole(above):
            prefix = self._fs.relparts(path, above.fs_path) if path != above.fs_path else ()
            found = {key[len(prefix) :]: held for key, held in _files_of(above) if key[: len(prefix)] == prefix}
        for out in self._absent_inside(path):
            start = self._fs.relparts(out.fs_path, path)
            found.update({(*start, *key): held for key, held in _files_of(out)})
        return found

    def _absent_inside(self, folder: str) -> list[Any]:
        outs = [self._cached[path] for path in self._inside.get(folder, ())]
        return [out for out in outs if not self._is_there(out.fs_path) and self._is_whole(out)]

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
        while path != self._root:
            path = self._fs.dirname(path)
            if len(path) <= len(self._root):
                return
            yield path

    def _md5(self, path: str) -> str:
        from dvc_data.hashfile.hash import hash_file

        return str(hash_file(path, self._fs, "md5")[1].value)


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
