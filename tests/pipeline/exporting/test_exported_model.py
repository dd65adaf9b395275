"""An exported folder, loaded as anybody would load it, predicts what the cell recorded; whatever would not is refused."""

import json
import multiprocessing
import os
import re
import resource
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as arrow
import pyarrow.parquet as parquet
import pytest
import torch
from huggingface_hub import ModelCard
from safetensors.torch import load_file, save_file
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from pipeline.errors import InputError
from pipeline.exporting.export import Asked, export
from pipeline.exporting.faults import ExportFault
from pipeline.exporting.recorded import Recorded
from pipeline.stages import finetune
from pipeline.study import load_study
from pipeline.training.prediction import Prediction
from tests.pipeline.trees import make_cell

CELL = "classification@sms_spam-pretrained-bert"
PREDICTIONS = Path("predictions/classification/sms_spam-pretrained-bert.parquet")
PREDICTED = Path("reports/predicted/classification/sms_spam-pretrained-bert.json")


@pytest.fixture(autouse=True)
def here() -> Iterator[None]:
    before = Path.cwd()
    yield
    os.chdir(before)


@pytest.fixture
def trained(encoders: Path, tmp_path: Path) -> Callable[..., Path]:
    """A trained cell on an encoder of an architecture, of single texts or pairs; its tree becomes the current folder."""

    def make(architecture: str = "bert", pairs: bool = False) -> Path:
        folder = make_cell(tmp_path / "a tree", encoders / architecture, "")
        weights = folder / "checkpoints/pretrained/bert/model.safetensors"
        # As they are drawn they hardly tell one input from another.
        save_file({name: value * 5 for name, value in load_file(weights).items()}, weights, {"format": "pt"})
        for path in (folder / "corpora/ready/sms_spam").glob("*.parquet") if pairs else ():
            columns = parquet.read_table(path).to_pydict()
            columns["text_pair"] = [f"it was a {text[-1]} film" for text in columns["text"]]
            parquet.write_table(arrow.table(columns), path)
        os.chdir(folder)
        finetune.main(load_study(), "sms_spam", "pretrained", "bert")
        return folder

    return make


def asked(folder: Path, **other: Any) -> Asked:
    return Asked(**{"cell": CELL, "seed": 1, "fold": None, "folder": folder, "experiment": "first", **other})


def recorded_rows() -> tuple[list[str], np.ndarray]:
    columns = parquet.read_table(PREDICTIONS).to_pydict()
    return columns["predicted"], np.array(columns["probabilities"])


