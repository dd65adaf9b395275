"""How DVC reads and writes its own files in a run's process (`tui.runs.host`): YAML once, and no table of readers and writers.

For each stage DVC parses all of dvc.lock several times and the parameters once for each dependency on them, with parsers in
Python, and writes all of dvc.lock with one that keeps comments. Here a text is parsed once in a process, dvc.lock entry by entry,
and entries that did not change stay as they stand, as text, so that the file is the same to the byte; a file of any other
shape than DVC's own is left to DVC. `python -m benchmarks.start` measures both (start.lock).

DVC notes in .dvc/tmp/rwlock which process reads and writes which files. A run's tree belongs to the run alone, and its scheduler lets
nobody read what is still written; but a kill leaves that file cut, or naming a process whose number another one has by then, and
every stage that follows would be refused. So it is left alone here.
"""

import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from pipeline.files import write_text

LOCK = "dvc.lock"
_HEAD = "schema: '2.0'\nstages:\n"

Modify = Callable[..., AbstractContextManager[Any]]
"""DVC's `modify_yaml`: the content of a file, to be changed within the block and written at its end."""

Parse = Callable[..., Any]
"""DVC's `parse_yaml`: the content of a text, which is said to be a file's."""

Validate = Callable[..., Any]
"""DVC's `validate`: content, its schema, and for what it says of a fault the text and the path."""


def install() -> None:
    """Give DVC in this process the quick ways, in every module that holds the usual ones by name."""
    from dvc import dvcfile, rwlock
    from dvc.utils import serialize, strictyaml
    from dvc.utils.serialize import _yaml

    parse = remembering(_yaml.parse_yaml)
    for module in (_yaml, serialize, strictyaml):
        module.parse_yaml = parse
    strictyaml.validate = checking_once(strictyaml.validate)
    dvcfile.modify_yaml = quick(dvcfile.modify_yaml, parse)
    rwlock.rwlock = unlisted


@contextmanager
def unlisted(*_: Any) -> Iterator[None]:
    """`rwlock` that lists nobody and refuses nobody."""
    yield


def remembering(usual: Parse) -> Parse:
    """`parse_yaml` that parses each text, and each entry of a lock file, once; what it gives is the caller's own to change."""
    known: dict[str, bytes] = {}

    def once(text: str, path: str) -> Any:
        if text not in known:
            known[text] = pickle.dumps(usual(text, path), pickle.HIGHEST_PROTOCOL)
        # A copy, made quicker than by `copy.deepcopy`.
        return pickle.loads(known[text])

    def parse(text: str, path: str, typ: str = "safe") -> Any:
        if typ != "safe":
            return usual(text, path, typ=typ)
        blocks = split(text) if Path(path).name == LOCK else None
        if blocks is None:
            return once(text, path)
        entries = _entries(blocks, lambda block: once(block, path))
        return usual(text, path) if entries is None else {"schema": "2.0", "stages": entries}

    return parse


def _entries(blocks: Sequence[str], parse: Callable[[str], Any]) -> dict[str, Any] | None:
    """The entries by name; None where they are none, or a name comes twice, which DVC refuses by line."""
    from dvc.utils.serialize import YAMLFileCorruptedError

    try:
        parsed = [parse(block) for block in blocks]
    except YAMLFileCorruptedError:
        return None
    if not all(isinstance(entry, dict) for entry in parsed):
        return None
    entries = {name: entry[name] for entry in parsed for name in entry}
    return entries if len(entries) == len(blocks) else None


def checking_once(usual: Validate) -> Validate:
    """`validate` that looks at each text, and each entry of a lock file, once; a fault is told as usual.

    DVC loads a file and validates it, of which it keeps the fault alone.
    """
    # Schemas are DVC's own and last as long as the process, so that their ids do.
    valid: set[tuple[int, str]] = set()

    def validate(
        data: Any, schema: Any, text: str | None = None, path: str | None = None, rev: str | None = None
    ) -> Any:
        if text is None:
            return usual(data, schema, text=text, path=path, rev=rev)
        blocks = split(text) if Path(path or "").name == LOCK else None
        if not blocks or len(blocks) != len(data["stages"]):
            if (id(schema), text) not in valid:
                usual(data, schema, text=text, path=path, rev=rev)
                valid.add((id(schema), text))
            return data
        named = zip(data["stages"].items(), blocks, strict=True)
        new = {block: entry for entry, block in named if (id(schema), block) not in valid}
        if new:
            part = {**data, "stages": dict(new.values())}
            usual(part, schema, text=text, path=path, rev=rev)
            valid.update((id(schema), block) for block in new)
        return data

    return validate


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


@lru_cache(maxsize=8)
def split(text: str) -> Sequence[str] | None:
    """The entries of a lock file as text, in their order; None where it is not written as DVC writes it."""
    if not text.startswith(_HEAD) or not text.endswith("\n"):
        return None
    blocks: list[list[str]] = []
    for line in text[len(_HEAD) :].splitlines(keepends=True):
        if line.startswith("    ") and blocks:
            blocks[-1].append(line)
        elif line.startswith("  ") and line[2:3] not in (" ", "#", "\n"):
            blocks.append([line])
        else:
            return None
    return tuple("".join(lines) for lines in blocks)


def _read(path: str) -> str | None:
    if Path(path).name != LOCK:
        return None
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None


def _write(path: str, text: str) -> None:
    # Whole or not at all: a process that is killed while it writes must not leave half of what all stages came to.
    write_text(path, text)


def _dump(data: Any) -> str:
    from dvc.utils.serialize import dumps_yaml

    return str(dumps_yaml(_apart(data)))


def _apart(data: Any) -> Any:
    """A copy that shares nothing within itself: entries are written one by one, and the names of shared parts would be given twice."""
    if isinstance(data, dict):
        return {key: _apart(value) for key, value in data.items()}
    return [_apart(value) for value in data] if isinstance(data, list | tuple) else data
