"""The app over a small study with gains, for the tests of gains, flips and cells."""

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widget import Widget
from textual.widgets import Static

from tests.tui.app.browsing import Browsed, new_repository, settle
from tests.tui.app.pilot import until
from tests.tui.evidence.studies import commit_study, f_and_if
from tests.tui.history.repository import Repository
from tui.app import DetourApp
from tui.screens.gains import GainsScreen


def new_evidence(folder: Path, **more: Any) -> Repository:
    """A study of one F and one IF cell, committed."""
    made = new_repository(folder)
    commit_study(made, f_and_if(**more))
    return made


@asynccontextmanager
async def gains_of(repository: Repository, size: tuple[int, int] = (120, 40)) -> AsyncIterator[Browsed]:
    """The app on its gains screen, read."""
    app = DetourApp(repository.root)
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        await pilot.press("5")
        await until(pilot, lambda: isinstance(app.screen, GainsScreen) and app.screen.settled)
        yield app, pilot


async def shown(pilot: Pilot[None], kind: type[Widget] | type[Any], ready: Callable[[Any], object]) -> Any:
    """The present screen, once it is of a kind and ready."""
    await until(
        pilot,
        lambda: isinstance(pilot.app.screen, kind) and pilot.app.screen.query("#body") and ready(pilot.app.screen),
    )
    await settle(pilot.app, pilot)  # type: ignore[arg-type]
    return pilot.app.screen


def text_of(pilot: Pilot[None], selector: str) -> str:
    """What a text of the present screen says."""
    return str(pilot.app.screen.query_one(selector, Static).render())
