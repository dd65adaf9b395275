"""Playing a recording: in the terminal at the speed of then, or without one, as fast as the app settles, with pictures."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from textual import events
from textual.pilot import Pilot
from textual.worker import WorkerCancelled, WorkerFailed

from pipeline.errors import InputError
from tui.recording.events import Happened, Recording

if TYPE_CHECKING:
    from tui.app import DetourApp

LONGEST_PAUSE_S = 5.0
"""Longer pauses are shortened to this."""
PATIENCE_S = 20.0
"""How long work that is under way is waited for before a picture."""
_NAME = re.compile(r"[A-Za-z0-9][\w-]*")


@dataclass
class Replayed:
    """What came of it."""

    pictures: list[Path] = field(default_factory=list)
    left_at: str = ""
    """The first event that met another screen than when it was recorded; empty where all met theirs."""


class Replay:
    """Plays one recording in one app.

    Args:
        app: Not running yet.
        recording: What is played.
        pictures: Where pictures go; None plays at the speed of the recording and draws in the terminal.
        speed: How many times faster pauses pass in the terminal.
    """

    def __init__(
        self, app: "DetourApp", recording: Recording, pictures: Path | None = None, speed: float = 1.0
    ) -> None:
        self._app = app
        self._recording = recording
        self._pictures = pictures
        self._speed = speed
        self.found = Replayed()

    def run(self) -> Replayed:
        """Play it to its end, then leave the app."""
        headless = self._pictures is not None
        self._app.run(headless=headless, size=self._recording.size if headless else None, auto_pilot=self._play)
        return self.found

    async def _play(self, pilot: Pilot[Any]) -> None:
        await self._settle(pilot)
        last = 0.0
        for event in self._recording.events:
            if self._pictures is None:
                await asyncio.sleep(min(LONGEST_PAUSE_S, max(0.0, event.at - last)) / self._speed)
            last = event.at
            self._compare(event)
            await self._give(pilot, event)
            if not self._app.is_running:
                return
            await self._settle(pilot)
        self._app.exit()

    def _compare(self, event: Happened) -> None:
        here = self._app.place
        if event.screen and event.screen != here and not self.found.left_at:
            self.found.left_at = f"at {event.at:.1f} s the recording was on {event.screen}, the replay on {here}"

    async def _give(self, pilot: Pilot[Any], event: Happened) -> None:
        match event.kind:
            case "key":
                await pilot.press(event.value)
            case "click":
                await pilot.click(offset=(event.value[0], event.value[1]))
            case "scroll":
                self._scroll(*event.value)
            case "paste":
                self._app.post_message(events.Paste(event.value))
            case "size" if self._pictures is not None:
                await pilot.resize_terminal(event.value[0], event.value[1])
            case "picture" if self._pictures is not None:
                self._draw(self._pictures, event.value)

    def _scroll(self, column: int, line: int, step: int) -> None:
        made: Callable[..., events.MouseEvent] = events.MouseScrollDown if step > 0 else events.MouseScrollUp
        self._app.post_message(made(None, column, line, 0, step, 0, False, False, False, column, line))

    async def _settle(self, pilot: Pilot[Any]) -> None:
        """Wait until keys have done what they do, and before pictures until the work behind them is done."""
        await pilot.pause()
        if self._pictures is None:
            return
        try:
            await asyncio.wait_for(self._app.workers.wait_for_complete(), PATIENCE_S)
        except (TimeoutError, WorkerCancelled, WorkerFailed):
            # A picture of a screen that still works is a picture as well.
            return
        await pilot.pause()

    def _draw(self, folder: Path, name: str) -> None:
        if not _NAME.fullmatch(name):
            raise InputError(f"A picture cannot be named '{name}'; letters, digits, _ and - make its name.")
        folder.mkdir(parents=True, exist_ok=True)
        self.found.pictures.append(Path(self._app.save_screenshot(f"{name}.svg", str(folder))))
