"""The graph of a tree in which nothing is checked out: what plain DVC says where everything is, and what it then does."""

import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from tests.tui.runs.plain_graph import states_when_checked_out
from tests.tui.toy import copy_toy, detour, shell
from tui.runs.changes import differences
from tui.runs.graph import describe_folder

CELL = "classification@sms_spam-pretrained-bert"
OTHER = "classification@movie_reviews-imdb-bert"

FOLDERS = '''\
"""Write a folder of two files, or one file, and say so."""
import json, sys
from pathlib import Path
from ruamel.yaml import YAML

name, *outs = sys.argv[1:]
epochs = YAML(typ="safe").load(Path("params.yaml").read_text())["training"]["target"]["epochs"]
for out in outs:
    path = Path(out)
    if path.suffix:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"epochs": epochs, "stage": name}))
    else:
        (path / "inner").mkdir(parents=True, exist_ok=True)
        (path / "weights.bin").write_text(name)
        (path / "inner" / "words.txt").write_text(name)
'''

GRAPH = """\
stages:
  encoder:
    matrix: {model: "${models}"}
    cmd: >-
      python stage.py encoder@${item.model} checkpoints/pretrained/${item.model}
      corpora/seen/${item.model}/a.json notes/${item.model}/a.json
    deps: [data/README.md]
    outs: ["checkpoints/pretrained/${item.model}", "corpora/seen/${item.model}/a.json", "notes/${item.model}/a.json"]
  intermediate:
    matrix: {start: "${starts}", model: "${models}"}
    cmd: >-
      python stage.py intermediate@${item.start}-${item.model} checkpoints/${item.start}/${item.model}
      corpora/seen/${item.model}/b.json notes/${item.model}/b.json
    params: [training.intermediate]
    deps: [data, "checkpoints/pretrained/${item.model}/weights.bin", "checkpoints/pretrained/${item.model}/inner"]
    outs: ["checkpoints/${item.start}/${item.model}", "corpora/seen/${item.model}/b.json"]
    metrics:
      - notes/${item.model}/b.json: {cache: false}
  classification:
    matrix: {target: "${classification.targets}", start: "${classification.starts}", model: "${models}"}
    cmd: >-
      python stage.py classification@${item.target}-${item.start}-${item.model}
      reports/cells/classification/${item.target}-${item.start}-${item.model}.json
    params: [training.target]
    deps: ["checkpoints/${item.start}/${item.model}", "corpora/seen/${item.model}", "notes/${item.model}", stage.py]
    metrics:
      - reports/cells/classification/${item.target}-${item.start}-${item.model}.json: {cache: false}
  gains:
    cmd: python stage.py gains reports/gains.json
    deps: [reports/cells]
    metrics:
      - reports/gains.json: {cache: false}
  report:
    cmd: python stage.py report reports/table1.json
    deps: [reports/gains.json]
    metrics:
      - reports/table1.json: {cache: false}
"""
"""As the toy's, with folders, parts of folders, folders of several outputs, and folders partly in git as dependencies."""


@pytest.fixture(scope="module")
def folders_study(tmp_path_factory: pytest.TempPathFactory, new_study: Path) -> Path:
    folder = copy_toy(new_study, tmp_path_factory.mktemp("toy") / "folders")
    (folder / "stage.py").write_text(FOLDERS)
    (folder / "dvc.yaml").write_text(GRAPH)
    (folder / ".gitignore").write_text("/data\n/.detour/\n/checkpoints/\n/corpora/\n/notes/*/a.json\n")
    shell(folder, "git", "commit", "--quiet", "--all", "--message", "Folders")
    shell(folder, sys.executable, "-m", "dvc", "repro", "--quiet")
    shell(folder, "git", "add", "--all")
    shell(folder, "git", "commit", "--quiet", "--message", "All cells")
    return folder


def as_it_is(study: Path) -> None:
    """Every stage has run."""


def never_run(study: Path) -> None:
    (study / "dvc.lock").unlink()


