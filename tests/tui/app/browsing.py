"""The app over small git repositories, for the tests of the screens that browse history."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from textual.pilot import Pilot

from tests.tui.history.repository import Repository
from tui.app import DetourApp
from tui.screens.browsing import BrowsingScreen

Browsed = tuple[DetourApp, Pilot[None]]


def new_repository(folder: Path) -> Repository:
    """A repository that the app takes for a study, with nothing committed."""
    made = Repository(folder)
    made.write({".dvc/config": "", "params.yaml": "{}\n"})
    return made


@asynccontextmanager
async def opened(repository: Repository, size: tuple[int, int] = (160, 45)) -> AsyncIterator[Browsed]:
    """The app with the list of experiments read."""
    app = DetourApp(repository.root)
    async with app.run_test(size=size) as pilot:
        await settle(app, pilot)
        await app.action_go("experiments")
        await settle(app, pilot)
        yield app, pilot


async def settle(app: DetourApp, pilot: Pilot[None]) -> None:
    """Wait until no worker runs and every message is handled; what one has found may begin another."""
    await pilot.pause()
    while any(not worker.is_finished for worker in app.workers):
        await app.workers.wait_for_complete()
        await pilot.pause()


async def press(browsed: Browsed, *keys: str) -> None:
    """Press keys and wait for what they begin."""
    app, pilot = browsed
    await pilot.press(*keys)
    await settle(app, pilot)


def body(app: DetourApp) -> list[str]:
    """The lines of the table of the present screen."""
    table = browsing(app).table
    return [table.render_line(y).text.rstrip() for y in range(table.size.height)]


def browsing(app: DetourApp) -> BrowsingScreen:
    """The present screen."""
    assert isinstance(app.screen, BrowsingScreen), app.screen
    return app.screen


def line(app: DetourApp, id: str) -> str:
    """What stands in a line around the table."""
    return browsing(app).written(id)


def notices(app: DetourApp) -> list[str]:
    """What the app has told in passing."""
    return [notice.message for notice in app._notifications]
