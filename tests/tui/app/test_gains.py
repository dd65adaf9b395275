"""Table 1 in the app: what it shows, where its keys lead."""

import json
from pathlib import Path

import pytest

from tests.tui.app.browsing import new_repository, press, settle
from tests.tui.app.evidence import gains_of, new_evidence, shown, text_of
from tests.tui.app.pilot import screen_text, until, until_text
from tests.tui.evidence.studies import IF, NOTE, F, commit_study, f_and_if
from tests.tui.history.repository import Repository, cell_path
from tui.app import DetourApp
from tui.screens.cell import CellScreen
from tui.screens.flips import FlipsScreen
from tui.screens.gains import GainsScreen
from tui.screens.gains_choice import GainsChoice
from tui.screens.reading import ReadingScreen
from tui.screens.share import ShareScreen


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_evidence(tmp_path / "a study")


class TestMatrix:
    async def test_a_target_has_its_gains_and_the_papers_below(self, repository: Repository) -> None:
        async with gains_of(repository, (80, 24)) as (_, pilot):
            lines = screen_text(pilot).splitlines()
            replica = next(line for line in lines if line.startswith(" sms_spam"))
            assert replica.split() == ["sms_spam", ".917", ".875", "-.042", "[-.655,", "+.571]", "~*", ".500", ".500"]
            assert lines[lines.index(replica) + 1].split() == ["paper", ".71", ".62", "-.09"]
            assert NOTE in text_of(pilot, "#note")
            assert "1 gain: 1 inconclusive" in text_of(pilot, "#side")
            assert "conditional on one intermediate checkpoint" in text_of(pilot, "#detail")
            assert "paper F .71, IF .62" in text_of(pilot, "#detail")

    async def test_a_wide_terminal_has_the_interval_beside_the_gain(self, repository: Repository) -> None:
        async with gains_of(repository) as (_, pilot):
            assert "-.042 [-" in screen_text(pilot)

    async def test_a_tall_terminal_shows_the_curves_of_f_and_if_with_the_selected_epochs(
        self, repository: Repository
    ) -> None:
        async with gains_of(repository) as (_, pilot):
            told = screen_text(pilot)
            assert "sms_spam-imdb-bert: test accuracy by epoch  F  IF" in told
            assert "◆ dev ○ best on test" in told
        async with gains_of(repository, (80, 24)) as (_, pilot):
            assert "by epoch" not in screen_text(pilot)

    async def test_a_gain_that_cannot_be_compared_says_why_under_the_cursor(self, tmp_path: Path) -> None:
        made = new_repository(tmp_path / "study")
        commit_study(made, f_and_if()[:1])
        async with gains_of(made) as (_, pilot):
            assert "·x" in screen_text(pilot)
            assert f"There is no result of {IF}" in text_of(pilot, "#detail")

    async def test_a_cell_that_is_stale_has_a_sign(self, repository: Repository) -> None:
        values = json.loads((repository.root / "params.yaml").read_text())
        values["training"]["target"]["epochs"] = 9
        repository.commit({"params.yaml": json.dumps(values)})
        async with gains_of(repository) as (_, pilot):
            assert "!.917" in screen_text(pilot)

    async def test_a_low_terminal_keeps_the_matrix(self, repository: Repository) -> None:
        async with gains_of(repository, (40, 10)) as (_, pilot):
            assert " sms_spam" in screen_text(pilot)

    async def test_a_repository_without_gains_is_explained(self, tmp_path: Path) -> None:
        made = new_repository(tmp_path / "study")
        made.commit({"metrics.json": '{"loss": 1}'})
        async with gains_of(made) as (_, pilot):
            await until_text(pilot, "No experiment holds gains or cells")
            await pilot.press("enter", "f", "y", "i", "j", "l")
            assert isinstance(pilot.app.screen, GainsScreen)


class TestKeys:
    async def test_enter_opens_the_cell_and_on_a_gain_its_flips(self, repository: Repository) -> None:
        async with gains_of(repository) as (app, pilot):
            await pilot.press("enter")
            screen = await shown(pilot, CellScreen, lambda screen: screen.story)
            assert screen.story.cell.name == F
            await pilot.press("escape", "l", "enter")
            screen = await shown(pilot, CellScreen, lambda screen: screen.story)
            assert screen.story.cell.name == IF
            await pilot.press("escape", "l", "enter")
            screen = await shown(pilot, FlipsScreen, lambda screen: screen.found)
            assert (screen.found.a.cell.name, screen.found.b.cell.name) == (F, IF)
            assert app.current_mode == "flips"

    async def test_another_experiment_is_chosen_from_a_list(self, repository: Repository) -> None:
        path = cell_path(IF)
        record = json.loads((repository.root / path).read_text())
        record["accuracy"]["mean"] = 1.0
        repository.experiment("try", {path: json.dumps(record)})
        async with gains_of(repository) as (app, pilot):
            await pilot.press("e")
            choice = await shown(pilot, GainsChoice, lambda screen: len(screen.table.rows) == 3)
            assert {row.cells[0].text for row in choice.table.rows} == {"workspace", "main", "try"}
            choice.table.move_to(next(row.key for row in choice.table.rows if row.cells[0].text == "try"))
            await pilot.press("enter")
            await until(
                pilot,
                lambda: (
                    isinstance(app.screen, GainsScreen) and "was made from other cells" in text_of(pilot, "#detail")
                ),
            )
            assert "try" in text_of(pilot, "#side")

    async def test_the_notes_say_what_must_be_read(self, repository: Repository) -> None:
        async with gains_of(repository) as (_, pilot):
            await pilot.press("i")
            await shown(pilot, ReadingScreen, lambda _: True)
            await until_text(pilot, "Provisional, with fewer than 3 seeds at most inconclusive: every gain.")

    async def test_y_shares_the_table(self, repository: Repository) -> None:
        async with gains_of(repository) as (_, pilot):
            await pilot.press("y")
            await until(pilot, lambda: isinstance(pilot.app.screen, ShareScreen))

    async def test_what_git_has_now_is_read_again(self, repository: Repository) -> None:
        async with gains_of(repository) as (app, pilot):
            repository.commit({"reports/gains.json": "{"})
            await press((app, pilot), "r")
            await until_text(pilot, "reports/gains.json is not JSON")

    async def test_other_screens_open_the_gains_of_a_revision(self, repository: Repository) -> None:
        repository.git("branch", "other")
        app = DetourApp(repository.root)
        async with app.run_test(size=(120, 40)) as pilot:
            await settle(app, pilot)
            app.open_gains("other")
            await until(pilot, lambda: isinstance(app.screen, GainsScreen) and app.screen.settled)
            await until(pilot, lambda: text_of(pilot, "#side").startswith("other"))
