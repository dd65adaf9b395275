"""What earlier runs recorded of the cost of training."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.study import Study, parse_yaml, read_yaml, study_from
from tui.checkout import GitFault, git
from tui.runs.trainings import Training, trainings

SOURCES = ((Path("reports/timings"), None), (Path("reports/real/timings"), Path("tests/real/study.yaml")))
"""Where timings are recorded, and the overlay of HEAD's params.yaml that they were recorded with."""


@dataclass(frozen=True)
class Record:
    """One recorded training of one seed."""

    training: Training
    seconds_an_example: float
    """Its share of scoring dev and test included."""
    memory_mib: float
    """Peak resident memory of the process that trained all seeds."""
    host: str
    device: str
    """`cpu` or `cuda`."""
    gpu_mib: float | None = None
    """The most that torch took of a GPU; None on a CPU."""


def read_records(tree: Path) -> Iterator[Record]:
    """Every timing that the reports of a checkout hold, one for each seed."""
    try:
        base = parse_yaml(git(tree, "show", "HEAD:params.yaml"), "params.yaml of HEAD")
    except GitFault:
        return
    for folder, overlay in SOURCES:
        if not (tree / folder).is_dir() or (overlay is not None and not (tree / overlay).is_file()):
            continue
        blocks = read_yaml(tree / overlay) if overlay is not None else {}
        yield from _records_below(tree / folder, study_from({**base, **blocks}, f"the study of {folder}"), tree)


def _records_below(folder: Path, study: Study, tree: Path) -> Iterator[Record]:
    for name, training in trainings(study, tree):
        path = folder / name.split("@")[0] / f"{name.split('@')[1]}.json"
        if not path.is_file():
            continue
        told = json.loads(path.read_text(encoding="utf-8"))
        process = _first(told.get("process"))
        for seed in told.get("seeds", []):
            if seed.get("examples_per_second"):
                reserved = (seed.get("training") or {}).get("reserved_bytes")
                yield Record(
                    training,
                    1 / seed["examples_per_second"],
                    float(process.get("peak_memory_mib", 0.0)),
                    str(process.get("host", "an unnamed machine")),
                    str(seed.get("device", "cpu")),
                    reserved / 2**20 if reserved else None,
                )


def _first(rows: Any) -> dict[str, Any]:
    return dict(rows[0]) if rows else {}
