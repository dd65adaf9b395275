"""What intermediate training and cells share: reading split corpora, training every seed, and what is written of it.

A checkpoint folder is either `checkpoints/pretrained/<model>`, a bare encoder, or `checkpoints/<start>/<model>`: one folder
for each seed of intermediate training and `start.json`, which carries the start's head policy to its targets.
"""

import csv
import io
import os
import platform
import resource
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as arrow
import pyarrow.parquet as parquet
import torch

from pipeline.checkout import main_checkout
from pipeline.encoders import HeadPolicy, load_classifier, load_config
from pipeline.errors import InputError
from pipeline.files import digest, read_json, sha256_of_file, write_bytes, write_text
from pipeline.origins import Origin, files_at
from pipeline.training.batches import Encoded, Examples, encode
from pipeline.training.counters import Energy, resident_memory
from pipeline.training.fit import FitResult, States, fit
from pipeline.training.meter import cost_of
from pipeline.training.objectives import LABELS, Objective
from pipeline.training.selection import EpochRecord
from pipeline.training.serving import REQUESTS, latency, throughput
from pipeline.training.settings import TrainSettings, prepare_device
from pipeline.training.state import prune
from pipeline.training.steps import TrainingFault
from pipeline.training.together import AT_ONCE, memory_needed, seeds_at_once, size_of_weights, train_side_by_side

SERVING_SECONDS = 0.2
"""How long the best batch size of a cell is sought: enough to order them, little beside a training."""

TOKENISED_AT_ONCE = 1_000
"""Rows whose tokens are held at once where they are only counted."""

SCORED = 1 / 6
"""Share of the tokens that a training on texts alone predicts at most (`pipeline.training.masks`)."""

CURVE = ("seed", "epoch", "train_loss", "dev_loss", "dev_accuracy", "dev_macro_f1", "test_accuracy")


@dataclass(frozen=True)
class Part:
    """One part of a split corpus."""

    ids: list[str]
    languages: list[str]
    examples: Examples


@dataclass(frozen=True)
class Checkpoint:
    """What fine-tuning begins from."""

    folders: tuple[Path, ...]
    """One for each seed of intermediate training; the encoder's alone for `pretrained`."""
    head: Literal["keep", "reinit"]
    intermediate_seeds: tuple[int, ...]
    """Empty for `pretrained`."""
    digest: str
    """SHA-256 over the paths and bytes of every file."""

    def folder_for(self, index: int) -> Path:
        """The folder that fine-tuning seed number `index` (from 0) starts from: number `index` modulo their count."""
        return self.folders[index % len(self.folders)]


def read_part(path: Path, labels: Sequence[str]) -> Part:
    """Read a Parquet file of `prepare` or `start`; label ids are positions in `labels`.

    Raises:
        InputError: A row holds a label that is not declared.
    """
    # `read_table` would import datasets of many files, and pandas with them.
    columns = parquet.ParquetFile(path).read(columns=["id", "text", "text_pair", "label", "language"]).to_pydict()
    ids = {label: index for index, label in enumerate(labels)}
    unknown = [label for label in columns["label"] if label not in ids]
    if unknown:
        raise InputError(f"{path} holds the label '{unknown[0]}', which labels does not declare; prepare it again.")
    has_pairs = any(pair is not None for pair in columns["text_pair"])
    return Part(
        columns["id"],
        columns["language"],
        Examples(
            texts=columns["text"],
            pairs=columns["text_pair"] if has_pairs else None,
            labels=np.array([ids[label] for label in columns["label"]], dtype=np.int64),
        ),
    )


def read_checkpoint(start: str, model: str) -> Checkpoint:
    """The checkpoint of a start, or of `pretrained`, in the current folder."""
    folder = Path("checkpoints") / start / model
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    content = digest({str(path.relative_to(folder)): sha256_of_file(path) for path in files})
    described = folder / "start.json"
    if not described.is_file():
        return Checkpoint((folder,), "reinit", (), content)
    start_of = read_json(described)
    seeds = tuple(start_of["seeds"])
    return Checkpoint(tuple(folder / str(seed) for seed in seeds), start_of["head"], seeds, content)


def train_settings(settings: Any, epochs: int | None = None) -> TrainSettings:
    """The training core's settings from a block of the study, with a start's own number of epochs where it has one."""
    declared = settings.model_dump()
    values = {name: declared[name] for name in TrainSettings.__dataclass_fields__ if name in declared}
    return TrainSettings(**{**values, "epochs": epochs or settings.epochs})


