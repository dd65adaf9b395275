"""What a study trains, as far as its cost depends on it: rows, lengths, epochs, seeds and models, nothing of which is loaded."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.study import Encoder, Study
from tui.runs.model_sizes import Size, size_of


@dataclass(frozen=True)
class Training:
    """What one stage trains."""

    corpus: str
    encoder: Encoder
    size: Size | None
    tokens: int
    examples: int | None
    """Training examples over all epochs and seeds; None where the rows are not known."""
    batch_size: int = 16
    precision: str = "auto"
    seeds: int = 1
    keeps_weights: bool = False
    """Whether its result is a checkpoint for each seed."""

    @property
    def work(self) -> float | None:
        """Multiplications of one example's forward pass, as if every text were cut at `tokens`."""
        return None if self.size is None else self.size.work(self.tokens)


def trainings(study: Study, tree: Path) -> Iterator[tuple[str, Training]]:
    """Every training of a study with the name of its stage.

    Args:
        study: The study.
        tree: A checkout whose reports tell how many rows its corpora had, where the study asks for all there are.
    """
    sizes = {model: size_of(study.encoders[model], tree) for model in study.models}
    rows = {corpus: _train_rows(study, corpus, tree) for corpus in study.corpora}
    settings = study.training.intermediate
    for key, start in study.starts.items():
        known = [number for number in (rows[start.corpus], start.examples) if number is not None]
        passes = (start.epochs or settings.epochs) * len(settings.seeds)
        for model in study.models:
            yield (
                f"intermediate@{key}-{model}",
                Training(
                    start.corpus,
                    study.encoders[model],
                    sizes[model],
                    settings.max_tokens,
                    min(known) * passes if known else None,
                    settings.batch_size,
                    settings.precision,
                    len(settings.seeds),
                    keeps_weights=True,
                ),
            )
    target = study.training.target
    for cell in study.cells():
        number = rows[cell.target]
        yield (
            cell.name,
            Training(
                cell.target,
                study.encoders[cell.model],
                sizes[cell.model],
                target.max_tokens,
                None if number is None else number * target.epochs * len(study.seeds),
                target.batch_size,
                target.precision,
                len(study.seeds),
            ),
        )


def _train_rows(study: Study, corpus: str, tree: Path) -> int | None:
    """The rows that a corpus trains with; None where it asks for all there are and was never prepared."""
    rows = _rows(study, corpus, tree)
    if rows is None:
        return None
    # In folds a seed trains a model for each, on all rows but its own.
    folds = study.corpora[corpus].split.folds
    passes = folds - 1 if folds else 1 - study.split.test
    return round(rows * passes * (1 - study.split.dev))


def _rows(study: Study, corpus: str, tree: Path) -> int | None:
    """As many as the block of a corpus asks for, else as many as it had when it was last prepared."""
    block = study.corpora[corpus]
    samples = [file.sample for file in block.source]
    asked = [sample for sample in samples if sample is not None]
    if block.sample is not None:
        return block.sample
    if len(asked) == len(samples):
        return sum(asked)
    try:
        card = json.loads((tree / "reports" / "corpora" / f"{corpus}.json").read_bytes())
        return sum(sum(parts.values()) for parts in card["about"][0]["labels"].values()) or None
    except (OSError, ValueError, KeyError, IndexError, TypeError, AttributeError):
        # No card, or one of another shape: nothing is known of its rows.
        return None
