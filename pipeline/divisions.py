"""What a target is trained and tested on: one split, or several divisions into folds, and how the folds' results become one.

`prepare` writes the divisions of a corpus in folds (`pipeline.corpora.folds`) into the record of its test.parquet, which then holds
all rows. Seed number i takes division i modulo their number and trains a model for each fold; put together, the folds predict every
row once, each row by a model that was not trained on it.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median_low

import numpy as np
import pyarrow.parquet as parquet

from pipeline.files import digest
from pipeline.seeds import Part, read_part
from pipeline.training.batches import Examples
from pipeline.training.fit import FitResult
from pipeline.training.prediction import Prediction
from pipeline.training.selection import EpochRecord

LETTERS = {"train": "t", "dev": "d", "test": "e"}
"""As `pipeline.corpora.folds` writes them."""
RECORD = b"detour"
"""As `pipeline.corpora.schema` calls the record in a file's metadata."""


@dataclass(frozen=True)
class Fold:
    """What one model is trained and tested on."""

    parts: Mapping[str, Part]
    """`train`, `dev` and `test`."""
    places: Sequence[int]
    """Where its test rows stand among all that are tested."""


@dataclass(frozen=True)
class Target:
    """A target as it is trained and tested on."""

    tested: Part
    """Every row that is predicted, in the order of test.parquet."""
    divisions: Sequence[Sequence[Fold]]
    """By division; an ordinary split is one division of one fold."""
    settings: Mapping[str, object]
    """What of the division has to agree between cells; empty for an ordinary split."""

    @property
    def all_rows(self) -> list[Part]:
        """Parts that hold every row once."""
        return list(self.divisions[0][0].parts.values())

    def division_for(self, index: int) -> Sequence[Fold]:
        """The folds that seed number `index` (from 0) trains: number `index` modulo their count."""
        return self.divisions[index % len(self.divisions)]

    def folds_for(self, index: int) -> list[int]:
        """By row, the number from 1 of the fold in which seed number `index` tests it; empty for an ordinary split."""
        if not self.settings:
            return []
        numbers = [0] * len(self.tested.ids)
        for number, fold in enumerate(self.division_for(index), 1):
            for place in fold.places:
                numbers[place] = number
        return numbers


def read_target(folder: Path, labels: Sequence[str]) -> Target:
    """Read corpora/ready/<target>; label ids are positions in `labels`.

    Raises:
        InputError: A row holds a label that is not declared.
    """
    tested = read_part(folder / "test.parquet", labels)
    metadata = parquet.read_metadata(folder / "test.parquet").metadata or {}
    divisions = json.loads(metadata.get(RECORD, b"{}")).get("divisions", [])
    if not divisions:
        parts = {name: read_part(folder / f"{name}.parquet", labels) for name in ("train", "dev")}
        return Target(tested, [[Fold({**parts, "test": tested}, range(len(tested.ids)))]], {})
    settings = {"folds": len(divisions[0]), "repeats": len(divisions), "divisions": digest(divisions)}
    return Target(tested, [[_fold(tested, letters) for letters in division] for division in divisions], settings)


def _fold(rows: Part, letters: str) -> Fold:
    places = {name: [place for place, one in enumerate(letters) if one == letter] for name, letter in LETTERS.items()}
    return Fold({name: _rows_of(rows, chosen) for name, chosen in places.items()}, places["test"])


def _rows_of(part: Part, places: Sequence[int]) -> Part:
    examples = part.examples
    return Part(
        [part.ids[place] for place in places],
        [part.languages[place] for place in places],
        Examples(
            texts=[examples.texts[place] for place in places],
            pairs=None if examples.pairs is None else [examples.pairs[place] for place in places],
            labels=examples.labels[list(places)],
        ),
    )


def pooled(folds: Sequence[Fold], results: Sequence[FitResult]) -> FitResult:
    """One result of all folds of a division: every row's prediction, and curves weighted by rows.

    The curve has the epochs that every fold has. Epochs are chosen fold by fold; what stands for them is their lower median.
    """
    if len(results) == 1:
        return results[0]
    tests = [len(fold.places) for fold in folds]
    best = [result.best_test_accuracy for result in results if result.best_test_accuracy is not None]
    best_epochs = [result.best_test_epoch for result in results if result.best_test_epoch is not None]
    return replace(
        results[0],
        curves=tuple(_epoch(folds, records) for records in zip(*(result.curves for result in results), strict=False)),
        epoch=median_low([result.epoch for result in results]),
        test=_predictions(folds, [result.test for result in results if result.test is not None]),
        best_test_epoch=median_low(best_epochs),
        best_test_accuracy=float(np.average(best, weights=tests)),
        steps=sum(result.steps for result in results),
        real_tokens=sum(result.real_tokens for result in results),
        computed_tokens=sum(result.computed_tokens for result in results),
        trained=any(result.trained for result in results),
    )


def _predictions(folds: Sequence[Fold], predictions: Sequence[Prediction]) -> Prediction:
    places = np.concatenate([fold.places for fold in folds])
    order = np.argsort(places)
    sizes = [len(fold.places) for fold in folds]
    return Prediction(
        np.concatenate([prediction.labels for prediction in predictions])[order],
        np.concatenate([prediction.probabilities for prediction in predictions])[order],
        float(np.average([prediction.loss for prediction in predictions], weights=sizes)),
    )


def _epoch(folds: Sequence[Fold], records: Sequence[EpochRecord]) -> EpochRecord:
    def mean(values: Sequence[float | None], part: str) -> float:
        return float(np.average(values, weights=[len(fold.parts[part].ids) for fold in folds]))  # type: ignore[arg-type]

    return EpochRecord(
        epoch=records[0].epoch,
        train_loss=mean([record.train_loss for record in records], "train"),
        dev_loss=mean([record.dev_loss for record in records], "dev"),
        dev_accuracy=mean([record.dev_accuracy for record in records], "dev"),
        dev_macro_f1=mean([record.dev_macro_f1 for record in records], "dev"),
        test_accuracy=mean([record.test_accuracy for record in records], "test"),
        seconds=sum(record.seconds for record in records),
        train_seconds=sum(record.train_seconds for record in records),
    )
