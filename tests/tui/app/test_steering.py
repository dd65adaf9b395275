"""What is done with runs from the runs screen: the commands that keys give, and what the app does by itself."""

import os
from pathlib import Path
from typing import Any

import pytest

from tests.tui.app.pilot import screen_text, until, until_text
from tests.tui.app.runs import CELL, COMMIT, a_run, a_waiting_run, folder_of, heard, on_runs
from tests.tui.toy import shell
from tui.app import DetourApp
from tui.checkout import find_checkout
from tui.journal import Journal
from tui.runs.order import RunOrder
from tui.runs.queue import enqueue
from tui.screens.confirm import Question
from tui.screens.fields import FieldsDialog
from tui.screens.launch import LaunchScreen
from tui.screens.stopping import StopDialog
from tui.watching import Watch


class TestKeys:
    @pytest.mark.asyncio
    @pytest.mark.parametrize(
        ("key", "options"),
        [("s", []), ("r", ["--record"]), ("k", ["--now"]), ("enter", None), ("escape", None), ("n", None)],
    )
    async def test_a_run_is_stopped_in_one_of_three_ways_and_by_default_not_at_all(
        self, study: Path, monkeypatch: pytest.MonkeyPatch, key: str, options: list[str] | None
    ) -> None:
        a_run(study, 1)
        async with on_runs(study) as (pilot, screen):
            given = heard(screen, monkeypatch)
            await until(pilot, lambda: screen.is_enabled("stop"))
            await pilot.press("s")
            await until(pilot, lambda: isinstance(pilot.app.screen, StopDialog))
            await pilot.press(key)
            await until(pilot, lambda: pilot.app.screen is screen)
            assert given == ([] if options is None else [["stop", folder_of(study, 1).name, *options]])

    @pytest.mark.asyncio
    async def test_a_waiting_run_is_moved_and_taken_out_of_the_queue(
        self, study: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        a_waiting_run(study, 1)
        run = folder_of(study, 1).name
        async with on_runs(study) as (pilot, screen):
            given = heard(screen, monkeypatch)
            await until(pilot, lambda: screen.is_enabled("sooner"))
            await pilot.press("+", "-", "s")
            await until(pilot, lambda: isinstance(pilot.app.screen, Question))
            await pilot.press("y")
            await until(pilot, lambda: len(given) == 3)
            assert given == [["prioritise", run, "--", "1"], ["prioritise", run, "--", "-1"], ["stop", run]]

    @pytest.mark.asyncio
    @pytest.mark.parametrize(
        ("events", "command"),
        [
            ({"outcome": "stopped"}, "resume"),
            ({"outcome": "failed"}, "resume"),
            ({"outcome": "failed", "experiment": "first", "commit": COMMIT}, "retry"),
            ({"outcome": "done", "experiment": "first", "commit": COMMIT}, None),
            ({"outcome": "refused"}, None),
        ],
    )
    async def test_a_run_goes_on_in_the_way_that_applies(
        self, study: Path, monkeypatch: pytest.MonkeyPatch, events: dict[str, Any], command: str | None
    ) -> None:
        a_run(study, 1).write("ended", **events)
        async with on_runs(study) as (pilot, screen):
            given = heard(screen, monkeypatch)
            await until(pilot, lambda: screen.story)
            await pilot.press("R")
            await pilot.pause()
            assert given == ([[command, folder_of(study, 1).name]] if command else [])

    @pytest.mark.asyncio
    async def test_what_is_finished_of_a_stopped_run_is_recorded(
        self, study: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        log = a_run(study, 1)
        log.write("stage", stage="encoder@bert", state="done")
        log.write("ended", outcome="stopped")
        async with on_runs(study) as (pilot, screen):
            given = heard(screen, monkeypatch)
            await until(pilot, lambda: screen.is_enabled("record"))
            await pilot.press("w")
            await until(pilot, lambda: given == [["stop", folder_of(study, 1).name, "--record"]])

    @pytest.mark.asyncio
    async def test_a_run_that_is_over_is_removed_after_a_question(self, study: Path) -> None:
        log = a_run(study, 1)
        async with on_runs(study) as (pilot, screen):
            await until(pilot, lambda: screen.story)
            assert not screen.is_enabled("forget")
            log.write("ended", outcome="stopped")
            await until(pilot, lambda: screen.is_enabled("forget"))
            await pilot.press("D")
            await until(pilot, lambda: isinstance(pilot.app.screen, Question))
            await pilot.press("y")
            await until_text(pilot, "No run yet")
            assert list((study / ".detour" / "runs").iterdir()) == []


class TestCommands:
    """Commands that are really given."""

    @pytest.mark.asyncio
    async def test_a_run_that_is_refused_says_why_and_stands_in_the_command_log(self, study: Path) -> None:
        async with on_runs(study) as (pilot, screen):
            screen.detour.launch(["run", "classification@nothing"])
            await until_text(pilot, "No cell of the study matches")
            await pilot.press("escape", "at")
            await until_text(pilot, "exit 2")
            assert "detour run --json classification@nothing" in screen_text(pilot)

    @pytest.mark.asyncio
    async def test_a_run_that_is_launched_is_chosen_and_made_a_branch_when_it_is_recorded(self, study: Path) -> None:
        a_run(study, 1).write("ended", outcome="done", experiment="other", commit=COMMIT)
        async with on_runs(study) as (pilot, screen):
            await until(pilot, lambda: screen.story)
            screen.detour.launch(["run", CELL, "--name", "first"])
            await until(pilot, lambda: screen.story and screen.story.name == "first")
            await until_text(pilot, "Run first done: 1 cell done")
            await pilot.press("B")
            await until(pilot, lambda: isinstance(pilot.app.screen, FieldsDialog))
            await until_text(pilot, "$ detour branch first BRANCH")
            await pilot.press("x", "enter")
            await until_text(pilot, "Branch x is experiment first")
            assert screen.story is not None
            assert shell(study, "git", "rev-parse", "x").strip() == screen.story.commit
            assert screen.story.command == ("detour", "run", CELL, "--name", "first")

    @pytest.mark.asyncio
    async def test_a_waiting_run_is_begun_by_whoever_looks_and_is_not_the_apps_child(self, study: Path) -> None:
        checkout = find_checkout(study)
        base = shell(study, "git", "rev-parse", "HEAD").strip()
        enqueue(checkout, RunOrder(folder_of(study, 1).name, "first", base, (CELL,)))
        (study / "orders").mkdir()
        (study / "orders" / f"wait-{CELL}").touch()
        async with on_runs(study) as (pilot, screen):
            await until(
                pilot, lambda: screen.story and screen.story.status == "running" and screen.story.count("started")
            )
            assert screen.story is not None
            parent = Path(f"/proc/{screen.story.process}/stat").read_text().rpartition(")")[2].split()[1]
            assert int(parent) != os.getpid()
            await pilot.press("s")
            await until(pilot, lambda: isinstance(pilot.app.screen, StopDialog))
            await pilot.press("k")
            await until(pilot, lambda: screen.story and screen.story.status == "stopped")


class TestEnds:
    """A run that ends while the app watches."""

    @pytest.mark.asyncio
    async def test_its_end_is_told_on_any_screen_with_the_way_to_a_branch(self, study: Path) -> None:
        log = a_run(study, 1)
        async with on_runs(study) as (pilot, screen):
            await until(pilot, lambda: screen.story)
            await pilot.press("1")
            await until(pilot, lambda: isinstance(pilot.app.screen, LaunchScreen))
            log.write("stage", stage=CELL, state="done")
            log.write("ended", outcome="done", experiment="run1", commit=COMMIT)
            await until_text(pilot, "Run run1 done: 1 cell done in 0:0")
            await until_text(pilot, "B makes a branch of it")

    def test_the_terminal_is_rung_once_as_the_configuration_says(
        self, study: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("DETOUR_CONFIG", str(tmp_path / "config.toml"))
        (tmp_path / "config.toml").write_text("[notify]\nosc9 = false\n")
        first, second = a_run(study, 1), a_run(study, 2)
        watch = Watch(find_checkout(study), Journal())
        assert watch.look().ring == ""
        first.write("ended", outcome="failed")
        assert watch.look().ring == "\a"
        assert watch.look().ring == ""
        (tmp_path / "config.toml").write_text("[notify]\nbell = false\nosc9 = false\n")
        second.write("ended", outcome="done")
        found = watch.look()
        assert (found.ring, [story.name for story in found.ended]) == ("", ["run2"])

    def test_who_stops_a_run_is_not_called(self, study: Path) -> None:
        log = a_run(study, 1)
        watch = Watch(find_checkout(study), Journal())
        watch.look()
        log.write("ended", outcome="stopped")
        found = watch.look()
        assert (found.ring, len(found.ended)) == ("", 1)

    def test_a_broken_configuration_is_told_once(
        self, study: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("DETOUR_CONFIG", str(tmp_path / "config.toml"))
        (tmp_path / "config.toml").write_text("[notify]\nbel = false\n")
        a_waiting_run(study, 1)
        watch = Watch(find_checkout(study), Journal())
        assert "did you mean 'bell'?" in watch.look().fault
        assert watch.look().fault == ""


@pytest.mark.asyncio
async def test_runs_that_can_go_on_are_told_in_one_line_when_the_app_opens(study: Path) -> None:
    a_run(study, 2, began="1")
    a_run(study, 1).write("ended", outcome="stopped")
    async with DetourApp(study).run_test(size=(80, 24)) as pilot:
        await until_text(pilot, "Run run2 died (and 1 more): 2, then R, goes on with it.")