def never_run_with_an_empty_run_cache(study: Path) -> None:
    (study / "dvc.lock").unlink()
    shutil.rmtree(study / ".dvc" / "cache" / "runs")


def half_of_the_lock(study: Path) -> None:
    yaml = YAML(typ="safe")
    lock = yaml.load((study / "dvc.lock").read_text())
    lock["stages"] = {name: entry for name, entry in lock["stages"].items() if "intermediate" not in name}
    with (study / "dvc.lock").open("w") as file:
        yaml.dump(lock, file)


def another_code(study: Path) -> None:
    (study / "stage.py").write_text(FOLDERS + "# changed\n")


def another_parameter(study: Path) -> None:
    change(study, "epochs: 4", "epochs: 7")


def another_parameter_of_the_intermediate(study: Path) -> None:
    change(study, "epochs: 3", "epochs: 2")


def another_model(study: Path) -> None:
    change(study, "models:\n- bert\n- roberta", "models:\n- bert\n- roberta\n- xlnet")


def another_command(study: Path) -> None:
    path = study / "dvc.yaml"
    path.write_text(path.read_text().replace("stage.py intermediate@", "-P stage.py intermediate@"))


def a_lost_report(study: Path) -> None:
    next((study / "reports" / "cells").rglob("sms_spam-imdb-bert.json")).unlink()


def a_changed_report(study: Path) -> None:
    next((study / "reports" / "cells").rglob("sms_spam-imdb-bert.json")).write_text("{}")


def a_lost_folder(study: Path) -> None:
    lose(study, lambda text: "intermediate@imdb-bert" in text and "relpath" not in text)


def a_lost_listing(study: Path) -> None:
    lose(study, lambda text: "relpath" in text and "weights.bin" in text)


def a_lost_encoder_and_run_cache(study: Path) -> None:
    lose(study, lambda text: "encoder@roberta" in text)
    shutil.rmtree(study / ".dvc" / "cache" / "runs")


def change(study: Path, before: str, after: str) -> None:
    path = study / "params.yaml"
    text = path.read_text()
    assert before in text
    path.write_text(text.replace(before, after, 1))


def lose(study: Path, is_lost: Callable[[str], bool]) -> None:
    """Take from the cache what holds some text."""
    lost = [path for path in (study / ".dvc/cache/files").rglob("*") if path.is_file() and is_lost(path.read_text())]
    assert lost
    for path in lost:
        path.unlink()


def plan(study: Path, *words: str) -> dict[str, Any]:
    stages = json.loads(detour(study, "plan", "--json", *words).stdout)["stages"]
    return {stage["name"]: stage for stage in stages}


CURRENT, RESTORABLE, TO_RUN = "current", "restorable", "to run"

HAPPENINGS = [
    (as_it_is, {CURRENT}),
    (never_run, {RESTORABLE}),
    (never_run_with_an_empty_run_cache, {TO_RUN}),
    (half_of_the_lock, {CURRENT, RESTORABLE}),
    (another_code, {CURRENT, TO_RUN}),
    (another_parameter, {CURRENT, TO_RUN}),
    (another_parameter_of_the_intermediate, {CURRENT, TO_RUN}),
    (another_model, {CURRENT, TO_RUN}),
    (another_command, {CURRENT, TO_RUN}),
    (a_lost_report, {CURRENT, RESTORABLE}),
    (a_changed_report, {CURRENT, RESTORABLE}),
    (a_lost_folder, {CURRENT, TO_RUN}),
    (a_lost_listing, {TO_RUN}),
    (a_lost_encoder_and_run_cache, {CURRENT, TO_RUN}),
]


@pytest.fixture
def tree(tmp_path: Path) -> Callable[[Path], Path]:
    """Makes a worktree of a study's HEAD, without its outputs, that shares its cache."""

    def make(study: Path) -> Path:
        folder = tmp_path / "tree"
        shell(study, "git", "worktree", "add", "--quiet", "--detach", str(folder))
        (folder / ".dvc" / "config.local").write_text(f"[cache]\n    dir = {study / '.dvc' / 'cache'}\n")
        return folder

    return make


