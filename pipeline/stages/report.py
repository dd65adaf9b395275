"""report: the paper's Table 1 beside ours, as Markdown and CSV."""

from pathlib import Path

from pipeline.files import read_json, write_text
from pipeline.reporting.table import table
from pipeline.stages.command import run
from pipeline.study import Study


def main(study: Study) -> None:
    """Write reports/table1.md and reports/table1.csv."""
    reports = Path("reports")
    cells = {}
    for cell in study.cells():
        path = reports / "cells" / cell.task / f"{cell.stem}.json"
        cells[f"{cell.task}/{cell.stem}"] = read_json(path) if path.is_file() else None
    made = table(study.note, read_json(reports / "gains.json"), cells)
    write_text(reports / "table1.md", made.markdown)
    write_text(reports / "table1.csv", made.csv)


if __name__ == "__main__":
    run(main)
