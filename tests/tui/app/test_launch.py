"""The launch screen over the toy study: cells, marks, parameters, the command."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.pilot import Pilot
from textual.widgets import Input

from tests.tui.app.pilot import screen_text, text_of, until, until_text
from tests.tui.toy import shell
from tui.app import DetourApp
from tui.runs.planning import PlanSummary
from tui.screens.confirm import LaunchDialog
from tui.screens.dialog import Tick
from tui.screens.fault import FaultScreen
from tui.screens.launch import LaunchScreen
from tui.widgets.adviceline import AdviceLine

FIRST = "classification@sms_spam-pretrained-bert"


@asynccontextmanager
async def opened(study: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[Any]]:
    async with DetourApp(study).run_test(size=size) as pilot:
        yield pilot


@asynccontextmanager
async def ready(study: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Pilot[Any], LaunchScreen]]:
    async with opened(study, size) as pilot:
        await until(pilot, lambda: isinstance(pilot.app.screen, LaunchScreen) and pilot.app.screen.query("Field"))
        screen = pilot.app.screen
        assert isinstance(screen, LaunchScreen)
        yield pilot, screen


@pytest.mark.asyncio
async def test_no_key_of_the_cells_is_offered_before_there_are_any(study: Path) -> None:
    async with ready(study) as (_, screen):
        assert "grid.mark" in {action.id for action in screen.available()}
        screen.draft = replace(screen.draft, cells=())
        assert "grid.mark" not in {action.id for action in screen.available()}


@pytest.mark.asyncio
async def test_what_is_typed_right_behind_a_key_stands_in_the_field_that_the_key_leads_to(study: Path) -> None:
    async with ready(study) as (pilot, screen):
        await pilot.press("p")
        fields = list(screen.query(Input))
        before = [field.value for field in fields[:4]]
        # As a slow line delivers them: all at once.
        for key in ("tab", "7", "enter", "8", "down", "9"):
            pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: fields[3].value == "9")
        assert [field.value for field in fields[:4]] == [before[0], "7", "8", "9"]


@pytest.mark.asyncio
async def test_what_is_typed_right_behind_tab_in_a_dialog_stands_in_the_next_field(study: Path) -> None:
    async with ready(study) as (pilot, _screen):
        await pilot.press("space", "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, LaunchDialog))
        name, note, jobs, _priority = pilot.app.screen.query(Input)
        pilot.app.screen.set_focus(name)
        for key in ("x", "tab", "y", "tab", "2"):
            pilot.app.post_message(events.Key(key, key if len(key) == 1 else None))
        await until(pilot, lambda: jobs.value == "2")
        assert (name.value, note.value) == ("x", "y")


class TestCells:
    @pytest.mark.asyncio
    async def test_a_cell_without_a_record_is_missing(self, study: Path) -> None:
        async with ready(study) as (pilot, _):
            await until_text(pilot, f"{FIRST} missing")

    @pytest.mark.asyncio
    async def test_a_record_that_nothing_vouches_for_is_stale_and_says_why(self, study: Path) -> None:
        record = study / "reports" / "cells" / "classification" / "sms_spam-pretrained-bert.json"
        record.parent.mkdir(parents=True)
        record.write_text('{"accuracy": {"mean": 0.875}}')
        shell(study, "git", "add", "reports")
        shell(study, "git", "commit", "--quiet", "--message", "By hand")
        async with ready(study) as (pilot, _):
            await until_text(pilot, "! .875")
            told = "stale, accuracy 0.875: dvc.lock has no stage that writes"
            await until(pilot, lambda: told in text_of(pilot, "#about"))

    @pytest.mark.asyncio
    async def test_an_edited_parameter_that_is_not_committed_is_told(self, study: Path) -> None:
        params = study / "params.yaml"
        params.write_text(params.read_text().replace("epochs: 4", "epochs: 5"))
        async with ready(study) as (pilot, _):
            await until_text(pilot, "not committed")

    @pytest.mark.asyncio
    @pytest.mark.parametrize(
        ("key", "marked"),
        [("space", 1), ("R", 2), ("C", 4), ("T", 8), ("a", 8), ("m", 8)],
        ids=["cell", "row", "column", "task", "all", "stale or missing"],
    )
    async def test_marks(self, study: Path, key: str, marked: int) -> None:
        async with ready(study) as (pilot, screen):
            await pilot.press(key)
            await until(pilot, lambda: len(screen.draft.marked) == marked)
            assert FIRST in screen.draft.marked

    @pytest.mark.asyncio
    async def test_the_cursor_moves_over_cells_alone(self, study: Path) -> None:
        async with ready(study) as (pilot, screen):
            await pilot.press("G", "l", "space")
            await until(pilot, lambda: screen.draft.marked == {"classification@movie_reviews-imdb-roberta"})
            await pilot.press("space", "g", "k", "h", "space")
            await until(pilot, lambda: screen.draft.marked == {FIRST})


class TestParameters:
    @pytest.mark.asyncio
    async def test_a_fault_stands_below_its_field_and_keeps_the_run_from_launching(self, study: Path) -> None:
        before = (study / "params.yaml").read_bytes()
        async with ready(study) as (pilot, screen):
            await pilot.press("space", "p")
            await until(pilot, lambda: isinstance(screen.focused, Input))
            await pilot.press(*"many")
            await until_text(pilot, "it should be a whole number")
            await pilot.press("escape", "enter")
            await until(pilot, lambda: not isinstance(screen.focused, Input))
            assert pilot.app.screen is screen
            assert not screen.is_enabled("launch")
        assert (study / "params.yaml").read_bytes() == before

    @pytest.mark.asyncio
    async def test_values_that_only_fail_together_are_told(self, study: Path) -> None:
        async with ready(study) as (pilot, screen):
            await pilot.press("p")
            await until(pilot, lambda: isinstance(screen.focused, Input))
            fields = {field.knob.key: field for field in screen.query("Field")}  # type: ignore[attr-defined]
            fields["seeds"].query_one(Input).value = "[1, 1]"
            await until_text_of_faults(pilot, screen, "seeds lists 1 twice")

    @pytest.mark.asyncio
    async def test_a_change_becomes_an_argument_at_once_and_u_takes_it_back(self, study: Path) -> None:
        async with ready(study) as (pilot, screen):
            await pilot.press("space", "p")
            await until(pilot, lambda: isinstance(screen.focused, Input))
            await pilot.press("3", "escape", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, LaunchDialog))
            assert "--set training.target.epochs=3" in text_of(pilot, "#command")
            await pilot.press("escape")
            await until(pilot, lambda: pilot.app.screen is screen)
            await pilot.press("u")
            await until(pilot, lambda: not screen.draft.marked and not screen.draft.settings)


async def until_text_of_faults(pilot: Pilot[Any], screen: LaunchScreen, text: str) -> None:
    await until(pilot, lambda: any(text in fault for fault in screen.faults.values()))


class TestAdvice:
    @staticmethod
    def write_gain(study: Path) -> None:
        """A gain of the first target's IF cell with BERT, and what its detour took."""
        gain = {
            "task": "classification", "target": "sms_spam", "start": "imdb", "model": "bert", "comparable": True, "gain": 0.05,
            "low": 0.02, "high": 0.08, "verdict": "positive", "provisional": False, "negligible": False, "seeds": 5, "test_rows": 90,
        }  # fmt: skip
        timings = study / "reports" / "timings" / "intermediate" / "imdb-bert.json"
        timings.parent.mkdir(parents=True)
        timings.write_text(json.dumps({"process": [{"seconds": 90}], "seeds": [{"device": "cpu"}]}))
        told = {"gains": {"classification/sms_spam/imdb/bert": gain}}
        (study / "reports" / "gains.json").write_text(json.dumps(told))

    @pytest.mark.asyncio
    async def test_the_cell_under_the_cursor_says_whether_the_detour_is_worth_it(self, study: Path) -> None:
        self.write_gain(study)
        async with ready(study) as (pilot, screen):
            assert not screen.query_one(AdviceLine).display
            await pilot.press("w")
            await until_text(
                pilot, "Take the detour over imdb with bert for sms_spam: measured here: the gain is positive."
            )
            await pilot.press("j")
            await until_text(
                pilot,
                "Take the detour over imdb: measured here: the gain is positive. Measured gain +.050 [+.020, +.080]. It costs 1.5 cpu "
                "minutes, once for all targets.",
            )
            await pilot.press("l")
            await until_text(
                pilot, "the history is too small to say: 0 other targets measured, 3 are needed. What it costs is not"
            )
            asked = [entry.text for entry in pilot.app.journal.entries if "advise" in entry.text]  # type: ignore[attr-defined]
            assert asked == ["detour advise sms_spam --json"]
            await pilot.press("j")
            await until_text(pilot, "Skip the detour for movie_reviews: ")
            await pilot.press("w")
            await until(pilot, lambda: "movie_reviews: " not in screen_text(pilot))

    @pytest.mark.asyncio
    async def test_reports_that_are_damaged_are_a_sentence_and_are_read_again(self, study: Path) -> None:
        (study / "reports").mkdir(exist_ok=True)
        (study / "reports" / "gains.json").write_text("{")
        async with ready(study) as (pilot, _):
            await pilot.press("w")
            await until_text(pilot, "gains.json is not whole JSON")
            (study / "reports" / "gains.json").unlink()
            await pilot.press("r")
            await until_text(pilot, "the history is too small to say")


