"""predictors: how well what was known before fine-tuning tells the measured gains: reports/evidence/predictors.json."""

from pathlib import Path
from typing import Any

from pipeline.evidence.distances.pairs import EMBEDDED, LEXICAL
from pipeline.evidence.judging import judge
from pipeline.evidence.observations import join, measured
from pipeline.evidence.predictors import SOURCES
from pipeline.files import read_json, write_json
from pipeline.stages.command import run
from pipeline.study import Study

REPORTS = Path("reports")
EVIDENCE = REPORTS / "evidence"


def main(study: Study) -> None:
    """Judge every predictor on the gains that can be compared."""
    entries = join(
        _read(REPORTS / "gains.json"), _read(EVIDENCE / "transferability.json"), _read(EVIDENCE / "distances.json")
    )
    sources = SOURCES | {name: f"{words}, above its noise floor" for name, words in (LEXICAL | EMBEDDED).items()}
    observations = measured(entries)
    about = {"predictors": sources, "judged_by": "Spearman, Kendall, Regret@1 and error, one target left out at a time"}
    judged = judge(observations, list(sources))
    write_json(EVIDENCE / "predictors.json", {"about": [about], "cells": entries, "judged": [judged]})
    print(f"{len(sources)} predictors were judged on {len(observations)} gains of {judged['targets']} targets")


def _read(path: Path) -> Any:
    return read_json(path) if path.is_file() else None


if __name__ == "__main__":
    run(main)
