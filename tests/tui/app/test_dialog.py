"""Keys that come faster than a dialog goes."""

from textual.screen import Screen
from textual.widgets import Button

from tests.tui.app.pilot import until
from tui.app import DetourApp
from tui.palette import Palette
from tui.screens.fields import Blank, FieldsDialog
from tui.screens.tour import TourScreen


async def test_a_dialog_that_is_confirmed_twice_answers_once_and_closes_nothing_below() -> None:
    app = DetourApp()
    answers: list[object] = []
    async with app.run_test() as pilot:
        below: Screen[object] = app.screen
        dialog = FieldsDialog("Which?", [Blank("name", "x")], "Take")
        await app.push_screen(dialog, answers.append)
        button = dialog.query_one("#go", Button)
        button.press()
        button.press()
        await until(pilot, lambda: answers)
        await pilot.pause()
        assert app.screen is below and answers == [{"name": "x"}]


async def test_the_palette_and_the_tour_leave_once() -> None:
    app = DetourApp()
    async with app.run_test() as pilot:
        below: Screen[object] = app.screen
        for screen in (Palette(), TourScreen()):
            await app.push_screen(screen)
            screen.dismiss()
            screen.dismiss()
            await pilot.pause()
            assert app.screen is below
