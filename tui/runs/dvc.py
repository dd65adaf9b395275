"""How DVC reads and writes its YAML files in a run's process (`tui.runs.host`): once.

For each stage DVC parses all of dvc.lock several times and the parameters once for each dependency on them, with parsers in
Python, and writes all of dvc.lock with one that keeps comments. Here a text is parsed once in a process, dvc.lock entry by entry,
and entries that did not change stay as they stand, as text, so that the file is the same to the byte; a file of any other
shape than DVC's own is left to DVC. `python -m benchmarks.start` measures both (start.lock).
"""

import copy
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

LOCK = "dvc.lock"
_HEAD = "schema: '2.0'\nstages:\n"

Modify = Callable[..., AbstractContextManager[Any]]
"""DVC's `modify_yaml`: the content of a file, to be changed within the block and written at its end."""

Parse = Callable[..., Any]
"""DVC's `parse_yaml`: the content of a text, which is said to be a file's."""


def install() -> None:
    """Give DVC in this process the quick ways, in every module that holds the usual ones by name."""
    from dvc import dvcfile
    from dvc.utils import serialize, strictyaml
    from dvc.utils.serialize import _yaml

    parse = remembering(_yaml.parse_yaml)
    for module in (_yaml, serialize, strictyaml):
        module.parse_yaml = parse
    dvcfile.modify_yaml = quick(dvcfile.modify_yaml, parse)


def remembering(usual: Parse) -> Parse:
    """`parse_yaml` that parses each text, and each entry of a lock file, once; what it gives is the caller's own to change."""
    known: dict[str, Any] = {}

    def once(text: str, path: str) -> Any:
        if text not in known:
            known[text] = usual(text, path)
        return known[text]

    def parse(text: str, path: str, typ: str = "safe") -> Any:
        if typ != "safe":
            return usual(text, path, typ=typ)
        blocks = split(text) if Path(path).name == LOCK else None
        if blocks is None:
            return copy.deepcopy(once(text, path))
        entries = _entries(blocks, lambda block: once(block, path))
        return usual(text, path) if entries is None else {"schema": "2.0", "stages": entries}

    return parse


def _entries(blocks: list[str], parse: Callable[[str], Any]) -> dict[str, Any] | None:
    """The entries by name; None where they are none, or a name comes twice, which DVC refuses by line."""
    from dvc.utils.serialize import YAMLFileCorruptedError

    try:
        parsed = [parse(block) for block in blocks]
    except YAMLFileCorruptedError:
        return None
    if not all(isinstance(entry, dict) for entry in parsed):
        return None
    entries = {name: copy.deepcopy(entry[name]) for entry in parsed for name in entry}
    return entries if len(entries) == len(blocks) else None


def quick(usual: Modify, parse: Parse) -> Modify:
    """`modify_yaml` with lock files by entry, and everything else as usual."""

    @contextmanager
    def modify(path: str, fs: Any = None) -> Iterator[Any]:
        text = _read(path)
        blocks = split(text) if text is not None else None
        before = parse(text, path) if blocks is not None else {}
        if blocks is None or list(before) != ["schema", "stages"] or len(before["stages"]) != len(blocks):
            with usual(path, fs=fs) as data:
                yield data
            return
        known = dict(zip(before["stages"], blocks, strict=True))
        data = {**before, "stages": dict(before["stages"])}
        yield data
        if list(data) != ["schema", "stages"]:
            _write(path, _dump(data))
            return
        kept = {name: block for name, block in known.items() if data["stages"].get(name) is before["stages"][name]}
        entries = [kept.get(name) or _dump({"stages": {name: entry}}) for name, entry in data["stages"].items()]
        _write(path, _HEAD + "".join(entry.removeprefix("stages:\n") for entry in entries))

    return modify


def split(text: str) -> list[str] | None:
    """The entries of a lock file as text, in their order; None where it is not written as DVC writes it."""
    if not text.startswith(_HEAD) or not text.endswith("\n"):
        return None
    blocks: list[str] = []
    for line in text[len(_HEAD) :].splitlines(keepends=True):
        if line.startswith("  ") and line[2:3] not in (" ", "#", "\n"):
            blocks.append(line)
        elif line.startswith("    ") and blocks:
            blocks[-1] += line
        else:
            return None
    return blocks


def _read(path: str) -> str | None:
    if Path(path).name != LOCK:
        return None
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _write(path: str, text: str) -> None:
    Path(path).write_text(text, encoding="utf-8")


def _dump(data: Any) -> str:
    from dvc.utils.serialize import dumps_yaml

    return str(dumps_yaml(data))
