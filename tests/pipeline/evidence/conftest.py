"""Made-up cells: results with chosen shares of right answers, and trees of their records."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline.evidence.records import CellResults, cell_record, predicted_record
from pipeline.files import write_json

ROWS = 60
SETTINGS = {"training.target.epochs": 3, "split.seed": 13, "corpora.spam.labels": ["ham", "spam"]}


def make_results(
    start: str = "pretrained", right: float = 0.7, seeds: tuple[int, ...] = (1, 2, 3), rows: int = ROWS, **changes: Any
) -> CellResults:
    """Results of the cell spam-<start>-bert; `right` is the chance of a right answer on each row and seed."""
    rng = np.random.default_rng([len(start), round(1000 * right), len(seeds)])
    gold = [row % 3 % 2 for row in range(rows)]
    answers = {seed: [label if rng.random() < right else 1 - label for label in gold] for seed in seeds}
    values: dict[str, Any] = {
        "cell": {"task": "classification", "target": "spam", "start": start, "model": "bert"},
        "kind": "domain",
        "labels": ["ham", "spam"],
        "ids": [f"row{row}" for row in range(rows)],
        "gold": gold,
        "languages": ["en" if row < rows // 2 else "fr" for row in range(rows)],
        "seen": [False] * rows,
        "predicted": answers,
        "epochs": dict.fromkeys(seeds, 2),
        "paper_accuracy": {seed: float(np.mean(np.equal(answers[seed], gold))) + 0.01 for seed in seeds},
        "paper_epochs": dict.fromkeys(seeds, 3),
        "majority": 0,
        "tfidf": [1 - label if row % 4 == 0 else label for row, label in enumerate(gold)],
        "settings": SETTINGS,
        "checkpoint": f"checkpoint of {start}",
        "intermediate_seeds": [] if start == "pretrained" else [1],
        "truncation": {"max_tokens": 64, "rows": 3 * rows, "cut": 7},
    }
    return CellResults(**{**values, **changes})


def write_cell(reports: Path, results: CellResults) -> tuple[str, str]:
    """Write both records as the stage does.

    Returns:
        The task and the stem of the cell.
    """
    cell = results.cell
    stem = f"{cell['target']}-{cell['start']}-{cell['model']}"
    write_json(reports / "cells" / cell["task"] / f"{stem}.json", cell_record(results))
    write_json(reports / "predicted" / cell["task"] / f"{stem}.json", predicted_record(results))
    return cell["task"], stem


@pytest.fixture
def results() -> Callable[..., CellResults]:
    return make_results


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., tuple[Path, list[tuple[str, str]]]]:
    """A function that writes cells and gives the reports folder and their names."""

    def write(*cells: CellResults) -> tuple[Path, list[tuple[str, str]]]:
        return tmp_path / "reports", [write_cell(tmp_path / "reports", cell) for cell in cells]

    return write
