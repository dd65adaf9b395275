"""A part of the bundled study with BERT alone, every stage called in this process: for what has to train many small cells."""

import os
import subprocess
import sys
from collections.abc import Callable, Collection, Sequence
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from pipeline.stages import (
    collect,
    encoder,
    extract,
    finetune,
    intermediate,
    overlap,
    prepare,
    pretrained,
    start,
    translate,
)
from pipeline.study import PRETRAINED, TASKS, Study, load_study

ROOT = Path(__file__).parents[1]


def write_study(
    targets: Collection[str], seeds: Sequence[int], change: Callable[[Any], None] = lambda _values: None
) -> Study:
    """Write params.yaml with the given targets, what they need and nothing else to the current folder.

    Args:
        targets: Keys of target corpora.
        seeds: Of fine-tuning.
        change: Called with the values, for whatever else is to be another.
    """
    yaml = YAML()
    values = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values["models"], values["seeds"] = ["bert"], list(seeds)
    starts = {}
    for task in TASKS:
        group = values[task]
        group["targets"] = [target for target in group["targets"] if target in targets]
        group["starts"] = [key for key in group["starts"] if group["targets"]]
        starts |= {key: values["starts"][key] for key in group["starts"] if key != PRETRAINED}
    values["starts"] = starts
    kept = {*targets, *(block["corpus"] for block in starts.values())}
    values["corpora"] = {key: block for key, block in values["corpora"].items() if key in kept}
    values["sites"] = {key: block for key, block in values["sites"].items() if block["corpus"] in kept}
    change(values)
    with Path("params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(values, file)
    return load_study()


def run_cells(study: Study) -> None:
    """Every stage of a study up to its cells, in the current folder, over the data/ that lies there."""
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
    encoder.main(study, "bert")
    for key in study.starts:
        intermediate.main(study, key, "bert")
    for task in dict.fromkeys(cell.task for cell in study.cells()):
        pretrained.main(study, task)
    for target in dict.fromkeys(cell.target for cell in study.cells()):
        overlap.main(study, target)
    for cell in study.cells():
        finetune.main(study, cell.target, cell.start, cell.model)
