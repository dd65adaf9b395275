"""DVC as runs call it: `python -P -m tui.runs.dvc ARGUMENTS` is `python -m dvc ARGUMENTS` with a quick dvc.lock.

After each stage DVC reads all of dvc.lock with a parser in Python that keeps comments, changes one entry and writes all of it:
3.3 CPU-s a stage at 89 stages, .4 here, where a warm stage takes 2 altogether. Here the entries that did not change stay as they stand, as
text, so that the file is the same to the byte; a file of any other shape than DVC's own is left to DVC.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

LOCK = "dvc.lock"
_HEAD = "schema: '2.0'\nstages:\n"

Modify = Callable[..., AbstractContextManager[Any]]
"""DVC's `modify_yaml`: the content of a file, to be changed within the block and written at its end."""


def main() -> None:
    """Run DVC with the arguments of the command line."""
    from dvc import dvcfile
    from dvc.cli import main as dvc

    dvcfile.modify_yaml = quick(dvcfile.modify_yaml)
    sys.exit(dvc(sys.argv[1:]))


def quick(usual: Modify) -> Modify:
    """`modify_yaml` with lock files by entry, and everything else as usual."""

    @contextmanager
    def modify(path: str, fs: Any = None) -> Iterator[Any]:
        text = _read(path)
        blocks = split(text) if text is not None else None
        before = _load(text) if text is not None and blocks is not None else {}
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


def _load(text: str) -> dict[str, Any]:
    from dvc.utils.serialize import loads_yaml

    found = loads_yaml(text)
    return found if isinstance(found, dict) and isinstance(found.get("stages"), dict) else {}


def _dump(data: Any) -> str:
    from dvc.utils.serialize import dumps_yaml

    return str(dumps_yaml(data))


if __name__ == "__main__":
    main()
