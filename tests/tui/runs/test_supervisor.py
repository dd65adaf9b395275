"""Runs that go on by themselves: launched, left, stopped, let go on, tried again. The toy study, with real git and DVC."""

import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.runs.following import (
    CELL,
    begin,
    end_all,
    events,
    folder_of,
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
from tests.tui.toy import at, detour, dvc, ran, shell
from tui.runs.story import read_story

OTHER = "classification@movie_reviews-pretrained-bert"
HELD = f"wait-{CELL}"


@pytest.fixture(autouse=True)
def nothing_is_left(study: Path) -> Iterator[None]:
    yield
    end_all(study)


def refs(study: Path) -> list[str]:
    """The experiments as git names them."""
    return shell(study, "git", "for-each-ref", "--format=%(refname)", "refs/exps").split()


class TestLaunched:
    def test_a_run_goes_on_when_its_launch_is_back_and_what_is_stopped_goes_on_where_it_was(self, study: Path) -> None:
        order(study, HELD)
        told = json.loads(detour(study, "run", CELL, "--name", "first", "--json").stdout)
        folder, stage = folder_of(study, told["run"]), held_stage(study)
        assert (told["name"], told["cells"], read_story(folder).status) == ("first", [CELL], "running")
        stopped = json.loads(detour(study, "stop", told["run"][:15], "--json").stdout)
        assert (stopped["status"], stopped["experiment"], is_alive(stage)) == ("stopped", "", False)
        assert read_story(folder).stages[CELL].state == "stopped"
        assert (folder / "tree" / "dvc.lock").is_file()
        take_back(study, HELD)
        again = json.loads(detour(study, "resume", "--wait", "--json").stdout)
        assert (again["run"], again["status"], again["experiment"]) == (told["run"], "done", "first")
        # The encoder was finished, and its result counts as this run's.
        assert ran(study) == ["encoder@bert", CELL, CELL, "gains", "report"]
        assert sorted(again["ran"]) == ["classification@sms_spam-pretrained-bert", "encoder@bert", "gains", "report"]
        record = at(study, again["commit"], "reports/run.json")
        assert (record["attempts"], record["cells"]["measured"]) == (2, [CELL])
        assert not (folder / "tree").exists()

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGKILL], ids=lambda number: number.name)
    def test_a_run_outlives_whoever_follows_it(self, study: Path, number: signal.Signals) -> None:
        order(study, HELD)
        follower = begin(study, "run", "--wait", CELL)
        held_stage(study)
        follower.send_signal(number)
        follower.communicate(timeout=60)
        assert follower.returncode == -number
        take_back(study, HELD)
        story = over(newest(study))
        assert (story.status, story.attempt) == ("done", 1)

    def test_ctrl_c_stops_the_run_and_keeps_its_tree(self, study: Path) -> None:
        order(study, HELD)
        follower = begin(study, "run", "--wait", CELL)
        held_stage(study)
        follower.send_signal(signal.SIGINT)
        said = follower.communicate(timeout=60)[1]
        assert follower.returncode == 130
        story = read_story(newest(study))
        assert story.status == "stopped"
        assert f"Stopped: 1 of 4 stages are finished; detour resume {story.id} goes on." in said
        # The same holds for whoever follows it the second time.
        follower = begin(study, "resume", "--wait")
        until(lambda: read_story(story.folder).attempt == 2 and read_story(story.folder).count("started"))
        follower.send_signal(signal.SIGINT)
        assert "goes on" in follower.communicate(timeout=60)[1]
        assert (follower.returncode, read_story(story.folder).status) == (130, "stopped")

    def test_a_refusal_is_told_at_the_launch_and_nothing_is_left_of_the_run(self, study: Path) -> None:
        shell(study, "git", "rm", "--quiet", "--cached", "data.dvc")
        shell(study, "git", "commit", "--quiet", "--message", "No data")
        follower = begin(study, "run", "--wait", CELL)
        said = follower.communicate(timeout=60)[1]
        assert follower.returncode == 2
        assert "data.dvc is not committed" in said.splitlines()[-1]
        assert list((study / ".detour" / "runs").iterdir()) == []
        assert shell(study, "git", "worktree", "list").count("\n") == 1

    def test_changes_go_along_where_that_is_asked_for_and_the_index_stays(self, study: Path) -> None:
        (study / "stage.py").write_text((study / "stage.py").read_text().replace("0.5", "0.75"))
        (study / "staged.txt").write_text("staged\n")
        shell(study, "git", "add", "staged.txt")
        (study / "staged.txt").write_text("edited\n")
        (study / "new.txt").write_text("new\n")
        before = shell(study, "git", "status", "--porcelain"), shell(study, "git", "diff", "--cached")
        done = detour(study, "run", "--wait", "--carry", CELL, "--set", "training.target.epochs=2", "--json")
        told = json.loads(done.stdout)
        assert (shell(study, "git", "status", "--porcelain"), shell(study, "git", "diff", "--cached")) == before
        cell = at(study, told["commit"], f"reports/cells/{CELL.replace('@', '/')}.json")
        assert (cell["accuracy"]["mean"], cell["epochs"]) == (0.75, 2)
        recorded = {name: shell(study, "git", "show", f"{told['commit']}:{name}") for name in ("staged.txt", "new.txt")}
        assert recorded == {"staged.txt": "edited\n", "new.txt": "new\n"}
        assert at(study, told["commit"], "reports/run.json")["carried"]
        assert shell(study, "git", "rev-parse", f"{told['commit']}^") == shell(study, "git", "rev-parse", "HEAD")


