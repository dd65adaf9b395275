"""report: the paper's Table 1 beside ours, as Markdown, CSV and LaTeX, its Figure 1, and a page for each corpus."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.files import read_json, write_text
from pipeline.reporting.corpus import corpus_page
from pipeline.reporting.curves import read_curves
from pipeline.reporting.figure import figure
from pipeline.reporting.latex import latex_table
from pipeline.reporting.learning import learning_text
from pipeline.reporting.oddities import oddities_text
from pipeline.reporting.panels import panels
from pipeline.reporting.table import table
from pipeline.stages.command import run
from pipeline.study import PRETRAINED, Study

REPORTS = Path("reports")


def main(study: Study) -> None:
    """Write reports/table1.md, .csv and .tex, reports/figure1.svg and reports/cards from whatever there is."""
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

    write_pages(study, cards)


def write_pages(study: Study, cards: Mapping[str, Any]) -> None:
    """Write the page of every corpus."""
    for key, corpus in study.corpora.items():
        overlap = _read(REPORTS / "overlap" / corpus.task / f"{key}.json")
        starts = [start for start in study.group(corpus.task).starts if start != PRETRAINED]
        page = corpus_page(key, cards[key], overlap, _cuts(study, key), starts)
        write_text(REPORTS / "cards" / f"{key}.md", page)


def _cuts(study: Study, key: str) -> dict[str, Any]:
    """How many rows each model cuts, as the first cell or intermediate training of the corpus counted them."""
    found: dict[str, Any] = {}
    for cell in study.cells():
        if cell.target == key and (told := _read(REPORTS / "predicted" / cell.task / f"{cell.stem}.json")):
            found.setdefault(cell.model, told["about"][0].get("truncation"))
    for start, block in study.starts.items():
        for model in study.models:
            if block.corpus == key and (told := _read(REPORTS / "intermediate" / f"{start}-{model}.json")):
                found.setdefault(model, told.get("truncation", [None])[0])
    return {model: cut for model, cut in found.items() if cut}


def _card(path: Path) -> Any:
    return read_json(path)["about"][0] if path.is_file() else None


def _read(path: Path) -> Any:
    return read_json(path) if path.is_file() else None


if __name__ == "__main__":
    run(main)
