"""intermediate@<start>-<model>: train a model on the intermediate task of a start, or on its texts alone, once for every seed.

A start of labels leaves classifiers, one of masked language bare encoders. The accuracies in the curves of the latter are the shares
of hidden tokens that were predicted.
"""

import shutil
from functools import partial
from pathlib import Path
from typing import Any

from pipeline.encoders import save_classifier
from pipeline.files import read_json, write_json
from pipeline.language_models import load_language_model, save_encoder
from pipeline.origins import origin_of_intermediate
from pipeline.seeds import Clock, Trained, Training, prune_states, read_part, train_settings, truncation, write_curves
from pipeline.stages.command import run
from pipeline.study import Study
from pipeline.training.fit import FitResult
from pipeline.training.masked_language import MaskedLanguage
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
        load=load_language_model if described["objective"] == "masked_language" else None,
    )
    encoder = Path("checkpoints/pretrained") / model
    folder = Path("checkpoints") / start / model
    shutil.rmtree(folder, ignore_errors=True)
    prune_states()
    results: dict[int, FitResult] = {}
    measured: dict[int, dict[str, Any]] = {}
    clock = Clock()
    for seed, trained in training.train_all(dict.fromkeys(study.training.intermediate.seeds, encoder)):
        results[seed] = trained.result
        clock.add(seed, trained)
        measured[seed] = _measured(trained)
        if training.load is None:
            save_classifier(folder / str(seed), trained.classifier, trained.tokenizer)
        else:
            save_encoder(folder / str(seed), encoder, trained.classifier, trained.tokenizer)
    write_json(folder / "start.json", {**described, "seeds": list(study.training.intermediate.seeds)})
    stem = f"{start}-{model}"
    cut = truncation(trained.tokenizer, list(parts.values()), training.settings.max_tokens)
    write_json(Path("reports/intermediate") / f"{stem}.json", _metrics(measured, parts, cut))
    write_curves(Path("reports/curves/intermediate") / f"{stem}.csv", results)
    write_json(Path("reports/timings/intermediate") / f"{stem}.json", clock.report())


def _metrics(measured: dict[int, dict[str, Any]], parts: dict[str, Any], cut: dict[str, int]) -> dict[str, Any]:
    """What every seed has reached, and of how many rows."""
    metrics: dict[str, Any] = {"train_rows": len(parts["train"].ids), "test_rows": len(parts["test"].ids)}
    # In a list, which tables of metrics leave out.
    metrics["truncation"] = [cut]
    metrics["seeds"] = {str(seed): told for seed, told in measured.items()}
    return metrics


def _measured(trained: Trained) -> dict[str, Any]:
    """What the selected epoch has on dev and test: of labels their accuracy; of hidden tokens their loss and accuracy.

    `dev_token_floor` is the accuracy on dev's hidden tokens of whoever always says the commonest token of the training texts.
    """
    result, objective = trained.result, trained.objective
    record = result.curves[result.epoch - 1]
    told: dict[str, Any] = {"epoch": result.epoch, "steps": result.steps}
    if not isinstance(objective, MaskedLanguage):
        return told | {"dev_accuracy": record.dev_accuracy, "test_accuracy": record.test_accuracy}
    return told | {
        "dev_token_loss": record.dev_loss,
        "dev_token_accuracy": record.dev_accuracy,
        "dev_token_floor": objective.floor(trained.train, trained.dev),
        "test_token_accuracy": record.test_accuracy,
    }


if __name__ == "__main__":
    with heeding():
        run(main, "start", "model")