@dataclass(frozen=True)
class Trained:
    """One seed's outcome."""

    result: FitResult
    classifier: Any
    """The classifier, or what else the objective trains; with the weights of the selected epoch where they were kept, or were trained
    just now."""
    tokenizer: Any
    train: Encoded
    test: Encoded
    joules: float | None
    """What a GPU took for it, where it tells and the whole seed was trained just now."""
    dev: Encoded
    objective: Objective


@dataclass(frozen=True)
class Training:
    """All seeds of a cell, or of an intermediate training, but for the checkpoint that each starts from."""

    name: str
    """How lines on the screen call it."""
    where: str
    """How messages say what in params.yaml it comes from."""
    parts: Mapping[str, Part]
    """`train`, `dev` and `test`."""
    labels: int
    head: HeadPolicy
    settings: TrainSettings
    keep_weights: bool
    """Whether finished seeds keep their weights in the states, for a stage that hands the trained model on."""
    origin: Callable[[int], Origin] | None = None
    """What the fit of a seed begins from, which is told beside its state; None where nobody is to know."""
    division: tuple[int, int] = (0, 1)
    """Number of the division that is trained, and how many there are."""
    fold: tuple[int, int] = (1, 1)
    """Number of the fold of that division, from 1, and how many there are."""
    load: Callable[[Path, int], tuple[Any, Any, Objective]] | None = None
    """Loads a checkpoint's folder for a seed where no labels are predicted: the model, its tokenizer and the objective."""

    def train_all(self, folders: Mapping[int, Path]) -> Iterator[tuple[int, Trained]]:
        """Train every seed from its checkpoint's folder, side by side where there is room, and yield them in order."""
        at_once = seeds_at_once(len(folders), self._memory(next(iter(folders.values()))))
        if at_once > 1:
            self._say(f"Up to {at_once} seeds train side by side ({AT_ONCE}=1 trains one after another).")
            train_side_by_side(lambda seed: self.train(seed, folders[seed]), list(folders), at_once)
        for seed, folder in folders.items():
            yield seed, self.train(seed, folder)

    def _memory(self, folder: Path) -> int:
        config, settings = load_config(folder), self.settings
        tokens = 0.0 if self.load is None else SCORED * settings.max_tokens * settings.batch_size
        return memory_needed(config, size_of_weights(folder), settings, round(tokens * config.vocab_size))

    def train(self, seed: int, folder: Path) -> Trained:
        """Train one seed from the checkpoint in `folder`, or go on with it, or find it finished.

        Raises:
            InputError: If the loss is no number or the checkpoint does not fit the labels.
        """
        classifier, tokenizer, objective = self._loaded(folder, seed)
        limits = self.settings.max_tokens, self.settings.truncation
        train, dev, test = (encode(tokenizer, self.parts[name].examples, *limits) for name in ("train", "dev", "test"))
        states = States(states_folder(), self.keep_weights, about=self._about(seed))
        say_progress = say_epoch(self.name, seed, self.settings.epochs)
        began = time.perf_counter()
        with Energy(prepare_device()) as energy:
            try:
                result = fit(
                    classifier, train, dev, test, self.settings, seed, say_progress, states, self._say, objective
                )
            except TrainingFault as fault:
                raise InputError(f"{self.where}, seed {seed}: {fault}") from None
        # Epochs that another process trained are in the records of the result and not in this process's energy.
        is_whole = sum(record.seconds for record in result.curves) <= time.perf_counter() - began
        if not result.trained:
            self._say(f"Seed {seed} was trained before; its result was taken.")
        return Trained(result, classifier, tokenizer, train, test, energy.joules if is_whole else None, dev, objective)

    def _loaded(self, folder: Path, seed: int) -> tuple[Any, Any, Objective]:
        if self.load is not None:
            return self.load(folder, seed)
        return *load_classifier(folder, self.labels, self.head, seed), LABELS

    def _about(self, seed: int) -> dict[str, Any] | None:
        if self.origin is None:
            return None
        origin = self.origin(seed)
        device = prepare_device()
        return {
            **origin.described(files_at(origin.paths)),
            "epochs": self.settings.epochs,
            "division": self.division,
            "fold": self.fold,
            "device": torch.cuda.get_device_name(device) if device.type == "cuda" else "cpu",
        }

    def _say(self, sentence: str) -> None:
        print(f"{self.name}: {sentence}", flush=True)


