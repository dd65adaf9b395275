"""Driving the app in a test: wait until something holds, read what stands on the screen."""

import asyncio
from collections.abc import Callable
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Static


async def until(pilot: Pilot[Any], holds: Callable[[], object], seconds: float = 60) -> None:
    """Wait until something holds; the screen is told where it does not."""
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while not holds():
        assert loop.time() < end, f"it did not come about:\n{screen_text(pilot)}"
        await pilot.pause(0.02)


async def until_text(pilot: Pilot[Any], text: str, seconds: float = 60) -> None:
    """Wait until a text stands on the screen, over the ends of lines and within a notice too."""
    await until(pilot, lambda: text in " ".join(screen_text(pilot).replace("▌", " ").split()), seconds)


def screen_text(pilot: Pilot[Any]) -> str:
    """What stands on the screen, line by line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join("".join(segment.text for segment in strip).rstrip() for strip in strips)


def text_of(pilot: Pilot[Any], selector: str) -> str:
    """What a static text of the present screen says."""
    return str(pilot.app.screen.query_one(selector, Static).render())
