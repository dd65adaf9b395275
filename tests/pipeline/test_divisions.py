"""A target in folds, from its file to its gain: a tiny BERT, two seeds, two divisions of three folds."""

import csv
import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

from pipeline.corpora.schema import Row, read_table
from pipeline.divisions import read_target
from pipeline.errors import InputError
from pipeline.exporting.export import Asked, export
from pipeline.files import read_json
from pipeline.stages import collect, finetune, gains, prepare, pretrained, second_opinions, start, translate
from pipeline.stages import overlap as overlap_stage
from pipeline.study import Study, load_study

ROOT = Path(__file__).resolve().parents[2]
ROWS = 46


def write_study() -> Study:
    yaml = YAML()
    values = yaml.load((ROOT / "params.yaml").read_text(encoding="utf-8"))
    values.update(models=["bert"], seeds=[1, 2])
    values["training"]["target"].update(epochs=2, max_tokens=16)
    for task in ("sentiment", "similarity"):
        values[task] = {"starts": [], "targets": []}
    values["starts"] = {"films": {"task": "classification", "corpus": "films"}}
    values["classification"] = {"starts": ["pretrained", "films"], "targets": ["reviews"]}
    block = {
        "task": "classification",
        "fields": {"text": "text", "label": "label"},
        "labels": ["bad", "good"],
        "language": "en",
    }
    block |= {"licence": "CC0-1.0", "citation": "nobody"}
    values["sites"] = {}
    values["corpora"] = {
        "films": {**block, "kind": "intermediate", "source": [{"path": "data/films.csv"}]},
        "reviews": {
            **block,
            "kind": "domain",
            "source": [{"path": "data/reviews.csv"}],
            "split": {"folds": 3, "repeats": 2},
        },
    }
    with Path("params.yaml").open("w", encoding="utf-8") as file:
        yaml.dump(values, file)
    return load_study()


