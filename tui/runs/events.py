"""The events of a run, one JSON object a line in `.detour/runs/<id>/events.jsonl`.

    {"event": "opened", "time", "run", "name", "command": [words], "process", "began", "host",
     "base", "settings": [key=value]}
    {"event": "planned", "time", "cells": [names], "stages": [names in the order of their phases]}
    {"event": "stage", "time", "stage", "state": started | cached | done | failed | skipped, "why", "metrics": {name: value}}
    {"event": "note", "time", "text": what else there was to say}
    {"event": "ended", "time", "outcome": done | failed | interrupted, "experiment", "commit", "why"}

One process writes; any number may read while it does. Every line is appended by one write, so that a killed run leaves at most
one torn line at the end, which readers leave out. Times are seconds since 1970.
"""

import json
import os
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE = "events.jsonl"


class EventLog:
    """Appends the events of one run.

    Args:
        folder: The run's folder, which exists.
    """

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE
        self._guard = threading.Lock()

    def write(self, event: str, **values: Any) -> None:
        """Append an event with the present time; empty values are left out."""
        told = {key: value for key, value in values.items() if value not in ("", None, {})}
        line = json.dumps({"event": event, "time": round(time.time(), 3), **told}, allow_nan=False) + "\n"
        with self._guard:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
            try:
                os.write(handle, line.encode())
            finally:
                os.close(handle)


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
    except ValueError:
        return None
    return found if isinstance(found, dict) and isinstance(found.get("event"), str) else None
