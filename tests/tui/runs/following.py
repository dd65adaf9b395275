"""Runs of a toy study as tests launch, hold up and follow them."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil

from tests.tui.toy import detour, environment
from tui.runs.events import FILE
from tui.runs.orphans import orphans
from tui.runs.story import RunStory, read_story

CELL = "classification@sms_spam-pretrained-bert"
SECONDS = 120
"""A condition that has not come about by then never will."""


def until(condition: Callable[[], Any], what: str = "it") -> Any:
    """Wait for what the condition gives, as soon as it is true."""
    end = time.monotonic() + SECONDS
    while not (found := condition()):
        assert time.monotonic() < end, f"{what} did not come about"
        time.sleep(0.05)
    return found


def begin(study: Path, *words: str, **variables: str) -> "subprocess.Popen[str]":
    """Start `detour WORDS`, which a test goes on beside."""
    return subprocess.Popen(
        [sys.executable, "-m", "tui", *words],
        cwd=study,
        env={**environment(), **variables},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def launch(study: Path, *words: str) -> Path:
    """Launch a run that is not waited for; its folder."""
    return folder_of(study, json.loads(detour(study, "run", *words, "--json").stdout)["run"])


def folder_of(study: Path, run: str) -> Path:
    return study / ".detour" / "runs" / run


def newest(study: Path) -> Path:
    """The folder of the newest run, as soon as it is there."""
    found: list[Path] = until(lambda: sorted(path.parent for path in study.glob(f".detour/runs/*/{FILE}")), "a run")
    return found[-1]


def events(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / FILE).read_text().splitlines()]


def order(study: Path, *files: str) -> None:
    """Order the toy's stages to wait, fail, crash or be deaf: `wait-encoder@bert`."""
    (study / "orders").mkdir(exist_ok=True)
    (study / "waiting").unlink(missing_ok=True)
    for file in files:
        (study / "orders" / file).touch()


def take_back(study: Path, *files: str) -> None:
    for file in files:
        (study / "orders" / file).unlink()


def held_stage(study: Path) -> int:
    """The process of the stage that was ordered to wait, as soon as it does."""
    waiting = study / "waiting"
    return int(until(lambda: waiting.exists() and waiting.read_text(), "a stage that waits"))


def over(folder: Path) -> RunStory:
    """The story of a run as soon as it is over and its supervisor gone."""

    def story() -> RunStory | None:
        found = read_story(folder)
        return found if found.is_over and not is_alive(found.process) else None

    found: RunStory = until(story, f"the end of {folder.name}")
    return found


def supervisor(folder: Path) -> int:
    """The process of a run's supervisor, as soon as it has opened the run."""
    return int(until(lambda: (story := read_story(folder)).status == "running" and story.process, "a supervisor"))


def kill(process: int) -> None:
    """Kill a process and wait until it is gone."""
    os.kill(process, 9)
    until(lambda: not is_alive(process), f"the end of {process}")


def is_alive(process: int) -> bool:
    """Whether a process still runs; one that ended and was not yet reaped does not."""
    try:
        return psutil.Process(process).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def end_all(study: Path) -> None:
    """End whatever runs of a study have left, as a test that failed may."""
    for folder in study.glob(".detour/runs/*"):
        for process in [read_story(folder).process, *(found.pid for found in orphans(folder))]:
            if process and is_alive(process):
                kill(process)
