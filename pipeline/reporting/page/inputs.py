"""What the page is made from: the files of reports/ as far as they are there."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from pipeline.evidence.advice import advise
from pipeline.reporting.curves import Curves, read_curves
from pipeline.reporting.lines import PRETRAINED, Cells, Json, cell_parts
from pipeline.study import Study

WHOLE = ("gains", "claims", "evidence/distances", "evidence/predictors", "evidence/second_opinions", "studies")
"""Files of one stage each, `reports/<stage>.json` or `reports/evidence/<stage>.json`."""


@dataclass(frozen=True)
class Inputs:
    """Everything that a section may read."""

    note: str
    """What must be read beside this study's numbers."""
    models: tuple[str, ...]
    starts: Mapping[str, tuple[str, str]]
    """Task and corpus of each intermediate start."""
    kinds: Mapping[str, str]
    """`domain`, `crosslingual` or `intermediate`, by corpus."""
    cells: Cells
    """By `<task>/<target>-<start>-<model>` in the study's order, None for a missing one."""
    curves: Mapping[str, Curves | None] = field(default_factory=dict)
    timings: Mapping[str, Json] = field(default_factory=dict)
    """Of cells, by name."""
    preparations: Mapping[tuple[str, str], Json] = field(default_factory=dict)
    """Timings of intermediate training, by start and model."""
    intermediate: Mapping[tuple[str, str], Json] = field(default_factory=dict)
    """Results of intermediate training, by start and model."""
    cards: Mapping[str, Json | None] = field(default_factory=dict)
    overlap: Mapping[str, Json] = field(default_factory=dict)
    """By target."""
    found: Mapping[str, Json] = field(default_factory=dict)
    """The files of `WHOLE` that are there, by stage."""
    advice: Mapping[str, str] = field(default_factory=dict)
    """What the advisor says of each target."""
    drawings: Mapping[str, bytes] = field(default_factory=dict)
    """Pictures of the studies as SVG, by the stem of their file."""

    @property
    def gains(self) -> Json:
        """reports/gains.json; empty where it is not there."""
        return self.found.get("gains", {})

    @property
    def targets(self) -> dict[tuple[str, str], list[str]]:
        """Names of cells by task and target."""
        names: dict[tuple[str, str], list[str]] = {}
        for name in self.cells:
            names.setdefault(cell_parts(name)[:2], []).append(name)
        return names

    @property
    def measured(self) -> int:
        """How many cells have a record."""
        return sum(record is not None for record in self.cells.values())


def read_inputs(study: Study, reports: Path) -> Inputs:
    """Read what there is below `reports`.

    Raises:
        InputError: a file is no JSON object.
    """
    cells: dict[str, Json | None] = {}
    curves, timings = {}, {}
    for cell in study.cells():
        name = f"{cell.task}/{cell.stem}"
        cells[name] = _read(reports / "cells" / f"{name}.json", cell.name)
        curves[name] = read_curves(reports / "curves" / f"{name}.csv")
        if told := _read(reports / "timings" / f"{name}.json", cell.name):
            timings[name] = told
    preparations, intermediate = {}, {}
    for start, model in ((start, model) for start in study.starts for model in study.models):
        stage, file = f"intermediate@{start}-{model}", f"{start}-{model}.json"
        if told := _read(reports / "timings" / "intermediate" / file, stage):
            preparations[start, model] = told
        if told := _read(reports / "intermediate" / file, stage):
            intermediate[start, model] = told
    overlap = {}
    for key, corpus in study.corpora.items():
        if told := _read(reports / "overlap" / corpus.task / f"{key}.json", f"overlap@{key}"):
            overlap[key] = told
    return Inputs(
        note=study.note,
        models=tuple(study.models),
        starts={key: (start.task, start.corpus) for key, start in study.starts.items() if key != PRETRAINED},
        kinds={key: corpus.kind for key, corpus in study.corpora.items()},
        cells=cells,
        curves=curves,
        timings=timings,
        preparations=preparations,
        intermediate=intermediate,
        cards={key: _card(reports / "corpora" / f"{key}.json", key) for key in study.corpora},
        overlap=overlap,
        found={
            stage: told for path in WHOLE if (told := _read(reports / f"{path}.json", stage := path.rpartition("/")[2]))
        },
        advice={
            target: str(advise(study, target, reports)["words"])
            for target in dict.fromkeys(cell.target for cell in study.cells())
        },
        drawings={path.stem: path.read_bytes() for path in sorted((reports / "studies").glob("*.svg"))},
    )


def _card(path: Path, key: str) -> Json | None:
    about = (_read(path, f"prepare@{key}") or {}).get("about")
    return about[0] if isinstance(about, list) and about and isinstance(about[0], Mapping) else None


def _read(path: Path, stage: str) -> Any:
    if not path.is_file():
        return None
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise InputError(_damaged(path, stage, str(error))) from None
    if not isinstance(value, Mapping):
        raise InputError(_damaged(path, stage, "it is no JSON object"))
    return value


def _damaged(path: Path, stage: str, fault: str) -> str:
    return f"{path} is damaged ({fault}); write it anew with `dvc repro --force --single-item {stage}`."
