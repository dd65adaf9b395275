"""How DVC reads the graph of a tree for a plan (`tui.runs.graph`): with what it asks again for each path answered once.

DVC makes an object for every dependency and output of every stage. For each it validates a remote's configuration, makes a
file system, takes the path apart and reads params.yaml anew, while Python's collector of cycles walks over all of them again and
again. For paths of the tree the answers depend on the path alone. `python -m benchmarks.plan_rows` measures it.
"""

import gc
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

_PLAIN = re.compile(r"(?!/)[^:\\]+")
"""A path that can be nothing but a place in the tree: no address, no drive, not absolute."""


@contextmanager
def quick_index() -> Iterator[None]:
    """Answer what DVC asks again and again once, within the block, in which no file of the tree may change."""
    from dvc import output
    from dvc.dependency import Dependency, param
    from dvc.parsing import context

    collects = gc.isenabled()
    with ExitStack() as changes:
        for holder, name, quick in (
            (output, "get_cloud_fs", plain_paths),
            (param, "load_path", loading_once),
            (Dependency, "__init__", made_once),
            (context.Context, "resolve_str", plain_text),
        ):
            usual = getattr(holder, name)
            changes.callback(setattr, holder, name, usual)
            setattr(holder, name, quick(usual))
        # What is made here lives to the end of the block.
        gc.disable()
        try:
            yield
        finally:
            if collects:
                gc.enable()


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
