"""transformers' Trainer, as its example trains classifiers and as one would set it with care.

`trainer` is examples/pytorch/text-classification/run_classification.py at its defaults: pad_to_max_length, hence
default_data_collator, eight examples a step, fused AdamW at 5e-5, linear decay without warm-up. `trainer_grouped` pads each
batch to its longest example and groups examples by length. Both train on a datasets.Dataset, as the example does; token ids
are given.
"""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from datasets import Dataset
from transformers import DataCollatorWithPadding, Trainer, TrainingArguments, default_data_collator

from benchmarks.training.texts import pad_only, padded
from pipeline.training.batches import Encoded

MODES: dict[str, dict[str, Any]] = {
    "trainer": {},
    "trainer_grouped": {"train_sampling_strategy": "group_by_length"},
}
"""Arguments in which the modes differ from the defaults."""


class Collator:
    """Counts the tokens of the batches that a collator makes."""

    def __init__(self, collate: Any):
        self.collate, self.computed = collate, 0

    def __call__(self, rows: list[dict[str, Any]]) -> dict[str, Any]:
        """A batch of the rows."""
        batch: dict[str, Any] = self.collate(rows)
        self.computed += batch["input_ids"].numel()
        return batch


def train(model: Any, part: Encoded, mode: str, batch: int, max_tokens: int) -> int:
    """Train one epoch; returns the tokens computed, padding included."""
    with tempfile.TemporaryDirectory() as folder:
        parts = {"train_dataset": dataset(part, mode, max_tokens)}
        trainer = trainer_of(model, mode, Path(folder), parts, per_device_train_batch_size=batch)
        trainer.train()
    return trainer.data_collator.computed


def predictor(model: Any, part: Encoded, mode: str, max_tokens: int) -> Callable[[], np.ndarray]:
    """What predicts logits, shape (examples, labels), with the data and the Trainer already made."""
    data = dataset(part, mode, max_tokens)
    with tempfile.TemporaryDirectory() as folder:
        # Grouping by length would give predictions in an order that nobody is told.
        trainer = trainer_of(model, mode, Path(folder), train_sampling_strategy="random")
    return lambda: trainer.predict(data).predictions


def trainer_of(model: Any, mode: str, folder: Path, parts: dict[str, Any] | None = None, **options: Any) -> Trainer:
    """A Trainer that writes and reports nothing.

    Args:
        model: What it trains, on the device that it uses.
        mode: A key of `MODES`.
        folder: An empty folder, which it asks for.
        parts: Its `train_dataset` and `eval_dataset`, as far as it needs them.
        options: Arguments that differ from the mode's.
    """
    arguments = TrainingArguments(
        output_dir=str(folder),
        use_cpu=model.device.type == "cpu",
        save_strategy="no",
        report_to="none",
        disable_tqdm=True,
        **{"num_train_epochs": 1, **MODES[mode], **options},
    )
    collate = default_data_collator if mode == "trainer" else DataCollatorWithPadding(pad_only())
    return Trainer(model=model, args=arguments, data_collator=Collator(collate), **(parts or {}))


def dataset(part: Encoded, mode: str, max_tokens: int) -> Dataset:
    """Examples in the columns that the example's preprocessing leaves."""
    columns: dict[str, list[Any]] = {"input_ids": [], "token_type_ids": [], "attention_mask": []}
    for row in range(len(part)):
        for name, values in padded(part, np.array([row]), max_tokens if mode == "trainer" else None).items():
            columns[name].append(values[0].tolist())
    lengths = {"length": part.lengths.tolist()} if mode == "trainer_grouped" else {}
    return Dataset.from_dict({**columns, **lengths, "labels": part.labels.tolist()})
