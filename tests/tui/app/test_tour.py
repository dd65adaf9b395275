"""The tour of a first visit."""

from pathlib import Path

import pytest

from tests.tui.app.pilot import screen_text, until, until_text
from tui.app import DetourApp
from tui.screens.tour import TourScreen
from tui.visits import is_first_visit, remember_tour, tour_file


async def test_fits_a_small_terminal_and_any_key_leaves_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert is_first_visit()
    app = DetourApp()
    async with app.run_test(size=(80, 24)) as pilot:
        app.action_tour()
        await until_text(pilot, "Any key goes on")
        told = screen_text(pilot)
        assert "pick cells" in told and "every branch, tag and experiment" in told
        await pilot.press("q")
        await until(pilot, lambda: not isinstance(app.screen, TourScreen))
        assert app.is_running and tour_file().exists() and not is_first_visit()


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "detour").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert "cannot be written" in remember_tour()
