"""A repository of experiments that DVC itself has run: every value is the one that `dvc exp show --json` gives, cell by cell."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tui.history.repository import Repository
from tests.tui.history.test_dvc import dvc
from tui.history.leaves import leaves
from tui.history.metric_files import leaves_of
from tui.history.rows import History, Row

STAGE = """\
import json, sys
from pathlib import Path
from ruamel.yaml import YAML

rate = YAML(typ="safe").load(Path("params.yaml").read_text())["train"]["rate"]
name = sys.argv[1]
Path(name).mkdir(exist_ok=True)
numbers = {"acc": rate * 2, "zero": 0, "nan": float("nan"), "list": [1], "deep": {"n": int(rate * 100), "s": "x"}}
Path(f"{name}/scores.json").write_text(json.dumps(numbers))
Path(f"{name}/loss.yaml").write_text(f"loss: {rate / 3}\\nepochs: 7\\n")
Path(f"{name}/last.toml").write_text(f"last = {rate}\\n")
"""
GRAPH = """\
stages:
  train:
    foreach: [a, b]
    do:
      cmd: python stage.py ${item}
      deps: [stage.py]
      params: [train.rate, more.toml: [width]]
      metrics:
        - ${item}/scores.json: {cache: false}
        - ${item}/loss.yaml: {cache: false}
        - ${item}/last.toml
metrics: [loose.json]
"""


def run_experiments(root: Path, count: int) -> Repository:
    repository = Repository(root)
    repository.git("config", "user.name", "Ada")
    repository.git("config", "user.email", "ada@example.org")
    dvc(root, "init", "-q")
    repository.write({
        "stage.py": STAGE, "dvc.yaml": GRAPH, "params.yaml": "train: {rate: 0.5, layers: [1, 2]}\nother: 1e-5\n",
        "more.toml": "width = 4\n", "loose.json": '{"by": {"hand": 1.5}}',
    })  # fmt: skip
    dvc(root, "repro", "-q")
    repository.commit(message="first")
    settings = [f"train.rate={0.1 * number + 0.07:.2f}" for number in range(count - 1)]
    for number, setting in enumerate([*settings, "other=3"]):
        dvc(root, "exp", "run", "-q", "-n", f"e{number}", "-S", setting)
        repository.git("reset", "-q", "--hard")
    return repository


def shown(root: Path) -> dict[str, dict[str, Any]]:
    """What DVC shows of main and of each experiment, by name."""
    main = json.loads(dvc(root, "exp", "show", "--json"))[1]
    return {"main": main["data"], **{run["name"]: run["revs"][0]["data"] for run in main["experiments"]}}


def check(row: Row, data: dict[str, Any]) -> None:
    """Compare one experiment; repr, since NaN is not itself and 0 is not 0.0."""
    assert row.commit == data["rev"]
    theirs = {path: leaves_of(metric["data"]) for path, metric in data["metrics"].items()}
    assert {path: repr(values) for path, values in row.metrics.items()} == {
        path: repr(values) for path, values in theirs.items()
    }
    assert row.params is not None
    ours = dict(leaves(row.params))
    for file, held in data["params"].items():
        prefix = "" if file == "params.yaml" else f"{file}."
        for key, value in leaves(held["data"]):
            assert repr(ours[prefix + key]) == repr(value), (file, key)


def compare(root: Path, count: int) -> None:
    repository = run_experiments(root, count)
    data = shown(root)
    assert len(data) == count + 1
    for cached in (False, True, True):
        rows = {row.name: row for row in History(root, cached=cached).rows()}
        assert set(rows) == set(data)
        for name, row in rows.items():
            check(row, data[name])
    last = rows[f"e{count - 1}"]
    # `other` is no parameter of the stages: what they wrote is main's.
    assert {origin.kind for origin in last.origins.values()} == {"inherited"}
    assert {path: origin.kind for path, origin in rows["e0"].origins.items()} == {
        **dict.fromkeys(last.origins, "measured"), "loose.json": "inherited",
    }  # fmt: skip
    assert repository.git("status", "--porcelain") == ""


def test_eight_experiments_have_the_values_of_exp_show(tmp_path: Path) -> None:
    compare(tmp_path / "study", 8)


@pytest.mark.slow
def test_fifty_experiments_have_the_values_of_exp_show(tmp_path: Path) -> None:
    compare(tmp_path / "study", 50)
