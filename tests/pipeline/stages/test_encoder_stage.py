"""The encoder stage: folders of models lie relative to the main checkout, wherever a run's tree stands."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from pipeline.encoders import load_classifier
from pipeline.errors import InputError
from pipeline.stages import encoder
from pipeline.study import Study, read_yaml, study_from

ROOT = Path(__file__).resolve().parents[3]


def study(origin: dict[str, Any]) -> Study:
    """The sample's study with BERT from somewhere else."""
    values = read_yaml(ROOT / "params.yaml")
    return study_from({**values, "encoders": {**values["encoders"], "bert": {"architecture": "bert", **origin}}})


@pytest.fixture
def tree(tmp_path: Path, encoders: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A linked working tree, deep inside its checkout, beside which a model lies."""
    checkout = tmp_path / "a checkout"
    shutil.copytree(encoders / "bert", tmp_path / "models" / "bert")
    shutil.copytree(encoders / "xlnet", tmp_path / "models" / "xlnet")
    named = ["-c", "user.name=Tester", "-c", "user.email=tester@example.org"]
    subprocess.run(["git", "init", "--quiet", str(checkout)], check=True)
    subprocess.run(["git", *named, "commit", "--quiet", "--allow-empty", "-m", "nothing"], cwd=checkout, check=True)
    subprocess.run(["git", "worktree", "add", "--quiet", ".detour/runs/one/tree"], cwd=checkout, check=True)
    monkeypatch.chdir(checkout / ".detour/runs/one/tree")
    (Path("data")).mkdir()
    return Path.cwd()


def test_a_local_model_is_found_from_a_runs_tree(tree: Path) -> None:
    encoder.main(study({"local": {"folder": "../models/bert"}}), "bert")
    assert (tree / "checkpoints/pretrained/bert/model.safetensors").is_file()


def test_so_is_the_model_whose_tokenizer_is_taken(tree: Path) -> None:
    sizes = {"layers": 1, "hidden": 8, "heads": 2, "feed_forward": 12, "positions": 64}
    encoder.main(study({"build": {**sizes, "tokenizer": {"folder": "../models/bert"}}}), "bert")
    tokenizers = [
        load_classifier(folder, 2, "reinit", 1)[1]
        for folder in (tree / "checkpoints/pretrained/bert", tree.parents[4] / "models/bert")
    ]
    assert tokenizers[0]("a film")["input_ids"] == tokenizers[1]("a film")["input_ids"]


@pytest.mark.parametrize(
    ("local", "told"),
    [
        ({"folder": "../models/nowhere"}, r"/models/nowhere, whose tokenizer is asked for, has no config\.json"),
        ({"folder": "../models/xlnet"}, "holds a xlnet model, not bert"),
        (
            {"folder": "model", "package": "no_such_package"},
            r"encoders\.bert\.build\.tokenizer\.package is 'no_such_package'",
        ),
    ],
)
def test_a_tokenizer_that_is_not_there_is_one_sentence_and_nothing_is_written(
    tree: Path, local: dict[str, str], told: str
) -> None:
    sizes = {"layers": 1, "hidden": 8, "heads": 2, "feed_forward": 12, "positions": 64}
    with pytest.raises(InputError, match=told):
        encoder.main(study({"build": {**sizes, "tokenizer": local}}), "bert")
    assert not (tree / "checkpoints/pretrained/bert").exists()
