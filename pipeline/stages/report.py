"""report: the paper's Table 1 beside ours, as Markdown, CSV and LaTeX, and its Figure 1."""

from pathlib import Path
from typing import Any

from pipeline.files import read_json, write_text
from pipeline.reporting.curves import read_curves
from pipeline.reporting.figure import figure
from pipeline.reporting.latex import latex_table
from pipeline.reporting.learning import learning_text
from pipeline.reporting.oddities import oddities_text
from pipeline.reporting.panels import panels
from pipeline.reporting.table import table
from pipeline.stages.command import run
from pipeline.study import Study

REPORTS = Path("reports")


def main(study: Study) -> None:
    """Write reports/table1.md, .csv and .tex and reports/figure1.svg from whatever cells there are."""
    cells, curves = {}, {}
    for cell in study.cells():
        name = f"{cell.task}/{cell.stem}"
        cells[name] = _read(REPORTS / "cells" / f"{name}.json")
        curves[name] = read_curves(REPORTS / "curves" / f"{name}.csv")
    gains = _read(REPORTS / "gains.json") or {}
    made = table(study.note, gains, cells)
    cards = {key: _card(REPORTS / "corpora" / f"{key}.json") for key in study.corpora}
    parts = (made.markdown, learning_text(cells, curves, cards), oddities_text(cells, cards))
    write_text(REPORTS / "table1.md", "\n".join(part for part in parts if part))
    write_text(REPORTS / "table1.csv", made.csv)
    write_text(REPORTS / "table1.tex", latex_table(study.note, gains, cells))
    kinds = {key: corpus.kind for key, corpus in study.corpora.items()}
    write_text(REPORTS / "figure1.svg", figure(study.note, panels(cells, curves, kinds)))


def _card(path: Path) -> Any:
    return read_json(path)["about"][0] if path.is_file() else None


def _read(path: Path) -> Any:
    return read_json(path) if path.is_file() else None


if __name__ == "__main__":
    run(main)
