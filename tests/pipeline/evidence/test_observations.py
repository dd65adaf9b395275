"""Gains joined with what was known before, whichever report is absent."""

from typing import Any

from pipeline.evidence.observations import join, measured

KEY = {"task": "t", "target": "a", "start": "s", "model": "bert"}
GAINS: dict[str, Any] = {
    "gains": {
        "1": {**KEY, "comparable": True, "gain": 0.1},
        "2": {**KEY, "model": "roberta", "comparable": False, "gain": None},
    }
}
SCORED = {"cells": [{**KEY, "known": {"logme": 0.5}}, {**KEY, "target": "new", "known": None}]}
FAR = {
    "pairs": [
        {
            "task": "t", "target": "a", "start": "s", "words": {"proxy_a": {"above_floor": 1.5}, "vocabulary": "too small"},
            "models": [{"model": "bert", "distances": {"otdd": {"above_floor": 2.0}}}],
        },
        {"task": "t", "target": "gone", "start": "s", "words": None, "models": []},
    ]
}  # fmt: skip


def test_each_start_target_and_model_has_one_entry_with_all_that_is_known() -> None:
    entries = {(one["target"], one["model"]): one for one in join(GAINS, SCORED, FAR)}
    assert entries["a", "bert"]["known"] == {"logme": 0.5, "proxy_a": 1.5, "otdd": 2.0}
    assert entries["a", "roberta"] == {**KEY, "model": "roberta", "gain": None, "known": {"proxy_a": 1.5}}
    assert entries["new", "bert"]["gain"] is None


def test_only_what_was_measured_is_an_observation() -> None:
    assert [(one.target, one.model, one.gain) for one in measured(join(GAINS, SCORED, FAR))] == [("a", "bert", 0.1)]


def test_absent_reports_are_no_fault() -> None:
    assert join(None, None, None) == []
    assert len(join(GAINS, None, None)) == 2
    assert join(None, SCORED, None)[0]["known"] == {"logme": 0.5}
