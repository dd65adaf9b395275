"""The page of a cell in the app."""

from pathlib import Path

import pytest

from tests.tui.app.browsing import Browsed, line, press, settle
from tests.tui.app.evidence import gains_of, new_evidence, shown, text_of
from tests.tui.app.pilot import screen_text, until, until_text
from tests.tui.evidence.studies import IF, F, write_page
from tests.tui.history.repository import Repository, cell_path
from tui.screens.cell import CellScreen
from tui.screens.cell_matrix import MatrixScreen
from tui.screens.flips import FlipsScreen
from tui.screens.share import ShareScreen


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = new_evidence(tmp_path / "a study")
    write_page(made.root)
    made.commit()
    return made


async def opened_cell(browsed: Browsed, name: str = IF) -> CellScreen:
    app, pilot = browsed
    app.open_cell("main", name)
    screen: CellScreen = await shown(pilot, CellScreen, lambda screen: screen.settled)
    await settle(app, pilot)
    return screen


async def test_scores_epochs_and_curve_are_on_the_page(repository: Repository) -> None:
    async with gains_of(repository, (80, 60)) as browsed:
        screen = await opened_cell(browsed)
        told = screen_text(browsed[1])
        assert "test accuracy by epoch  seed 1  seed 2" in told
        # At its first epoch each seed is best on test, and dev selects the second.
        assert "◆" in told
        assert "○" in told
        assert "<dev" in told
        assert screen.query_one("#curve").display
        assert text_of(browsed[1], "#side").startswith(f"{IF}\nmain")
        await press(browsed, "d")
        assert "dev accuracy by epoch" in screen_text(browsed[1])


async def test_tab_goes_from_section_to_section_and_y_shares_the_one_at_the_top(repository: Repository) -> None:
    async with gains_of(repository, (80, 24)) as browsed:
        screen = await opened_cell(browsed)
        assert screen._at() == "scores"
        await press(browsed, "tab", "tab")
        assert screen._at() == "confusion"
        await press(browsed, "y")
        await until(browsed[1], lambda: isinstance(browsed[0].screen, ShareScreen))
        share = browsed[0].screen
        assert isinstance(share, ShareScreen)
        assert share._sheet is not None
        assert share._sheet.title == f"{IF}: confusion"


async def test_the_matrix_is_gone_through_seed_by_seed(repository: Repository) -> None:
    async with gains_of(repository) as browsed:
        await opened_cell(browsed)
        await press(browsed, "m")
        app = browsed[0]
        assert isinstance(app.screen, MatrixScreen)
        await press(browsed, "l", "l")
        assert line(app, "detail") == "1.5 of 6 rows with ham are taken for spam"
        await press(browsed, "m")
        assert line(app, "detail") == "1 of 6 rows with ham are taken for spam"
        assert "seed 1" in line(app, "side")


async def test_f_opens_the_flips_of_an_if_cell_and_nothing_for_an_f_cell(repository: Repository) -> None:
    async with gains_of(repository) as browsed:
        await opened_cell(browsed, F)
        await press(browsed, "f")
        assert isinstance(browsed[0].screen, CellScreen)
        await press(browsed, "escape")
        await opened_cell(browsed)
        await press(browsed, "f")
        await shown(browsed[1], FlipsScreen, lambda screen: screen.found)


async def test_what_is_missing_is_said_and_the_rest_shown(repository: Repository) -> None:
    repository.commit({cell_path(IF, "predicted"): None})
    async with gains_of(repository) as browsed:
        await opened_cell(browsed)
        assert "(!) main holds no reports/predicted" in text_of(browsed[1], "#side")
        assert "accuracy" in screen_text(browsed[1])
        await press(browsed, "m", "f")
        assert isinstance(browsed[0].screen, CellScreen)


async def test_a_cell_that_is_not_there_is_said(repository: Repository) -> None:
    async with gains_of(repository) as browsed:
        await opened_cell(browsed, "classification@nothing-imdb-bert")
        await until_text(browsed[1], "main has no cell 'classification@nothing-imdb-bert'")
        await press(browsed, "escape")
        assert not isinstance(browsed[0].screen, CellScreen)


async def test_a_branch_that_is_deleted_leaves_a_sentence_and_no_numbers(repository: Repository) -> None:
    repository.git("branch", "gone")
    async with gains_of(repository, (80, 24)) as browsed:
        app, pilot = browsed
        app.open_cell("gone", IF)
        await shown(pilot, CellScreen, lambda screen: screen.settled)
        await settle(app, pilot)
        assert "accuracy" in screen_text(pilot)
        repository.git("branch", "-D", "gone")
        await press(browsed, "r", "tab", "f")
        told = " ".join(screen_text(pilot).split())
        assert f"{IF} of gone 'gone' names no branch, tag, experiment or commit" in told
        assert "r tries again, Esc goes back." in told and "accuracy" not in told
        repository.git("branch", "gone")
        await press(browsed, "r")
        assert "accuracy" in screen_text(pilot)
