"""DVC's lock in somebody else's hands just when a stage ends: a finished training is recorded all the same."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tui.runs.following import CELL, held_stage, kill, launch, order, over, take_back, until
from tests.tui.toy import environment, ran
from tui.runs.story import read_story

HOLDER = """
import sys, time
from dvc.repo import Repo
with Repo(sys.argv[1]).lock:
    print("held", flush=True)
    sys.stdin.readline()
    time.sleep(float(sys.argv[2]))
"""


# DVC by itself gives up after three seconds.
@pytest.mark.parametrize("seconds", [4, pytest.param(10, marks=pytest.mark.slow)])
def test_a_stage_that_ends_while_another_process_holds_dvcs_lock_is_recorded(study: Path, seconds: int) -> None:
    order(study, f"wait-{CELL}")
    folder = launch(study, CELL)
    held_stage(study)
    command = [sys.executable, "-c", HOLDER, str(folder / "tree"), str(seconds)]
    holder = subprocess.Popen(
        command, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    )
    assert holder.stdin is not None and holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    take_back(study, f"wait-{CELL}")
    report = folder / "tree" / "reports" / "cells" / f"{CELL.replace('@', '/')}.json"
    until(report.exists, "the stage's own end")
    assert read_story(folder).stages[CELL].state == "started"
    holder.communicate("\n")
    story = over(folder)
    assert (story.status, story.measured) == ("done", ["encoder@bert", CELL, "gains", "report"])
    assert ran(study).count(CELL) == 1


@pytest.mark.parametrize("left", ['{"wri', "another process"], ids=["cut", "with a number that is another's"])
def test_what_a_killed_dvc_left_in_its_table_of_readers_and_writers_refuses_nobody(study: Path, left: str) -> None:
    order(study, f"wait-{CELL}")
    folder = launch(study, CELL)
    stage = held_stage(study)
    report = folder / "tree" / "reports" / "cells" / f"{CELL.replace('@', '/')}.json"
    listed = {"write": {str(report): {"pid": os.getpid(), "cmd": "dvc repro"}}, "read": {}}
    (folder / "tree" / ".dvc" / "tmp" / "rwlock").write_text(json.dumps(listed) if left == "another process" else left)
    take_back(study, f"wait-{CELL}")
    kill(stage)
    story = over(folder)
    assert (story.status, story.attempt, ran(study).count(CELL)) == ("done", 1, 2)
