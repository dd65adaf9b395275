"""Small files and folders written whole or not at all, and digests of their content.

Every writer makes the parent folders, writes beside the destination, flushes to disk and renames, so that a killed process
leaves either the old file or the new one.
"""

import glob
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


def write_bytes(path: Path | str, data: bytes) -> None:
    """Write `data` to `path` atomically."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp creates files readable by the owner alone; results are meant to be shared.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@contextmanager
def replaced_folder(path: Path | str) -> Iterator[Path]:
    """A new folder that takes the place of `path` when the block ends well, and vanishes when it fails."""
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}."))
    # mkdtemp creates folders for the owner alone; results are meant to be shared.
    fresh.chmod(0o755)
    try:
        yield fresh
        if path.exists():
            former = Path(tempfile.mkdtemp(dir=path.parent, prefix=f".{path.name}.")) / path.name
            path.rename(former)
            fresh.rename(path)
            shutil.rmtree(former.parent)
        else:
            fresh.rename(path)
    except BaseException:
        shutil.rmtree(fresh, ignore_errors=True)
        raise


def remove_leftovers(path: Path | str) -> None:
    """Remove what killed writers of `path` left beside it, where nobody else is writing it."""
    path = Path(path)
    for left in path.parent.glob(f".{glob.escape(path.name)}.*"):
        shutil.rmtree(left) if left.is_dir() else left.unlink()


def write_text(path: Path | str, text: str) -> None:
    """Write `text` to `path` atomically as UTF-8 with the line endings it has."""
    write_bytes(path, text.encode())


def write_json(path: Path | str, value: Any) -> None:
    """Write `value` as JSON with sorted keys and one-space indents; NaN and infinities are refused (ValueError)."""
    write_text(path, json.dumps(value, indent=1, sort_keys=True, allow_nan=False, ensure_ascii=False) + "\n")


def read_json(path: Path | str) -> Any:
    """Read a JSON file written by `write_json`."""
    return json.loads(Path(path).read_text(encoding="utf-8"))


def sha256_of_file(path: Path | str) -> str:
    """The hexadecimal SHA-256 of a file's bytes."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def digest(value: Any) -> str:
    """The hexadecimal SHA-256 of `value` as canonical JSON: sorted keys, no spaces, UTF-8."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False, ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
