"""The metrics of a cell that has just finished, from its record in the run's tree."""

import json
import math
from pathlib import Path


def metrics_of(tree: Path, stage: str) -> dict[str, float]:
    """The finite metrics of a cell's record; none for another stage or a record that cannot be read."""
    from tui.history.values import DEFAULT_METRICS, value_of

    task, at, stem = stage.partition("@")
    path = tree / "reports" / "cells" / task / f"{stem}.json"
    if not at or not path.is_file():
        return {}
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
    except ValueError:
        return {}
    found = {metric: value_of(record, metric) for metric in DEFAULT_METRICS}
    return {metric: value for metric, value in found.items() if value is not None and math.isfinite(value)}
