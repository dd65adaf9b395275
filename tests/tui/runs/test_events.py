"""Events of runs: written line by line, read while they are written, told as a story."""

import json
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.tui.toy import detour, environment
from tui.runs.events import FILE, WAITING, EventLog, EventReader
from tui.runs.process import is_alive, start_of, terminate
from tui.runs.story import RunFollower, RunStory

CELL = "classification@sms_spam-pretrained-bert"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "runs" / "20261121-100000-abcd"
    made.mkdir(parents=True)
    return made


def opened(folder: Path, **values: Any) -> EventLog:
    """A run of this process that has a plan of two stages."""
    log = EventLog(folder)
    me = os.getpid()
    told = {
        "name": "first",
        "command": ["detour", "run"],
        "process": me,
        "began": start_of(me),
        "host": socket.gethostname(),
    }
    log.write("opened", run=folder.name, **{**told, **values})
    log.write("planned", cells=[CELL], stages=["encoder@bert", CELL])
    return log


def story_of(folder: Path) -> RunStory:
    return RunFollower(folder.parent).read()[0]


class TestReader:
    def test_a_torn_last_line_is_left_until_it_is_whole(self, folder: Path) -> None:
        reader = EventReader(folder)
        with (folder / FILE).open("w") as file:
            file.write('{"event": "planned"}\n{"event": "en')
            file.flush()
            assert [event["event"] for event in reader.read()] == ["planned"]
            assert reader.read() == []
            file.write('ded"}\n')
        assert [event["event"] for event in reader.read()] == ["ended"]

    def test_what_is_no_event_is_left_out(self, folder: Path) -> None:
        (folder / FILE).write_bytes(b'[1]\n\xff\xfe\nnull\n{"event": 1}\n{"event": "ended"}\n')
        assert EventReader(folder).read() == [{"event": "ended"}]

    def test_a_run_without_events_has_none(self, folder: Path) -> None:
        assert EventReader(folder).read() == []


class TestStory:
    def test_stages_go_from_waiting_to_their_end_with_times_and_metrics(self, folder: Path) -> None:
        log = opened(folder)
        log.write("stage", stage="encoder@bert", state="cached")
        log.write("stage", stage="encoder@bert", state="done")
        log.write("stage", stage=CELL, state="started")
        follower = RunFollower(folder.parent)
        story = follower.read()[0]
        assert story.status == "running"
        assert [stage.state for stage in story.stages.values()] == ["cached", "started"]
        log.write("stage", stage=CELL, state="done", metrics={"accuracy": 0.5})
        log.write("ended", outcome="done", experiment="first", commit="0" * 40)
        later = follower.read()[0]
        assert (later.status, later.experiment) == ("done", "first")
        assert later.stages[CELL].metrics == {"accuracy": 0.5}
        assert later.stages[CELL].ended is not None
        assert story.status == "running", "what was handed out before is not changed"

    def test_a_story_to_which_nothing_was_added_is_the_same_object(self, folder: Path) -> None:
        opened(folder)
        follower = RunFollower(folder.parent)
        assert follower.read()[0] is follower.read()[0]

    def test_a_failed_stage_keeps_its_sentence(self, folder: Path) -> None:
        opened(folder).write("stage", stage=CELL, state="failed", why="it was told to")
        assert story_of(folder).stages[CELL].why == "it was told to"

    def test_a_run_whose_process_is_gone_has_died_and_its_running_stages_stopped(self, folder: Path) -> None:
        gone = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        began = start_of(gone.pid)
        log = opened(folder, process=gone.pid, began=began)
        log.write("stage", stage=CELL, state="started")
        assert story_of(folder).status == "running"
        gone.communicate(b"\n")
        story = story_of(folder)
        assert (story.status, story.stages[CELL].state) == ("died", "stopped")

    def test_another_process_with_the_same_id_is_not_the_run(self, folder: Path) -> None:
        opened(folder, began="1")
        assert story_of(folder).status == "died"

    def test_a_run_on_another_host_counts_as_running(self, folder: Path) -> None:
        opened(folder, began="1", host="elsewhere")
        assert story_of(folder).status == "running"

    def test_epochs_are_kept_over_attempts_and_the_last_of_this_training_is_its_progress(self, folder: Path) -> None:
        log = opened(folder)
        log.write("stage", stage=CELL, state="started")
        log.write("epoch", stage=CELL, seed=1, epoch=1, epochs=4, metrics={"dev": 0.5})
        log.write("ended", outcome="stopped")
        opened(folder)
        log.write("stage", stage=CELL, state="started")
        stage = story_of(folder).stages[CELL]
        assert (stage.progress, len(stage.epochs)) == (None, 1)
        log.write("epoch", stage=CELL, seed=1, epoch=2, epochs=4, metrics={"dev": 0.6})
        stage = story_of(folder).stages[CELL]
        assert stage.progress is not None
        assert (stage.progress.epoch, stage.progress.dev, len(stage.epochs)) == (2, 0.6, 2)

    def test_a_run_has_run_as_long_as_its_attempts_together(self, folder: Path) -> None:
        log = EventLog(folder)
        log.write("queued", name="first", time=1_000)
        opened(folder, time=1_600)
        log.write("ended", outcome="stopped", time=1_700)
        assert story_of(folder).elapsed(9_999) == 100
        log.write("queued", name="first", time=5_000)
        (folder / WAITING).touch()
        story = story_of(folder)
        assert (story.status, story.why, story.elapsed(5_060)) == ("queued", "", 60)
        opened(folder, time=6_000)
        assert story_of(folder).elapsed(6_030) == 130

    def test_what_a_former_attempt_has_finished_took_what_it_took_then(self, folder: Path) -> None:
        log = opened(folder)
        log.write("stage", stage=CELL, state="started", time=1_000)
        log.write("stage", stage=CELL, state="done", time=1_010)
        log.write("ended", outcome="stopped")
        opened(folder).write("stage", stage=CELL, state="done", time=2_000)
        assert story_of(folder).stages[CELL].ended == 1_010

    def test_a_waiting_run_may_get_another_priority(self, folder: Path) -> None:
        log = EventLog(folder)
        log.write("queued", name="first", priority=1)
        log.write("priority", priority=0)
        assert story_of(folder).priority == 0

    def test_runs_come_newest_first_and_folders_without_events_not_at_all(self, folder: Path) -> None:
        opened(folder)
        newer = folder.parent / "20261122-100000-abcd"
        newer.mkdir()
        opened(newer)
        (folder.parent / "20261123-100000-abcd").mkdir()
        assert [story.id for story in RunFollower(folder.parent).read()] == [newer.name, folder.name]

    def test_there_may_be_no_folder_of_runs(self, tmp_path: Path) -> None:
        assert RunFollower(tmp_path / "none").read() == []


