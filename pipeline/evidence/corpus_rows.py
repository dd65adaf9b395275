"""Rows of corpora as distances and predictors read them: training rows alone, since nothing of a test set may be known beforehand."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from pipeline.corpora.schema import Row, read_table
from pipeline.evidence.statistics import Ids
from pipeline.training.batches import Examples


def training_rows(folder: Path) -> list[Row] | None:
    """The training rows of corpora/ready/<target> or corpora/starts/<start>; None where the folder is not there.

    A corpus that is cross-validated has no training part of its own: all of its rows are somebody's training rows.
    """
    if not (folder / "train.parquet").is_file():
        return None
    rows, _ = read_table(folder / "train.parquet", Row)
    return rows or read_table(folder / "test.parquet", Row)[0]


def sample(rows: Sequence[Row], most: int, seed: int) -> list[Row]:
    """At most so many rows, drawn at random and in their order."""
    if len(rows) <= most:
        return list(rows)
    chosen = np.random.default_rng(seed).choice(len(rows), most, replace=False)
    return [rows[place] for place in np.sort(chosen)]


def one_text(row: Row) -> str:
    """The text of a row, or both of its texts."""
    return row.text if row.text_pair is None else f"{row.text} {row.text_pair}"


def original(row: Row) -> str:
    """What stood in the row's own language before it was translated."""
    first, second = row.source_text or row.text, row.source_text_pair or row.text_pair
    return first if second is None else f"{first} {second}"


def label_ids(rows: Sequence[Row], labels: Sequence[str]) -> Ids:
    """Label ids in the order in which labels are declared."""
    numbers = {label: number for number, label in enumerate(labels)}
    return np.array([numbers[row.label] for row in rows], dtype=np.int64)


def examples_of(rows: Sequence[Row], labels: Sequence[str]) -> Examples:
    """Rows as an encoder reads them."""
    has_pairs = any(row.text_pair is not None for row in rows)
    pairs = [row.text_pair or "" for row in rows] if has_pairs else None
    return Examples([row.text for row in rows], pairs, label_ids(rows, labels))