def write_texts(path: str, count: int, opening: str) -> None:
    Path("data").mkdir(exist_ok=True)
    with Path(path).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["text", "label"])
        for number in range(count):
            letters = " ".join(chr(97 + number // base % 26) for base in (1, 26)) + " the" * (20 if number == 5 else 0)
            label = ("bad", "good")[number % 2]
            writer.writerow([f"{opening} film was {label}, {letters}", label])


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory, encoders: Path) -> Iterator[Path]:
    before = Path.cwd()
    folder = tmp_path_factory.mktemp("folds")
    os.chdir(folder)
    try:
        study = write_study()
        write_texts("data/films.csv", 40, "the")
        write_texts("data/reviews.csv", ROWS, "a")
        for key in study.corpora:
            for stage in (collect, translate, prepare):
                stage.main(study, key)
        start.main(study, "films")
        pretrained.main(study, "classification")
        overlap_stage.main(study, "reviews")
        shutil.copytree(encoders / "bert", "checkpoints/pretrained/bert")
        # An intermediate that has learnt nothing is a start like any other.
        shutil.copytree(encoders / "bert", "checkpoints/films/bert/1")
        Path("checkpoints/films/bert/start.json").write_text(json.dumps({"seeds": [1], "head": "reinit"}))
        for cell in study.cells():
            finetune.main(study, cell.target, cell.start, cell.model)
        gains.main(study)
        yield folder
    finally:
        os.chdir(before)


def cell(tree: Path, kind: str, begun: str = "pretrained") -> Any:
    return read_json(tree / f"reports/{kind}/classification/reviews-{begun}-bert.json")


def test_all_rows_are_tested_and_none_stands_elsewhere(tree: Path) -> None:
    ready = tree / "corpora/ready/reviews"
    sizes = {part: len(read_table(ready / f"{part}.parquet", Row)[0]) for part in ("train", "dev", "test")}
    assert sizes == {"train": 0, "dev": 0, "test": ROWS}
    card = read_json(ready / "card.json")
    assert (card["split"]["folds"], card["split"]["repeats"]) == (3, 2)
    assert card["split"]["training_rows"] == ROWS - 16 - 3
    assert len(read_json(ready / "floors.json")["tfidf"]) == ROWS


def test_a_model_is_never_tested_on_what_it_was_trained_on(tree: Path) -> None:
    target = read_target(tree / "corpora/ready/reviews", ["bad", "good"])
    assert len(target.divisions) == 2
    for division in target.divisions:
        assert sorted(place for fold in division for place in fold.places) == list(range(ROWS))
        for fold in division:
            ids = [set(fold.parts[name].ids) for name in ("train", "dev", "test")]
            assert not ids[0] & ids[1] and not ids[0] & ids[2] and not ids[1] & ids[2]
            assert fold.parts["test"].ids == [target.tested.ids[place] for place in fold.places]


def test_each_seed_predicts_every_row_once_and_its_accuracy_is_that_of_all(tree: Path) -> None:
    record, predicted = cell(tree, "cells"), cell(tree, "predicted")
    assert record["test_rows"] == len(predicted["gold"]) == ROWS
    for seed in ("1", "2"):
        right = np.mean(np.array(predicted["predicted"][seed]) == np.array(predicted["gold"]))
        assert record["accuracy"]["seeds"][seed] == pytest.approx(right)


def test_the_curve_of_a_seed_is_that_of_all_its_folds(tree: Path) -> None:
    with (tree / "reports/curves/classification/reviews-pretrained-bert.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [(row["seed"], row["epoch"]) for row in rows] == [("1", "1"), ("1", "2"), ("2", "1"), ("2", "2")]
    # Of 46 rows in folds, accuracies are shares of 46.
    assert all(
        float(row["test_accuracy"]) * ROWS == pytest.approx(round(float(row["test_accuracy"]) * ROWS)) for row in rows
    )


def test_the_rows_that_are_cut_are_counted_once(tree: Path) -> None:
    cut = {"max_tokens": 16, "rows": ROWS, "cut": 1}
    assert [cell(tree, "predicted", begun)["about"][0]["truncation"] for begun in ("pretrained", "films")] == [cut, cut]


def test_f_and_if_are_compared_row_by_row_and_the_gain_says_what_it_leaves_out(tree: Path) -> None:
    f, if_ = cell(tree, "cells"), cell(tree, "cells", "films")
    assert (f["test"], f["settings"]) == (if_["test"], if_["settings"])
    (entry,) = read_json(tree / "reports/gains.json")["gains"].values()
    assert entry["comparable"] and entry["test_rows"] == ROWS and entry["seeds"] == 2
    assert "each seed is 3 folds" in entry["note"]


def test_other_tests_look_at_the_gain_fold_by_fold(tree: Path) -> None:
    divisions = read_target(tree / "corpora/ready/reviews", ["bad", "good"]).divisions
    f, if_ = cell(tree, "predicted"), cell(tree, "predicted", "films")
    assert f["folds"] == if_["folds"]
    expected = []
    for seed, division in zip(("1", "2"), divisions, strict=True):
        right = [np.array(one["predicted"][seed]) == np.array(one["gold"]) for one in (f, if_)]
        expected.append([np.mean(right[1][fold.places]) - np.mean(right[0][fold.places]) for fold in division])
    second_opinions.main(load_study())
    (told,) = read_json("reports/evidence/second_opinions.json")["gains"]
    assert told["repeated_cv"]["gain"] == pytest.approx(np.mean(expected))
    assert (told["repeated_cv"]["repeats"], told["repeated_cv"]["folds"]) == (2, 3)


def test_other_divisions_are_not_compared(tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(tree, tmp_path / "tree")
    monkeypatch.chdir(tmp_path / "tree")
    text = Path("params.yaml").read_text().replace("repeats: 2", "repeats: 1")
    Path("params.yaml").write_text(text)
    study = load_study()
    prepare.main(study, "reviews")
    overlap_stage.main(study, "reviews")
    finetune.main(study, "reviews", "films", "bert")
    gains.main(study)
    (entry,) = read_json("reports/gains.json")["gains"].values()
    assert not entry["comparable"] and "corpora.reviews.split" in entry["reason"]


def test_the_model_of_a_fold_is_exported_and_checked_on_its_own_rows(tree: Path, tmp_path: Path) -> None:
    study, cell = load_study(), "classification@reviews-films-bert"
    told = export(study, Asked(cell, 2, 3, tmp_path / "model", "HEAD"))
    data = read_target(Path("corpora/ready/reviews"), ["bad", "good"])
    assert told["rows"] == len(data.division_for(1)[2].places) < ROWS
    card = (tmp_path / "model" / "README.md").read_text()
    assert f"# {cell}, seed 2, fold 3" in card
    assert "first trained on films" in card
    for fold in (None, 4):
        with pytest.raises(InputError, match="is divided into 3 folds, each with a model of its own; give --fold"):
            export(study, Asked(cell, 2, fold, tmp_path / "other", "HEAD"))
