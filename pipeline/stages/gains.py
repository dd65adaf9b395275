"""gains: IF minus F for every pair of cells that may be compared, with interval and verdict: reports/gains.json."""

from pathlib import Path

from pipeline.evidence.gains import gains, read_cells
from pipeline.files import write_json
from pipeline.stages.command import run
from pipeline.study import Study


def main(study: Study) -> None:
    """Compare whatever cells of the study have been measured."""
    reports = Path("reports")
    cells = read_cells(reports, [(cell.task, cell.stem) for cell in study.cells()])
    rule = study.statistics
    declared = {
        "seeds": list(study.seeds),
        **{f"training.target.{key}": value for key, value in study.training.target.model_dump().items()},
        **{f"split.{key}": value for key, value in study.split.model_dump().items()},
    }
    found = gains(cells, rule.primary, rule.alpha, rule.margin, declared)
    write_json(reports / "gains.json", found)
    comparable = sum(entry["comparable"] for entry in found["gains"].values())
    print(f"{comparable} of {len(found['gains'])} gains can be compared")


if __name__ == "__main__":
    run(main)
