"""Where a value of an experiment comes from: measured, inherited, stale or missing.

A result is *missing* where its file is. It is *stale* where nothing vouches that this commit's settings gave
it:

- dvc.lock holds no stage that writes it, or another hash than the file's;
- a parameter that its stage saw differs from params.yaml;
- an input of its stage has another hash than the stage that writes that input recorded. For a file inside a
  folder that a stage writes, and for a folder into which a stage writes, hashes are compared where the list
  of the folder's files is at hand (in git, or as a `.dir` object in the local cache) and taken for equal
  where it is not;
- a stage up the chain that wrote an input is stale for one of these reasons. A folder into which several
  stages write does not carry staleness on, since what is stale in it need not be what is read.

Otherwise it is *inherited* where the parent (an experiment's base) holds the same content, and *measured*
where it does not. A change of code alone makes nothing stale: history would be stale from the first commit
on.
"""

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from tui.history.lock import Entry, Lock, StageRecord, Writers
from tui.history.store import Files, Store

OriginKind = Literal["measured", "inherited", "stale", "missing"]
Manifest = Mapping[str, str]
"""MD5 of each file of a folder by its path inside it."""
_ABSENT = object()


@dataclass(frozen=True)
class Origin:
    """Where a value comes from, and the sentence that says why it is stale (empty otherwise)."""

    kind: OriginKind
    why: str = ""


class Vouchers:
    """Which stages of one revision stand for the present settings.

    Args:
        store: Contents by id.
        files: The revision's files.
        lock: Its dvc.lock.
        params: Its parameters by file.
        manifests: Gives the list of files of a `.dir` hash, or None where it is not at hand.
    """

    def __init__(
        self,
        store: Store,
        files: Files,
        lock: Lock,
        params: Mapping[str, Any],
        manifests: Callable[[str], Manifest | None],
    ) -> None:
        self._store = store
        self._files = files
        self._lock = lock
        self._params = params
        self._manifests = manifests
        self._faults: dict[str, str | None] = {}
        # By identity: stages share the blocks of parameters that dvc.lock repeats.
        self._faults_of_params: dict[int, str | None] = {}

    def origin(self, path: str, blob: str | None, base: Files | None) -> Origin:
        """The origin of the result at `path`, whose content is `blob` here; `base` holds the parent's
        files."""
        if blob is None:
            return Origin("missing")
        why = self.why_stale(path, blob)
        if why is not None:
            return Origin("stale", why)
        return Origin("inherited" if base is not None and base.find(path) == blob else "measured")

    def why_stale(self, path: str, blob: str) -> str | None:
        """Why nothing vouches for the result at `path`, whose content is `blob`; None where its stage does."""
        stage = self._lock.producers.get(path)
        if stage is None:
            return f"dvc.lock has no stage that writes {path}"
        recorded = self._lock.outs[path].md5
        if recorded is not None and recorded != self._store.md5(blob):
            return f"{path} is not what {stage.name} wrote: dvc.lock has another hash"
        return self.fault(stage)

    def fault(self, stage: StageRecord) -> str | None:
        """Why `stage` does not stand for the present settings; None where it does."""
        if stage.name not in self._faults:
            # A cycle, which DVC refuses, would otherwise never end.
            self._faults[stage.name] = None
            self._faults[stage.name] = self._find_fault(stage)
        return self._faults[stage.name]

    def _find_fault(self, stage: StageRecord) -> str | None:
        own = self._fault_of_params(stage)
        if own is not None:
            return own
        written = self._lock.written(stage.deps)
        for dep, writers in written:
            own = self._fault_of_input(dep, writers)
            if own is not None:
                return own
        for dep, writers in written:
            writer = self._writer(dep, writers)
            above = self.fault(writer) if writer is not None and writer is not stage else None
            if writer is not None and above is not None:
                return above if " comes from " in above else f"{dep.path} comes from {writer.name}: {above}"
        return None

    def _fault_of_params(self, stage: StageRecord) -> str | None:
        key = id(stage.params)
        if key not in self._faults_of_params:
            self._faults_of_params[key] = self._changed_params(stage)
        return self._faults_of_params[key]

    def _changed_params(self, stage: StageRecord) -> str | None:
        for file, seen in stage.params.items():
            if self._params.get(file) is None and self._files.find(file) is not None:
                return f"{file} holds nothing that can be read"
            for key, then in seen.items():
                now = _at(self._params.get(file), key)
                if now is not then and now != then:
                    return _changed(key, then, now, file)
        return None

    def _fault_of_input(self, dep: Entry, writers: Writers) -> str | None:
        now = self._present_hash(dep, writers)
        if dep.md5 is None or now is None or now == dep.md5:
            return None
        writer = self._writer(dep, writers)
        by = f" (written by {writer.name})" if writer is not None else ""
        return f"{dep.path}{by} is no longer what was read"

    def _writer(self, dep: Entry, writers: Writers) -> StageRecord | None:
        """The one stage that writes what `dep` names; None where several do."""
        if not writers.inside:
            return self._lock.producers[writers.holder or dep.path]
        names = {self._lock.producers[path].name for path in writers.inside}
        return self._lock.stages[names.pop()] if len(names) == 1 else None

    def _present_hash(self, dep: Entry, writers: Writers) -> str | None:
        """The hash that `dep` has by what its writers recorded; None where that cannot be told."""
        if writers.exact:
            return self._lock.outs[dep.path].md5
        in_git = self._hash_in_git(dep.path)
        if in_git is not None:
            return in_git
        if writers.holder is not None:
            return self._hash_inside(self._lock.outs[writers.holder], dep.path.removeprefix(writers.holder + "/"))
        if self._writer(dep, writers) is None:
            return None
        return self._hash_of_parts(dep, [self._lock.outs[path] for path in writers.inside])

    def _hash_in_git(self, path: str) -> str | None:
        """The hash of a file or folder that this revision holds itself; None where it does not."""
        blob = self._files.find(path)
        if blob is not None:
            return self._store.md5(blob)
        hashes = {name: self._store.md5(inner) for name, inner in self._files.below(path).items()}
        known = {name: md5 for name, md5 in hashes.items() if md5 is not None}
        return _folder_hash(known) if known and len(known) == len(hashes) else None

    def _hash_inside(self, folder: Entry, path: str) -> str | None:
        manifest = self._manifests(folder.md5) if folder.md5 is not None else None
        if manifest is None:
            return None
        if path in manifest:
            return manifest[path]
        prefix = path + "/"
        part = {name.removeprefix(prefix): md5 for name, md5 in manifest.items() if name.startswith(prefix)}
        return _folder_hash(part) if part else None

    def _hash_of_parts(self, dep: Entry, parts: list[Entry]) -> str | None:
        whole: dict[str, str] = {}
        for part in parts:
            name = part.path.removeprefix(dep.path + "/")
            if part.md5 is None:
                return None
            if not part.md5.endswith(".dir"):
                whole[name] = part.md5
                continue
            manifest = self._manifests(part.md5)
            if manifest is None:
                return None
            whole.update({f"{name}/{path}": md5 for path, md5 in manifest.items()})
        # Files that no stage writes may stand beside them: then nothing can be told.
        return _folder_hash(whole) if dep.files == len(whole) else None


