"""The runs screen over events that a test writes: states, curve and log, what can be done with a run."""

import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.app.pilot import screen_text, text_of, until, until_text
from tests.tui.toy import ROOT, environment, shell
from tui.app import DetourApp
from tui.runs.events import EventLog
from tui.runs.process import start_of
from tui.runs.results import thinned
from tui.screens.confirm import Question
from tui.screens.log import LogScreen
from tui.screens.runs import RunsScreen

CELL = "classification@sms_spam-pretrained-bert"


def a_run(study: Path, number: int, **values: Any) -> EventLog:
    """A run of this process with a plan of two stages."""
    folder = study / ".detour" / "runs" / f"20261121-10000{number}-abcd"
    (folder / "logs").mkdir(parents=True)
    log = EventLog(folder)
    me = os.getpid()
    told = {"name": f"run{number}", "process": me, "began": start_of(me), "host": socket.gethostname()}
    log.write("opened", run=folder.name, command=["detour", "run", CELL], **{**told, **values})
    log.write("planned", cells=[CELL], stages=["encoder@bert", CELL])
    return log


@asynccontextmanager
async def on_runs(study: Path, size: tuple[int, int] = (80, 24)) -> AsyncIterator[tuple[Pilot[Any], RunsScreen]]:
    async with DetourApp(study).run_test(size=size) as pilot:
        await pilot.press("2")
        await until(pilot, lambda: isinstance(pilot.app.screen, RunsScreen))
        screen = pilot.app.screen
        assert isinstance(screen, RunsScreen)
        yield pilot, screen


@pytest.mark.asyncio
async def test_without_a_run_the_screen_says_where_one_begins(study: Path) -> None:
    async with on_runs(study) as (pilot, _):
        await until_text(pilot, "No run yet")


@pytest.mark.asyncio
async def test_a_live_run_is_drawn_as_its_events_come(study: Path) -> None:
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
        log.write("ended", outcome="done", experiment="first", commit="0" * 40)
        await until(pilot, lambda: screen.is_enabled("compare"))
        assert not screen.is_enabled("stop")
        assert "experiment first" in text_of(pilot, "#about")


@pytest.mark.asyncio
async def test_every_end_has_a_word_and_a_failed_cell_its_sentence(study: Path) -> None:
    a_run(study, 1, began="1")
    failed = a_run(study, 2)
    failed.write("stage", stage=CELL, state="failed", why="it was told to fail")
    failed.write("ended", outcome="failed")
    a_run(study, 3).write("ended", outcome="interrupted")
    async with on_runs(study) as (pilot, _):
        for word in ("interrupted", "failed", "died"):
            await until_text(pilot, word)
        await pilot.press("j")
        await until_text(pilot, "it was told to fail")
        await pilot.press("j")
        await until_text(pilot, "its process is gone")


@pytest.mark.asyncio
async def test_curve_and_log_of_the_chosen_stage_are_shown_and_text_in_them_is_data(study: Path) -> None:
    log = a_run(study, 1)
    folder = study / ".detour" / "runs" / "20261121-100001-abcd"
    curve = folder / "tree" / "reports" / "curves" / "classification" / "sms_spam-pretrained-bert.csv"
    curve.parent.mkdir(parents=True)
    curve.write_text("seed,epoch,dev_accuracy\n1,1,0.5\n1,2,0.9\n2,1,0.4\n2,2,0.8\n")
    (folder / "logs" / "001-x.log").write_text(
        f"Running stage 'encoder@bert':\nanother\nRunning stage '{CELL}':\n> python [red]\x1b[2J\n"
    )
    log.write("stage", stage=CELL, state="started")
    log.write("stage", stage=CELL, state="done")
    async with on_runs(study, (110, 40)) as (pilot, screen):
        await until_text(pilot, "dev accuracy")
        await until_text(pilot, r"> python [red]\x1b[2J")
        assert "another" not in screen_text(pilot)
        assert screen.results is not None
        assert screen.results.curve is not None
        assert screen.results.curve.seeds["2"] == ((1.0, 0.4), (2.0, 0.8))
        await pilot.press("o")
        await until(pilot, lambda: isinstance(pilot.app.screen, LogScreen))
        await until_text(pilot, "> python [red]")


@pytest.mark.asyncio
async def test_a_run_is_stopped_after_a_question_that_is_no_by_default(study: Path) -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    try:
        a_run(study, 1, process=child.pid, began=start_of(child.pid))
        async with on_runs(study) as (pilot, screen):
            await until(pilot, lambda: screen.is_enabled("stop"))
            await pilot.press("s")
            await until(pilot, lambda: isinstance(pilot.app.screen, Question))
            await pilot.press("enter")
            await until(pilot, lambda: pilot.app.screen is screen)
            assert child.poll() is None
            await pilot.press("s")
            await until(pilot, lambda: isinstance(pilot.app.screen, Question))
            await pilot.press("y")
            await until(pilot, lambda: child.poll() is not None)
            await until_text(pilot, "died")
    finally:
        child.kill()
        child.wait()


@pytest.mark.asyncio
async def test_a_run_that_is_over_is_removed_after_a_question(study: Path) -> None:
    a_run(study, 1).write("ended", outcome="interrupted")
    async with on_runs(study) as (pilot, screen):
        await until(pilot, lambda: screen.is_enabled("forget"))
        await pilot.press("D")
        await until(pilot, lambda: isinstance(pilot.app.screen, Question))
        await pilot.press("y")
        await until_text(pilot, "No run yet")
        assert list((study / ".detour" / "runs").iterdir()) == []


@pytest.mark.asyncio
async def test_a_run_that_refuses_says_why(study: Path) -> None:
    async with on_runs(study) as (pilot, screen):
        screen.detour.launch(["run", "classification@nothing"])
        await until_text(pilot, "No cell of the study matches")
        await pilot.press("escape", "at")
        await until_text(pilot, "exit 2")
        assert "detour run classification@nothing" in screen_text(pilot)


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
        "import tui.palette, tui.clipboard, tui.screens.help, tui.screens.journal\n"
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
