"""The files of metrics that dvc.yaml declares: their numbers, texts and truth values, and where those come from.

A file that git does not hold is looked for in the local DVC cache by the hash in dvc.lock.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from tui.history.cache import Wanted
from tui.history.compact import MetricFile
from tui.history.graph import Declared
from tui.history.leaves import leaves
from tui.history.lock import Entry, Lock
from tui.history.origin import Origin, Vouchers
from tui.history.store import Files, Store


def leaves_of(value: Any) -> Mapping[str, Any]:
    """Numbers, texts and truth values by dotted key, as DVC shows them: lists and nulls are left out.

    A file that is one value, which DVC allows, has it under the empty key.
    """
    return {key: leaf for key, leaf in leaves(value) if isinstance(leaf, int | float | str)}


class MetricReader:
    """Reads the files of metrics of one revision.

    Args:
        store: Contents by id.
        files: The revision's files.
        base: Those of the revision that it is based on, with its dvc.lock.
        declared: What dvc.yaml declares.
        vouchers: Which stages stand for the present settings.
        wanted: The local DVC cache.
    """

    def __init__(
        self,
        store: Store,
        files: Files,
        base: tuple[Files, Lock] | None,
        declared: Declared,
        vouchers: Vouchers,
        wanted: Wanted,
    ) -> None:
        self._store = store
        self._files = files
        self._base = base
        self._declared = declared
        self._vouchers = vouchers
        self._wanted = wanted
        self.problems: list[str] = []

    def read(self) -> Iterator[MetricFile]:
        """Every declared file, those of a declared folder one by one."""
        for path in self._declared.metrics:
            blob = self._files.find(path)
            inside = self._files.below(path) if blob is None else {}
            if inside:
                yield from (self._in_git(f"{path}/{name}", inner) for name, inner in inside.items())
            elif blob is not None:
                yield self._in_git(path, blob)
            else:
                yield from self._in_cache(path)

    def _in_git(self, path: str, blob: str) -> MetricFile:
        base = self._base[0] if self._base else None
        is_top = not self._declared.lock.producers.get(path) and not self._declared.lock.writers(path).holder
        if is_top:
            # Nothing but git vouches for a file that no stage writes.
            same = base is not None and base.find(path) == blob
            origin = Origin("inherited" if same else "measured")
        else:
            origin = self._vouchers.origin(path, blob, base)
        return MetricFile(path, origin, blob, self._values(path, blob))

    def _in_cache(self, path: str) -> Iterator[MetricFile]:
        out = self._declared.lock.outs.get(path)
        if out is None or out.md5 is None:
            yield MetricFile(path, Origin("missing"), None, {})
            return
        if not out.md5.endswith(".dir"):
            yield self._cached(path, out.md5, out)
            return
        listed = self._wanted(out.md5)
        if listed is None:
            yield MetricFile(path, Origin("missing", _fetch(path)), None, {})
        for name, md5 in (listed or {}).items():
            yield self._cached(f"{path}/{name}", md5, out)

    def _cached(self, path: str, md5: str, out: Entry) -> MetricFile:
        content = self._wanted.content(md5)
        if content is None:
            return MetricFile(path, Origin("missing", _fetch(path)), None, {})
        stage = self._declared.lock.producers[out.path]
        fault = self._vouchers.fault(stage)
        before = self._base[1].outs.get(out.path) if self._base else None
        same = before is not None and before.md5 == out.md5
        origin = Origin("stale", fault) if fault else Origin("inherited" if same else "measured")
        blob = self._store.add(content)
        return MetricFile(path, origin, blob, self._values(path, blob))

    def _values(self, path: str, blob: str) -> Mapping[str, Any]:
        parsed = self._store.values(blob, path)
        if parsed.problem is not None:
            self.problems.append(parsed.problem)
            return {}
        return leaves_of(parsed.value)


def _fetch(path: str) -> str:
    return f"{path} is not in the local DVC cache; dvc fetch brings it"
