"""The sample's planted truths are found by the whole chain, and vanish with the effect.

Tiny BERT, five seeds a cell, every stage called in this process on a sample generated for the test.
"""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.sample_study import run_cells, write_study
from pipeline.corpora.sample.bundle import write_sample
from pipeline.files import read_json
from pipeline.stages import gains

HELPED, HURT, LEFT_ALONE = "movie_reviews", "sms_spam", "stock_names"


def measure(effect: float, targets: list[str]) -> dict[str, Any]:
    """Run every stage of a study of these targets with five seeds and return its gains by target."""
    study = write_study(targets, range(1, 6))
    write_sample(Path("data"), effect)
    run_cells(study)
    gains.main(study)
    return {entry["target"]: entry for entry in read_json("reports/gains.json")["gains"].values()}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An empty current folder; one thread, as in every stage that runs beside others."""
    before, threads = Path.cwd(), torch.get_num_threads()
    torch.set_num_threads(1)
    os.chdir(tmp_path_factory.mktemp("planted"))
    yield Path.cwd()
    os.chdir(before)
    torch.set_num_threads(threads)


def test_planted_truths_are_found_with_five_seeds(folder: Path) -> None:
    found = measure(0.2, [HELPED, HURT, LEFT_ALONE])
    helped, hurt, alone = (found[target] for target in (HELPED, HURT, LEFT_ALONE))
    assert helped["gain"] >= 0.1 and helped["low"] > 0
    assert (helped["verdict"], helped["provisional"]) == ("positive", False)
    assert hurt["gain"] <= -0.1 and hurt["high"] < 0
    assert (hurt["verdict"], hurt["provisional"]) == ("negative", False)
    assert abs(alone["gain"]) <= 0.03
    assert alone["verdict"] in ("equivalent", "inconclusive")


@pytest.mark.slow
def test_without_an_effect_no_verdict_is_left(folder: Path) -> None:
    found = measure(0.0, [HELPED, HURT])
    assert {
        target: entry["verdict"] for target, entry in found.items() if entry["verdict"] in ("positive", "negative")
    } == {}
