"""`kill -9` of every process of a run, at the moments that matter, and the loss of the terminal. The toy study."""

import json
import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import psutil
import pytest

from tests.tui.runs.following import (
    CELL,
    begin,
    events,
    held_stage,
    is_alive,
    kill,
    launch,
    newest,
    order,
    over,
    supervisor,
    take_back,
    until,
)
from tests.tui.toy import at, detour, dvc, environment, ran, shell
from tui.runs.orphans import orphans
from tui.runs.story import read_story

HELD, DEAF = f"wait-{CELL}", f"deaf-{CELL}"
FINISHED = ["encoder@bert", CELL, CELL, "gains", "report"]


def host_of(stage: int) -> psutil.Process:
    """The DVC process above a stage."""
    (found,) = (process for process in psutil.Process(stage).parents() if "tui.runs.host" in process.cmdline())
    return found


def check(study: Path, folder: Path, attempts: int) -> None:
    """The run came to what it would have come to undisturbed, and nothing is left of it."""
    story = over(folder)
    assert (story.status, story.attempt) == ("done", attempts)
    assert ran(study)[: len(FINISHED)] == FINISHED
    assert at(study, story.commit, f"reports/cells/{CELL.replace('@', '/')}.json")["stage"] == CELL
    assert at(study, story.commit, "reports/run.json")["cells"]["measured"] == [CELL]
    assert orphans(folder) == []
    assert dvc(study, "exp", "list", "--name-only").split() == [story.name]
    assert shell(study, "git", "worktree", "list").count("\n") == 1
    assert shell(study, "git", "status", "--porcelain") == ""


@pytest.mark.parametrize("whose", ["stage", "dvc"])
def test_a_stage_is_begun_again_when_it_or_its_dvc_was_killed(study: Path, whose: str) -> None:
    order(study, HELD)
    folder = launch(study, CELL)
    stage = held_stage(study)
    victim = stage if whose == "stage" else host_of(stage).pid
    take_back(study, HELD)
    kill(victim)
    check(study, folder, attempts=1)
    states = [event["state"] for event in events(folder) if event.get("stage") == CELL]
    assert states == ["started", "again", "started", "done"]


def test_a_run_goes_on_from_what_was_finished_when_its_supervisor_was_killed(study: Path) -> None:
    order(study, HELD)
    folder = launch(study, CELL)
    stage = held_stage(study)
    host = host_of(stage).pid
    kill(supervisor(folder))
    assert read_story(folder).status == "died"
    until(lambda: not is_alive(stage) and not is_alive(host), "the end of the orphans")
    take_back(study, HELD)
    detour(study, "resume")
    check(study, folder, attempts=2)


@pytest.mark.slow
def test_a_deaf_orphan_is_ended_before_its_stage_is_begun_again(study: Path) -> None:
    order(study, HELD, DEAF)
    folder = launch(study, CELL)
    stage = held_stage(study)
    host = host_of(stage).pid
    kill(supervisor(folder))
    (study / "waiting").unlink()
    detour(study, "resume")
    assert held_stage(study) != stage
    assert not is_alive(stage) and not is_alive(host)
    take_back(study, HELD)
    check(study, folder, attempts=2)
    assert any("of a former attempt were still there and were ended" in note for note in read_story(folder).notes)


# git's hooks are run by the supervisor's own git commands, at moments that no test could hit otherwise.
HOOK = """#!/bin/sh
grep -q "$WANTED" || [ -z "$WANTED" ] || exit 0
mkdir "{study}/hooked" 2>/dev/null || exit 0
kill -9 $(sed -n 's/.*"opened".*"process": \\([0-9]*\\).*/\\1/p' "$DETOUR_RUN/events.jsonl" | tail -1)
"""


@pytest.mark.parametrize("moment", ["its tree is half made", "its record is not told yet"])
def test_a_supervisor_that_is_killed_in_the_middle_of_something_leaves_nothing_twice(study: Path, moment: str) -> None:
    is_early = moment == "its tree is half made"
    hook = study / ".git" / "hooks" / ("post-checkout" if is_early else "reference-transaction")
    wanted = 'WANTED=""' if is_early else '[ "$1" = committed ] || exit 0; WANTED=refs/exps'
    hook.write_text(HOOK.format(study=study).replace("grep", f"{wanted}; grep", 1))
    hook.chmod(0o755)
    (study / ".git" / "info" / "exclude").write_text("/hooked\n")
    told = json.loads(detour(study, "run", CELL, "--wait", "--json", status=1).stdout)
    assert (told["status"], (study / "hooked").is_dir()) == ("died", True)
    detour(study, "resume")
    folder = newest(study)
    assert over(folder).status == "done"
    assert ran(study) == ["encoder@bert", CELL, "gains", "report"]
    assert dvc(study, "exp", "list", "--name-only").split() == [f"run-{told['run']}"]
    assert at(study, read_story(folder).commit, "reports/run.json")["attempts"] == 2
    assert shell(study, "git", "worktree", "list").count("\n") == 1


APP = """
import sys
from pathlib import Path
from tui.runs.spawn import spawn
spawn(Path.cwd(), sys.argv[1:])
print("launched", flush=True)
sys.stdin.read()
"""


def test_a_run_is_launched_although_the_app_that_launches_it_is_killed(study: Path) -> None:
    command = [sys.executable, "-c", APP, "run", CELL, "--wait"]
    app = subprocess.Popen(command, cwd=study, env=environment(), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert app.stdout is not None and app.stdout.readline() == b"launched\n"
    app.kill()
    app.communicate()
    assert over(newest(study)).status == "done"


def test_a_run_outlives_the_terminal_it_was_launched_in(study: Path) -> None:
    order(study, HELD)
    child, terminal = pty.fork()
    if child == 0:
        os.chdir(study)
        os.execve(sys.executable, [sys.executable, "-m", "tui", "run", CELL, "--wait"], environment())
    stage = held_stage(study)
    # The kernel sends SIGHUP to whoever the terminal belongs to.
    os.close(terminal)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGHUP
    assert is_alive(stage)
    take_back(study, HELD)
    assert over(newest(study)).status == "done"


def test_a_launch_that_is_killed_before_it_has_begun_its_run_leaves_it_to_the_next_look(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETOUR_SLOTS", "1")
    order(study, HELD)
    first = launch(study, CELL)
    held_stage(study)
    follower = begin(study, "run", "--wait", "classification@movie_reviews-pretrained-bert")
    second = until(lambda: newest(study) != first and newest(study), "a second run")
    follower.kill()
    follower.communicate()
    take_back(study, HELD)
    assert (over(first).status, over(second).status) == ("done", "done")
