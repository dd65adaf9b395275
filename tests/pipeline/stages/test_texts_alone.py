"""A start of masked language from its rows to a target's cell and what is said of it, stage by stage, pairs as pairs."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from pipeline.corpora.schema import PARTS, Row, write_table
from pipeline.encoders import load_classifier
from pipeline.files import read_json, sha256_of_file, write_json
from pipeline.reporting.curves import read_curves
from pipeline.stages import finetune, intermediate, start, studies, transferability
from pipeline.study import Study, load_study
from tui.evidence.curves import read_curves as read_curves_of_the_app
from tui.runs.said import read_epoch

ROOT = Path(__file__).resolve().parents[3]
MODELS = ("bert", "xlnet")
LABELS = ["different", "same"]


def write_study() -> Study:
    yaml = YAML()
    values = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values.update(models=list(MODELS), seeds=[1], sites={})
    for settings in values["training"].values():
        settings.update(epochs=2, max_tokens=16)
    for task in ("classification", "sentiment"):
        values[task] = {"starts": [], "targets": []}
    values["starts"] = {
        "pairs": {"task": "similarity", "corpus": "pairs"},
        "pairs_texts": {"task": "similarity", "corpus": "pairs", "objective": "masked_language"},
    }
    values["similarity"] = {"starts": ["pretrained", "pairs", "pairs_texts"], "targets": ["names"]}
    block = {
        "task": "similarity",
        "fields": {"text": "a", "pair": "b", "label": "label"},
        "labels": LABELS,
        "language": "en",
        "licence": "CC0-1.0",
        "citation": "nobody",
    }
    values["corpora"] = {
        key: {**block, "kind": kind, "source": [{"path": f"data/{key}.csv"}]}
        for key, kind in (("pairs", "intermediate"), ("names", "domain"))
    }
    with Path("params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(values, file)
    return load_study()


def write_rows(corpus: str, turned: bool = False) -> None:
    """Pairs of one word; with `turned`, the same under each other's labels."""
    words = ("good", "bad", "film", "the")
    for part, count in zip(PARTS, (48, 24, 24), strict=True):
        rows = []
        for number in range(count):
            first, second = (words[(number // step) % len(words)] for step in (1, 3))
            label = LABELS[(number + turned) % 2]
            texts = (" ".join([word] * 4) for word in (first, second))
            rows.append(Row(f"{part}-{number}", *texts, label, "en", None, None, None, None))
        write_table(f"corpora/ready/{corpus}/{part}.parquet", rows, Row)


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, encoders: Path) -> Iterator[Path]:
    before, folder = Path.cwd(), tmp_path_factory.mktemp("texts alone")
    os.chdir(folder)
    try:
        study = write_study()
        for corpus in study.corpora:
            write_rows(corpus)
        write_json(Path("corpora/ready/names/floors.json"), {"majority": 0, "tfidf": [0] * 24})
        write_json(Path("reports/overlap/similarity/names.json"), {"target": "names", "starts": {}})
        for key in study.starts:
            start.main(study, key)
        for model in MODELS:
            shutil.copytree(encoders / model, f"checkpoints/pretrained/{model}")
            for key in study.starts:
                intermediate.main(study, key, model)
        for cell in study.cells():
            finetune.main(study, cell.target, cell.start, cell.model)
        transferability.main(study)
        studies.main(study)
        yield folder
    finally:
        os.chdir(before)


def checkpoint(tree: Path, model: str) -> dict[str, str]:
    return {path.name: sha256_of_file(path) for path in (tree / f"checkpoints/pairs_texts/{model}/1").iterdir()}


@pytest.mark.parametrize("model", MODELS)
def test_the_record_tells_of_hidden_tokens_and_of_no_label(tree: Path, model: str) -> None:
    told = read_json(tree / f"reports/intermediate/pairs_texts-{model}.json")
    seed = told["seeds"]["1"]
    assert set(seed) == {
        *("epoch", "steps", "dev_token_loss", "dev_token_accuracy", "dev_token_floor", "test_token_accuracy")
    }
    labelled = read_json(tree / f"reports/intermediate/pairs-{model}.json")
    assert (told["train_rows"], seed["steps"]) == (labelled["train_rows"], labelled["seeds"]["1"]["steps"]) == (48, 6)
    assert 0 < seed["dev_token_floor"] < 1


@pytest.mark.parametrize("model", MODELS)
def test_its_curves_are_read_as_those_of_every_training(tree: Path, model: str) -> None:
    path = tree / f"reports/curves/intermediate/pairs_texts-{model}.csv"
    seed = read_json(tree / f"reports/intermediate/pairs_texts-{model}.json")["seeds"]["1"]
    epoch = read_curves_of_the_app(path.read_text(encoding="utf-8"))["1"][seed["epoch"] - 1]
    assert epoch.values["dev_loss"] == seed["dev_token_loss"]
    assert "dev_macro_f1" not in epoch.values
    assert (read_curves(path) or {})[1].dev[seed["epoch"] - 1] == seed["dev_token_accuracy"]


@pytest.mark.parametrize("model", MODELS)
def test_a_cell_starts_from_the_bare_encoder_under_a_head_of_its_own(tree: Path, model: str) -> None:
    assert read_json(tree / f"checkpoints/pairs_texts/{model}/start.json") == {
        **read_json(tree / "corpora/starts/pairs_texts/start.json"),
        "seeds": [1],
    }
    assert read_json(tree / "corpora/starts/pairs_texts/start.json")["objective"] == "masked_language"
    assert checkpoint(tree, model).keys() == {
        path.name for path in (tree / f"checkpoints/pretrained/{model}").iterdir()
    }
    ours, theirs = (
        load_classifier(tree / folder, 2, "reinit", seed=1)[0].get_input_embeddings().weight
        for folder in (f"checkpoints/pairs_texts/{model}/1", f"checkpoints/pretrained/{model}")
    )
    assert not ours.equal(theirs)
    records = [
        read_json(tree / f"reports/cells/similarity/names-{key}-{model}.json") for key in ("pretrained", "pairs_texts")
    ]
    assert records[0]["checkpoint"] != records[1]["checkpoint"]
    assert records[0]["settings"] == records[1]["settings"]


def test_what_is_known_beforehand_has_no_head_to_speak_of(tree: Path) -> None:
    known = {
        (entry["start"], entry["model"]): entry["known"]
        for entry in read_json(tree / "reports/evidence/transferability.json")["cells"]
    }
    assert "leep" in known["pairs", "bert"]
    assert known["pairs_texts", "bert"].keys() == known["pairs", "bert"].keys() - {"leep"}


def test_the_controls_compare_it_with_the_start_of_labels_and_with_none(tree: Path) -> None:
    rows: Any = read_json(tree / "reports/studies.json")["studies"]["controls"]["rows"]
    assert {(row["kind"], row["of"], row["against"], row["model"]) for row in rows} == {
        found
        for model in MODELS
        for found in (("objective", "pairs", "pairs_texts", model), ("texts alone", "pairs_texts", "pretrained", model))
    }


@pytest.mark.parametrize("model", MODELS)
def test_other_labels_give_the_same_bytes(
    tree: Path, model: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    study = write_study()
    write_rows("pairs", turned=True)
    start.main(study, "pairs_texts")
    shutil.copytree(tree / f"checkpoints/pretrained/{model}", f"checkpoints/pretrained/{model}")
    intermediate.main(study, "pairs_texts", model)
    assert checkpoint(tmp_path, model) == checkpoint(tree, model)
    said = [line for line in capsys.readouterr().out.splitlines() if read_epoch(line)]
    assert len(said) == 2
