"""Runs that a test tells by itself, and the runs screen over them."""

import os
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot

from tests.tui.app.pilot import until
from tui.app import DetourApp
from tui.runs.events import LOCK, EventLog
from tui.runs.locks import take_lock
from tui.runs.process import start_of
from tui.screens.runs import RunsScreen

CELL = "classification@sms_spam-pretrained-bert"
COMMIT = "0123456789" * 4


def folder_of(study: Path, number: int) -> Path:
    """Where a run of a test lies."""
    return study / ".detour" / "runs" / f"20261121-10000{number}-abcd"


def a_planning_run(study: Path, number: int, **values: Any) -> EventLog:
    """A run of this process that does not know its stages yet."""
    log = _introduced(study, number)
    me = os.getpid()
    log.write("opened", **{"process": me, "began": start_of(me), "host": socket.gethostname(), **values})
    return log


def a_run(study: Path, number: int, **values: Any) -> EventLog:
    """A run of this process with a plan of two stages."""
    log = a_planning_run(study, number, **values)
    log.write("planned", cells=[CELL], stages=["encoder@bert", CELL])
    return log


def a_waiting_run(study: Path, number: int, **values: Any) -> EventLog:
    """A run whose supervisor is begun and has not opened it, so that nobody else begins it."""
    log = _introduced(study, number, **values)
    # Held until the tests end.
    assert take_lock(folder_of(study, number) / LOCK) is not None
    return log


def _introduced(study: Path, number: int, **values: Any) -> EventLog:
    folder = folder_of(study, number)
    (folder / "logs").mkdir(parents=True)
    log = EventLog(folder)
    told = {"name": f"run{number}", "command": ["detour", "run", CELL], "jobs": 1, "priority": 0, "time": 1000 + number}
    log.write("queued", schema=1, run=folder.name, **{**told, **values})
    return log


@asynccontextmanager
async def on_runs(study: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Pilot[Any], RunsScreen]]:
    """The app with the runs screen open."""
    async with DetourApp(study).run_test(size=size, notifications=True) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen))
        screen = pilot.app.screen
        assert isinstance(screen, RunsScreen)
        yield pilot, screen


def heard(screen: RunsScreen, monkeypatch: Any) -> list[list[str]]:
    """The commands that the app would give, in the place of giving them."""
    given: list[list[str]] = []
    monkeypatch.setattr(screen.detour, "give", lambda words, done="": given.append(list(words)))
    return given
