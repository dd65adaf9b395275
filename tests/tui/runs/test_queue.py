"""The queue: runs that wait without a process, in which order they begin, and that none is lost."""

import fcntl
import json
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
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
    order,
    over,
    supervisor,
    take_back,
    until,
)
from tests.tui.toy import detour, environment, shell
from tui.checkout import Checkout
from tui.runs.locks import is_held, take_lock
from tui.runs.order import RunOrder, write_order
from tui.runs.queue import LOCK, WAITING, dispatch, enqueue, waiting_runs
from tui.runs.story import read_story

OTHER = "classification@movie_reviews-pretrained-bert"


@pytest.fixture(autouse=True)
def nothing_is_left(study: Path) -> Iterator[None]:
    yield
    end_all(study)


@pytest.fixture
def checkout(study: Path, monkeypatch: pytest.MonkeyPatch) -> Checkout:
    monkeypatch.setenv("PYTHONPATH", environment()["PYTHONPATH"])
    monkeypatch.setenv("DETOUR_SLOTS", "1")
    return Checkout(study, study)


def wait_in_line(checkout: Checkout, run: str, **values: object) -> Path:
    """Let a run wait that ends as soon as it has begun: its commit does not exist."""
    enqueue(checkout, RunOrder(run, run, "0" * 40, (CELL,), **values))  # type: ignore[arg-type]
    return checkout.runs / run


@contextmanager
def a_live_run(checkout: Checkout, jobs: int = 1) -> Iterator[None]:
    """A run whose supervisor is this process."""
    folder = checkout.runs / "live"
    folder.mkdir(parents=True)
    write_order(folder, RunOrder("live", "live", "0" * 40, (CELL,), jobs=jobs))
    lock = take_lock(folder / LOCK)
    assert lock is not None
    try:
        yield
    finally:
        os.close(lock)


def test_runs_wait_without_a_process_and_begin_by_priority_then_in_their_order_each_when_one_ends(
    checkout: Checkout,
) -> None:
    with a_live_run(checkout):
        # Ids are no order: a clock may have been set back.
        folders = [wait_in_line(checkout, run) for run in ("c", "a", "b")]
        folders.insert(0, wait_in_line(checkout, "d", priority=1))
        broken = wait_in_line(checkout, "e", priority=2)
        (broken / "order.json").write_text("{")
        assert dispatch(checkout, 1) == []
        assert read_story(broken).status == "refused"
        assert [waiting.folder for waiting in waiting_runs(checkout)] == folders
        assert [read_story(folder).status for folder in folders] == ["queued"] * 4
        assert psutil.Process().children() == []
    assert dispatch(checkout, 1) == ["d"]
    stories = [over(folder) for folder in folders]
    assert [story.opened for story in stories] != sorted(story.opened for story in stories)
    begun = [next(event["time"] for event in events(folder) if event["event"] == "opened") for folder in folders]
    ended = [story.ended or 0 for story in stories]
    assert all(end <= start for end, start in zip(ended, begun[1:], strict=False))


def test_a_wide_run_waits_for_all_of_its_slots_and_what_comes_behind_it_waits_too(checkout: Checkout) -> None:
    with a_live_run(checkout):
        wait_in_line(checkout, "wide", jobs=9)
        wait_in_line(checkout, "narrow")
        assert dispatch(checkout, 2) == []
        # A run that asks for more than there is gets all there is.
        (checkout.runs / "wide" / WAITING).unlink()
        assert dispatch(checkout, 2) == ["narrow"]
        over(checkout.runs / "narrow")


def test_a_run_is_waiting_until_its_supervisor_has_opened_it(checkout: Checkout) -> None:
    folder = wait_in_line(checkout, "a")
    for _ in range(3):
        assert dispatch(checkout, 1) == ["a"]
        (process,) = psutil.Process().children()
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert read_story(folder).status == "queued"
    assert dispatch(checkout, 1) == []
    story = read_story(folder)
    assert (story.status, story.attempt) == ("refused", 0)
    assert "ended 3 times before it had begun" in story.why


def test_asking_whether_a_run_is_live_is_never_taken_for_its_supervisor(checkout: Checkout) -> None:
    folder = wait_in_line(checkout, "a")
    asking = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT)
    fcntl.flock(asking, fcntl.LOCK_SH)
    assert not is_held(folder / LOCK)
    threading.Timer(0.2, os.close, [asking]).start()
    assert dispatch(checkout, 1) == ["a"]
    over(folder)


