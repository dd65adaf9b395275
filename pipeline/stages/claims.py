"""claims: each claim of the paper, checked on its own numbers and on this study's: reports/claims.json."""

import statistics
from pathlib import Path
from typing import Any

from pipeline.evidence.claims import Cell, Evidence, claims
from pipeline.files import read_json, write_json
from pipeline.reporting.curves import read_curves
from pipeline.stages.command import run
from pipeline.study import Start, Study

REPORTS = Path("reports")


def main(study: Study) -> None:
    """Check whatever can be checked with what has been measured."""
    checked = claims(
        Evidence(
            cells=_cells(study),
            gains=_read(REPORTS / "gains.json").get("gains", {}),
            rows={key: rows for key, card in _cards(study).items() if (rows := card.get("rows", {}).get("final"))},
            # The paper's starts are trained as they are; controls are no part of its claims.
            starts={key: start.corpus for key, start in study.starts.items() if _is_the_papers(start)},
            languages={key: list(card.get("languages", {})) for key, card in _cards(study).items()},
        )
    )
    write_json(REPORTS / "claims.json", {"claims": [claim.as_mapping() for claim in checked]})
    for claim in checked:
        print(f"{claim.id}: on the paper's numbers {claim.paper.word}, here {claim.study.word}")


def _cells(study: Study) -> list[Cell]:
    found = []
    for cell in study.cells():
        predicted = _read(REPORTS / "predicted" / cell.task / f"{cell.stem}.json")
        if predicted:
            kind = study.corpora[cell.target].kind
            found.append(
                Cell(cell.task, cell.target, cell.start, cell.model, kind, predicted, _curve(cell.task, cell.stem))
            )
    return found


def _curve(task: str, stem: str) -> list[float]:
    """Mean test accuracy over seeds, as long as every seed has the epoch."""
    curves = read_curves(REPORTS / "curves" / task / f"{stem}.csv") or {}
    return [statistics.fmean(epoch) for epoch in zip(*(curve.test for curve in curves.values()), strict=False)]


def _cards(study: Study) -> dict[str, Any]:
    return {key: (_read(REPORTS / "corpora" / f"{key}.json").get("about") or [{}])[0] for key in study.corpora}


def _is_the_papers(start: Start) -> bool:
    return start.labels == "given" and start.objective == "labels"


def _read(path: Path) -> Any:
    return read_json(path) if path.is_file() else {}


if __name__ == "__main__":
    run(main)