class TestLaunching:
    @pytest.mark.asyncio
    async def test_a_name_that_is_taken_is_refused_before_anything_starts(self, study: Path) -> None:
        async with ready(study) as (pilot, _):
            await pilot.press("space", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, LaunchDialog))
            pilot.app.screen.query_one("#name", Input).value = "main"
            await until_text(pilot, "A branch is named 'main' already")
            await pilot.press("enter")
            await pilot.pause()
            assert isinstance(pilot.app.screen, LaunchDialog)
            # A plan that is still being made has a tree there, which it removes; a run's folder stays.
            await until(pilot, lambda: not list((study / ".detour" / "runs").glob("*")))

    @pytest.mark.asyncio
    async def test_what_stands_in_the_fields_becomes_the_command(self, study: Path, monkeypatch: Any) -> None:
        (study / "notes.txt").write_text("a file that git does not know yet\n")
        async with ready(study) as (pilot, screen):
            given: list[list[str]] = []
            monkeypatch.setattr(screen.detour, "launch", lambda words: given.append(list(words)))
            await pilot.press("space", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, LaunchDialog))
            await until_text(pilot, "take 1 changed file of the working tree along")
            # From the button up: the tick, priority, jobs, the question, the name.
            await pilot.press("up", "space", "up", "3", "up", "2", "up", *"why", "up", *"first")
            words = [FIRST, "--name", "first", "--note", "why", "--jobs", "2", "--priority", "3", "--carry"]
            await until_text(pilot, "--jobs 2 --priority 3 --carry")
            await pilot.press("enter")
            await until(pilot, lambda: given == [["run", *words]])

    @pytest.mark.asyncio
    async def test_what_is_no_number_is_told_and_nothing_is_launched(self, study: Path) -> None:
        async with ready(study) as (pilot, _):
            await pilot.press("space", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, LaunchDialog))
            pilot.app.screen.query_one("#priority", Input).value = "high"
            await until_text(pilot, "'high' is no priority; give a whole number")
            await pilot.press("enter")
            await pilot.pause()
            assert isinstance(pilot.app.screen, LaunchDialog)

    @pytest.mark.asyncio
    async def test_without_a_change_nothing_is_offered_to_go_along(self, study: Path) -> None:
        async with ready(study) as (pilot, _):
            await pilot.press("space", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, LaunchDialog))
            await pilot.app.workers.wait_for_complete(
                [worker for worker in pilot.app.workers if worker.node is pilot.app.screen]
            )
            await pilot.pause()
            assert not pilot.app.screen.query_one(Tick).display

    @pytest.mark.asyncio
    async def test_a_plan_that_comes_while_the_dialog_is_open_stands_in_it(self, study: Path) -> None:
        async with ready(study) as (pilot, _):
            await pilot.press("space", "enter")
            await until(pilot, lambda: isinstance(pilot.app.screen, LaunchDialog))
            await until(pilot, lambda: "4 to run" in text_of(pilot, "#plan"))

    @pytest.mark.asyncio
    async def test_a_long_plan_is_read_to_its_end_in_80_columns(self, study: Path) -> None:
        states = {f"stage {number}": "to run" if number < 38 else "restorable" for number in range(103)}
        plan = PlanSummary(states, (90.0, 660.0), 12, (4000.0, 12_700.0), (20_000.0, 131_000.0))
        async with ready(study) as (pilot, screen):
            pilot.app.push_screen(LaunchDialog(screen.draft, plan, screen.detour.checkout))
            await until(pilot, lambda: isinstance(pilot.app.screen, LaunchDialog))
            await until_text(pilot, "103 stages: 38 to run (12 resumable)")
            await until_text(pilot, "128 GiB")

    @pytest.mark.asyncio
    async def test_without_a_mark_nothing_is_launched(self, study: Path) -> None:
        async with ready(study) as (pilot, screen):
            await pilot.press("enter")
            await pilot.pause()
            assert pilot.app.screen is screen


