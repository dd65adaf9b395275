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
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pyarrow as arrow
import pyarrow.parquet as parquet

from pipeline.errors import InputError
from pipeline.files import digest, read_json, sha256_of_file, write_bytes, write_text
from pipeline.training.batches import Encoded, Examples, encode
from pipeline.training.fit import EpochRecord, FitResult, TrainSettings

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
    columns = parquet.read_table(path, columns=["id", "text", "text_pair", "label", "language"]).to_pydict()
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


def encode_parts(tokenizer: Any, parts: Mapping[str, Part], max_tokens: int) -> dict[str, Encoded]:
    """Token ids of train, dev and test."""
    return {name: encode(tokenizer, part.examples, max_tokens) for name, part in parts.items()}


def train_settings(settings: Any, epochs: int | None = None) -> TrainSettings:
    """The training core's settings from a block of the study, with a start's own number of epochs where it has one."""
    values = {name: getattr(settings, name) for name in TrainSettings.__dataclass_fields__}
    return TrainSettings(**{**values, "epochs": epochs or settings.epochs})


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

    def add(self, seed: int, result: FitResult, encoded: Mapping[str, Encoded]) -> None:
        """Note one seed's training."""
        seconds = sum(record.seconds for record in result.curves)
        examples = len(encoded["train"]) * len(result.curves)
        self.rows.append(
            {
                "seed": seed,
                "seconds": seconds,
                "examples_per_second": examples / max(seconds, 1e-9),
                "device": result.device,
            }
        )

    def report(self) -> dict[str, Any]:
        """One row a seed (seconds of training and scoring, training examples a second) and one for the whole process.

        Lists alone, so that `dvc metrics` and `dvc exp show` leave them out.
        """
        usage = resource.getrusage(resource.RUSAGE_SELF)
        process = {
            "seconds": time.perf_counter() - self.begun,
            "cpu_seconds": usage.ru_utime + usage.ru_stime,
            "peak_memory_mib": usage.ru_maxrss / 1024,
            "host": platform.node(),
            "cores": os.cpu_count(),
        }
        return {"seeds": self.rows, "process": [process]}
