"""A fit that is killed or asked to stop, at any moment and in the middle of saving too, ends in the bytes of an undisturbed one."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

DECIDED = ("weights", "curves", "test", "epoch")


def end_alike(
    encoders: Path, architecture: str, count: int, number: str = "SIGKILL", objective: str = "labels"
) -> tuple[list[dict[str, Any]], list[str]]:
    """Kill and resume so many trainings, all of which have to end as the undisturbed one; what is told of each, and what they say."""
    # Threads of the tokenizer would not be there in a forked child.
    environment = {
        **os.environ,
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "PYTHONPATH": os.pathsep.join(["", *sys.path]),
    }
    command = [
        sys.executable,
        "-m",
        "tests.pipeline.training.killed",
        str(encoders),
        architecture,
        str(count),
        number,
        objective,
    ]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-3000:]
    told = json.loads(done.stdout)
    trials: list[dict[str, Any]] = told["trials"]
    assert len(trials) == count
    for trial in trials:
        assert {key: trial[key] for key in DECIDED} == {key: told["undisturbed"][key] for key in DECIDED}
    assert not any("damaged" in line for trial in trials for line in trial["said"])
    return trials, done.stderr.splitlines()


def test_kills_at_random_moments_change_no_bit(encoders: Path, architecture: str) -> None:
    trials, _ = end_alike(encoders, architecture, 4)
    assert any("goes on in epoch" in line for trial in trials for line in trial["said"])


def test_two_kills_of_a_training_on_texts_alone_change_no_bit(encoders: Path) -> None:
    end_alike(encoders, "bert", 2, objective="masked_language")


@pytest.mark.slow
def test_twenty_kills_of_a_training_on_texts_alone_change_no_bit(encoders: Path, architecture: str) -> None:
    trials, _ = end_alike(encoders, architecture, 20, objective="masked_language")
    assert any("goes on in epoch" in line for trial in trials for line in trial["said"])


@pytest.mark.slow
def test_twenty_kills_at_random_moments_change_no_bit(encoders: Path, architecture: str) -> None:
    trials, _ = end_alike(encoders, architecture, 20)
    resumed = [trial for trial in trials if any("goes on in epoch" in line for line in trial["said"])]
    assert len(resumed) >= 5
    # Some kills hit a state that was being written.
    assert any("draft" in trial["left"] for trial in trials)


@pytest.mark.parametrize("architecture", ["bert", "xlnet"])
def test_whoever_is_asked_to_stop_at_a_random_moment_loses_no_step(encoders: Path, architecture: str) -> None:
    trials, lines = end_alike(encoders, architecture, 8, "SIGTERM")
    ended = [trial for trial in trials if not (trial["finished"] and trial["status"] == 0)]
    assert {trial["status"] for trial in ended} == {143}
    assert len(lines) == len(ended)
    kept = [
        re.match(r"Stopped; seed 3 is kept at epoch (\d), step (\d+); the same command goes on", line) for line in lines
    ]
    resumed = [trial["said"][0] for trial in ended if trial["said"]]
    steps = [f"Seed 3 goes on in epoch {found[1]} of 2, after {found[2]} of 24 steps." for found in kept if found]
    assert resumed == steps
    assert steps
