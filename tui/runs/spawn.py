"""Starting `detour` in a process of its own session, which goes on when the app or its terminal ends."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO


@dataclass(frozen=True)
class Spawned:
    """A process of `detour` and what it says."""

    process: "subprocess.Popen[bytes]"
    said: IO[bytes]
    """Its standard output; a file without a name rather than a pipe, since whoever would read a pipe may be gone."""
    complained: IO[bytes]
    """Its standard error."""

    def wait(self) -> tuple[int, str, str]:
        """Its exit status, what it said and what it complained of, once it has ended."""
        status = self.process.wait()
        return status, _text(self.said), _text(self.complained)

    def end(self) -> None:
        """Ask it to end."""
        if self.process.poll() is None:
            # Another thread may be the first to learn that it has just ended.
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGTERM)


def spawn(folder: Path, words: Sequence[str]) -> Spawned:
    """Start `detour WORDS` in `folder`."""
    # They live as long as somebody holds them.
    said, complained = tempfile.TemporaryFile(), tempfile.TemporaryFile()  # noqa: SIM115
    # -P: this program's own modules, not those of the folder.
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tui", *words],
        cwd=folder,
        stdin=subprocess.DEVNULL,
        stdout=said,
        stderr=complained,
        start_new_session=True,
    )
    return Spawned(process, said, complained)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")
