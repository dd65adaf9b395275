"""A second process that reads a long history from its other end: `python -P -m tui.history.helping FOLDER PARENT`.

Reading a thousand experiments that nothing is kept of is work for one core. The helper puts what it reads into the cache of rows
(`tui.history.rowcache`), the oldest first, where whoever reads the newest first finds it: they meet in the middle. It ends with
the one that began it.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

WORTH = 200
"""Rows to read from which on a helper is worth its start, which takes as long as reading a hundred."""
FEW = 50
"""Rows between two looks at what the other has read."""
ENDS_S = 5.0


@contextmanager
def a_helper(folder: Path) -> Iterator[None]:
    """Have the history of the repository around `folder` read from its other end within the block.

    One that fails is missed by nobody: all that it would have read is read here.
    """
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "tui.history.helping", str(folder), str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        # No memory or no process left for it.
        yield
        return
    try:
        yield
    finally:
        # What it has not written yet is read already.
        process.terminate()
        try:
            process.wait(ENDS_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def main(folder: Path, parent: int) -> None:
    """Read the oldest rows first and keep them, until all are kept or nobody waits for them."""
    from tui.history.rows import FOLDERS, History

    history = History(folder)
    refs = [ref for ref in reversed(history.newest()) if ref.kind not in FOLDERS]
    for start in range(0, len(refs), FEW):
        if os.getppid() != parent:
            return
        part = refs[start : start + FEW]
        history.prefetch(part)
        for ref in part:
            history.row(ref, refs)
        history.save()


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