class TestStopped:
    def test_a_deaf_stage_is_killed_where_that_is_asked_for(self, study: Path) -> None:
        order(study, HELD, f"deaf-{CELL}")
        folder = launch(study, CELL)
        stage = held_stage(study)
        detour(study, "stop", "--now")
        assert (over(folder).status, is_alive(stage)) == ("stopped", False)

    def test_a_deaf_stage_is_killed_when_its_supervisor_is_asked_again(self, study: Path) -> None:
        order(study, HELD, f"deaf-{CELL}")
        folder = launch(study, CELL)
        stage, process = held_stage(study), supervisor(folder)
        until(lambda: not is_alive(stage) or os.kill(process, signal.SIGTERM), "the end of a deaf stage")
        assert over(folder).status == "stopped"

    def test_what_is_finished_is_recorded_where_that_is_asked_for_and_the_rest_is_tried_again(
        self, study: Path
    ) -> None:
        order(study, HELD)
        launch(study, CELL, OTHER, "--name", "part", "--note", "How much of it?", "--jobs", "2")
        held_stage(study)
        until(lambda: OTHER in ran(study) and read_story(newest(study)).stages[OTHER].state == "done", OTHER)
        told = json.loads(detour(study, "stop", "part", "--record", "--json").stdout)
        assert (told["status"], told["experiment"]) == ("failed", "part")
        record = at(study, told["commit"], "reports/run.json")
        assert (record["note"], record["cells"]["measured"]) == ("How much of it?", [OTHER])
        assert at(study, told["commit"], f"reports/cells/{CELL.replace('@', '/')}.json") is None
        assert at(study, told["commit"], "reports/gains.json") is not None
        take_back(study, HELD)
        again = json.loads(detour(study, "retry", "part", "--wait", "--json").stdout)
        assert (again["status"], again["experiment"]) == ("done", "part")
        assert sorted(at(study, again["commit"], "reports/run.json")["cells"]["measured"]) == [OTHER, CELL]
        assert ran(study).count(OTHER) == 1
        assert len(refs(study)) == 1

    def test_a_dead_run_is_offered_recorded_and_not_stopped(self, study: Path) -> None:
        order(study, HELD)
        folder = launch(study, CELL, OTHER, "--jobs", "2")
        stage = held_stage(study)
        until(lambda: OTHER in ran(study) and read_story(folder).stages[OTHER].state == "done", OTHER)
        kill(supervisor(folder))
        assert f"Run {folder.name} is over already (died)" in detour(study, "stop", status=2).stderr
        until(lambda: not is_alive(stage), "the end of an orphan")
        said = detour(study, "runs").stdout
        assert said.startswith(f"died     {folder.name}")
        assert f"detour resume {folder.name} goes on where it was left." in said
        told = json.loads(detour(study, "stop", "--record", "--json").stdout)
        assert at(study, told["commit"], "reports/run.json")["cells"]["measured"] == [OTHER]
        assert (
            "is failed, so there is nothing to go on with; detour retry"
            in detour(study, "resume", folder.name, status=2).stderr
        )


class TestRetried:
    def test_what_failed_gets_the_same_experiment_a_new_record_and_the_rest_stays(self, study: Path) -> None:
        order(study, f"fail-{CELL}")
        first = json.loads(detour(study, "run", "--wait", CELL, OTHER, "--name", "twice", "--json", status=1).stdout)
        assert "recorded no failure" not in detour(study, "runs").stdout
        assert "nothing to go on with; detour retry" in detour(study, "resume", "twice", status=2).stderr
        take_back(study, f"fail-{CELL}")
        again = json.loads(detour(study, "retry", "--wait", "--json").stdout)
        assert (again["run"], again["experiment"], again["status"]) == (first["run"], "twice", "done")
        assert dvc(study, "exp", "list", "--name-only").split() == ["twice"]
        assert shell(study, "git", "rev-parse", refs(study)[0]).strip() == again["commit"] != first["commit"]
        assert ran(study).count(OTHER) == ran(study).count("encoder@bert") == 1
        record = at(study, again["commit"], "reports/run.json")
        assert (record["attempts"], sorted(record["cells"]["measured"])) == (2, sorted([CELL, OTHER]))
        assert "recorded no failure to try again" in detour(study, "retry", "twice", status=2).stderr

    def test_a_run_that_is_not_over_is_neither_resumed_nor_tried_again(self, study: Path) -> None:
        order(study, HELD)
        folder = launch(study, CELL)
        held_stage(study)
        for command in ("resume", "retry"):
            assert f"Run {folder.name} is running; detour stop" in detour(study, command, folder.name, status=2).stderr
        assert [event["event"] for event in events(folder)].count("queued") == 1
