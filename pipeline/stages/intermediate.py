"""intermediate@<start>-<model>: train a model on the intermediate task of a start, once for every seed."""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.encoders import save_classifier
from pipeline.files import read_json, write_json
from pipeline.origins import origin_of_intermediate
from pipeline.seeds import Clock, Training, prune_states, read_part, train_settings, truncation, write_curves
from pipeline.stages.command import run
from pipeline.study import Study
from pipeline.training.fit import FitResult
from pipeline.training.stopping import heeding


def main(study: Study, start: str, model: str) -> None:
    """Write checkpoints/<start>/<model>, its metrics, curves and timings."""
    source = Path("corpora/starts") / start
    described = read_json(source / "start.json")
    labels = described["labels"]
    parts = {name: read_part(source / f"{name}.parquet", labels) for name in ("train", "dev", "test")}
    training = Training(
        name=f"{start}-{model}",
        where=f"training.intermediate, start {start}, model {model}",
        parts=parts,
        labels=len(labels),
        head="reinit",
        settings=train_settings(study.training.intermediate, study.start(start).epochs),
        keep_weights=True,
        origin=partial(origin_of_intermediate, study, start, model),
    )
    encoder = Path("checkpoints/pretrained") / model
    folder = Path("checkpoints") / start / model
    shutil.rmtree(folder, ignore_errors=True)
    prune_states()
    results: dict[int, FitResult] = {}
    clock = Clock()
    for seed, trained in training.train_all(dict.fromkeys(study.training.intermediate.seeds, encoder)):
        results[seed] = trained.result
        clock.add(seed, trained)
        save_classifier(folder / str(seed), trained.classifier, trained.tokenizer)
    write_json(folder / "start.json", {**described, "seeds": list(study.training.intermediate.seeds)})
    stem = f"{start}-{model}"
    cut = truncation(trained.tokenizer, list(parts.values()), training.settings.max_tokens)
    write_json(Path("reports/intermediate") / f"{stem}.json", _metrics(results, parts, cut))
    write_curves(Path("reports/curves/intermediate") / f"{stem}.csv", results)
    write_json(Path("reports/timings/intermediate") / f"{stem}.json", clock.report())


def _metrics(results: dict[int, FitResult], parts: dict[str, Any], cut: dict[str, int]) -> dict[str, Any]:
    """Accuracy of the selected epoch on dev and test, by seed."""
    metrics: dict[str, Any] = {"train_rows": len(parts["train"].ids), "test_rows": len(parts["test"].ids), "seeds": {}}
    # In a list, which tables of metrics leave out.
    metrics["truncation"] = [cut]
    for seed, result in results.items():
        record = result.curves[result.epoch - 1]
        metrics["seeds"][str(seed)] = {
            "epoch": result.epoch,
            "steps": result.steps,
            "dev_accuracy": record.dev_accuracy,
            "test_accuracy": record.test_accuracy,
        }
    return metrics


if __name__ == "__main__":
    with heeding():
        run(main, "start", "model")
