"""A disk that is full when a run is launched, in its middle and at its end: a file system of a few megabytes, filled to the last byte."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.tui.runs.following import CELL, held_stage, launch, order, over, supervisor, take_back, until
from tests.tui.toy import at, copy_toy, detour, dvc, ran, shell
from tui.runs.events import EventLog, EventReader
from tui.runs.orphans import orphans

OTHER = "classification@movie_reviews-pretrained-bert"
HELD = f"wait-{CELL}"
SIZE = "24m"


@pytest.fixture
def study(new_study: Path, tmp_path: Path) -> Iterator[Path]:
    """A study on a disk of its own."""
    disk = tmp_path / "a disk"
    disk.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "tmpfs", str(disk)]
    if os.getuid() or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small disk cannot be mounted here, which takes root and the right to mount")
    try:
        yield copy_toy(new_study, disk / "a study")
    finally:
        subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(study: Path) -> None:
    """Take what room is left, first in large pieces, at last byte by byte."""
    with (study.parent / "ballast").open("ab", buffering=0) as file:
        for size in (1 << 16, 1 << 12, 1):
            try:
                while True:
                    os.write(file.fileno(), b"x" * size)
            except OSError:
                continue


def has_nothing_left_to_do(process: int) -> bool:
    """Whether a supervisor has ended its jobs and its DVC processes, or has ended itself."""
    try:
        found = psutil.Process(process)
        return not found.children() and found.num_threads() == 1
    except psutil.NoSuchProcess:
        return True


def free(study: Path) -> None:
    (study.parent / "ballast").unlink()


def test_a_run_cannot_be_launched_and_says_so_in_a_sentence(study: Path) -> None:
    (study / "stage.py").write_text((study / "stage.py").read_text() + "\n")
    fill(study)
    said = [detour(study, "run", CELL, status=2).stderr, detour(study, "run", CELL, "--carry", status=1).stderr]
    assert "not in this run" in said[0].splitlines()[0]
    assert "cannot be written (No space left on device); free some space and say it again." in said[0].splitlines()[1]
    assert said[1].startswith("git add --all: ") and "space" in said[1]
    assert not any("Traceback" in text for text in said)
    free(study)
    assert list((study / ".detour").glob("runs/*")) == []
    assert json.loads(detour(study, "run", CELL, "--wait", "--json").stdout)["status"] == "done"


def test_a_run_whose_disk_fills_up_tells_what_failed_when_there_is_room_and_goes_on(study: Path) -> None:
    order(study, HELD)
    folder = launch(study, CELL, OTHER, "--name", "full")
    held_stage(study)
    process = supervisor(folder)
    fill(study)
    take_back(study, HELD)
    # From then on it only waits for room for its last words.
    until(lambda: has_nothing_left_to_do(process), "the end of all that was to do")
    assert orphans(folder) == []
    free(study)
    story = over(folder)
    assert (story.status, story.experiment, story.attempt) == ("failed", "", 1)
    assert "No space left on device" in story.why
    assert f"detour resume {folder.name} goes on" in detour(study, "watch", status=1).stdout
    told = json.loads(detour(study, "resume", "full", "--wait", "--json").stdout)
    assert (told["status"], told["experiment"], told["failed"]) == ("done", "full", [])
    assert ran(study).count("encoder@bert") == 1
    assert sorted(at(study, told["commit"], "reports/run.json")["cells"]["measured"]) == [OTHER, CELL]
    assert dvc(study, "exp", "list", "--name-only").split() == ["full"]
    assert shell(study, "git", "status", "--porcelain") == ""
    assert shell(study, "git", "fsck", "--no-dangling") == ""


def test_events_that_a_full_disk_refused_are_written_once_each_when_there_is_room(study: Path) -> None:
    log, reader = EventLog(study), EventReader(study)
    log.write("note", text="before")
    fill(study)
    # More than fits into what the file has of the disk already.
    for number in range(200):
        log.write("note", text=f"{number} " + 40 * "x")
    assert not log.is_whole()
    early = reader.read()
    free(study)
    assert log.is_whole()
    texts = [event["text"].split()[0] for event in [*early, *reader.read()]]
    assert texts == ["before", *map(str, range(200))]
