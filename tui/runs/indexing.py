"""How DVC reads the graph of a tree for a plan (`tui.runs.graph`): with what it asks again for each path answered once.

DVC makes an object for every dependency and output of every stage. For each it validates a remote's configuration, makes a
file system, takes the path apart and reads params.yaml anew, while Python's collector of cycles walks over all of them again and
again. For paths of the tree the answers depend on the path alone. `python -m benchmarks.plan_rows` measures it.
"""

import gc
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from copy import deepcopy
from typing import Any

_PLAIN = re.compile(r"(?!/)[^:\\]+")
"""A path that can be nothing but a place in the tree: no address, no drive, not absolute."""


@contextmanager
def quick_index() -> Iterator[None]:
    """Answer what DVC asks again and again once, within the block, in which no file of the tree may change."""
    from dvc import ignore, output
    from dvc.dependency import Dependency, param
    from dvc.parsing import context
    from dvc.repo import graph
    from dvc_objects.fs.base import FileSystem

    collects = gc.isenabled()
    with ExitStack() as changes:
        for holder, name, quick in (
            (output, "get_cloud_fs", plain_paths),
            (param, "load_path", loading_once),
            (Dependency, "__init__", made_once),
            (context.Context, "resolve_str", plain_text),
            (context.Context, "clone", shallow),
            (ignore.DvcIgnoreFilter, "_get_trie_pattern", once_a_folder),
            (FileSystem, "parts", once_a_path),
            (graph, "check_acyclic", quickly_acyclic),
        ):
            changes.enter_context(_in_the_place_of(holder, name, quick(getattr(holder, name))))
        # What is made here lives to the end of the block.
        gc.disable()
        try:
            yield
        finally:
            if collects:
                gc.enable()


@contextmanager
def _in_the_place_of(holder: Any, name: str, value: Any) -> Iterator[None]:
    """Another value for an attribute, within the block; one that was inherited is again afterwards."""
    own, former = name in vars(holder), vars(holder).get(name)
    setattr(holder, name, value)
    try:
        yield
    finally:
        if own:
            setattr(holder, name, former)
        else:
            delattr(holder, name)


def plain_paths(usual: Any) -> Any:
    """`get_cloud_fs`, which says what a path's file system is, quick for paths of the tree."""
    known: list[Any] = []

    def get_cloud_fs(config: Any, url: str = "", **options: Any) -> Any:
        if options or not _PLAIN.fullmatch(url):
            return usual(config, url=url, **options)
        if not known:
            kind, settings, _ = usual(config, url="a")
            system = kind(**settings)

            def same(**_: Any) -> Any:
                return system

            known.extend((kind, same))
        kind, same = known
        return same, {}, kind._strip_protocol(url)

    return get_cloud_fs


def loading_once(usual: Any) -> Any:
    """`load_path`, which parses a file of parameters: once for each file; what it gives is for reading."""
    known: dict[str, Any] = {}

    def load_path(path: str, fs: Any, **options: Any) -> Any:
        if options:
            return usual(path, fs, **options)
        if path not in known:
            known[path] = usual(path, fs)
        return known[path]

    return load_path


def made_once(usual: Any) -> Any:
    """`Dependency.__init__`: once for each path; those of other stages are copies, with a stage and hashes of their own."""
    known: dict[Any, dict[str, Any]] = {}

    def init(self: Any, stage: Any, path: Any, info: Any = None, *rest: Any, **options: Any) -> None:
        if info or rest or any(value is not None for name, value in options.items() if name != "repo"):
            usual(self, stage, path, info, *rest, **options)
            return
        key = (type(self), path, stage.wdir)
        own = dict(self.__dict__)
        if key not in known:
            usual(self, stage, path, info, **options)
            known[key] = {name: value for name, value in self.__dict__.items() if name not in own}
            return
        made = known[key]
        self.__dict__.update(made, stage=stage, meta=type(made["meta"])(), **own)

    return init


def plain_text(usual: Any) -> Any:
    """`Context.resolve_str`, which puts values in the place of `${...}`: text without a dollar stays as it is."""

    def resolve_str(self: Any, src: str, *rest: Any, **options: Any) -> Any:
        return usual(self, src, *rest, **options) if "$" in src else src

    return resolve_str


def shallow(_usual: Any) -> Any:
    """`Context.clone`, for stages with `vars` of their own: parameters are copied where `vars` change them, not all of them."""
    from dvc.parsing.context import Context

    def clone(old: Any) -> Any:
        new = Context()
        new.data, new.meta = dict(old.data), old.meta
        new.imports, new._reserved_keys = deepcopy(old.imports), dict(old._reserved_keys)
        merge = new.merge_update

        def merge_update(other: Any, overwrite: bool = False) -> None:
            new.data.update({key: deepcopy(new.data[key]) for key in other if key in new.data})
            merge(other, overwrite=overwrite)

        new.merge_update = merge_update
        return new

    return clone


def once_a_folder(usual: Any) -> Any:
    """`DvcIgnoreFilter._get_trie_pattern`, which finds what .dvcignore files say of a folder."""
    known: dict[tuple[int, str, bool], Any] = {}

    def pattern(self: Any, dirname: str, dnames: Any = None, ignore_subrepos: bool = True) -> Any:
        if dnames is not None:
            return usual(self, dirname, dnames, ignore_subrepos)
        key = (id(self), dirname, ignore_subrepos)
        if key not in known:
            known[key] = usual(self, dirname, dnames, ignore_subrepos)
        return known[key]

    return pattern


def once_a_path(usual: Any) -> Any:
    """`FileSystem.parts`, which takes a path apart, of local paths: the class of all file systems has it, and theirs differ."""
    from dvc.fs import LocalFileSystem

    known: dict[str, tuple[str, ...]] = {}
    others = usual.__func__

    def parts(kind: Any, path: str) -> tuple[str, ...]:
        if not issubclass(kind, LocalFileSystem):
            found: tuple[str, ...] = others(kind, path)
            return found
        if path not in known:
            known[path] = others(kind, path)
        return known[path]

    return classmethod(parts)


def quickly_acyclic(usual: Any) -> Any:
    """`check_acyclic`, which looks for a cycle to name it: only where there is one."""

    def check_acyclic(graph: Any) -> None:
        import networkx as nx

        if not nx.is_directed_acyclic_graph(graph):
            usual(graph)

    return check_acyclic