def _folder_hash(manifest: Manifest) -> str:
    """DVC's hash of a folder (dvc-data 3, `Tree.as_bytes`): MD5 of the JSON list of its files, sorted by
    path."""
    text = json.dumps([{"md5": manifest[path], "relpath": path} for path in sorted(manifest)], sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest() + ".dir"


def _at(values: Any, key: str) -> Any:
    """The value at a dotted key, a list's items by number, as DVC finds it; `_ABSENT` where there is none."""
    for part in key.split("."):
        if isinstance(values, Mapping) and part in values:
            values = values[part]
        elif isinstance(values, list) and part.isdigit() and int(part) < len(values):
            values = values[int(part)]
        else:
            return _ABSENT
    return values


def _changed(key: str, then: Any, now: Any, file: str) -> str:
    """The first difference below `key` as a sentence."""
    while isinstance(then, Mapping) and isinstance(now, Mapping):
        inner = next(name for name in [*then, *now] if then.get(name, _ABSENT) != now.get(name, _ABSENT))
        key, then, now = f"{key}.{inner}", then.get(inner, _ABSENT), now.get(inner, _ABSENT)
    if now is _ABSENT:
        return f"{key} is not in {file} and was {_short(then)}"
    if then is _ABSENT:
        return f"{key} is {_short(now)} in {file} and was not there"
    return f"{key} is {_short(now)} in {file} and was {_short(then)}"


def _short(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."
