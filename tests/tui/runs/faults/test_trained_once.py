"""Two people who start the same cell at one moment: its training is done once, and both get it. A small study, trained for real."""

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.study.mini import CELLS, make_mini
from tests.tui.runs.following import begin, end_all, folder_of
from tests.tui.toy import at
from tui.runs.events import EventReader

# A dozen stages are made ready first.
pytestmark = pytest.mark.slow

EPOCHS = 40
"""Enough for the second to meet the first at it."""


def test_a_cell_that_two_runs_want_at_one_moment_is_trained_once(tmp_path: Path) -> None:
    study, cell = make_mini(tmp_path / "a study"), CELLS[0]
    words = ("run", cell, "--wait", "--cold", "--set", f"training.target.epochs={EPOCHS}", "--json")
    try:
        runs = [begin(study, *words, "--name", name) for name in ("mine", "yours")]
        told = [json.loads(run.communicate(timeout=600)[0]) for run in runs]
    finally:
        end_all(study)
    assert [run["status"] for run in told] == ["done", "done"]
    events = [event for run in told for event in EventReader(folder_of(study, run["run"])).read()]
    trained = Counter((event["seed"], event["epoch"]) for event in events if event["event"] == "epoch")
    assert trained == {(1, epoch): 1 for epoch in range(1, EPOCHS + 1)}
    logs = [path.read_text() for path in study.glob(f".detour/runs/*/logs/*{cell.replace('@', '-')}.log")]
    assert sum("Another process trains this seed: waiting for it." in log for log in logs) == 1
    paths = [f"reports/{kind}/{cell.replace('@', '/')}.json" for kind in ("cells", "predicted")]
    first, second = ([at(study, run["commit"], path) for path in paths] for run in told)
    assert first == second != [None, None]
