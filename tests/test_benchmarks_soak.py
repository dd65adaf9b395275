"""What the soak takes as evidence: a judge that sees nothing would find every run sound."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from benchmarks.soak.evidence import held_locks, identical, trained_twice
from benchmarks.soak.kills import Progress, processes
from tui.runs.events import FILE
from tui.runs.locks import take_lock
from tui.runs.schedule import MARKER

CELL = "similarity@pawsx-paws-bert"


def told(folder: Path, *epochs: tuple[float, int, int]) -> Path:
    """A run that told epochs: when, seed, epoch."""
    lines = [
        {"event": "epoch", "time": when, "stage": CELL, "seed": seed, "epoch": epoch} for when, seed, epoch in epochs
    ]
    (folder / FILE).write_text("".join(json.dumps(line) + "\n" for line in lines))
    return folder


@pytest.mark.parametrize(
    ("epochs", "kills", "found"),
    [
        ([(1, 1, 1), (2, 1, 2), (3, 1, 3)], [], 0),
        # Killed at once: its state may not have been written.
        ([(1, 1, 1), (2, 1, 2), (9, 1, 2), (10, 1, 3)], [2.1], 0),
        ([(1, 1, 1), (2, 1, 2), (9, 1, 2), (10, 1, 3)], [7.0], 1),
        ([(1, 1, 1), (2, 1, 2), (9, 1, 1), (10, 1, 2)], [2.1], 1),
        # Another seed begins anew.
        ([(1, 1, 1), (2, 1, 2), (3, 2, 1)], [], 0),
    ],
    ids=["undisturbed", "not saved", "saved", "from before", "another seed"],
)
def test_an_epoch_is_trained_twice_where_it_had_been_saved(
    tmp_path: Path, epochs: Sequence[tuple[float, int, int]], kills: list[float], found: int
) -> None:
    assert len(trained_twice(told(tmp_path, *epochs), kills)) == found


def test_progress_counts_an_epoch_once_however_often_it_is_told(tmp_path: Path) -> None:
    assert Progress(told(tmp_path, (1, 1, 1), (2, 1, 2), (3, 1, 2))).count() == 2


def test_a_cell_is_the_same_with_all_of_its_files() -> None:
    assert identical({"a": ("1", "2"), "b": ("3", "4")}, {"a": ("1", "2"), "b": ("3",)}) == 1


def test_held_locks_and_dvcs_readers_are_found_and_free_ones_are_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DETOUR_MACHINE", str(tmp_path / "machine"))
    free = take_lock(tmp_path / ".detour" / "locks" / "encoder@bert")
    assert free is not None
    os.close(free)
    table = tmp_path / ".dvc" / "tmp" / "rwlock"
    table.parent.mkdir(parents=True)
    table.write_text('{"read": {}}')
    assert held_locks(tmp_path) == []
    held = take_lock(tmp_path / ".detour" / "state" / "abc" / "lock")
    table.write_text('{"read": {"a": [{"pid": 1, "cmd": "dvc"}]}}')
    assert held_locks(tmp_path) == [tmp_path / ".detour" / "state" / "abc" / "lock", table]
    assert held is not None
    os.close(held)


def test_processes_are_told_apart_by_what_they_run_and_whose_they_are(tmp_path: Path) -> None:
    command = [sys.executable, "-c", "input()", "-m", "pipeline.stages.finetune"]
    variables = {**os.environ, MARKER: str(tmp_path)}
    stage = subprocess.Popen(command, env=variables, stdin=subprocess.PIPE)
    try:
        assert [process.pid for process in processes(tmp_path, "stage")] == [stage.pid]
        assert list(processes(tmp_path, "host")) == list(processes(tmp_path / "another", "stage")) == []
    finally:
        stage.send_signal(signal.SIGKILL)
        stage.communicate()
