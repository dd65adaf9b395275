"""A new folder that is there whole or not at all.

It is filled beside its place under a hidden name and renamed, which the system refuses where something has been put there meanwhile.
Whoever fills one holds a lock on it: what a killed process has left is known by its lock being free, and removed by the next.
"""

import contextlib
import fcntl
import glob
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

from safetensors import SafetensorError

from pipeline.exporting.faults import ExportFault


@contextlib.contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill, which is renamed to `path` when the block ends well, and vanishes when it fails.

    Raises:
        ExportFault: The disk refuses, or `path` was filled meanwhile.
    """
    with contextlib.ExitStack() as stack:
        try:
            draft = _begin(path, stack)
        except OSError as error:
            raise ExportFault(f"{path} cannot be written ({error.strerror}); give --to a place that can be.") from None
        try:
            yield draft
            _flush(draft)
            draft.rename(path)
        except (OSError, SafetensorError) as error:
            shutil.rmtree(draft, ignore_errors=True)
            reason = (error.strerror if isinstance(error, OSError) else None) or str(error)
            raise ExportFault(
                f"{path} could not be written ({reason}), and nothing of it was left; make room for it and export again."
            ) from None
        except BaseException:
            shutil.rmtree(draft, ignore_errors=True)
            raise


def _begin(path: Path, stack: contextlib.ExitStack) -> Path:
    """An empty folder beside `path`, whose lock `stack` holds."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # Nobody may find it while it is there and not yet locked.
    with _locked(path.parent, wait=True):
        for left in path.parent.glob(f"{glob.escape(_prefix(path))}*"):
            with contextlib.suppress(BlockingIOError, NotADirectoryError), _locked(left):
                shutil.rmtree(left, ignore_errors=True)
        draft = Path(tempfile.mkdtemp(dir=path.parent, prefix=_prefix(path)))
        stack.enter_context(_locked(draft))
    return draft


def _prefix(path: Path) -> str:
    return f".{path.name}.export-"


@contextlib.contextmanager
def _locked(folder: Path, wait: bool = False) -> Iterator[None]:
    """Hold the folder's lock; BlockingIOError where another process does and it is not waited for."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(handle)


def _flush(folder: Path) -> None:
    """Have the files on the disk before their folder gets its name; both may be read by others, since a model is to be shared."""
    folder.chmod(0o755)
    for file in folder.iterdir():
        file.chmod(0o644)
        handle = os.open(file, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
