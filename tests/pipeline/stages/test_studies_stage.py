"""The stage `studies` over the sample's own reports, and over what is left of them."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipeline.evidence.distances.uriel import language_distances
from pipeline.stages import studies
from pipeline.study import Study, load_study

ROOT = Path(__file__).resolve().parents[3]
ANSWERS = {"efficiency", "languages", "size", "multilingual", "controls"}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("corpora", "intermediate", "predicted", "timings"):
        shutil.copytree(ROOT / "reports" / name, tmp_path / "reports" / name)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture(scope="module")
def study() -> Study:
    return load_study(ROOT / "params.yaml")


def answered(study: Study) -> dict[str, Any]:
    studies.main(study)
    found: dict[str, Any] = json.loads(Path("reports/studies.json").read_text(encoding="utf-8"))["studies"]
    return found


@pytest.mark.usefixtures("tree")
class TestSample:
    def test_each_question_has_a_sentence_and_each_figure_its_words(self, study: Study) -> None:
        found = answered(study)
        assert set(found) == ANSWERS
        assert all(answer["sentence"].endswith(".") for answer in found.values())
        assert found["efficiency"]["said"] and len(found["efficiency"]["rows"]) == 18
        # One size for each architecture, one start for each task, three languages.
        assert not any(found[name]["said"] for name in ANSWERS - {"efficiency"})
        figures = [answer["figure"] for answer in found.values() if answer["figure"]]
        assert figures == ["studies/efficiency.svg", "studies/languages.svg"]
        assert all((Path("reports") / figure).is_file() for figure in figures)
        assert all(answer["figure_text"] for answer in found.values() if answer["figure"])

    def test_the_same_reports_give_the_same_bytes(self, study: Study, tree: Path) -> None:
        before = {}
        for _ in range(2):
            studies.main(study)
            now = {path.name: path.read_bytes() for path in sorted((tree / "reports").glob("studies*/*.svg"))}
            now["json"] = (tree / "reports/studies.json").read_bytes()
            assert before in ({}, now)
            before = now

    def test_cells_of_an_earlier_study_are_left_out(self, study: Study) -> None:
        other = study.model_copy(update={"seeds": (1, 2, 3)})
        assert not answered(other)["efficiency"]["rows"]
        shorter = study.training.target.model_copy(update={"epochs": 9})
        training = study.training.model_copy(update={"target": shorter})
        assert not answered(study.model_copy(update={"training": training}))["efficiency"]["rows"]


def test_distances_that_the_study_measured_come_before_the_known_ones(study: Study, tree: Path) -> None:
    told = [
        {"start": "en", "target": "fr", "distances": {"syntax": 0.25}, "reason": None},
        {"start": "en", "target": "de", "distances": None, "reason": "Made up."},
        {"start": "fr", "target": "es", "distances": {"syntax": 0.9}, "reason": None},
    ]
    (tree / "reports/evidence").mkdir(exist_ok=True)
    (tree / "reports/evidence/distances.json").write_text(json.dumps({"languages": told}))
    found = {row["language"]: row["distance"] for row in answered(study)["languages"]["rows"]}
    assert found == {"fr": 0.25, "de": 0.097, "es": 0.178}


def test_the_known_distances_are_those_of_uriel() -> None:
    known = json.loads(studies.DISTANCES.read_text(encoding="utf-8"))["distances"]
    for language, distance in known.items():
        found = language_distances("en", language)
        assert not isinstance(found, str) and round(found["syntax"], 3) == distance


def test_without_any_report_every_answer_says_why_it_is_none(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    found = answered(study)
    assert set(found) == ANSWERS
    assert all("cannot be said from this study: " in answer["sentence"] for answer in found.values())
    assert not any(answer["figure"] for answer in found.values())
