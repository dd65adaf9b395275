"""Why a stage is not as dvc.lock says, in sentences: which parameter had which value, which file is another."""

import json
from collections.abc import Iterator
from typing import Any

from tui.runs.holdings import Holdings

LONGEST = 40
"""Letters of a value that are told."""


def changes(stage: Any, holdings: Holdings) -> list[str]:
    """What differs between the lock entry of a DVC stage and the tree, parameters first.

    A file that is not there is left out: the stage that makes it is what is waited for.
    """
    if all(not out.hash_info for out in stage.outs):
        return ["it has never run"]
    told = ["its command changed"] if stage.cmd_changed else []
    for dep in stage.deps:
        if is_of_parameters(dep):
            told.extend(_of_parameters(dep))
    for dep in files_of(stage):
        held = holdings.at(dep)
        if held is not None and held.hash_info != dep.hash_info:
            told.append(f"{dep.def_path} is {'modified' if dep.hash_info else 'new to it'}")
    return told


def is_of_parameters(dep: Any) -> bool:
    """Whether a dependency is on values of a file, not on the file."""
    from dvc.dependency import ParamsDependency

    return isinstance(dep, ParamsDependency)


def files_of(stage: Any) -> list[Any]:
    """The dependencies of a stage that are files or folders."""
    return [dep for dep in stage.deps if not is_of_parameters(dep)]


def _of_parameters(dep: Any) -> Iterator[str]:
    if not dep.workspace_status():
        return
    before, after = dep.hash_info.value or {}, dep.read_params()
    for key in dep.params or {**before, **after}:
        yield from differences(key, before.get(key, _ABSENT), after.get(key, _ABSENT))


_ABSENT = object()


def differences(key: str, before: Any, after: Any) -> Iterator[str]:
    """Sentences for the values at and below a key that differ.

    Args:
        key: Dotted.
        before: The value of dvc.lock.
        after: The value of params.yaml.
    """
    if before is _ABSENT and after is _ABSENT:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in {**before, **after}:
            yield from differences(f"{key}.{name}", before.get(name, _ABSENT), after.get(name, _ABSENT))
    elif before is _ABSENT:
        yield f"{key} is new: {_short(after)}"
    elif after is _ABSENT:
        yield f"{key} is gone, it was {_short(before)}"
    elif _plain(before) != _plain(after):
        yield f"{key} was {_short(before)}, is {_short(after)}"


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


def _short(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
