"""What the studies look at: cells with their predictions and timings, and what trained their starts.

Everything is plain values, which the stage reads from reports/ and params.yaml, so that planted truths can be given in their place.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from pipeline.evidence.statistics import Floats, Gain, Ids, gain

PRETRAINED = "pretrained"
ENGLISH = "en"


@dataclass(frozen=True)
class Start:
    """An intermediate start as the study declares it."""

    corpus: str
    epochs: int
    labels: str = "given"
    examples: int | None = None
    head: str = "reinit"
    objective: str = "labels"

    @property
    def is_plain(self) -> bool:
        """Whether it was trained on the labels that its corpus gives."""
        return self.labels == "given" and self.objective == "labels"


@dataclass(frozen=True)
class Corpus:
    """What is known of a corpus."""

    languages: frozenset[str] = frozenset()
    """Of its rows, before any translation."""
    translation: str = "none"
    trained: frozenset[str] = frozenset()
    """Languages of its training rows, before any translation."""
    source: str = ""
    """A digest of its source blocks: two corpora of one digest hold the same texts."""

    @property
    def read_in(self) -> frozenset[str]:
        """The languages that a model reads."""
        return frozenset({ENGLISH}) if self.translation == "to_english" else self.languages


@dataclass(frozen=True)
class Intermediate:
    """What one intermediate training took, of one seed."""

    steps: int
    examples: int
    """Training rows."""
    seconds: float | None = None
    tokens: float | None = None
    """Read in all, an example once for each epoch."""


@dataclass(frozen=True)
class Timing:
    """What a cell took, means over its seeds; None where a machine cannot tell."""

    seconds: float
    """Of fine-tuning one seed."""
    examples: float
    """Trained on in that time, an example once for each epoch."""
    flops: float | None
    """Operations to train on one example, forward and backward."""
    p50: float | None
    p95: float | None
    p99: float | None
    """Milliseconds of single requests."""
    throughput: float | None
    """Examples a second at the best batch size."""
    memory: float | None
    """Most memory in use, in MiB: of the GPU, or of the process on a CPU."""
    joules: float | None
    device: str


@dataclass(frozen=True)
class Cell:
    """One measured cell."""

    task: str
    target: str
    start: str
    model: str
    predicted: Mapping[str, Any]
    """What reports/predicted holds."""
    timing: Timing | None = None

    @property
    def seeds(self) -> list[str]:
        """Seeds in rising order."""
        return sorted(self.predicted["predicted"], key=int)

    @property
    def ids(self) -> Ids:
        """Seeds x rows of predicted label ids."""
        return np.asarray([self.predicted["predicted"][seed] for seed in self.seeds], dtype=np.int64)

    @property
    def gold(self) -> Ids:
        """Label ids of the rows."""
        return np.asarray(self.predicted["gold"], dtype=np.int64)

    @property
    def languages(self) -> list[str]:
        """Language of each row."""
        return list(self.predicted["languages"])

    @property
    def collapsed(self) -> int:
        """How many of its runs predict one class only, as one that has learnt nothing does."""
        return sum(len(set(self.predicted["predicted"][seed])) == 1 for seed in self.seeds)

    def is_empty_beside(self, other: "Cell") -> bool:
        """Whether every run of both predicts one class only: a gain between them is none by construction and tells nothing."""
        return self.collapsed == len(self.seeds) and other.collapsed == len(other.seeds)

    @property
    def hits(self) -> Floats:
        """Seeds x rows: 1 where the prediction is right."""
        return np.equal(self.ids, self.gold).astype(np.float64)

    def comparable(self, other: "Cell") -> bool:
        """Whether both are scored on the same rows with the same seeds and settings."""
        ours, theirs = (cell.predicted.get("about", [{}])[0] for cell in (self, other))
        return (
            self.seeds == other.seeds
            and self.predicted["gold"] == other.predicted["gold"]
            and all(ours.get(key) == theirs.get(key) for key in ("settings", "test"))
        )

    def over(self, other: "Cell", rows: Sequence[int] | None = None, alpha: float = 0.05) -> Gain | None:
        """This cell's gain over another, on some rows or all; None where they cannot be compared."""
        if not self.comparable(other):
            return None
        chosen = slice(None) if rows is None else np.asarray(rows, dtype=np.int64)
        labels = len(self.predicted["labels"])
        return gain(other.ids[:, chosen], self.ids[:, chosen], self.gold[chosen], labels, alpha)


@dataclass(frozen=True)
class Evidence:
    """A whole study as it was measured."""

    cells: Sequence[Cell]
    starts: Mapping[str, Start] = field(default_factory=dict)
    corpora: Mapping[str, Corpus] = field(default_factory=dict)
    intermediates: Mapping[tuple[str, str], Intermediate] = field(default_factory=dict)
    """By start and model."""
    architectures: Mapping[str, str] = field(default_factory=dict)
    """By model."""
    alpha: float = 0.05
    margin: float = 0.01

    def cell(self, task: str, target: str, start: str, model: str) -> Cell | None:
        """A cell by its coordinates; None where it was not measured."""
        wanted = (task, target, start, model)
        return next((cell for cell in self.cells if _place(cell) == wanted), None)

    def pairs(self) -> Iterator[tuple[Cell, Cell]]:
        """Each IF cell behind its F cell, comparable pairs alone."""
        for cell in self.cells:
            if cell.start == PRETRAINED:
                continue
            without = self.cell(cell.task, cell.target, PRETRAINED, cell.model)
            if without is not None and without.comparable(cell):
                yield without, cell

    def plain_pairs(self) -> Iterator[tuple[Cell, Cell]]:
        """The pairs whose start was trained on the labels that its corpus gives: controls left out."""
        for without, cell in self.pairs():
            start = self.starts.get(cell.start)
            if start is not None and start.is_plain and not self.is_its_own(cell):
                yield without, cell

    def is_its_own(self, cell: Cell) -> bool:
        """Whether the cell's start was trained on the target's own texts."""
        start = self.starts.get(cell.start)
        if start is None:
            return False
        ours, theirs = self.corpora.get(start.corpus), self.corpora.get(cell.target)
        return ours is not None and theirs is not None and bool(ours.source) and ours.source == theirs.source


def _place(cell: Cell) -> tuple[str, str, str, str]:
    return cell.task, cell.target, cell.start, cell.model