@pytest.mark.parametrize(("happen", "kinds"), HAPPENINGS, ids=lambda value: getattr(value, "__name__", ""))
def test_a_plan_without_a_checkout_says_what_plain_dvc_says_and_then_does(
    folders_study: Path,
    tmp_path: Path,
    tree: Callable[[Path], Path],
    monkeypatch: pytest.MonkeyPatch,
    happen: Callable[[Path], None],
    kinds: set[str],
) -> None:
    study = copy_toy(folders_study, tmp_path / "a study")
    happen(study)
    shell(study, "git", "add", "--all")
    shell(study, "git", "commit", "--quiet", "--allow-empty", "--message", happen.__name__)
    folder = tree(study)
    monkeypatch.chdir(folder)
    ours = {stage["name"]: stage["state"] for stage in describe_folder()}
    assert not (folder / "checkpoints").exists()
    plain = states_when_checked_out(str(folder))
    # And of the same tree with its outputs there, as a run plans.
    assert ours == {stage["name"]: stage["state"] for stage in describe_folder()}
    assert set(ours.values()) == kinds
    # Plain DVC cannot tell what follows from what the run cache will bring, and does not look there for a report that is gone.
    differing = {name for name in ours if ours[name] != plain[name]}
    assert {plain[name] for name in differing} <= {"undecided"} or happen in (a_lost_report, a_changed_report)
    said = shell(folder, sys.executable, "-m", "dvc", "repro")
    ran = {name for name in ours if f"Running stage '{name}'" in said}
    restored = {name for name in ours if f"Stage '{name}' is cached" in said}
    assert restored == {name for name in ours if ours[name] == RESTORABLE}
    # A stage that waits for one that runs may find its inputs as they were.
    assert ran <= {name for name in ours if ours[name] == TO_RUN}
    assert bool(ran) == (TO_RUN in kinds)


def test_a_plan_tells_old_and_new_values_and_which_files_changed(folders_study: Path, tmp_path: Path) -> None:
    study = copy_toy(folders_study, tmp_path / "a study")
    another_code(study)
    shell(study, "git", "commit", "--quiet", "--all", "--message", "Code")
    stages = plan(study, CELL, "--set", "training.target.epochs=2", "--set", "training.target.protocol=credible")
    assert stages["encoder@bert"]["why"] == []
    assert stages[CELL]["why"] == [
        "training.target.epochs was 4, is 2",
        "training.target.protocol was paper, is credible",
        "stage.py is modified",
    ]


def test_a_stage_that_waits_for_another_tells_its_own_changes_too(folders_study: Path, tmp_path: Path) -> None:
    study = copy_toy(folders_study, tmp_path / "a study")
    settings = ("--set", "training.target.epochs=2", "--set", "training.intermediate.epochs=1")
    assert plan(study, OTHER, *settings)[OTHER]["why"] == [
        "training.target.epochs was 4, is 2",
        "intermediate@imdb-bert will run first",
    ]


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({"a": 1}, {"a": 1, "b": {"c": "x"}}, ['k.b is new: {"c": "x"}']),
        ({"a": 1, "b": None}, {"a": 1}, ["k.b is gone, it was null"]),
        ({"a": {"b": [1, 2]}}, {"a": {"b": [1, 2, 3]}}, ["k.a.b was [1, 2], is [1, 2, 3]"]),
        ([1, 2], (1, 2), []),
        ("a" * 50, "b", [f"k was {'a' * 39}…, is b"]),
        ({"a": 1}, 2, ['k was {"a": 1}, is 2']),
    ],
)
def test_differences_of_values_are_told_at_their_leaves(before: Any, after: Any, told: list[str]) -> None:
    assert list(differences("k", before, after)) == told
