"""What stages read and what came of them, through the DVC remote.

`dvc push --run-cache` and `dvc fetch --run-cache` are not used: each copies every entry of the run cache, and in DVC 3.67 neither
copies the files of outputs outside the cache (records, curves), without which DVC does not restore a stage. Here goes exactly what
a stage needs, by its *key*: DVC's own digest of the stage's command, dependencies, parameters and outputs, under which the run
cache keeps what came of it. Files go before the entry that names them, so that an entry promises nothing that is not there.
"""

import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from tui.runs.cluster.objects import Objects, sentence

RUNS = "runs"
"""DVC's folder for the run cache, on either side."""


@dataclass(frozen=True)
class Input:
    """A file that a stage reads and git does not hold."""

    path: str
    """Relative to the tree."""
    kind: str
    """How it is hashed."""
    hash: str
    is_executable: bool


@dataclass(frozen=True)
class Needs:
    """What a stage is, to DVC, with the dependencies that stand in the tree."""

    key: str
    inputs: tuple[Input, ...]
    is_here: bool
    """Whether its result stands in the tree or in this machine's cache."""


class Exchange:
    """One tree's side of it; see `Objects` for the arguments and what they raise."""

    def __init__(self, tree: Path, remote: str | None = None) -> None:
        self._tree = tree
        self.objects = Objects(tree, remote)
        self._repo = self.objects.repo
        self._runs = self._repo.stage_cache

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the tree's lock, under which DVC writes dvc.lock."""
        with self._repo.lock:
            yield

    def needs(self, name: str) -> Needs:
        """What a stage needs; to be asked under the lock.

        Raises:
            InputError: A dependency is not in the tree, or DVC keeps no result of such a stage.
        """
        from dvc.dependency.base import DependencyDoesNotExistError
        from dvc.stage.cache import _can_hash, _get_stage_hash

        stage = self._stage(name)
        is_current = not stage.changed()
        try:
            # In memory only: the lock entry's hashes give way to the tree's.
            stage.save_deps()
        except DependencyDoesNotExistError as error:
            raise InputError(f"{name} lacks what it reads ({sentence(error)}); run the stage that makes it.") from None
        if not _can_hash(stage):
            raise InputError(f"DVC keeps no result of {name}, so it cannot run on a cluster; leave out --engine ray.")
        return Needs(_get_stage_hash(stage), tuple(self._inputs(stage)), is_current or self._is_restorable(stage))

    def offer(self, inputs: Sequence[Input]) -> None:
        """Push what stages read, as far as the remote lacks it.

        Raises:
            Unreachable: The remote does not take it.
            InputError: A file is not in this machine's cache.
        """
        lacking = "is neither in the DVC cache nor at the remote; `dvc commit` the stage that made it"
        # File by file and without the lists of directories, of which the stage may read a part.
        self.objects.move({_hash(one) for one in inputs}, "push", lacking)

    def take(self, inputs: Sequence[Input]) -> None:
        """Pull what stages read and put it into the tree.

        Raises:
            Unreachable: The remote does not give it.
            InputError: The remote does not have it.
        """
        from dvc_objects.fs import generic
        from dvc_objects.fs.local import localfs

        lacking = f"is not at the DVC remote '{self.objects.name}' as this node sees it; every machine has to reach the same one"
        self.objects.move({_hash(one) for one in inputs}, "pull", lacking)
        for one in inputs:
            path = self._tree / one.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.unlink(missing_ok=True)
            cache = self.objects.cache(one.kind)
            links = list(self._repo.cache.local.cache_types)
            generic.transfer(cache.fs, cache.oid_to_path(one.hash), localfs, str(path), links=links)
            if one.is_executable:
                path.chmod(path.stat().st_mode | 0o111)

    def offer_result(self, name: str, key: str) -> str:
        """Push what came of a stage that stands in the tree, and return the name of its entry.

        Raises:
            Unreachable: The remote does not take it.
            InputError: The run cache has no such entry: the stage ran on something else than its key says.
        """
        folder = Path(self._runs._get_cache_dir(key))
        entries = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime) if folder.is_dir() else []
        if not entries:
            raise InputError(
                f"{name} did not run on what it was given: its dependencies changed on the way; run it again."
            )
        newest = entries[-1]
        made = self._described(name, key, newest.name)
        self.objects.move(_outputs(made), "push", "is gone from the worker's DVC cache")
        self.objects.put(newest, _place(key, newest.name))
        return newest.name

    def take_result(self, name: str, key: str, entry: str | None = None) -> bool:
        """Pull what came of a stage into this machine's cache, where `dvc repro` finds it; False where it is not at the remote.

        Args:
            name: The stage.
            key: Of its present dependencies.
            entry: The entry that is meant; None for any that is complete.

        Raises:
            Unreachable: The remote does not give it.
        """
        found = [entry] if entry else list(self.objects.list(_place(key)))
        return any(self._take_entry(name, key, one) for one in found)

    def _take_entry(self, name: str, key: str, entry: str) -> bool:
        path = Path(self._runs._get_cache_path(key, entry))
        self.objects.get(_place(key, entry), path)
        made = self._described(name, key, entry)
        lacking = "is missing"
        try:
            if made is not None:
                self.objects.move({out.hash_info for out in made.outs if out.is_dir_checksum}, "pull", lacking)
                self.objects.move(_outputs(made), "pull", lacking)
                return True
        except InputError:
            # DVC itself pushes entries without all of their files.
            path.unlink(missing_ok=True)
        return False

    def _stage(self, name: str) -> Any:
        return self._repo.stage.load_one(path=str(self._tree / "dvc.yaml"), name=name)

    def _described(self, name: str, key: str, entry: str) -> Any:
        """The stage as an entry of the run cache has it; None where the entry is no such thing."""
        described = self._runs._load_cache(key, entry)
        return self._runs._create_stage(described, wdir=self._stage(name).wdir) if described else None

    def _is_restorable(self, stage: Any) -> bool:
        found = self._runs._load(stage)
        return bool(found) and bool(self._runs._create_stage(found, wdir=stage.wdir).outs_cached())

    def _inputs(self, stage: Any) -> Iterator[Input]:
        deps = {dep.def_path: dep for dep in stage.deps if dep.def_path and dep.hash_info}
        for path in _ignored(self._tree, sorted(deps)):
            yield from _files(deps[path], path)


