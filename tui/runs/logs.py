"""What DVC and a stage print, kept in `logs/` of the run's folder: a file each time that a stage is brought up to date."""

import contextlib
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TextIO


class StageLog:
    """One such file, in the order of their beginnings by name; where the disk refuses, that is told once and the run goes on.

    Args:
        folder: Holds the logs of the run.
        stage: The stage's name.
        note: Told what the disk refused.
    """

    def __init__(self, folder: Path, stage: str, note: Callable[[str], None]) -> None:
        self._note = note
        self._file: TextIO | None = None
        try:
            self._file = _opened(folder, stage.replace("@", "-"))
        except OSError as error:
            self._give_up(folder, error)

    def __enter__(self) -> "StageLog":
        return self

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            with contextlib.suppress(OSError):
                self._file.close()

    def write(self, line: str) -> None:
        """Append a line."""
        if self._file is None:
            return
        try:
            self._file.write(line)
        except OSError as error:
            self._give_up(Path(self._file.name), error)

    def _give_up(self, path: Path, error: OSError) -> None:
        self._file = None
        self._note(f"{path} cannot be written ({error.strerror}); the run goes on without it.")


_naming = threading.Lock()


def _opened(folder: Path, stem: str) -> TextIO:
    """A new file whose number follows the highest; a run has one process that writes logs."""
    with _naming:
        taken = [int(head) for path in folder.glob("*.log") if (head := path.name.split("-")[0]).isdigit()]
        path = folder / f"{max(taken, default=0) + 1:04d}-{stem}.log"
        return path.open("x", encoding="utf-8", errors="replace", buffering=1)
