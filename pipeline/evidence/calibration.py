"""What a cell's probabilities are worth: Brier score, expected calibration error, and PR-AUC for two labels."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as parquet

from pipeline.evidence.measures import brier, expected_calibration_error, pr_auc

LABELS = {
    "brier": "mean squared distance to the label (Brier 1950), 0 to 2",
    "ece": "expected calibration error, 15 equal bins (Guo et al. 2017)",
    "pr_auc": "average precision of the second of two labels (Davis and Goadrich 2006)",
}


def calibration(path: Path, labels: list[str]) -> dict[str, Any] | None:
    """The scores of predictions/<task>/<cell>.parquet by seed and their means, over all test rows; None where there is no file."""
    if not path.is_file():
        return None
    with parquet.ParquetFile(path) as file:
        columns = file.read(columns=["seed", "gold", "probabilities"], use_threads=False).to_pydict()
    numbers = {label: number for number, label in enumerate(labels)}
    rows: dict[int, list[int]] = defaultdict(list)
    for place, seed in enumerate(columns["seed"]):
        rows[seed].append(place)
    found: dict[str, dict[str, float | None]] = {name: {} for name in LABELS}
    for seed in sorted(rows):
        given = np.array([columns["probabilities"][place] for place in rows[seed]], dtype=np.float64)
        gold = np.array([numbers[columns["gold"][place]] for place in rows[seed]], dtype=np.int64)
        found["brier"][str(seed)] = brier(given, gold)
        found["ece"][str(seed)] = expected_calibration_error(given, gold)
        found["pr_auc"][str(seed)] = pr_auc(given[:, 1], gold == 1) if len(labels) == 2 else None
    return {name: {"mean": _mean(list(by_seed.values())), "seeds": by_seed} for name, by_seed in found.items()}


def _mean(values: list[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None
