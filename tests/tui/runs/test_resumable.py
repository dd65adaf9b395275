"""Kept training in a plan: told where a run would take it, and never where it might not."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline.origins import Origin, files_at, origin_of_cell, origin_of_intermediate
from pipeline.study import Study, load_study
from pipeline.training.state import StateFolder
from tests.tui.toy import ROOT
from tui.runs.kept import Kept, KeptFit, kept_from
from tui.runs.overrides import change_params
from tui.runs.resumable import States, device_here

CELL = "classification@sms_spam-imdb-bert"
INTERMEDIATE = "intermediate@imdb-bert"
HOLDINGS: Any = SimpleNamespace(files=lambda path: files_at((path,)))
"""A tree in which everything is checked out."""


@pytest.fixture
def study(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Study:
    """The sample's study in the current folder, with what its cell reads."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tui.runs.resumable.device_here", lambda: "cpu")
    Path("params.yaml").write_text((ROOT / "params.yaml").read_text(encoding="utf-8"), encoding="utf-8")
    for path in (
        *(f"corpora/ready/sms_spam/{part}.parquet" for part in ("train", "dev", "test")),
        "corpora/starts/imdb/train.parquet",
        "checkpoints/imdb/bert/1/model.safetensors",
        "checkpoints/pretrained/bert/model.safetensors",
        "pipeline/training/fit.py",
        "pipeline/seeds.py",
    ):
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(path, encoding="utf-8")
    return load_study()


def keep(origin: Origin, epoch: int = 3, finished: bool = False, **about: Any) -> Path:
    """A state of a fit of four epochs, as training keeps it."""
    told = {"epochs": 4, "division": (0, 1), "fold": (1, 1), "device": "cpu", **about}
    folder = StateFolder(
        Path("states"),
        f"{origin.stage}-{origin.seed}-{told['fold'][0]}",
        about={**origin.described(files_at(origin.paths)), **told},
    )
    folder.folder.mkdir(parents=True)
    folder.save({"finished": finished, "epoch": epoch})
    return folder.folder


def told(stage: str = CELL) -> str | None:
    kept = kept_from(States(Path("states")).of(stage, HOLDINGS))
    return None if kept is None else kept.sentence()


def cell(study: Study) -> Any:
    return next(cell for cell in study.cells() if cell.name == CELL)


def test_a_state_under_way_is_told_with_its_epoch(study: Study) -> None:
    keep(origin_of_cell(study, cell(study), 1), finished=True)
    assert told() == "resumable: seed 1 finished"
    keep(origin_of_cell(study, cell(study), 2))
    assert told() == "resumable: seed 1 finished, seed 2 from epoch 3 of 4"


def test_intermediate_training_is_told_too(study: Study) -> None:
    keep(origin_of_intermediate(study, "imdb", "bert", 1), epoch=2)
    assert told(INTERMEDIATE) == "resumable from epoch 2 of 4"
    assert told() is None


def another_row(_: Path) -> None:
    Path("corpora/ready/sms_spam/dev.parquet").write_text("another", encoding="utf-8")


def another_checkpoint(_: Path) -> None:
    Path("checkpoints/imdb/bert/1/model.safetensors").write_text("another", encoding="utf-8")


def one_more_file_of_the_checkpoint(_: Path) -> None:
    Path("checkpoints/imdb/bert/1/tokenizer.json").write_text("{}", encoding="utf-8")


def no_checkpoint_yet(_: Path) -> None:
    Path("checkpoints/imdb/bert/1/model.safetensors").unlink()


def another_training_code(_: Path) -> None:
    Path("pipeline/training/fit.py").write_text("another", encoding="utf-8")


def another_setting(_: Path) -> None:
    change_params(Path("params.yaml"), None, ["training.target.learning_rate=0.01"])


def other_labels(_: Path) -> None:
    change_params(Path("params.yaml"), None, ["corpora.sms_spam.labels=[spam, ham]"])


def another_head(_: Path) -> None:
    change_params(Path("params.yaml"), None, ["starts.imdb.head=reinit"])


def another_intermediate_seed(_: Path) -> None:
    change_params(Path("params.yaml"), None, ["training.intermediate.seeds=[7]"])


def without_its_seed(_: Path) -> None:
    change_params(Path("params.yaml"), None, ["seeds=[2, 3]"])


def a_cut_state(folder: Path) -> None:
    (folder / "state").write_bytes((folder / "state").read_bytes()[:-1])


def no_state(folder: Path) -> None:
    (folder / "state").unlink()


def a_broken_description(folder: Path) -> None:
    (folder / "about.json").write_text("{", encoding="utf-8")


