"""Studies with planted truths: cells that are right as often as they are told, on the same rows, and what trained their starts."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.evidence.studies import Cell, Timing

SEEDS = (1, 2, 3, 4, 5)
ROWS = 400


def predicted(right: Mapping[str, float] | float, languages: Sequence[str] = ("fr",), seed: int = 0) -> dict[str, Any]:
    """Predictions of ROWS rows in each language, of which a share is right; each seed errs on rows of its own."""
    shares = right if isinstance(right, Mapping) else dict.fromkeys(languages, right)
    rng = np.random.default_rng(seed)
    gold = np.tile([0, 1], ROWS * len(languages) // 2)
    of_row = np.repeat([shares[language] for language in languages], ROWS)
    found = {}
    for number in SEEDS:
        ids = gold.copy()
        for place, language in enumerate(languages):
            # Exactly the share is right, so that a mean over seeds is the planted one.
            wrong = rng.choice(ROWS, round(ROWS * (1 - shares[language])), replace=False) + place * ROWS
            ids[wrong] = 1 - ids[wrong]
        found[str(number)] = ids.tolist()
    assert len(of_row) == len(gold)
    return {
        "about": [{"settings": {"training.target.epochs": 3}, "test": f"rows of {', '.join(languages)}"}],
        "labels": ["different", "same"],
        "languages": [language for language in languages for _ in range(ROWS)],
        "gold": gold.tolist(),
        "predicted": found,
        "intermediate_seeds": [1],
    }


def cell(
    start: str, right: Mapping[str, float] | float, model: str = "bert", target: str = "pawsx", **changes: Any
) -> Cell:
    """A cell of a target in French, or in the languages that `right` names."""
    languages = tuple(right) if isinstance(right, Mapping) else ("fr",)
    number = sum(map(ord, start + model + target))
    return Cell("similarity", target, start, model, predicted(right, languages, number), **changes)


def timing(seconds: float = 60.0, **changes: Any) -> Timing:
    """What a cell took on a machine that is never disturbed."""
    values: dict[str, Any] = {
        "seconds": seconds, "examples": 3000.0, "flops": 6e6, "p50": 2.0, "p95": 3.0, "p99": 4.0, "throughput": 500.0,
        "memory": 300.0, "joules": None, "device": "cpu",
    }  # fmt: skip
    return Timing(**{**values, **changes})