def test_a_process_is_ended_only_when_it_began_then() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE, start_new_session=True)
    began = start_of(child.pid)
    assert not terminate(child.pid, "1")
    assert is_alive(child.pid, began)
    assert terminate(child.pid, began)
    assert child.wait(timeout=60) == -signal.SIGTERM
    assert not is_alive(child.pid, began)


class TestRun:
    """What `detour run` writes."""

    def events(self, study: Path) -> list[dict[str, Any]]:
        files = list((study / ".detour" / "runs").glob(f"*/{FILE}"))
        assert len(files) == 1
        return [json.loads(line) for line in files[0].read_text().splitlines()]

    def test_a_run_leaves_its_events_and_logs_and_no_tree(self, study: Path) -> None:
        outcome = json.loads(
            detour(
                study, "run", "--wait", CELL, "--name", "first", "--set", "training.target.epochs=2", "--json"
            ).stdout
        )
        events = self.events(study)
        kinds = [event["event"] for event in events if event["event"] not in ("stage", "note")]
        assert kinds == ["queued", "opened", "planned", "recorded", "ended"]
        assert events[0]["command"][:4] == ["detour", "run", "--wait", CELL]
        assert events[0]["settings"] == ["training.target.epochs=2"]
        ended = events[-1]
        assert (ended["outcome"], ended["experiment"], ended["commit"]) == ("done", "first", outcome["commit"])
        told = [(event["stage"], event["state"]) for event in events if event["event"] == "stage"]
        assert told[:2] == [("encoder@bert", "started"), ("encoder@bert", "done")]
        cell = next(event for event in events if event.get("stage") == CELL and event["state"] == "done")
        assert cell["metrics"] == {"accuracy": 0.5}
        folder = study / ".detour" / "runs" / outcome["run"]
        assert {path.name for path in folder.iterdir()} == {FILE, "logs", "order.json", "lock"}

    def test_a_failed_cell_tells_its_sentence_and_what_is_skipped(self, study: Path) -> None:
        (study / "orders").mkdir()
        (study / "orders" / "fail-encoder@bert").touch()
        detour(study, "run", "--wait", CELL, status=1)
        events = self.events(study)
        failed = next(event for event in events if event.get("state") == "failed")
        assert failed["why"].startswith("encoder@bert was told to fail")
        assert [event["stage"] for event in events if event.get("state") == "skipped"] == [CELL]
        assert events[-1]["outcome"] == "failed"

    def test_an_interrupted_run_says_so(self, study: Path) -> None:
        (study / "orders").mkdir()
        (study / "orders" / f"wait-{CELL}").touch()
        command = [sys.executable, "-m", "tui", "run", "--wait", CELL]
        process = subprocess.Popen(command, cwd=study, env=environment(), stderr=subprocess.PIPE, text=True)
        assert process.stderr is not None
        for line in process.stderr:
            if f"started  {CELL}" in line:
                process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130
        assert self.events(study)[-1]["outcome"] == "stopped"

    def test_a_refused_run_leaves_nothing(self, study: Path) -> None:
        detour(study, "run", "--wait", CELL, "--set", "seeds=[]", status=2)
        assert not list((study / ".detour").glob("runs/*"))
