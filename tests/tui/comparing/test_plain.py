"""Comparisons in repositories that are DVC's alone: numbers of metrics files, experiments that are one seed each."""

import json
import math
from pathlib import Path

import pytest

from pipeline.errors import InputError
from tests.tui.comparing.experiments import compared, line
from tests.tui.history.repository import Repository
from tui.comparing.choice import chosen_cells, chosen_metrics, only_changed
from tui.comparing.groups import Grouping
from tui.comparing.sheets import sheet_of
from tui.comparing.words import remarks
from tui.history.rows import History
from tui.sharing import as_markdown

GRAPH = """\
stages:
  train:
    cmd: python train.py
    params: [train]
    metrics:
      - metrics.json: {cache: false}
      - eval/scores.yaml: {cache: false}
"""


def measured(seed: int, loss: float, rate: float = 0.1, f1: float | None = 0.5) -> dict[str, str | None]:
    return {
        "dvc.yaml": GRAPH,
        "params.yaml": json.dumps({"train": {"seed": seed, "rate": rate}}),
        "metrics.json": json.dumps({"dev": {"loss": loss, "note": "x"}, "epoch": 3}),
        "eval/scores.yaml": f"f1: {f1}\n" if f1 is not None else "other: 1\n",
    }


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "plain")
    made.commit(measured(1, 0.9))
    made.experiment("base-2", measured(2, 0.8))
    for seed, loss in ((1, 0.5), (2, 0.6), (3, 0.7)):
        made.experiment(f"new-{seed}", measured(seed, loss, rate=0.2))
    made.experiment("single", measured(1, 0.95, rate=0.3))
    return made


def test_less_loss_is_assumed_to_be_better_and_that_is_said(repository: Repository) -> None:
    found = compared(repository, "main", "new-1", "single")
    loss = line(found, "dev.loss", "metrics.json")
    assert [contrast.mark for contrast in loss.contrasts] == ["^?", "v?"]
    assert [contrast.why for contrast in loss.contrasts] == ["one seed", "one seed"]
    assert any("dev.loss: lower is better (assumed)" in remark for remark in remarks(found))


def test_experiments_of_several_seeds_are_averaged_without_an_interval(repository: Repository) -> None:
    found = compared(repository, "main", "base-2", "new-1", "new-2", "new-3", "single")
    assert [side.name for side in found.columns] == ["main x2", "new-1 x3", "single"]
    loss = line(found, "dev.loss", "metrics.json")
    assert (loss.baseline.value, loss.baseline.n) == (pytest.approx(0.85), 2)
    new, single = loss.contrasts
    assert (new.measured.value, new.measured.sd, new.measured.n) == (pytest.approx(0.6), pytest.approx(0.1), 3)
    assert (new.difference, new.low, new.mark) == (pytest.approx(-0.25), None, "^?")
    assert new.why == "no predicted ids of test examples"
    assert (single.measured.n, single.measured.sd, single.why) == (1, None, "one seed")


def test_a_count_has_a_difference_and_no_verdict(repository: Repository) -> None:
    longer = {**measured(1, 0.9, rate=0.5), "metrics.json": json.dumps({"dev": {"loss": 0.9}, "epoch": 5})}
    repository.experiment("longer", longer)
    epoch = line(compared(repository, "main", "longer"), "epoch", "metrics.json")
    assert (epoch.contrasts[0].difference, epoch.contrasts[0].mark) == (2, "")


def test_missing_and_nan_are_told_apart(repository: Repository) -> None:
    repository.experiment("none", measured(1, 0.0, rate=0.4, f1=None))
    repository.experiment("nan", measured(1, math.nan, rate=0.5))
    found = compared(repository, "main", "none", "nan")
    loss, f1 = line(found, "dev.loss", "metrics.json"), line(found, "f1", "eval/scores.yaml")
    assert loss.contrasts[0].measured.value == 0
    assert math.isnan(loss.contrasts[1].measured.value or 0)
    assert (f1.contrasts[0].measured.value, f1.contrasts[0].why) == (None, "the experiment lacks it")


def test_nan_in_both_is_no_difference(repository: Repository) -> None:
    for name, rate in (("nan-1", 0.4), ("nan-2", 0.5)):
        repository.experiment(name, measured(1, math.nan, rate=rate))
    assert only_changed(compared(repository, "nan-1", "nan-2")).metrics == ()
    assert only_changed(compared(repository, "main", "nan-1")).metrics != ()


def test_files_and_metrics_are_chosen(repository: Repository) -> None:
    found = only_changed(compared(repository, "main", "new-1"))
    assert [(one.scope, one.metric) for one in found.metrics] == [("metrics.json", "dev.loss")]
    whole = compared(repository, "main", "new-1")
    assert {one.scope for one in chosen_cells(whole, ["eval/*"]).metrics} == {"eval/scores.yaml"}
    history = History(repository.root)
    assert [one.metric for one in chosen_metrics(history, whole, ["f1"]).metrics] == ["f1"]
    with pytest.raises(InputError, match="None of the experiments has a metric 'f2'; there are "):
        chosen_metrics(history, whole, ["f2"])


def test_the_same_seed_twice_is_refused_with_its_key(repository: Repository) -> None:
    repository.experiment("again", measured(2, 0.65, rate=0.2))
    with pytest.raises(InputError, match=r"^new-2 and again cannot be averaged: both have train.seed 2\.$"):
        compared(repository, "main", "new-2", "again", grouping=Grouping(by="train.rate"))


def test_the_table_has_deviations_and_no_interval(repository: Repository) -> None:
    shown = as_markdown(sheet_of(only_changed(compared(repository, "main", "new-1", "new-2", "new-3"))))
    assert "**0.6000** ± 0.1000" in shown
    assert "interval over new seeds" not in shown
