"""The events of a run, one JSON object a line in `.detour/runs/<id>/events.jsonl`, schema 1.

    {"event": "queued", "schema": 1, "time", "run", "name", "command": [words], "settings": [key=value], "note", "jobs", "priority", "host"}
    {"event": "priority", "time", "priority": the new one of a run that waits}
    {"event": "opened", "time", "process", "began", "host", "attempt": 1, 2 after it was resumed or retried, ...}
    {"event": "planned", "time", "cells": [names], "stages": [names in the order of their phases]}
    {"event": "stage", "time", "stage", "state": started | cached | done | failed | skipped | again, "why", "metrics": {name: value},
     "tail": [the last lines that a failed stage printed]}
    {"event": "epoch", "time", "stage", "seed", "epoch", "epochs", "metrics": {"loss", "dev", "test"}}
    {"event": "note", "time", "text": what else there was to say}
    {"event": "recorded", "time", "experiment", "commit"}
    {"event": "ended", "time", "outcome": done | failed | stopped | refused, "experiment", "commit", "why"}

`queued` and `priority` are written by whoever launches the run and moves it, everything else by its supervisor, of which there is
one at a time. Any number of processes may read while it writes. Every line is appended by one write, so that a kill leaves at most
one torn line, which readers leave out; what a full disk refuses is kept and written as soon as there is room. Times are seconds
since 1970. Readers leave out events and fields that they do not know.
"""

import json
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "events.jsonl"
WAITING, LOCK = "waiting", "lock"
"""Files beside it: what a run has as long as it waits (`tui.runs.queue`), and what its supervisor holds locked."""
SCHEMA = 1


class EventLog:
    """Appends the events of one run.

    Args:
        folder: The run's folder, which exists.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._guard = threading.Lock()
        self._kept = b"" if _ends_whole(self._path) else b"\n"
        """What is still to be written; at first the end of a line that a kill has torn."""

    def write(self, event: str, **values: Any) -> None:
        """Append an event with the present time; empty values are left out."""
        told = {key: value for key, value in values.items() if value not in ("", None, {}, [])}
        line = json.dumps({"event": event, "time": round(time.time(), 3), **told}, allow_nan=False) + "\n"
        with self._guard:
            self._kept += line.encode()
            self._flush()

    def is_whole(self) -> bool:
        """Try to write what is kept; whether all of it stands in the file."""
        with self._guard:
            self._flush()
            return not self._kept

    def _flush(self) -> None:
        if not self._kept:
            return
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                # A full disk may take a part.
                self._kept = self._kept[os.write(handle, self._kept) :]
            finally:
                os.close(handle)
        except OSError:
            # The run goes on; `is_whole` tells whoever asks.
            return


def _ends_whole(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            file.seek(-1, os.SEEK_END)
            return file.read(1) == b"\n"
    except OSError:
        # There is none yet, or it is empty.
        return True


class EventReader:
    """Reads the events of one run, each once."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._offset = 0

    def read(self) -> list[Mapping[str, Any]]:
        """The events that were written since the last call; a line that is not whole yet is left for the next."""
        try:
            with self._path.open("rb") as file:
                file.seek(self._offset)
                whole = file.read().rpartition(b"\n")[0]
        except OSError:
            return []
        if not whole:
            return []
        self._offset += len(whole) + 1
        return [event for line in whole.split(b"\n") if (event := _event(line)) is not None]


def _event(line: bytes) -> Mapping[str, Any] | None:
    """The object of a line; None for what a full disk or a foreign hand left there."""
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("event"), str) else None
