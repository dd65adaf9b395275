"""Where a fit keeps what it needs to go on after a kill, and what came out of it once it has finished.

A fit has a folder named by its fingerprint, below a folder of all states, with a lock and one file. The file is what
`torch.save` writes of tensors and plain values, and the SHA-256 of that; it is read without running code (`weights_only`).
It is written beside its place, flushed to disk and renamed, so that a kill or a full disk leaves the last good one. A file that
is cut or changed is set aside as `damaged-<number>` and named.

The lock is held while a fit runs: a second process that wants the same fit waits, and then finds it finished.
"""

import contextlib
import fcntl
import hashlib
import io
import os
import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
import torch

from pipeline.training.about import write_about

MINUTES = 5.0
"""Between two states within an epoch; each epoch's end has one of its own."""

DAYS = 30.0
"""Age after which nobody is expected to come back for a state."""

GIBIBYTES = 20.0
"""Size of all states beyond which the oldest go."""

_DIGEST = hashlib.sha256().digest_size


class StateFolder:
    """The states of one fit."""

    def __init__(
        self,
        root: Path,
        fingerprint: str,
        say: Callable[[str], None] = print,
        minutes: float = MINUTES,
        about: Mapping[str, Any] | None = None,
    ):
        """`root` holds the states of all fits; `say` is told in a sentence what went wrong with a file; `about` as of `States`."""
        self.folder = Path(root) / fingerprint
        self.about = about
        self.say = say
        self._minutes = minutes
        self._saved = time.monotonic()

    @contextlib.contextmanager
    def held(self) -> Iterator[bool]:
        """Hold the fit's lock, which is let go when the block or the process ends; whether the folder can be used.

        A folder that cannot (read-only, not a folder, no room) is told of, and the block goes on without states.
        """
        with contextlib.ExitStack() as stack:
            try:
                self._lock(stack)
                is_usable = True
            except OSError as error:
                is_usable = False
                self.say(
                    f"The state folder {self.folder} cannot be used ({error.strerror}): training goes on without it, and a kill "
                    "loses everything; make it a folder that can be written."
                )
            yield is_usable

    def _lock(self, stack: contextlib.ExitStack) -> None:
        while True:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = stack.enter_context((self.folder / "lock").open("a"))
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self.say("Another process trains this seed: waiting for it.")
                fcntl.flock(lock, fcntl.LOCK_EX)
            # Between opening and locking, another process may have pruned the folder away.
            if _is_there(lock, self.folder / "lock"):
                return

    def is_due(self) -> bool:
        """Whether the last state is so old that a step may be followed by another."""
        return time.monotonic() - self._saved >= self._minutes * 60

    def save(self, state: dict[str, Any]) -> bool:
        """Write `state` in the place of the last one; where the disk refuses, say so and keep the last one.

        Returns:
            Whether it was written.
        """
        self._saved = time.monotonic()
        draft = self.folder / f"draft-{os.getpid()}"
        try:
            with draft.open("wb") as file:
                hashing = _Hashing(file)
                torch.save(state, hashing)
                file.write(hashing.total.digest())
                file.flush()
                os.fsync(file.fileno())
            draft.replace(self.folder / "state")
            if self.about is not None:
                write_about(self.folder, self.about, state, DAYS, GIBIBYTES)
            _flush_folder(self.folder)
        # torch's writer turns a full disk into a RuntimeError of its own.
        except (OSError, RuntimeError) as error:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            self.say(
                f"The state in {self.folder} could not be written ({_reason(error)}): training goes on, and a kill now would "
                "lose what followed the last state; free some space."
            )
            return False
        return True

    def load(self) -> dict[str, Any] | None:
        """The last state, or None where there is none or it is damaged."""
        for left in self.folder.glob("draft-*"):
            left.unlink(missing_ok=True)
        path = self.folder / "state"
        try:
            content = path.read_bytes()
        except FileNotFoundError:
            return None
        except OSError:
            # A folder in its place, or bytes that the disk no longer gives.
            content = b""
        body, digest = content[:-_DIGEST], content[-_DIGEST:]
        if hashlib.sha256(body).digest() != digest:
            aside = _set_aside(path)
            self.say(
                f"The state {path} is damaged and was set aside as {aside.name}: the seed is trained from its beginning."
            )
            return None
        state: dict[str, Any] = torch.load(io.BytesIO(body), map_location="cpu", weights_only=True)
        return state