def test_a_run_that_nobody_could_tell_of_introduces_itself(checkout: Checkout) -> None:
    folder = wait_in_line(checkout, "a", note="Why?")
    (folder / "events.jsonl").unlink()
    dispatch(checkout, 1)
    until(lambda: read_story(folder).outcome, "the end of a run")
    story = read_story(folder)
    assert (story.name, story.note, events(folder)[0]["schema"]) == ("a", "Why?", 1)


def test_a_run_whose_place_in_the_queue_is_gone_can_be_resumed(checkout: Checkout) -> None:
    folder = wait_in_line(checkout, "a")
    (folder / WAITING).unlink()
    assert read_story(folder).status == "died"
    detour(checkout.root, "resume", "a")
    assert over(folder).attempt == 1


def test_a_waiting_run_is_taken_out_by_stop_and_can_come_back(study: Path, checkout: Checkout) -> None:
    with a_live_run(checkout):
        told = json.loads(detour(study, "run", CELL, "--json").stdout)
        assert told["status"] == "queued"
        said = detour(study, "run", CELL, "--priority", "2", "--name", "urgent").stderr
        assert "waits for its share of the machine" in said
        listed = json.loads(detour(study, "runs", "--json").stdout)
        assert {(run["name"], run["status"], run["priority"]) for run in listed} == {
            ("urgent", "queued", 2),
            (told["name"], "queued", 0),
        }
        stopped = json.loads(detour(study, "stop", "urgent", "--json").stdout)
        assert (stopped["status"], stopped["why"]) == ("stopped", "it was taken out of the queue")
        detour(study, "resume", "urgent")
        again = detour(study, "resume", "urgent", status=2).stderr
        assert f"Run {stopped['run']} is queued; detour stop" in again
        assert [waiting.order.name for waiting in waiting_runs(checkout)] == ["urgent", told["name"]]


def test_two_launches_at_one_moment_run_one_after_the_other(study: Path) -> None:
    launches = [begin(study, "run", "--wait", cell, "--json", DETOUR_SLOTS="1") for cell in (CELL, OTHER)]
    told = [json.loads(process.communicate(timeout=120)[0]) for process in launches]
    assert [run["status"] for run in told] == ["done", "done"]
    spans = sorted(
        (lines[1]["time"], lines[-1]["time"]) for run in told for lines in [events(folder_of(study, run["run"]))]
    )
    assert spans[0][1] <= spans[1][0]
    assert len(shell(study, "git", "for-each-ref", "refs/exps").splitlines()) == 2


def test_the_next_run_begins_when_a_supervisor_was_killed_and_another_is_alive(
    study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETOUR_SLOTS", "2")
    order(study, f"wait-{CELL}")
    doomed = launch(study, CELL)
    stage = held_stage(study)
    order(study, f"wait-{OTHER}")
    alive = launch(study, OTHER)
    held_stage(study)
    waiting = launch(study, "classification@sms_spam-imdb-bert")
    assert read_story(waiting).status == "queued"
    kill(supervisor(doomed))
    until(lambda: read_story(waiting).status != "queued", "the third run")
    assert (read_story(doomed).status, read_story(alive).status) == ("died", "running")
    until(lambda: not is_alive(stage), "the end of an orphan")
    take_back(study, f"wait-{OTHER}", f"wait-{CELL}")
    assert over(waiting).status == over(alive).status == "done"


def test_the_next_run_begins_when_somebody_looks(study: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DETOUR_SLOTS", "1")
    order(study, f"wait-{CELL}")
    first = launch(study, CELL)
    held_stage(study)
    second = launch(study, OTHER)
    kill(supervisor(first))
    assert read_story(second).status == "queued"
    take_back(study, f"wait-{CELL}")
    detour(study, "watch", second.name)
    assert read_story(second).status == "done"


def test_a_broken_configuration_is_no_running_runs_affair(study: Path, tmp_path: Path) -> None:
    settings = tmp_path / "config.toml"
    settings.write_text("[runs]\nslots = 2\n")
    order(study, f"wait-{CELL}")
    follower = begin(study, "run", "--wait", CELL, "--json", DETOUR_CONFIG=str(settings))
    held_stage(study)
    (folder,) = (study / ".detour" / "runs").iterdir()
    settings.write_text("[runs]\nslots = many\n")
    until(lambda: any("config.toml" in note for note in read_story(folder).notes), "a note")
    take_back(study, f"wait-{CELL}")
    assert json.loads(follower.communicate(timeout=60)[0])["status"] == "done"
