"""The same values as DVC's own, for experiments that DVC itself has run."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.tui.history.repository import Repository
from tests.tui.toy import environment
from tui.history.cache import LocalManifests, cache_folder
from tui.history.diff import leaves
from tui.history.origin import _folder_hash
from tui.history.rows import History
from tui.history.snapshot import PARAMS

CELL = """\
import json, sys
from pathlib import Path
from ruamel.yaml import YAML

name, start = sys.argv[1:]
params = YAML(typ="safe").load(Path("params.yaml").read_text())
steps = float(Path(f"checkpoints/{start}/weights").read_text())
value = params["training"]["target"]["learning_rate"] * 100 + steps
path = Path(f"reports/cells/classification/{name}.json")
path.parent.mkdir(parents=True, exist_ok=True)
path.write_text(json.dumps({"accuracy": {"mean": value}, "macro_f1": {"mean": value / 2}, "test_rows": 3}))
"""
WEIGHTS = """\
import sys
from pathlib import Path
from ruamel.yaml import YAML

start = sys.argv[1]
params = YAML(typ="safe").load(Path("params.yaml").read_text())
folder = Path(f"checkpoints/{start}")
folder.mkdir(parents=True, exist_ok=True)
steps = params["training"]["intermediate"]["epochs"] / 10 if start == "imdb" else 0
(folder / "weights").write_text(str(steps))
(folder / "b").write_text("b")
"""
GRAPH = """\
stages:
  intermediate:
    foreach: [pretrained, imdb]
    do:
      cmd: python weights.py ${item}
      deps: [weights.py]
      params: [training.intermediate]
      outs: ["checkpoints/${item}"]
  classification:
    matrix: {target: "${classification.targets}", start: "${classification.starts}", model: "${models}"}
    cmd: python cell.py ${item.target}-${item.start}-${item.model} ${item.start}
    deps: [cell.py, "checkpoints/${item.start}/weights"]
    params: [training.target, seeds]
    metrics:
      - reports/cells/classification/${item.target}-${item.start}-${item.model}.json: {cache: false}
"""
VALUES = """\
models: [bert]
classification: {starts: [pretrained, imdb], targets: [sms_spam]}
seeds: [1, 2]
training:
  intermediate: {epochs: 1}
  target: {learning_rate: 1e-3, note: "yes", old: 010}
"""
F, IF = "classification@sms_spam-pretrained-bert", "classification@sms_spam-imdb-bert"


def dvc(root: Path, *arguments: str) -> str:
    # `python` of dvc.yaml is found through PATH: an interpreter's own path may hold a space.
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=root, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Repository]:
    """A study with two experiments: another learning rate, and other intermediate training."""
    repository = Repository(tmp_path_factory.mktemp("dvc") / "study")
    repository.git("config", "user.name", "Ada")
    repository.git("config", "user.email", "ada@example.org")
    dvc(repository.root, "init", "-q")
    repository.write({
        "cell.py": CELL, "weights.py": WEIGHTS, "params.yaml": VALUES,
        "dvc.yaml": GRAPH,
    })  # fmt: skip
    dvc(repository.root, "repro", "-q")
    repository.commit(message="first")
    for name, setting in (
        ("rate", "training.target.learning_rate=0.002"),
        ("longer", "training.intermediate.epochs=4"),
    ):
        dvc(repository.root, "exp", "run", "-q", "-n", name, "-S", setting)
        repository.git("reset", "-q", "--hard")
    yield repository


def flat(values: Mapping[str, Any]) -> dict[str, Any]:
    return dict(leaves(values))


class TestAgainstDvc:
    def test_params_and_metrics_are_those_of_exp_show(self, study: Repository) -> None:
        history = History(study.root)
        rows = {row.name: row for row in history.rows()}
        main = json.loads(dvc(study.root, "exp", "show", "--json"))[1]
        shown = {"main": main["data"], **{run["name"]: run["revs"][0]["data"] for run in main["experiments"]}}
        assert set(shown) == {"main", "rate", "longer"}
        for name, data in shown.items():
            row = rows[name]
            assert row.commit == data["rev"]
            assert flat(row.params or {}) == flat(data["params"][PARAMS]["data"])
            ours = {cell.path: cell.value for cell in row.cells.values()}
            assert ours == {path: metric["data"] for path, metric in data["metrics"].items()}

    def test_origins_follow_what_dvc_ran(self, study: Repository) -> None:
        found = {
            row.name: {name: cell.origin for name, cell in row.cells.items()} for row in History(study.root).rows()
        }
        kinds = {row: {name: origin.kind for name, origin in cells.items()} for row, cells in found.items()}
        assert kinds["main"] == {F: "measured", IF: "measured"}
        assert kinds["rate"] == {F: "measured", IF: "measured"}
        assert kinds["longer"] == {F: "inherited", IF: "measured"}

    def test_an_intermediate_that_ran_alone_leaves_its_cells_stale(self, study: Repository) -> None:
        """As DVC's own status says: the cell read a file of the folder that was written anew."""
        study.git("checkout", "-q", "--detach")
        try:
            text = VALUES.replace("epochs: 1", "epochs: 7")
            study.write({"params.yaml": text})
            dvc(study.root, "repro", "-q", "-s", "intermediate@imdb")
            history = History(study.root)
            row = history.row(history.resolve("workspace"))
            status = json.loads(dvc(study.root, "status", "--json", IF))
            assert "checkpoints/imdb/weights" in json.dumps(status)
            assert row.cells[IF].origin.kind == "stale"
            assert row.cells[IF].origin.why == (
                "checkpoints/imdb/weights (written by intermediate@imdb) is no longer what was read"
            )
            # DVC has not run the other start's stage with the new value.
            assert row.cells[F].origin.why.startswith(
                "checkpoints/pretrained/weights comes from intermediate@pretrained"
            )
        finally:
            study.git("reset", "-q", "--hard")
            study.git("checkout", "-q", "main")

    def test_folders_are_hashed_as_dvc_hashes_them(self, study: Repository) -> None:
        history = History(study.root)
        lock = history.row(history.resolve("main")).snapshot.lock
        assert lock is not None
        recorded = lock.outs["checkpoints/imdb"].md5
        assert recorded is not None
        manifest = LocalManifests(cache_folder(study.root))(recorded)
        assert manifest is not None and set(manifest) == {"b", "weights"}
        assert _folder_hash(manifest) == recorded
