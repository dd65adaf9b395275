"""Writing a recording while the app runs, line by line, so that an app that dies leaves what led there."""

import time
from pathlib import Path
from typing import Any, TextIO

from textual import events

from pipeline.errors import InputError
from tui.recording.events import Happened, head


class Recorder:
    """Keeps what reaches the app from outside.

    Args:
        path: The file, which must not be there yet.
        version: Of Detour.
        size: Columns and lines of the terminal.

    Raises:
        InputError: The file is there already or cannot be written.
    """

    def __init__(self, path: Path, version: str, size: tuple[int, int]) -> None:
        try:
            # Line by line on the disk; exclusive, so that nothing is written over.
            self._file: TextIO = path.open("x", encoding="utf-8", buffering=1)
        except FileExistsError:
            raise InputError(f"{path} is there already; give the recording another name.") from None
        except OSError as error:
            raise InputError(f"{path} cannot be written ({error.strerror}); give another place.") from None
        self._begun = time.monotonic()
        self._file.write(head(version, size) + "\n")

    def take(self, event: events.Event, screen: str) -> None:
        """Note an event of the terminal; others are passed over."""
        found = _described(event)
        if found is not None:
            kind, value = found
            self._file.write(Happened(time.monotonic() - self._begun, kind, value, screen).line() + "\n")

    def close(self) -> None:
        """End the recording."""
        self._file.close()


def _described(event: events.Event) -> tuple[str, Any] | None:
    match event:
        case events.Key():
            return "key", event.key
        case events.MouseUp():
            return "click", [int(event.x), int(event.y)]
        case events.MouseScrollDown() | events.MouseScrollUp():
            return "scroll", [int(event.x), int(event.y), 1 if isinstance(event, events.MouseScrollDown) else -1]
        case events.Paste():
            return "paste", event.text
        case events.Resize():
            return "size", [event.size.width, event.size.height]
    return None