def prune(root: Path, days: float = DAYS, gibibytes: float = GIBIBYTES) -> list[Path]:
    """Remove states that are older than `days`, and the oldest beyond `gibibytes` in all; none that is in use.

    Returns:
        The folders that were removed.
    """
    folders = [folder for folder in Path(root).glob("*") if folder.is_dir()] if Path(root).is_dir() else []
    removed, total = [], 0
    for changed, size, folder in sorted((_age_and_size(folder) for folder in folders), reverse=True):
        total += size
        if (time.time() - changed > days * 86_400 or total > gibibytes * 2**30) and _remove(folder):
            removed.append(folder)
            total -= size
    return removed


def random_state() -> dict[str, Any]:
    """The states of all generators that a training draws from, as plain values and tensors."""
    kind, keys, position, has_gauss, gauss = np.random.get_state()
    return {
        "python": random.getstate(),
        "numpy": (kind, torch.from_numpy(keys.astype(np.int64)), position, has_gauss, gauss),
        "torch": torch.get_rng_state(),
        "cuda": torch.cuda.get_rng_state_all() if torch.cuda.is_available() else [],
    }


def restore_random_state(state: dict[str, Any]) -> None:
    """Put all generators back where `random_state` found them."""
    random.setstate(state["python"])
    kind, keys, *rest = state["numpy"]
    np.random.set_state((kind, keys.numpy().astype(np.uint32), *rest))
    torch.set_rng_state(state["torch"])
    if state["cuda"]:
        torch.cuda.set_rng_state_all(state["cuda"])


def seed_all(seed: int) -> None:
    """Seed the generators of Python, NumPy and torch."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)


class _Hashing:
    """A file that is written through a hash, so that a large state never lies in memory twice."""

    def __init__(self, file: IO[bytes]):
        self._file = file
        self.total = hashlib.sha256()

    def write(self, data: Any) -> int:
        self.total.update(data)
        return self._file.write(data)

    def flush(self) -> None:
        self._file.flush()


def _reason(error: Exception) -> str:
    """Why a file could not be written, in the system's words where it is known."""
    known = error if isinstance(error, OSError) else error.__context__
    return known.strerror if isinstance(known, OSError) and known.strerror else str(error).splitlines()[0]


def _is_there(lock: Any, path: Path) -> bool:
    try:
        return os.path.samestat(os.fstat(lock.fileno()), path.stat())
    except FileNotFoundError:
        return False


def _set_aside(path: Path) -> Path:
    """Rename a damaged file to the first free `damaged-<number>`."""
    number = 1
    while (aside := path.with_name(f"damaged-{number}")).exists():
        number += 1
    path.rename(aside)
    return aside


def _flush_folder(folder: Path) -> None:
    """Make a rename outlive a loss of power."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _age_and_size(folder: Path) -> tuple[float, int, Path]:
    """Time of the last change, bytes, and the folder; another process may be removing it."""
    changed, size = 0.0, 0
    with contextlib.suppress(FileNotFoundError):
        changed = folder.stat().st_mtime
        for path in folder.iterdir():
            found = path.stat()
            changed, size = max(changed, found.st_mtime), size + found.st_size
    return changed, size, folder


def _remove(folder: Path) -> bool:
    """Remove a fit's states unless a process holds its lock."""
    try:
        with (folder / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder)
            return True
    except (BlockingIOError, FileNotFoundError):
        return False
