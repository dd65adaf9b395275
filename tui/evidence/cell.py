"""All that one revision holds of one cell: scores, curves, predictions, what makes it comparable, and its corpus."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from pipeline.errors import InputError
from tui.evidence.cells import PRETRAINED, Parts, find_cell, parts_of
from tui.evidence.comparison import predicted_of
from tui.evidence.curves import CurveLine, Curves, read_curves, seed_lines
from tui.evidence.predicted import Predicted
from tui.evidence.repeated import OverFolds, belonging, over_folds
from tui.evidence.revisions import row_of
from tui.history.rows import History, Row
from tui.history.snapshot import CellRecord
from tui.history.values import number, value_of

DIGESTS = ("settings", "test", "checkpoint")
METRICS = ("accuracy", "macro_f1")


@dataclass(frozen=True)
class SeedScores:
    """One metric on all rows, or on those of one language."""

    language: str
    """Empty for all rows."""
    metric: str
    mean: float | None
    sd: float | None
    low: float | None
    high: float | None
    seeds: Mapping[str, float | None]


@dataclass(frozen=True)
class CellStory:
    """One cell of one revision."""

    row: Row
    cell: CellRecord
    parts: Parts
    predicted: Predicted | None
    curves: Curves
    """Empty where there are none."""
    card: str
    """The page of its corpus, Markdown; empty where there is none."""
    problems: tuple[str, ...]
    """What is missing or cannot be read, a sentence each."""
    repeated: OverFolds | None = None
    """What repeated cross-validation says of its gain; None for a target with one split, and for an F cell."""

    @property
    def record(self) -> Mapping[str, Any]:
        """reports/cells as it was read; empty where it is missing."""
        return self.cell.value or {}

    @cached_property
    def scores(self) -> tuple[SeedScores, ...]:
        """Every metric over all rows, then by language."""
        return tuple(_scores("", self.record)) + tuple(
            score for language, block in _block(self.record, "languages").items() for score in _scores(language, block)
        )

    @property
    def seeds(self) -> tuple[str, ...]:
        """The seeds that were scored."""
        found = {seed: None for score in self.scores for seed in score.seeds}
        return tuple(found) or (self.predicted.seeds if self.predicted else ())

    @property
    def selected(self) -> Mapping[str, int]:
        """By seed: the epoch that dev selected."""
        return epochs_of(self.record)

    @property
    def paper(self) -> Mapping[str, Any]:
        """The paper's protocol: the epoch that is best on test."""
        return _block(self.record, "paper")

    @property
    def paper_selected(self) -> Mapping[str, int]:
        """By seed: the epoch that is best on test."""
        return epochs_of(self.paper)

    def lines(self, column: str = "test_accuracy") -> list[CurveLine]:
        """Its learning curves, a line for each seed, with the epochs that were selected."""
        return seed_lines(self.curves, column, self.selected, self.paper_selected)

    @property
    def collapsed(self) -> tuple[str, ...]:
        """Seeds that predict one label only."""
        held = self.record.get("collapsed")
        return tuple(map(str, held)) if isinstance(held, list) else ()

    def number(self, *path: str) -> float | None:
        """A number of the record by its keys."""
        found: Any = self.record
        for key in path:
            found = found.get(key) if isinstance(found, Mapping) else None
        return number(found)

    @property
    def digests(self) -> Mapping[str, str]:
        """What makes the cell comparable; keys that the record has."""
        return {key: str(self.record[key]) for key in DIGESTS if self.record.get(key)}

    @property
    def is_f(self) -> bool:
        """Whether it starts from `pretrained`."""
        return self.parts.start == PRETRAINED


def epochs_of(block: Mapping[str, Any]) -> Mapping[str, int]:
    """Epochs by seed, as a record or a part of it holds them."""
    return {str(seed): epoch for seed, epoch in _block(block, "epochs").items() if isinstance(epoch, int)}


def curve_lines(history: History, row: Row, cell: CellRecord | None, column: str = "test_accuracy") -> list[CurveLine]:
    """The learning curves of a cell, a line for each seed; none where there are none."""
    if cell is None or cell.value is None:
        return []
    curves = read_curves(text_at(history, row, f"reports/curves/{cell.task}/{cell.stem}.csv"))
    return seed_lines(curves, column, epochs_of(cell.value), epochs_of(_block(cell.value, "paper")))


def read_cell(history: History, name: str, revision: str = "") -> CellStory:
    """A cell of a revision; of HEAD, or the newest that holds any, where none is named.

    Raises:
        InputError: The revision or the cell does not exist.
    """
    from tui.evidence.gains import default_row

    row = row_of(history, revision) if revision else default_row(history)
    cell = find_cell(row.cells, name, row.name)
    parts = parts_of(cell.name)
    if parts is None:
        raise InputError(f"{cell.path} of {row.name} is no cell of a study: its name is not target-start-model.")
    problems = [problem for problem in row.problems if problem == row.params_fault]
    problems += [] if cell.value is not None else [_no_record(row, cell)]
    predicted = None
    try:
        predicted = predicted_of(history, row, cell)
    except InputError as error:
        problems.append(str(error))
    curves = read_curves(text_at(history, row, f"reports/curves/{parts.task}/{parts.stem}.csv"))
    card = text_at(history, row, f"reports/cards/{parts.target}.md")
    if cell.origin.kind == "stale":
        problems.append(f"Stale: {cell.origin.why or 'what it was made from has changed since'}.")
    found, unread = over_folds(history, row)
    problems += [unread] if unread else []
    folds = belonging(found.get(parts.name), _gain(row, parts))
    return CellStory(row, cell, parts, predicted, curves, card, tuple(problems), folds)


def _gain(row: Row, parts: Parts) -> float | None:
    f, if_ = (
        value_of(cell.value, "accuracy") if (cell := row.cells.get(name)) is not None else None
        for name in (parts.f.name, parts.name)
    )
    return if_ - f if f is not None and if_ is not None else None


def _no_record(row: Row, cell: CellRecord) -> str:
    if cell.blob is None:
        return f"{row.name} declares {cell.name} and holds no result of it; `detour run {cell.name}` trains it."
    return f"{cell.path} of {row.name} cannot be read; a run of {cell.name} writes it anew."


def text_at(history: History, row: Row, path: str) -> str:
    """A text of a revision; empty where it holds none."""
    blob = history.files(row).find(path)
    content = history.store.content(blob) if blob is not None else None
    return content.decode("utf-8", "replace") if content is not None else ""


def _scores(language: str, block: Mapping[str, Any]) -> Iterator[SeedScores]:
    for metric in METRICS:
        held = block.get(metric)
        if not isinstance(held, Mapping):
            continue
        seeds = {str(seed): number(value) for seed, value in _block(held, "seeds").items()}
        by_length = dict(sorted(seeds.items(), key=lambda pair: (len(pair[0]), pair[0])))
        mean, sd, low, high = (number(held.get(key)) for key in ("mean", "sd", "low", "high"))
        yield SeedScores(language, metric, mean, sd, low, high, by_length)


def _block(block: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    held = block.get(key)
    return held if isinstance(held, Mapping) else {}
