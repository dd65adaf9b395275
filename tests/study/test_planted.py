"""The sample's planted truths are found by the whole chain, and vanish with the effect.

Tiny BERT, five seeds a cell, every stage called in this process on a sample generated for the test.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from ruamel.yaml import YAML

from pipeline.corpora.sample.bundle import write_sample
from pipeline.files import read_json
from pipeline.stages import (
    collect,
    encoder,
    extract,
    finetune,
    gains,
    intermediate,
    overlap,
    prepare,
    pretrained,
    start,
    translate,
)
from pipeline.study import PRETRAINED, Study, load_study
from tests.tui.toy import ROOT

HELPED, HURT = ("classification", "movie_reviews"), ("classification", "sms_spam")
LEFT_ALONE = ("similarity", "stock_names")


def small_study(targets: list[tuple[str, str]]) -> Study:
    """The sample study with BERT alone, five seeds and the given targets, written to the current folder."""
    yaml = YAML()
    values = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["models"], values["seeds"] = ["bert"], [1, 2, 3, 4, 5]
    for task in ("classification", "sentiment", "similarity"):
        chosen = [target for group, target in targets if group == task]
        values[task]["targets"] = chosen
        values[task]["starts"] = values[task]["starts"] if chosen else []
    starts = {key: values["starts"][key] for task, _ in targets for key in values[task]["starts"] if key != PRETRAINED}
    values["starts"] = starts
    kept = {target for _, target in targets} | {block["corpus"] for block in starts.values()}
    values["corpora"] = {key: block for key, block in values["corpora"].items() if key in kept}
    values["sites"] = {key: block for key, block in values["sites"].items() if block["corpus"] in kept}
    with Path("params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(values, file)
    return load_study()


def measure(effect: float, targets: list[tuple[str, str]]) -> dict[str, Any]:
    """Run every stage of the small study and return its gains by target."""
    study = small_study(targets)
    write_sample(Path("data"), effect)
    for site in study.sites:
        # Scrapy's reactor runs once in a process.
        crawled = [sys.executable, "-m", "pipeline.stages.crawl", site]
        subprocess.run(crawled, env={**os.environ, "PYTHONPATH": str(ROOT)}, check=True)
        extract.main(study, site)
    for corpus in study.corpora:
        for stage in (collect, translate, prepare):
            stage.main(study, corpus)
    for key in study.starts:
        start.main(study, key)
    for task, target in targets:
        pretrained.main(study, task)
        overlap.main(study, target)
    encoder.main(study, "bert")
    for key in study.starts:
        intermediate.main(study, key, "bert")
    for cell in study.cells():
        finetune.main(study, cell.target, cell.start, cell.model)
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
    helped, hurt, alone = (found[target] for _, target in (HELPED, HURT, LEFT_ALONE))
    assert helped["gain"] >= 0.1 and helped["low"] > 0
    assert (helped["verdict"], helped["provisional"]) == ("positive", False)
    assert hurt["gain"] <= -0.1 and hurt["high"] < 0
    assert (hurt["verdict"], hurt["provisional"]) == ("negative", False)
    assert abs(alone["gain"]) <= 0.03
    assert alone["verdict"] in ("equivalent", "inconclusive")


def test_without_an_effect_no_verdict_is_left(folder: Path) -> None:
    found = measure(0.0, [HELPED, HURT])
    assert {
        target: entry["verdict"] for target, entry in found.items() if entry["verdict"] in ("positive", "negative")
    } == {}
