"""The runs screen over events that a test writes: states, progress, curve and log."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tui.app.pilot import screen_text, text_of, until, until_text
from tests.tui.app.runs import CELL, COMMIT, a_run, a_waiting_run, folder_of, on_runs
from tests.tui.toy import ROOT, environment, shell
from tui.runs.results import thinned
from tui.screens.log import LogScreen


@pytest.mark.asyncio
async def test_without_a_run_the_screen_says_where_one_begins(study: Path) -> None:
    async with on_runs(study) as (pilot, _):
        await until_text(pilot, "No run yet")


class TestStates:
    @pytest.mark.asyncio
    async def test_a_live_run_is_drawn_as_its_events_come(self, study: Path) -> None:
        log = a_run(study, 1)
        async with on_runs(study) as (pilot, screen):
            await until_text(pilot, "0/2 done")
            log.write("stage", stage="encoder@bert", state="started")
            await until_text(pilot, "running encoder@bert")
            log.write("stage", stage="encoder@bert", state="done")
            log.write("stage", stage=CELL, state="started")
            log.write("stage", stage=CELL, state="done", metrics={"accuracy": 0.875})
            await until_text(pilot, "done .875 sms_spam-pretrained-bert")
            assert screen.is_enabled("stop")
            assert not screen.is_enabled("compare")
            log.write("ended", outcome="done", experiment="first", commit=COMMIT)
            await until(pilot, lambda: screen.is_enabled("compare"))
            assert not screen.is_enabled("stop")
            await until(pilot, lambda: "experiment first" in text_of(pilot, "#about"))

    @pytest.mark.asyncio
    async def test_every_end_has_its_word_its_sentence_and_its_way_on(self, study: Path) -> None:
        a_run(study, 5, began="1")
        failed = a_run(study, 4)
        failed.write("stage", stage=CELL, state="failed", why="it was told to fail")
        failed.write("ended", outcome="failed", experiment="first", commit=COMMIT)
        a_run(study, 3).write("ended", outcome="stopped")
        a_waiting_run(study, 2).write("ended", outcome="refused", why="data.dvc is not committed")
        a_run(study, 1).write("ended", outcome="done", experiment="first", commit=COMMIT)
        async with on_runs(study) as (pilot, _):
            for word, sentence in (
                ("✗ died", "its supervisor is gone and did not say why. R goes on"),
                ("✗ failed", "it was told to fail R runs again what failed"),
                ("- stopped", "R goes on where it was left"),
                ("✗ refused", "data.dvc is not committed"),
                ("● done", "c compares it with main, B makes a branch of it"),
            ):
                await until_text(pilot, word)
                await until(pilot, lambda said=sentence: said.lower() in _about(pilot))  # type: ignore[misc]
                await pilot.press("j")

    @pytest.mark.asyncio
    async def test_waiting_runs_stand_in_the_order_in_which_they_begin(self, study: Path) -> None:
        a_run(study, 1).write("ended", outcome="done")
        a_waiting_run(study, 2)
        later = a_waiting_run(study, 3)
        a_run(study, 4)
        async with on_runs(study) as (pilot, screen):
            await until_text(pilot, "2nd in the queue")
            assert [story.name for story in screen.stories] == ["run4", "run2", "run3", "run1"]
            later.write("priority", priority=2)
            await until_text(pilot, "1st in the queue, priority 2")
            assert [story.name for story in screen.stories] == ["run4", "run3", "run2", "run1"]

    @pytest.mark.asyncio
    async def test_the_question_of_a_run_stands_with_it(self, study: Path) -> None:
        a_waiting_run(study, 1, note="does [b]paws[/b] help?")
        async with on_runs(study) as (pilot, _):
            await until_text(pilot, "Question: does [b]paws[/b] help?")


def _about(pilot: object) -> str:
    return " ".join(text_of(pilot, "#about").split()).lower()  # type: ignore[arg-type]


class TestStages:
    @pytest.mark.asyncio
    async def test_a_training_stage_tells_how_far_it_is_and_draws_its_curve(self, study: Path) -> None:
        log = a_run(study, 1)
        (folder_of(study, 1) / "tree").mkdir()
        shutil.copy(study / "params.yaml", folder_of(study, 1) / "tree")
        now = time.time()
        log.write("stage", stage=CELL, state="started", time=now - 100)
        for epoch in (1, 2):
            told = {"seed": 1, "epoch": epoch, "epochs": 4, "metrics": {"dev": 0.5 + epoch / 8}}
            log.write("epoch", stage=CELL, time=now - 100 + 50 * epoch, **told)
        async with on_runs(study, (120, 40)) as (pilot, screen):
            # Two of eight epochs of two seeds in 100 s.
            await until_text(pilot, "run 25%")
            await until_text(pilot, "seed 1, epoch 2 of 4, dev .750, ~4:5")
            await until(pilot, lambda: screen.results is not None and screen.results.curve is not None)
            curve = screen.results.curve  # type: ignore[union-attr]
            assert curve is not None
            assert (curve.seeds, curve.epochs) == ({"1": ((1.0, 0.625), (2.0, 0.75))}, 4)

    @pytest.mark.asyncio
    async def test_a_failed_stage_comes_first_with_the_last_lines_that_it_printed(self, study: Path) -> None:
        log = a_run(study, 1)
        tail = ["Traceback", "MemoryError: 12 GiB are wanted"]
        log.write("stage", stage=CELL, state="failed", why="it ran out of memory", tail=tail)
        log.write("ended", outcome="failed")
        async with on_runs(study) as (pilot, _):
            await until_text(pilot, "✗ failed sms_spam-pretrained-bert")
            await until(pilot, lambda: "ran out of memory" in text_of(pilot, "#head"))
            await until(pilot, lambda: "MemoryError: 12 GiB are wanted" in text_of(pilot, "#log"))

    @pytest.mark.asyncio
    async def test_curve_and_log_of_the_chosen_stage_are_shown_and_text_in_them_is_data(self, study: Path) -> None:
        log = a_run(study, 1)
        folder = folder_of(study, 1)
        curve = folder / "tree" / "reports" / "curves" / "classification" / "sms_spam-pretrained-bert.csv"
        curve.parent.mkdir(parents=True)
        curve.write_text("seed,epoch,dev_accuracy\n1,1,0.5\n1,2,0.9\n2,1,0.4\n2,2,0.8\n")
        (folder / "logs" / "0001-encoder-bert.log").write_text("another\n")
        (folder / "logs" / "0002-classification-sms_spam-pretrained-bert.log").write_text(
            f"Running stage '{CELL}':\n> python [red]\x1b[2J\nUpdating lock file 'dvc.lock'\n"
        )
        log.write("stage", stage=CELL, state="started")
        log.write("stage", stage=CELL, state="done")
        async with on_runs(study, (110, 40)) as (pilot, screen):
            await until_text(pilot, "dev accuracy")
            await until_text(pilot, r"> python [red]\x1b[2J")
            assert "another" not in screen_text(pilot)
            assert "Updating lock file" not in screen_text(pilot)
            assert screen.results is not None
            assert screen.results.curve is not None
            assert screen.results.curve.seeds["2"] == ((1.0, 0.4), (2.0, 0.8))
            await pilot.press("o")
            await until(pilot, lambda: isinstance(pilot.app.screen, LogScreen))
            await until_text(pilot, "> python [red]")

    @pytest.mark.asyncio
    async def test_an_open_log_goes_on_while_its_stage_runs(self, study: Path) -> None:
        a_run(study, 1).write("stage", stage=CELL, state="started")
        path = folder_of(study, 1) / "logs" / "0001-classification-sms_spam-pretrained-bert.log"
        path.write_text("the first line\n")
        async with on_runs(study) as (pilot, screen):
            await until(pilot, lambda: screen.is_enabled("log"))
            await pilot.press("o")
            await until_text(pilot, "the first line")
            with path.open("a") as log:
                log.write("the second line\n")
            await until_text(pilot, "the second line")


def test_a_long_curve_keeps_its_lowest_and_highest_point_of_each_column() -> None:
    points = [(float(step), 1.0 if step == 501 else 0.0 if step == 700 else 0.5) for step in range(1000)]
    kept = thinned(points, 40)
    assert len(kept) <= 80
    assert {(501.0, 1.0), (700.0, 0.0)} <= set(kept)
    assert kept == sorted(kept)


def test_the_app_loads_nothing_of_the_training_stack() -> None:
    script = (
        "import json, sys\n"
        "from tui.app import DetourApp\n"
        "from tui.screens import SCREENS\n"
        "import tui.palette, tui.clipboard, tui.screens.help, tui.screens.journal, tui.runs.queue, tui.runs.notify, tui.config\n"
        "DetourApp(); [place.open() for place in SCREENS.values()]\n"
        "print(json.dumps(sorted({name.split('.')[0] for name in sys.modules})))\n"
    )
    loaded = set(json.loads(shell(ROOT, sys.executable, "-c", script)))
    assert "textual" in loaded
    assert not loaded & {
        "torch",
        "transformers",
        "tokenizers",
        "datasets",
        "pandas",
        "scipy",
        "sklearn",
        "pyarrow",
        "dvc",
    }


def test_without_a_terminal_detour_prints_its_help_and_says_that_it_was_used_wrongly(study: Path) -> None:
    command = [sys.executable, "-m", "tui"]
    done = subprocess.run(
        command, cwd=study, env=environment(), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "Usage" in done.stdout + done.stderr
