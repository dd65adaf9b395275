"""Flips in the app: rows at once, texts when they come, choices, faults."""

from pathlib import Path

import pytest

from tests.tui.app.browsing import Browsed, body, browsing, line, new_repository, press, settle
from tests.tui.app.evidence import gains_of, new_evidence, shown
from tests.tui.app.pilot import screen_text, until, until_text
from tests.tui.evidence.studies import GOLD, IF, F, commit_study, f_and_if, results, write_corpus, write_study
from tests.tui.history.repository import Repository, cell_path
from tui import actions
from tui.app import DetourApp
from tui.screens.flips import FlipsScreen
from tui.screens.reading import ReadingScreen
from tui.screens.share import ShareScreen


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_evidence(tmp_path / "a study")


async def flips(
    browsed: Browsed, left: str = "main", right: str = "main", a: str = F, b: str | None = IF
) -> FlipsScreen:
    app, pilot = browsed
    app.open_flips(left, right, a, b)
    screen: FlipsScreen = await shown(
        pilot, FlipsScreen, lambda screen: screen.found or "tries again" in screen.table.empty
    )
    await until(pilot, lambda: screen.found is None or screen.table.rows or "alike" in screen.table.empty)
    await settle(app, pilot)
    return screen


def kinds(app: DetourApp) -> list[str]:
    return [" ".join(text.split()[:2]) for text in body(app)[1:] if text.strip()]


def offered(app: DetourApp) -> set[str]:
    """The labels of all keys that the line below may show."""
    return {action.label for action in actions.for_footer(browsing(app).available(), 400)}


class TestRows:
    async def test_rows_are_shown_without_their_texts_and_the_reason_is_told(self, repository: Repository) -> None:
        async with gains_of(repository) as browsed:
            await flips(browsed)
            app = browsed[0]
            assert kinds(app) == ["v broken", "^ fixed", "? split"]
            assert "^ 1 fixed  v 1 broken  ~ 0 changed  ? 1 split  of 12, by majority of 2 seeds" in line(app, "sides")
            assert "row 0, en: v broken; gold ham; A 1:ham 2:ham; B 1:spam 2:spam" in line(app, "detail")
            assert "`dvc repro prepare@sms_spam`" in line(app, "detail")
            assert "McNemar, these checkpoints only: all seeds, each row once, ^1 v2 p 1" in line(app, "tests")
            assert "The gain over new seeds and new rows: -.042" in line(app, "tests")

    async def test_texts_are_filled_in_and_enter_shows_one_whole(self, repository: Repository) -> None:
        write_corpus(repository.root, f_and_if()[0], texts=[f"\x1b[31mtext {row}" for row in range(12)])
        repository.git("checkout", "-q", "reports") if repository.git("diff", "--name-only") else ""
        async with gains_of(repository) as browsed:
            await flips(browsed)
            await until_text(browsed[1], r"\x1b[31mtext 11")
            await press(browsed, "j", "enter")
            assert isinstance(browsed[0].screen, ReadingScreen)
            assert r"\x1b[31mtext 11" in screen_text(browsed[1])

    async def test_one_cell_in_two_experiments(self, repository: Repository) -> None:
        write_study(repository.root, f_and_if(if_={1: GOLD, 2: GOLD}))
        path = cell_path(IF, "predicted")
        files = {path: (repository.root / path).read_text()}
        repository.git("checkout", "-q", ".")
        repository.experiment("try", files)
        async with gains_of(repository) as browsed:
            screen = await flips(browsed, "main", "try", IF, None)
            assert kinds(browsed[0]) == ["^ fixed", "? split"]
            assert "The gain" not in line(browsed[0], "tests")
            await press(browsed, "b")
            await until(browsed[1], lambda: screen.found and screen.found.a.row.name == "try" and screen.table.rows)
            assert kinds(browsed[0])[0] == "v broken"

    async def test_cells_that_predict_alike_say_so(self, tmp_path: Path) -> None:
        made = new_evidence(tmp_path / "study", f={1: GOLD}, if_={1: GOLD})
        async with gains_of(made) as browsed:
            await flips(browsed)
            assert "Both predict every test row alike." in screen_text(browsed[1])
            assert offered(browsed[0]) == {"swap", "share", "keys", "quit", "refresh", "commands", "back"}

    async def test_no_key_is_offered_that_does_nothing(self, repository: Repository) -> None:
        async with gains_of(repository) as browsed:
            await press(browsed, "6")
            assert offered(browsed[0]) == {"keys", "quit", "commands", "back"}
            await flips(browsed)
            assert {"kind", "gold", "predicted", "seed/majority", "filter", "sort", "mark"} <= offered(browsed[0])


class TestChoices:
    async def test_kinds_labels_and_seeds_are_gone_through_and_taken_back(self, repository: Repository) -> None:
        async with gains_of(repository) as browsed:
            screen = await flips(browsed)
            app = browsed[0]
            await press(browsed, "f")
            assert kinds(app) == ["^ fixed"]
            assert "1 shown: kind fixed" in line(app, "sides")
            await press(browsed, "u", "c")
            assert screen.choice.gold == "ham"
            assert len(kinds(app)) == 2
            await press(browsed, "u", "m", "m")
            assert screen.choice.seed == "2"
            assert "of 12, by seed 2" in line(app, "sides")
            await press(browsed, "m")
            assert len(kinds(app)) == 3

    async def test_languages_are_a_choice_where_there_are_several(self, tmp_path: Path) -> None:
        made = new_evidence(tmp_path / "study", languages=["fr", "de"] * 6)
        async with gains_of(made) as browsed:
            await flips(browsed)
            await press(browsed, "n")
            assert "language de" in line(browsed[0], "sides")
            assert kinds(browsed[0]) == ["^ fixed"]

    async def test_y_shares_the_rows_that_are_shown(self, repository: Repository) -> None:
        async with gains_of(repository) as browsed:
            await flips(browsed)
            await press(browsed, "f", "y")
            await until(browsed[1], lambda: isinstance(browsed[0].screen, ShareScreen))


class TestFaults:
    async def test_nothing_chosen_says_how_to_choose(self, repository: Repository) -> None:
        async with gains_of(repository) as browsed:
            await press(browsed, "6")
            assert "Nothing is chosen yet" in screen_text(browsed[1])
            await press(browsed, "f", "b", "y", "enter", "r")
            assert isinstance(browsed[0].screen, FlipsScreen)

    async def test_other_test_rows_are_refused_with_the_reason(self, tmp_path: Path) -> None:
        made = new_repository(tmp_path / "study")
        commit_study(made, [f_and_if()[0], results(IF, {1: [0] * 12, 2: [0] * 12}, gold=[1] * 12)])
        async with gains_of(made) as browsed:
            screen = await flips(browsed)
            assert screen.table.empty.startswith("Test rows differ: A is scored on 12 rows")

    async def test_a_revision_that_is_gone_is_said(self, repository: Repository) -> None:
        async with gains_of(repository) as browsed:
            screen = await flips(browsed, "nowhere", "main")
            assert "'nowhere' names no branch" in screen.table.empty

    async def test_a_low_terminal_keeps_the_rows(self, repository: Repository) -> None:
        async with gains_of(repository, (40, 10)) as browsed:
            await flips(browsed)
            assert "v broken" in screen_text(browsed[1])