def changed(folder: Path, **values: Any) -> None:
    path = folder / "about.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **values}), encoding="utf-8")


def too_old(folder: Path) -> None:
    changed(folder, until=time.time() - 1)


def no_room(folder: Path) -> None:
    changed(folder, gibibytes=0)


def of_another_machine(folder: Path) -> None:
    changed(folder, host="elsewhere")


def of_another_version(folder: Path) -> None:
    changed(folder, packages={"torch": "0"})


def of_another_device(folder: Path) -> None:
    changed(folder, device="NVIDIA H100 80GB HBM3")


def of_another_division(folder: Path) -> None:
    changed(folder, division=[1, 2])


@pytest.mark.parametrize(
    "happen",
    [
        another_row,
        another_checkpoint,
        one_more_file_of_the_checkpoint,
        no_checkpoint_yet,
        another_training_code,
        another_setting,
        other_labels,
        another_head,
        another_intermediate_seed,
        without_its_seed,
        a_cut_state,
        no_state,
        a_broken_description,
        too_old,
        no_room,
        of_another_machine,
        of_another_version,
        of_another_device,
        of_another_division,
    ],
    ids=lambda happen: happen.__name__,
)
def test_a_state_that_a_run_might_not_take_is_not_told(study: Study, happen: Callable[[Path], None]) -> None:
    folder = keep(origin_of_cell(study, cell(study), 1))
    assert told() is not None
    happen(folder)
    assert told() is None


def test_other_seeds_and_values_of_no_consequence_leave_it_told(study: Study) -> None:
    keep(origin_of_cell(study, cell(study), 2))
    change_params(Path("params.yaml"), None, ["seeds=[5, 2]", "note=another", "training.intermediate.epochs=9"])
    assert told() == "resumable: seed 2 from epoch 3 of 4"


def test_a_newer_state_leaves_no_room_for_an_older_one(study: Study) -> None:
    older = keep(origin_of_cell(study, cell(study), 1))
    newer = keep(origin_of_cell(study, cell(study), 2))
    size = sum(path.stat().st_size for path in newer.iterdir())
    for folder, age in ((older, 100), (newer, 0)):
        changed(folder, gibibytes=1.5 * size / 2**30)
        for path in folder.iterdir():
            os.utime(path, (time.time() - age, time.time() - age))
    assert told() == "resumable: seed 2 from epoch 3 of 4"


def fit(seed: int, epoch: int | None, fold: int = 1, folds: int = 1) -> KeptFit:
    return KeptFit(seed, fold, folds, epoch, 4)


@pytest.mark.parametrize(
    ("seeds", "fits", "sentence", "done"),
    [
        ((1,), [fit(1, 3)], "resumable from epoch 3 of 4", 0.5),
        ((1, 2), [fit(1, 3), fit(2, 3)], "resumable from epoch 3 of 4, all 2 seeds", 0.5),
        ((1, 2), [fit(1, None), fit(2, None)], "resumable: finished, all 2 seeds", 1),
        ((1, 2, 3, 4), [fit(1, None), fit(2, None), fit(3, None), fit(4, 2)],
         "resumable: seeds 1, 2 and 3 finished, seed 4 from epoch 2 of 4", 3.25 / 4),
        ((1, 2), [fit(1, None, 1, 3), fit(1, 2, 2, 3)],
         "resumable: seed 1 with 1 of 3 folds finished, fold 2 from epoch 2 of 4", (1 / 3 + 0.25 / 3) / 2),
        # All epochs are trained, and the result is not written yet.
        ((1,), [fit(1, 5)], "resumable from the end of epoch 4", 1),
    ],
)  # fmt: skip
def test_what_is_kept_is_said_by_seed(seeds: tuple[int, ...], fits: list[KeptFit], sentence: str, done: float) -> None:
    kept = Kept(seeds, tuple(fits))
    assert kept.sentence() == sentence
    assert kept.done == pytest.approx(done)


@pytest.mark.parametrize(
    ("visible", "device"), [("", "cpu"), ("-1", "cpu"), (None, "NVIDIA H100"), ("0", "NVIDIA H100")]
)
def test_the_device_is_what_torch_would_see(visible: str | None, device: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Fault(Exception):
        pass

    nvml = SimpleNamespace(
        NVMLError=Fault,
        nvmlInit=lambda: None,
        nvmlDeviceGetCount=lambda: 2,
        nvmlDeviceGetHandleByIndex=lambda number: number,
        nvmlDeviceGetName=lambda _: b"NVIDIA H100",
    )
    monkeypatch.setitem(sys.modules, "pynvml", nvml)
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    if visible is not None:
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
    assert device_here() == device
