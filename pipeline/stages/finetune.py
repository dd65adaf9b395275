"""<task>@<target>-<start>-<model>: fine-tune and test one cell, once for every seed."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow

from pipeline.cells import settings_of, trainings
from pipeline.divisions import Target, pooled, read_target
from pipeline.evidence.records import CellResults, cell_record, predicted_record
from pipeline.files import read_json, write_json
from pipeline.seeds import (
    Checkpoint,
    Clock,
    Part,
    prune_states,
    read_checkpoint,
    truncation,
    write_curves,
    write_table,
)
from pipeline.stages.command import run
from pipeline.study import PRETRAINED, Cell, Corpus, Study
from pipeline.training.fit import FitResult
from pipeline.training.stopping import heeding


def main(study: Study, target: str, start: str, model: str) -> None:
    """Write the record, the predicted labels, the curves, the timings and the probabilities of one cell."""
    corpus = study.corpus(target)
    cell = Cell(corpus.task, target, start, model)
    ready = Path("corpora/ready") / target
    data = read_target(ready, corpus.labels)
    checkpoint = read_checkpoint(start, model)
    clock = Clock()
    results, tokenizer = _train(study, cell, data, checkpoint, clock)
    cut = truncation(tokenizer, data.all_rows, study.training.target.max_tokens)
    outcome = _outcome(study, cell, corpus, data, checkpoint, results, cut)
    place = f"{cell.task}/{cell.stem}"
    _write_predictions(Path(f"predictions/{place}.parquet"), data.tested, corpus.labels, results)
    write_json(Path(f"reports/cells/{place}.json"), cell_record(outcome))
    write_json(Path(f"reports/predicted/{place}.json"), predicted_record(outcome))
    write_curves(Path(f"reports/curves/{place}.csv"), results)
    write_json(Path(f"reports/timings/{place}.json"), clock.report())


def _train(
    study: Study, cell: Cell, data: Target, checkpoint: Checkpoint, clock: Clock
) -> tuple[dict[int, FitResult], Any]:
    """Fine-tune every seed, in each fold of its division; each training starts from the checkpoint anew.

    Returns:
        The results by seed, and the tokenizer.
    """
    prune_states()
    results: dict[int, list[FitResult]] = {seed: [] for seed in study.seeds}
    for number, folds in enumerate(data.divisions):
        indices = range(number, len(study.seeds), len(data.divisions))
        folders = {study.seeds[index]: checkpoint.folder_for(index) for index in indices}
        division = number, len(data.divisions)
        for training in trainings(study, cell, checkpoint, folds, division) if folders else ():
            for seed, trained in training.train_all(folders):
                results[seed].append(trained.result)
                clock.add(seed, trained)
    clock.serve(trained)
    whole = {seed: pooled(data.division_for(index), results[seed]) for index, seed in enumerate(study.seeds)}
    return whole, trained.tokenizer


def _outcome(
    study: Study,
    cell: Cell,
    corpus: Corpus,
    data: Target,
    checkpoint: Checkpoint,
    results: dict[int, FitResult],
    cut: dict[str, int],
) -> CellResults:
    """What the records are made from."""
    ready = Path("corpora/ready") / cell.target
    floors = read_json(ready / "floors.json")
    overlap = read_json(Path("reports/overlap") / cell.task / f"{cell.target}.json")["starts"]
    seen = {row for kinds in overlap.values() for ids in kinds.values() for row in ids}
    test = data.tested
    return CellResults(
        cell={"task": cell.task, "target": cell.target, "start": cell.start, "model": cell.model},
        kind=corpus.kind,
        labels=corpus.labels,
        ids=test.ids,
        gold=test.examples.labels.tolist(),
        languages=test.languages,
        seen=[row in seen for row in test.ids],
        predicted={seed: result.test.labels.tolist() for seed, result in results.items()},
        epochs={seed: result.epoch for seed, result in results.items()},
        paper_accuracy={seed: result.best_test_accuracy for seed, result in results.items()},
        paper_epochs={seed: result.best_test_epoch for seed, result in results.items()},
        majority=floors["majority"],
        tfidf=floors["tfidf"],
        settings=settings_of(study, cell.target, data, next(iter(results.values())).precision),
        checkpoint=checkpoint.digest,
        intermediate_seeds=checkpoint.intermediate_seeds if cell.start != PRETRAINED else (),
        truncation=cut,
        folds={seed: data.folds_for(index) for index, seed in enumerate(study.seeds)} if data.settings else {},
    )


def _write_predictions(path: Path, test: Part, labels: tuple[str, ...], results: dict[int, FitResult]) -> None:
    """One row a seed and test example: id, language, seed, gold, predicted, probabilities in the order of the labels."""
    names = np.array(labels)
    rows = len(test.ids)
    columns = {
        "id": test.ids * len(results),
        "language": test.languages * len(results),
        "seed": [seed for seed in results for _ in range(rows)],
        "gold": names[test.examples.labels].tolist() * len(results),
        "predicted": [name for result in results.values() for name in names[result.test.labels].tolist()],
        "probabilities": [row for result in results.values() for row in result.test.probabilities.tolist()],
    }
    kinds = {"seed": arrow.int64(), "probabilities": arrow.list_(arrow.float32())}
    fields = [(name, kinds.get(name, arrow.string())) for name in columns]
    write_table(path, arrow.table(columns, schema=arrow.schema(fields)))


if __name__ == "__main__":
    with heeding():
        run(main, "target", "start", "model")
