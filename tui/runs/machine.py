"""The folder that all runs on one machine share, whichever checkout and user they belong to: who has which slot, which GPU.

It is `/tmp/detour-machine`, or what DETOUR_MACHINE names: sticky and writable by everybody, made by whoever comes first. What is
held there is a file with a lock of the kernel's (flock) on it, which vanishes with its holder, so that nothing is ever stale.
Others may put anything there: no link is followed, and what is no plain file of one name is passed over.
"""

import fcntl
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Event

from pipeline.errors import InputError

VARIABLE = "DETOUR_MACHINE"
"""Names another folder; all who are to share one machine have to name the same."""

FOLDER = Path("/tmp/detour-machine")

TURN_SECONDS = 0.02
"""Between two looks at whether it is our turn; a turn takes a millisecond."""


class Stopped(Exception):
    """Waiting was given up, because it was asked to stop."""


@contextmanager
def turn(stop: Event) -> Iterator[int]:
    """The folder, open (for `dir_fd`) and locked: nobody else looks at it or writes to it within the block.

    Raises:
        Stopped: `stop` was set before it was our turn.
        InputError: The folder cannot be made or written.
    """
    while (opened := _open_folder()) is None:
        if stop.wait(TURN_SECONDS):
            raise Stopped
    try:
        yield opened
    finally:
        os.close(opened)


def _open_folder() -> int | None:
    folder = machine_folder()
    try:
        opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError as error:
        raise unusable(error) from None
    # Whoever tidies /tmp may have removed it in between.
    if is_taken(opened) and os.fstat(opened).st_nlink:
        return opened
    os.close(opened)
    return None


def is_taken(opened: int) -> bool:
    """Lock an open file for as long as it stays open; False where somebody else has it."""
    try:
        fcntl.flock(opened, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def open_shared(name: str, folder: int, flags: int = os.O_RDWR) -> int | None:
    """The plain file of that name in the open folder; None where it cannot be had so, or is anything else.

    Raises:
        FileNotFoundError: There is none.
    """
    try:
        # Without O_CREAT, which systems refuse for others' files in a sticky folder; a pipe would block.
        opened = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK, dir_fd=folder)
    except FileNotFoundError:
        raise
    except OSError:
        return None
    found = os.fstat(opened)
    if stat.S_ISREG(found.st_mode) and found.st_nlink == 1:
        return opened
    os.close(opened)
    return None


def make_shared(name: str, folder: int, mode: int = 0o666) -> int:
    """A new file of that name and mode, whatever the umask, open for reading and writing.

    Raises:
        InputError: It cannot be made.
    """
    try:
        opened = os.open(name, os.O_RDWR | os.O_CREAT | os.O_EXCL, mode, dir_fd=folder)
    except OSError as error:
        raise unusable(error) from None
    os.fchmod(opened, mode)
    return opened


def unusable(error: OSError) -> InputError:
    """The one sentence for a folder that cannot be used."""
    return InputError(
        f"{_path()}, where the runs on this machine share its slots and GPUs, cannot be used ({error.strerror}); "
        f"mend it, or set {VARIABLE} to a folder that everybody who shares them may write."
    )


def _path() -> Path:
    named = os.environ.get(VARIABLE)
    # A link of one's own naming is followed, one that lies in /tmp is not.
    return Path(named).expanduser().resolve() if named else FOLDER


def machine_folder() -> Path:
    """The folder, made where it is missing.

    Raises:
        InputError: It cannot be made or written.
    """
    path = _path()
    try:
        if not path.exists():
            _make(path)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(0, "no permission to write it")
    except OSError as error:
        raise unusable(error) from None
    return path


def _make(path: Path) -> None:
    """Make it at once with its mode, which mkdir leaves to the umask of whoever comes first."""
    made = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    made.mkdir()
    made.chmod(0o1777)
    try:
        made.rename(path)
    except OSError:
        made.rmdir()
        if not path.is_dir():
            raise
