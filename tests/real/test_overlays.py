"""The overlays of `make real`: valid studies of the public corpora, whose reports stand beside one another."""

from pathlib import Path
from typing import Any

import pytest

from pipeline.study import PRETRAINED, TASKS, Study, read_yaml, study_from
from tests.real import run
from tests.tui.toy import ROOT

NAMES = [path.stem for path in sorted((ROOT / run.OVERLAYS).glob("*.yaml"))]


def overlaid(name: str) -> Study:
    values: dict[str, Any] = {**read_yaml(ROOT / "params.yaml"), **read_yaml(ROOT / run.OVERLAYS / f"{name}.yaml")}
    return study_from(values, name)


def test_there_is_one_for_the_paper_and_one_for_each_of_the_four_questions() -> None:
    assert NAMES == ["efficiency", "languages", "multilingual", "size", "study"] == list(run.STUDIES)


@pytest.mark.parametrize("name", NAMES)
def test_its_texts_are_public_corpora_by_hash_and_every_target_has_its_f(name: str) -> None:
    study = overlaid(name)
    sources = [file for corpus in study.corpora.values() for file in corpus.source]
    assert all(file.path and file.path.startswith("../shared/data/") and file.sha256 for file in sources)
    assert all(PRETRAINED in study.group(task).starts for task in TASKS if study.group(task).targets)
    assert len(study.seeds) >= 3


def test_languages_have_an_english_detour_and_two_arms_in_six_other_languages() -> None:
    study = overlaid("languages")
    assert [file.where["lang"] for file in study.corpora["paws"].source] == ["en"]
    for target, trained in (("pawsx_own", ()), ("pawsx_zero", ("en",))):
        corpus = study.corpora[target]
        assert {file.where["lang"] for file in corpus.source} == {"en", "de", "es", "fr", "ja", "ko", "zh"}
        assert corpus.split.train_in == trained
        # Pairs of the detour are those of dev, pairs of the targets those of test.
        assert {file.where["split"] for file in corpus.source} == {"test"}


def test_sizes_are_what_they_are_called_over_real_word_pieces() -> None:
    study = overlaid("size")
    sizes = {model: study.encoder(model).build for model in study.models}
    assert {model: (build.layers, build.hidden) for model, build in sizes.items() if build} == {
        "l2_h64": (2, 64),
        "l2_h128": (2, 128),
        "l4_h128": (4, 128),
        "l4_h256": (4, 256),
    }
    assert all(build and build.tokenizer for build in sizes.values())


def test_a_new_run_removes_its_own_reports_and_no_other_studys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for path in ("size/run.json", "size/cells/a.json", "run.json", "cells/a.json"):
        (run.REPORTS / path).parent.mkdir(parents=True, exist_ok=True)
        (run.REPORTS / path).write_text("{}")
    run.clear(run.REPORTS)
    assert sorted(str(path.relative_to(run.REPORTS)) for path in run.REPORTS.rglob("*.json")) == [
        "size/cells/a.json",
        "size/run.json",
    ]
    run.clear(run.REPORTS / "size")
    assert not list(run.REPORTS.rglob("*.json"))
