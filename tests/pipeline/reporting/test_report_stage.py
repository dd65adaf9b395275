"""The stage `report` over the committed sample, whole and in part."""

import shutil
from pathlib import Path

import pytest

from pipeline.stages import report
from pipeline.study import Study, load_study

ROOT = Path(__file__).resolve().parents[3]
MADE = ("table1.md", "table1.csv", "table1.tex", "figure1.svg")


@pytest.fixture
def reports(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sample's records and curves in a folder of their own, which is the current one."""
    for name in ("cells", "curves"):
        shutil.copytree(ROOT / "reports" / name, tmp_path / "reports" / name)
    shutil.copy(ROOT / "reports" / "gains.json", tmp_path / "reports")
    monkeypatch.chdir(tmp_path)
    return tmp_path / "reports"


@pytest.fixture
def study() -> Study:
    return load_study(ROOT / "params.yaml")


def written(reports: Path) -> dict[str, bytes]:
    return {name: (reports / name).read_bytes() for name in MADE}


def test_the_same_inputs_give_the_same_bytes(reports: Path, study: Study) -> None:
    report.main(study)
    first = written(reports)
    report.main(study)
    assert written(reports) == first
    markdown = first["table1.md"].decode()
    assert markdown.count("\n# ") == 0 and [line for line in markdown.split("\n") if line.startswith("## ")] == [
        *("## Accuracy", "## Gains", "## Floors", "## Notes", "## Above the floor?", "## What is odd in the paper")
    ]
    assert len(first["figure1.svg"]) < 300_000
    assert "\n\n\n" not in markdown


def test_missing_cells_and_gains_are_said_and_not_refused(reports: Path, study: Study) -> None:
    for path in reports.glob("cells/sentiment/*.json"):
        path.unlink()
    next(reports.glob("curves/similarity/pawsx-paws-bert.csv")).unlink()
    (reports / "gains.json").unlink()
    report.main(study)
    made = {name: data.decode() for name, data in written(reports).items()}
    assert "0 of 6 cells" in made["figure1.svg"] and "5 of 6 cells" in made["figure1.svg"]
    assert "goemotions: no cell is measured." in made["table1.md"]
    assert "floors and optimism of goemotions and emotions" in " ".join(made["table1.md"].split())
    assert "24 of 36" in made["table1.tex"]


def test_a_study_without_any_result_is_still_reported(
    tmp_path: Path, study: Study, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    report.main(study)
    assert "no result yet" in (tmp_path / "reports" / "figure1.svg").read_text()
