"""Outputs that git holds, put into the DVC cache, so that the run cache can restore them.

Reports are `cache: false`: git carries them, and `dvc push --run-cache` (3.67) sends the entry of a stage but none of its outputs
that DVC does not cache. Where an experiment was pulled, the entry alone would find nothing and the cell would be trained again.
"""

import os
import tempfile
from collections.abc import Collection
from pathlib import Path

import pygit2

from tui.history.cache import cache_folder
from tui.history.lock import Lock
from tui.history.refs import open_repository
from tui.history.store import Store


def cache_git_outs(root: Path, commit: str, only: Collection[str] | None = None) -> int:
    """Write every output that a commit holds as dvc.lock recorded it into the cache of the working tree at `root`.

    Args:
        root: The working tree.
        commit: The commit.
        only: MD5s to which this is limited.

    Returns:
        How many files were written; those that the cache holds already are not.
    """
    repository = open_repository(root)
    store = Store(repository)
    found = repository[commit].peel(pygit2.Commit)
    files = store.tree(found)
    blob = files.find("dvc.lock")
    lock = store.lock(blob, "dvc.lock").value if blob else None
    if not isinstance(lock, Lock):
        return 0
    written = 0
    for path, entry in lock.outs.items():
        if entry.md5 is None or (only is not None and entry.md5 not in only):
            continue
        held = files.find(path)
        # A report that was edited by hand is not what the stage wrote.
        if held is not None and store.md5(held) == entry.md5:
            written += _write(_place(cache_folder(root), entry.md5), store.content(held) or b"")
    return written


def _place(cache: Path, md5: str) -> Path:
    return cache / "files" / "md5" / md5[:2] / md5[2:]


def _write(path: Path, content: bytes) -> bool:
    if path.exists():
        return False
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    # As DVC protects what lies in its cache.
    Path(name).chmod(0o444)
    Path(name).replace(path)
    return True
