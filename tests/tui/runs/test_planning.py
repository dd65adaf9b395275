"""What the app says of a plan: one sentence that fits a line of 80 columns."""

import json

import pytest

from tui.runs.planning import PlanSummary, read_plan

LARGEST = PlanSummary(
    {f"stage {number}": state for number, state in enumerate(["to run"] * 38 + ["restorable"] * 5 + ["current"] * 60)},
    minutes=(90.0, 11 * 60.0),
    resumable=9,
    gpu_mib=(4000.0, 12_700.0),
    disk_mib=(20_000.0, 35_000.0),
)


@pytest.mark.parametrize(
    ("summary", "sentence"),
    [
        (LARGEST, "103 stages: 38 to run (9 resumable), 5 cached; 1.5 to 11 h; GPU 12, disk 34 GiB"),
        (PlanSummary({"a": "current", "b": "current"}), "2 stages: all current"),
        (PlanSummary({"a": "to run", "b": "current"}, (0.5, 1.0)), "2 stages: 1 to run; 30 s to 1 min"),
        (
            PlanSummary({"a": "to run"}, None, 0, (2048.0, 2048.0), (1.0, 5.0)),
            "1 stages: 1 to run; GPU 2 GiB, disk 5 MiB",
        ),
        (PlanSummary({"a": "restorable"}, disk_mib=(0.0, 0.0)), "1 stages: 1 cached"),
    ],
)
def test_the_sentence_of_a_plan(summary: PlanSummary, sentence: str) -> None:
    assert summary.sentence() == sentence
    assert len(sentence) <= 80


def test_a_plan_is_read_from_what_the_command_prints() -> None:
    stages = [{"name": "a", "state": "to run", "resumable": {"words": ""}}, {"name": "b", "state": "current"}]
    cost = {"minutes": [1, 2], "gpu_mib": None, "disk_mib": [3, 4]}
    summary, fault = read_plan(0, json.dumps({"stages": stages, "forecast": cost}), "")
    assert summary == PlanSummary({"a": "to run", "b": "current"}, (1.0, 2.0), 1, None, (3.0, 4.0))
    assert fault == ""


@pytest.mark.parametrize("said", ["", "[]", '{"stages": []}', '{"stages": [], "forecast": {"minutes": 3}}'])
def test_anything_else_is_a_fault(said: str) -> None:
    summary, fault = read_plan(0, said, "")
    assert summary is None
    assert "answered something else" in fault


def test_a_refusal_is_its_last_sentence() -> None:
    assert read_plan(2, "", "Traceback\nNo cell matches.\n\n") == (None, "No cell matches.")