class TestFaults:
    """What keeps the study from being read is one sentence with a way on."""

    @pytest.mark.asyncio
    async def test_outside_of_a_study_it_is_found_when_there_is_one(self, study: Path, tmp_path: Path) -> None:
        outside = tmp_path / "outside"
        outside.mkdir()
        async with opened(outside) as pilot:
            await until_text(pilot, "is in no git repository")
            assert "tries again" in screen_text(pilot)
            await pilot.press("1", "2")
            assert isinstance(pilot.app.screen, FaultScreen)
            pilot.app.start = study  # type: ignore[attr-defined]
            await pilot.press("r")
            await until(pilot, lambda: isinstance(pilot.app.screen, LaunchScreen))

    @pytest.mark.asyncio
    async def test_a_broken_params_file_is_read_again_after_the_mend(self, study: Path) -> None:
        params = study / "params.yaml"
        whole = params.read_text()
        params.write_text("models: [bert\n")
        async with opened(study) as pilot:
            await until_text(pilot, "not valid YAML")
            params.write_text(whole)
            await pilot.press("r")
            await until_text(pilot, "sms_spam")

    @pytest.mark.asyncio
    async def test_a_repository_without_a_commit_says_so(self, study: Path) -> None:
        shell(study, "git", "update-ref", "-d", "HEAD")
        async with opened(study) as pilot:
            await until_text(pilot, "has no commit yet")

    @pytest.mark.asyncio
    async def test_a_broken_graph_is_told_where_the_plan_would_stand(self, study: Path) -> None:
        (study / "dvc.yaml").write_text("stages: [\n")
        shell(study, "git", "commit", "--quiet", "--all", "--message", "Broken")
        async with ready(study) as (pilot, screen):
            await pilot.press("space")
            await until(pilot, lambda: screen.plan_fault)
            assert "DVC" in text_of(pilot, "#plan")


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 10), (12, 3)])
async def test_every_key_of_every_screen_is_taken_at_any_size(study: Path, size: tuple[int, int]) -> None:
    async with ready(study, size) as (pilot, _):
        for key in (
            "j",
            "l",
            "space",
            "question_mark",
            "escape",
            "2",
            "j",
            "tab",
            "at",
            "escape",
            "3",
            "4",
            "1",
            "p",
            "escape",
        ):
            await pilot.press(key)
        await pilot.resize_terminal(size[0] + 40, size[1] + 10)
        await pilot.press("1", "k")
        assert pilot.app.return_code is None
