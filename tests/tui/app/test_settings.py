"""The settings screen: values of the user's configuration, changed one at a time, holding at once."""

from pathlib import Path

import pytest

from tests.tui.app.pilot import screen_text, text_of, until, until_text
from tui.app import DetourApp
from tui.appearance.themes import LIGHT
from tui.config import load_config
from tui.screens.settings import SettingsScreen


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    path = tmp_path / "config.toml"
    path.write_text("# mine\n[notify]\nbell = false # quiet\n")
    monkeypatch.setenv("DETOUR_CONFIG", str(path))
    return path


async def test_enter_goes_through_the_few_values_of_a_key_and_keeps_the_files_comments(file: Path) -> None:
    app = DetourApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(SettingsScreen())
        await until_text(pilot, "app.theme")
        screen = app.screen
        assert isinstance(screen, SettingsScreen)
        screen.lines.move_to("app.theme")
        await pilot.press("enter", "enter")
        await until(pilot, lambda: app.theme == LIGHT.name)
        assert load_config().app.theme == "light"
        assert "# mine" in file.read_text() and "# quiet" in file.read_text()
        await pilot.press("u")
        await until(pilot, lambda: app.theme != LIGHT.name)
        assert load_config().app.theme == "auto"


async def test_what_a_value_means_stands_below(file: Path) -> None:
    app = DetourApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(SettingsScreen())
        await until_text(pilot, "* notify.bell")
        await pilot.press("j")
        await until(pilot, lambda: "rings when it ends" in text_of(pilot, "#meaning"))
        assert "true, false" in text_of(pilot, "#meaning")


async def test_a_value_that_does_not_fit_is_told_and_nothing_is_written(file: Path) -> None:
    before = file.read_text()
    app = DetourApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(SettingsScreen())
        await until_text(pilot, "runs.slots")
        await pilot.press("enter")
        await until_text(pilot, "Write")
        await pilot.press("0", "enter")
        await until_text(pilot, "greater than or equal to 1")
        assert file.read_text() == before


async def test_letters_become_ascii_at_once(file: Path) -> None:
    app = DetourApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(SettingsScreen())
        await until_text(pilot, "app.letters")
        screen = app.screen
        assert isinstance(screen, SettingsScreen)
        screen.lines.move_to("runs.slots")
        await pilot.press("enter")
        await until_text(pilot, "Write")
        assert not screen_text(pilot).isascii()
        await pilot.press("escape")
        screen.lines.move_to("app.letters")
        await pilot.press("enter", "enter")
        await until(pilot, lambda: app.letters.enabled)
        screen.lines.move_to("runs.slots")
        await pilot.press("enter")
        await until_text(pilot, "Write")
        assert screen_text(pilot).isascii()
