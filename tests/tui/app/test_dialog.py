"""Keys that come faster than a dialog goes."""

import pytest
from textual.command import CommandList
from textual.events import Key
from textual.screen import Screen
from textual.widgets import Button

from tests.tui.app.pilot import until
from tui.actions import Action
from tui.app import DetourApp
from tui.palette import Palette
from tui.screens.base import DetourScreen
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


async def test_enter_twice_in_the_palette_does_one_thing_once(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []

    async def give(_screen: DetourScreen, action: Action) -> None:
        given.append(action.id)

    monkeypatch.setattr(DetourScreen, "give", give)
    app = DetourApp()
    async with app.run_test() as pilot:
        below: Screen[object] = app.screen
        palette = Palette()
        await app.push_screen(palette)
        await pilot.press(*"keys")
        await until(pilot, lambda: palette.query_one(CommandList).option_count)
        for _ in range(6):
            app.post_message(Key("enter", "\r"))
        await until(pilot, lambda: app.screen is below and given)
        await pilot.pause()
        assert len(given) == 1


async def test_a_palette_that_comes_when_another_screen_is_gone_to_already_is_left_again() -> None:
    app = DetourApp()
    async with app.run_test() as pilot:
        mode, below = app.current_mode, app.screen
        app.push_screen(Palette())
        app.switch_mode("runs")
        await pilot.pause()
        await pilot.press(*"jk")
        app.switch_mode(mode)
        await until(pilot, lambda: app.screen is below)


async def test_keys_of_the_palettes_list_are_taken_where_it_has_no_room() -> None:
    app = DetourApp()
    async with app.run_test(size=(40, 4)) as pilot:
        await app.push_screen(Palette())
        await pilot.pause()
        await pilot.press("pagedown", "pageup", "down", "pagedown")
        assert app.return_code is None and isinstance(app.screen, Palette)


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
