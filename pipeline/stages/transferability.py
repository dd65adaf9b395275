"""transferability: what checkpoints say of each target's training rows before any fine-tuning: reports/evidence/transferability.json.

It reads checkpoints and training rows alone, never a gain: what it writes could have been known before a cell was trained.
"""

import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pipeline.corpora.schema import Row
from pipeline.evidence.corpus_rows import examples_of, label_ids, sample, training_rows
from pipeline.evidence.distances.embedded import cosine
from pipeline.evidence.features import Features, features_of
from pipeline.evidence.transferability import known_beforehand
from pipeline.files import read_json, write_json
from pipeline.stages.command import run
from pipeline.study import PRETRAINED, TASKS, Study
from pipeline.training.batches import Examples


def main(study: Study) -> None:
    """Score every start on every target of its task, model by model."""
    rows = {key: training_rows(Path("corpora/starts") / key) for key in study.starts}
    cells = []
    for task in TASKS:
        for target in study.group(task).targets:
            starts = [start for start in study.group(task).starts if start != PRETRAINED]
            theirs = training_rows(Path("corpora/ready") / target)
            for model in study.models:
                cells += _of_target(study, task, target, model, theirs, {start: rows[start] for start in starts})
    write_json(
        Path("reports/evidence/transferability.json"),
        {"about": [{"settings": study.evidence.predictors.model_dump()}], "cells": cells},
    )
    print(
        f"{sum(cell['reason'] is None for cell in cells)} of {len(cells)} pairs of a checkpoint and a target were scored"
    )


def _of_target(
    study: Study, task: str, target: str, model: str, theirs: list[Row] | None, starts: Mapping[str, list[Row] | None]
) -> list[dict[str, Any]]:
    """One entry for each start."""
    settings, labels = study.evidence.predictors, study.corpus(target).labels
    encoder = Path("checkpoints/pretrained") / model
    told = [
        {"task": task, "target": target, "start": start, "model": model, "reason": None, "known": None}
        for start in starts
    ]
    if not theirs or not encoder.is_dir():
        what = f"The training rows of {target}" if not theirs else f"The encoder of {model}"
        return [
            entry | {"reason": f"{what} are not in this tree." if not theirs else f"{what} is not in this tree."}
            for entry in told
        ]
    chosen = sample(theirs, settings.rows, settings.seed)
    examples, ids = examples_of(chosen, labels), label_ids(chosen, labels)
    pretrained = _read(study, encoder, examples, None)
    for entry in told:
        folder, ours = Path("checkpoints") / str(entry["start"]) / model, starts[str(entry["start"])]
        if not (folder / "start.json").is_file() or not ours:
            entry["reason"] = f"The checkpoint of {entry['start']} and {model} is not in this tree."
            continue
        described = read_json(folder / "start.json")
        # An encoder trained on texts alone has no head.
        heads = len(described["labels"]) if described["objective"] == "labels" else None
        checkpoints = [_read(study, folder / str(seed), examples, heads) for seed in described["seeds"]]
        read_by_encoder = _read(study, encoder, _examples(study, str(entry["start"]), ours), None)
        entry["known"] = known_beforehand(pretrained, checkpoints, ids, len(labels)) | {
            "task_similarity": cosine(read_by_encoder.vectors.mean(0), pretrained.vectors.mean(0)),
            "start_rows": math.log(len(ours)),
            "target_rows": math.log(len(theirs)),
            "size_ratio": math.log(len(ours) / len(theirs)),
        }
    return told


def _examples(study: Study, start: str, rows: Sequence[Row]) -> Examples:
    settings = study.evidence.predictors
    return examples_of(sample(rows, settings.rows, settings.seed), study.corpus(study.start(start).corpus).labels)


def _read(study: Study, folder: Path, examples: Examples, labels: int | None) -> Features:
    settings = study.training.target
    return features_of(folder, examples, labels, settings.max_tokens, settings.truncation)


if __name__ == "__main__":
    run(main)