def predicted_by(folder: Path) -> tuple[list[str], np.ndarray]:
    """Labels and probabilities of the test rows, through the classes and the defaults that a person would use."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    columns = parquet.read_table("corpora/ready/sms_spam/test.parquet").to_pydict()
    pairs = columns["text_pair"] if columns["text_pair"][0] is not None else None
    batch = tokenizer(columns["text"], pairs, truncation=True, padding=True, return_tensors="pt")
    with torch.inference_mode():
        probabilities = model(**batch).logits.softmax(-1).numpy()
    return [model.config.id2label[label] for label in probabilities.argmax(-1).tolist()], probabilities


@pytest.mark.parametrize("pairs", [False, True], ids=["texts", "pairs"])
def test_it_predicts_what_was_recorded(
    trained: Callable[..., Path], architecture: str, pairs: bool, tmp_path: Path
) -> None:
    trained(architecture, pairs)
    told = export(load_study(), asked(tmp_path / "model"))
    assert told["files"] == ["README.md", "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"]
    assert (told["rows"], told["source"]) == (20, str(PREDICTIONS))
    labels, probabilities = predicted_by(tmp_path / "model")
    assert labels == recorded_rows()[0]
    assert np.abs(probabilities - recorded_rows()[1]).max() < 1e-6
    # It cuts where the training did.
    cut = AutoTokenizer.from_pretrained(tmp_path / "model")("a " * 40, truncation=True)["input_ids"]
    assert len(cut) == 16


def test_weights_that_were_kept_are_not_trained_again_and_give_the_same_folder(
    trained: Callable[..., Path], tmp_path: Path
) -> None:
    trained()
    folders = [tmp_path / name for name in ("one", "other")]
    # Fine-tuning keeps the result of a seed and not its weights.
    assert [export(load_study(), asked(folder))["trained"] for folder in folders] == [True, False]
    one, other = ({path.name: path.read_bytes() for path in folder.iterdir()} for folder in folders)
    assert one == other


def test_without_the_table_in_the_cache_the_labels_in_git_count(trained: Callable[..., Path], tmp_path: Path) -> None:
    trained()
    PREDICTIONS.unlink()
    overlap = Path("reports/overlap/classification/sms_spam.json")
    told = export(load_study(), asked(tmp_path / "model"))
    assert (told["rows"], told["source"]) == (20, str(PREDICTED))
    # Rows that a start has seen are not in that record.
    overlap.write_text(json.dumps({"target": "sms_spam", "starts": {"imdb": {"exact": ["test-3", "test-8"]}}}))
    finetune.main(load_study(), "sms_spam", "pretrained", "bert")
    PREDICTIONS.unlink()
    assert export(load_study(), asked(tmp_path / "other"))["rows"] == 18


@pytest.mark.parametrize("source", [PREDICTIONS, PREDICTED], ids=lambda path: path.suffix)
def test_other_predictions_are_refused_and_nothing_is_written(
    trained: Callable[..., Path], tmp_path: Path, source: Path
) -> None:
    trained()
    if source == PREDICTED:
        PREDICTIONS.unlink()
        record = json.loads(PREDICTED.read_text())
        record["predicted"]["1"][3] ^= 1
        PREDICTED.write_text(json.dumps(record))
    else:
        columns = parquet.read_table(PREDICTIONS).to_pydict()
        columns["predicted"][3] = {"ham": "spam", "spam": "ham"}[columns["predicted"][3]]
        parquet.write_table(arrow.table(columns), PREDICTIONS)
    with pytest.raises(ExportFault, match=rf"seed 1: 1 of 20 test rows are predicted otherwise than {source} records"):
        export(load_study(), asked(tmp_path / "models" / "spam"))
    assert not (tmp_path / "models").exists()


def test_a_folder_that_reads_back_otherwise_is_refused(
    trained: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained()
    checked: list[Prediction] = []
    check = Recorded.check

    def differ_the_second_time(self: Recorded, cell: Any, seed: int, found: Prediction) -> None:
        checked.append(found)
        check(self, cell, seed, found if len(checked) == 1 else found._replace(labels=1 - found.labels))

    monkeypatch.setattr(Recorded, "check", differ_the_second_time)
    with pytest.raises(ExportFault, match="20 of 20 test rows"):
        export(load_study(), asked(tmp_path / "model"))
    assert len(checked) == 2
    assert checked[0].labels.tolist() == checked[1].labels.tolist()
    assert list(tmp_path.iterdir()) == [tmp_path / "a tree"]


def test_a_disk_that_fills_while_the_weights_are_written_leaves_nothing(
    trained: Callable[..., Path], tmp_path: Path
) -> None:
    tree = trained()

    def fill() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, 10_000))
        with pytest.raises(
            ExportFault, match=r"model could not be written \(.*File too large.*\), and nothing of it was left"
        ):
            export(load_study(), asked(tmp_path / "model"))

    child = multiprocessing.get_context("fork").Process(target=fill)
    child.start()
    child.join()
    assert child.exitcode == 0
    assert list(tmp_path.iterdir()) == [tree]


def edited(pattern: str, replacement: str) -> None:
    params = Path("params.yaml")
    text, count = re.subn(pattern, replacement, params.read_text())
    assert count == 1
    params.write_text(text)


class TestRefused:
    def test_a_record_that_other_settings_made_is_named_by_key(
        self, trained: Callable[..., Path], tmp_path: Path
    ) -> None:
        trained()
        edited(r"max_tokens: 16", "max_tokens: 15")
        with pytest.raises(
            InputError, match=r"recorded with training.target.max_tokens 16, which is 15 now; run it again"
        ):
            export(load_study(), asked(tmp_path / "model"))

    def test_a_checkpoint_that_is_not_whole_is_named(self, trained: Callable[..., Path], tmp_path: Path) -> None:
        trained()
        Path("checkpoints/pretrained/bert/tokenizer_config.json").unlink()
        with pytest.raises(InputError, match=r"checkpoints/pretrained/bert is not whole, or not the one .* `dvc pull`"):
            export(load_study(), asked(tmp_path / "model"))

    def test_another_precision_is_said_to_need_another_machine(
        self, trained: Callable[..., Path], tmp_path: Path
    ) -> None:
        trained()
        record = json.loads(PREDICTED.read_text())
        record["about"][0]["settings"]["arithmetic"] = "bf16"
        PREDICTED.write_text(json.dumps(record))
        with pytest.raises(InputError, match="was trained in bf16, and this machine computes in fp32"):
            export(load_study(), asked(tmp_path / "model"))

    def test_other_test_rows_are_told(self, trained: Callable[..., Path], tmp_path: Path) -> None:
        trained()
        PREDICTIONS.unlink()
        test = Path("corpora/ready/sms_spam/test.parquet")
        parquet.write_table(parquet.read_table(test).slice(1), test)
        with pytest.raises(InputError, match=r"is about other test rows than corpora/ready/sms_spam/test\.parquet"):
            export(load_study(), asked(tmp_path / "model"))

    @pytest.mark.parametrize("missing", ["corpora/ready/sms_spam", "checkpoints/pretrained/bert"])
    def test_inputs_that_are_not_there_say_what_mends_them(
        self, trained: Callable[..., Path], tmp_path: Path, missing: str
    ) -> None:
        trained().joinpath(missing).rename(tmp_path / "away")
        with pytest.raises(InputError, match=rf"{missing} is not in the DVC cache; `dvc pull {missing}` fetches it"):
            export(load_study(), asked(tmp_path / "model"))

    def test_words_that_stand_for_nothing(self, encoders: Path, tmp_path: Path) -> None:
        os.chdir(make_cell(tmp_path / "a tree", encoders / "bert", ""))
        study = load_study()
        with pytest.raises(InputError, match=f"no cell '{CELL}t'; did you mean '{CELL}'"):
            export(study, asked(tmp_path / "model", cell=f"{CELL}t"))
        with pytest.raises(InputError, match="was never trained here"):
            export(study, asked(tmp_path / "model"))
        finetune.main(study, "sms_spam", "pretrained", "bert")
        with pytest.raises(InputError, match="has no seed 7; it was trained with 1"):
            export(study, asked(tmp_path / "model", seed=7))
        with pytest.raises(InputError, match="has one test set and no folds; leave --fold out"):
            export(study, asked(tmp_path / "model", fold=1))
        PREDICTED.write_text("{")
        with pytest.raises(InputError, match="is no whole record"):
            export(study, asked(tmp_path / "model"))


def test_the_card_tells_what_it_is_and_where_from(trained: Callable[..., Path], tmp_path: Path) -> None:
    tree = trained()
    export(load_study(), asked(tmp_path / "model"))
    text = (tmp_path / "model" / "README.md").read_text()
    card = ModelCard(text)
    assert (card.data.library_name, card.data.pipeline_tag, card.data.language) == (
        "transformers",
        "text-classification",
        ["en"],
    )
    cell = json.loads(Path("reports/cells/classification/sms_spam-pretrained-bert.json").read_text())
    metrics = {result.metric_type: result.metric_value for result in card.data.eval_results}
    assert metrics == {name: pytest.approx(cell[name]["seeds"]["1"], abs=1e-6) for name in ("accuracy", "macro_f1")}
    plain = " ".join(text.split())
    for told in (
        "# classification@sms_spam-pretrained-bert, seed 1",
        "The bundled sample",
        "built with random weights and never pretrained",
        "without intermediate training",
        "| 1 | spam |",
        "| training.target.max_tokens | 16 |",
        "| experiment | first |",
        cell["settings"],
        cell["checkpoint"],
        f"torch {torch.__version__}",
        "Synthetic, in the place of Delany",
        "CC0-1.0",
        "checked equal",
    ):
        assert told in plain, told
    written = b"".join(path.read_bytes() for path in (tmp_path / "model").iterdir())
    assert str(tree).encode() not in written
    assert str(tmp_path).encode() not in written