def truncation(tokenizer: Any, parts: Sequence[Part], max_tokens: int) -> dict[str, int]:
    """How many of the rows are longer than `max_tokens` tokens, special tokens included, and so are cut."""
    cut = 0
    for examples in (part.examples for part in parts):
        for first in range(0, len(examples.texts), TOKENISED_AT_ONCE):
            chosen = slice(first, first + TOKENISED_AT_ONCE)
            pairs = None if examples.pairs is None else list(examples.pairs[chosen])
            # The tokenizer warns of texts that are longer than the model reads, which is what is asked.
            found = tokenizer(list(examples.texts[chosen]), pairs, return_attention_mask=False, verbose=False)
            cut += sum(len(tokens) > max_tokens for tokens in found["input_ids"])
    return {"max_tokens": max_tokens, "rows": sum(len(part.ids) for part in parts), "cut": cut}


def states_folder() -> Path:
    """Where the states of all fits of all trees of this checkout lie."""
    return main_checkout() / ".detour" / "state"


def prune_states() -> None:
    """Remove old states, and say so."""
    for folder in prune(states_folder()):
        print(f"The state {folder.name} was removed: it is old, or all states together are too large.", flush=True)


def say_epoch(what: str, seed: int, planned: int) -> Any:
    """A callback that prints one line an epoch."""

    def say(record: EpochRecord) -> None:
        test = "" if record.test_accuracy is None else f"  test {record.test_accuracy:.3f}"
        print(
            f"{what} seed {seed} epoch {record.epoch}/{planned}  loss {record.train_loss:.4f}"
            f"  dev {record.dev_accuracy:.3f}{test}",
            flush=True,
        )

    return say


def write_curves(path: Path, results: Mapping[int, FitResult]) -> None:
    """One row a seed and epoch, in the columns of `CURVE`."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    writer.writerow(CURVE)
    for seed, result in results.items():
        for record in result.curves:
            row = asdict(record)
            writer.writerow([seed, *("" if row[name] is None else row[name] for name in CURVE[1:])])
    write_text(path, stream.getvalue())


def write_table(path: Path, table: arrow.Table) -> None:
    """Write a table as Parquet, whole or not at all."""
    stream = arrow.BufferOutputStream()
    parquet.write_table(table, stream)
    write_bytes(path, stream.getvalue().to_pybytes())


class Clock:
    """What a training cost: never twice the same, so kept apart from the records."""

    def __init__(self) -> None:
        self.begun = time.perf_counter()
        self.rows: list[dict[str, Any]] = []
        self.serving: list[dict[str, Any]] = []

    def add(self, seed: int, trained: Trained) -> None:
        """Note what one seed cost, whichever process trained it: with scoring, and its training steps alone."""
        result, device = trained.result, trained.classifier.device
        cost = cost_of(
            trained.classifier.config,
            np.tile(trained.train.lengths, len(result.curves)),
            result.computed_tokens,
            sum(record.train_seconds for record in result.curves),
            device,
            result.precision,
            trained.joules,
        )
        seconds = sum(record.seconds for record in result.curves)
        examples = len(trained.train) * len(result.curves)
        row = {"seed": seed, "seconds": seconds, "examples_per_second": examples / max(seconds, 1e-9)}
        self.rows.append({**row, "device": result.device, "training": asdict(cost)})

    def serve(self, trained: Trained) -> None:
        """Note how fast the trained model answers: milliseconds at batch size 1, and examples a second at the best."""
        arguments = trained.classifier, trained.test, trained.result.precision
        single, many = latency(*arguments), throughput(*arguments, seconds=SERVING_SECONDS)
        self.serving.append(
            {
                "milliseconds": single._asdict(),
                "requests": REQUESTS,
                "throughput": many._asdict(),
                "tokens": _mean_length(trained),
            }
        )

    def report(self) -> dict[str, Any]:
        """One row a seed, one for a cell's answers and one for the whole process.

        Lists alone, so that `dvc metrics` and `dvc exp show` leave them out.
        """
        usage = resource.getrusage(resource.RUSAGE_SELF)
        process = {
            "seconds": time.perf_counter() - self.begun,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "peak_memory_mib": resident_memory() / 2**20,
            "host": platform.node(),
            "cores": os.cpu_count(),
        }
        return {"seeds": self.rows, "serving": self.serving, "process": [process]}


def _mean_length(trained: Trained) -> float:
    return float(trained.test.lengths.mean())
