"""second_opinions: what other tests say of each gain, and what probabilities are worth: reports/evidence/second_opinions.json."""

from pathlib import Path
from typing import Any

from pipeline.evidence.calibration import LABELS as CALIBRATION
from pipeline.evidence.calibration import calibration
from pipeline.evidence.opinions import LABELS, by_study, opinions
from pipeline.files import read_json, write_json
from pipeline.stages.command import run
from pipeline.study import PRETRAINED, Study

REPORTS = Path("reports")


def main(study: Study) -> None:
    """Ask the other tests about every gain that can be compared."""
    told = read_json(REPORTS / "gains.json")
    settings = study.evidence.resampling
    asked = []
    for entry in told["gains"].values():
        if entry["comparable"]:
            f, if_ = (_predicted(entry, start) for start in (PRETRAINED, entry["start"]))
            asked.append(opinions(entry, f, if_, told["family"], settings.replicates, settings.seed))
    cells = []
    for cell in study.cells():
        found = calibration(
            Path("predictions") / cell.task / f"{cell.stem}.parquet", list(study.corpus(cell.target).labels)
        )
        reason = None if found else "Its probabilities are not in this tree."
        cells.append({"cell": cell.name, "reason": reason, "scores": found})
    about = {"tests": LABELS, "calibration": CALIBRATION, "resampling": settings.model_dump()}
    together = by_study(told["gains"], float(told["family"]["alpha"]))
    write_json(
        REPORTS / "evidence" / "second_opinions.json",
        {"about": [about], "gains": asked, "study": [together], "calibration": cells},
    )
    print(f"{len(asked)} gains were given to other tests")


def _predicted(entry: dict[str, Any], start: str) -> Any:
    return read_json(REPORTS / "predicted" / entry["task"] / f"{entry['target']}-{start}-{entry['model']}.json")


if __name__ == "__main__":
    run(main)