def _place(key: str, *entry: str) -> str:
    """Where the remote has the entries of a key, or one of them."""
    return "/".join((RUNS, key[:2], key, *entry))


def _ignored(tree: Path, paths: Sequence[str]) -> list[str]:
    """Those that git ignores, as DVC has it do with what is in the DVC cache."""
    asked = "".join(f"{path}\0" for path in paths)
    command = ["git", "check-ignore", "--stdin", "-z"]
    done = subprocess.run(command, cwd=tree, input=asked, capture_output=True, encoding="utf-8", check=False)
    return [path for path in done.stdout.split("\0") if path]


def _files(dep: Any, path: str) -> Iterator[Input]:
    """The files of a dependency."""
    if not dep.hash_info.isdir:
        yield Input(path, dep.hash_info.name, dep.hash_info.value, bool(dep.meta and dep.meta.isexec))
        return
    for parts, meta, found in dep.get_obj():
        yield Input("/".join((path, *parts)), found.name, found.value, bool(meta and meta.isexec))


def _hash(one: Input) -> Any:
    from dvc_data.hashfile.hash_info import HashInfo

    return HashInfo(one.kind, one.hash, obj_name=one.path)


def _outputs(stage: Any) -> set[Any]:
    """All files of a result, and the lists of its directories."""
    return {one for hashes in stage.get_used_objs(force=True).values() for one in hashes}
