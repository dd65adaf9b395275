"""The study as DVC runs it: what each stage depends on, what a change makes stale, and what DVC's own commands show."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from tests.study.mini import CELLS, make_mini, run_mini
from tests.study.warm import warm_stages
from tests.tui.toy import ROOT, copy_toy, detour, environment, shell
from tui.runs.plan import CLOSING, WHOLE

CELL = "classification@sms_spam-pretrained-bert"
RECORD = "reports/cells/classification/sms_spam-pretrained-bert.json"
BEFORE_CELLS = {"distances", "transferability"}
"""Of what a run ends with, what reads no result of a cell."""


@pytest.fixture(scope="module")
def modules(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("modules") / "told"


@pytest.fixture(scope="module", autouse=True)
def warm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    with warm_stages(tmp_path_factory.mktemp("warm") / "log"):
        yield


@pytest.fixture(scope="module")
def finished_mini(tmp_path_factory: pytest.TempPathFactory, modules: Path) -> Path:
    folder = make_mini(tmp_path_factory.mktemp("mini") / "a study")
    run_mini(folder, modules)
    return folder


@pytest.fixture
def mini(finished_mini: Path, tmp_path: Path) -> Path:
    return copy_toy(finished_mini, tmp_path / "a study")


def plain_dvc(folder: Path, *arguments: str) -> str:
    """DVC in the study's own tree, whose modules come before the checkout's."""
    command = [sys.executable, "-m", "dvc", *arguments]
    done = subprocess.run(command, cwd=folder, env=environment(), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def lock(folder: Path) -> dict[str, dict[str, object]]:
    return YAML(typ="safe").load((folder / "dvc.lock").read_text())["stages"]


def to_run(folder: Path, *arguments: str) -> set[str]:
    plan = json.loads(detour(folder, "plan", "--json", *arguments).stdout)
    return {stage["name"] for stage in plan["stages"] if stage["state"] == "to run"}


def as_path(module: str) -> str:
    path = Path(module.replace(".", "/"))
    return f"{path}.py" if (ROOT / f"{path}.py").is_file() else f"{path}/__init__.py"


def test_each_stage_depends_on_exactly_the_modules_that_it_loads(finished_mini: Path, modules: Path) -> None:
    # The typed study and the entry are excepted: what a stage reads of params.yaml is tracked key by key.
    excepted = {
        "pipeline/stages/command.py",
        *(str(path.relative_to(ROOT)) for path in (ROOT / "pipeline/study").glob("*.py")),
    }
    entries = lock(finished_mini)
    told = {}
    for file in modules.iterdir():
        loaded = {as_path(module) for module in file.read_text().split()}
        told[file.name] = {path for path in loaded if not path.endswith("__init__.py")} - excepted
    assert len(told) == len(entries) == 2 + 3 * 5 + 3 + 1 + 1 + 1 + 4 + len(CLOSING)
    for entry in entries.values():
        words = str(entry["cmd"]).split()
        command = "-".join([words[2].rsplit(".", 1)[-1], *words[3:]])
        declared = {dep["path"] for dep in entry["deps"] if dep["path"].endswith(".py")}
        assert declared == told[command] - {f"pipeline/stages/{command.split('-')[0]}.py"}, command


def test_an_unchanged_study_runs_nothing(mini: Path) -> None:
    said = plain_dvc(mini, "repro")
    assert "Running stage" not in said
    assert shell(mini, "git", "status", "--porcelain") == ""


def test_what_a_killed_writer_left_is_nothing_that_a_stage_reads(mini: Path) -> None:
    for folder in (
        "corpora/starts",
        "corpora/ready",
        "checkpoints",
        "reports/cells/classification",
        "reports/evidence",
    ):
        left = mini / folder / ".name.k1ll3d"
        left.mkdir(parents=True)
        (left / "part").write_text("half")
        (mini / folder / ".file.k1ll3d").write_text("half")
    assert "up to date" in plain_dvc(mini, "status")


def test_the_report_waits_for_no_stage_that_no_cell_needs(mini: Path) -> None:
    entries = lock(mini)
    del entries["overlap@imdb"]
    with (mini / "dvc.lock").open("w") as file:
        YAML(typ="safe").dump({"schema": "2.0", "stages": entries}, file)
    assert to_run(mini) == set()


def test_the_learning_rate_of_targets_retrains_every_cell_and_no_intermediate(mini: Path) -> None:
    assert to_run(mini, "--set", "training.target.learning_rate=0.002") == {*CELLS, *CLOSING} - BEFORE_CELLS


def test_a_new_model_makes_only_its_own_stages(mini: Path) -> None:
    new = to_run(mini, "--set", "models=[bert, roberta]")
    cells = {cell.replace("-bert", "-roberta") for cell in CELLS}
    assert new == {"encoder@roberta", "intermediate@imdb-roberta", *cells, *CLOSING}


def test_a_new_target_makes_only_its_own_stages(mini: Path) -> None:
    overlay = mini / "studies" / "wider.yaml"
    overlay.parent.mkdir(exist_ok=True)
    corpora = YAML(typ="safe").load((mini / "params.yaml").read_text())["corpora"]
    corpora["more_spam"] = {**corpora["sms_spam"], "sample": 300}
    targets = ["sms_spam", "movie_reviews", "more_spam"]
    blocks = {"corpora": corpora, "classification": {"starts": ["pretrained", "imdb"], "targets": targets}}
    with overlay.open("w") as file:
        YAML().dump(blocks, file)
    detour(mini, "run", "--wait", "--study", "wider", "classification@more_spam-*", "--name", "wider", "--jobs", "2")
    base, wider = (
        lock(mini),
        YAML(typ="safe").load(shell(mini, "git", "show", f"{exp(mini, 'wider')}:dvc.lock"))["stages"],
    )
    changed = {name for name in base if wider[name] != base[name]}
    assert changed == {*CLOSING} - WHOLE
    cells = {cell.replace("sms_spam", "more_spam") for cell in CELLS if "sms_spam" in cell}
    own = {f"{stage}@more_spam" for stage in ("sites", "collect", "translate", "prepare", "overlap")}
    assert wider.keys() - base.keys() == {*cells, *own}
    assert to_run(mini, "--study", "wider", "classification@sms_spam-*") <= {
        *(cell for cell in CELLS if "sms_spam" in cell),
        *CLOSING,
    }


def exp(folder: Path, name: str) -> str:
    refs = shell(folder, "git", "for-each-ref", "--format=%(refname)", "refs/exps").split()
    return next(ref for ref in refs if ref.endswith(f"/{name}"))


def test_a_changed_rule_of_a_site_stales_its_own_corpus_alone_and_fetches_nothing(mini: Path) -> None:
    reviews = {f"{stage}@movie_reviews" for stage in ("collect", "translate", "prepare", "overlap")}
    cells = {cell for cell in CELLS if "movie_reviews" in cell}
    stale = to_run(mini, "--set", "sites.cinephile.extract.examples=90")
    assert stale == {"extract@cinephile", *reviews, *cells, *CLOSING}
    shutil.rmtree(mini / "corpora")
    shutil.rmtree(mini / ".dvc" / "cache" / "runs")
    told = plain_dvc(mini, "repro", "--force", "collect@imdb")
    assert "sites@imdb" in told and "cinephile" not in told


def test_a_crawl_that_runs_again_asks_for_nothing_that_is_kept(mini: Path) -> None:
    before = lock(mini)["crawl@cinephile"]["outs"]
    journal = mini.parent / "journal"
    variables = {**environment(), "DETOUR_REQUESTS": str(journal)}
    command = [sys.executable, "-m", "dvc", "repro", "--force", "--single-item", "crawl@cinephile"]
    subprocess.run(command, cwd=mini, env=variables, capture_output=True, check=True)
    # Two pages are always cut, and therefore never kept.
    assert set(journal.read_text().split()) == {"/fr/actu/", "/es/actu/"}
    assert lock(mini)["crawl@cinephile"]["outs"] == before


def test_the_same_training_writes_the_same_bytes(mini: Path) -> None:
    kept = ("cells", "predicted", "curves")
    paths = [path for kind in kept for path in sorted((mini / "reports" / kind).rglob("*sms_spam-imdb-bert*"))]
    before = {path: path.read_bytes() for path in paths}
    assert len(before) == 3
    again = ("repro", "--force", "--single-item", "intermediate@imdb-bert", "classification@sms_spam-imdb-bert")
    shutil.rmtree(mini / ".detour" / "state", ignore_errors=True)
    assert "was trained before" not in plain_dvc(mini, *again)
    assert {path: path.read_bytes() for path in paths} == before
    # Taken from their states, the records and the checkpoint are the same once more.
    assert plain_dvc(mini, *again).count("was trained before") == 2
    assert {path: path.read_bytes() for path in paths} == before


def test_more_seeds_train_only_the_new_ones(mini: Path) -> None:
    cell = "classification@sms_spam-pretrained-bert"
    plain_dvc(mini, "repro", "--force", "--single-item", cell)
    params = mini / "params.yaml"
    values = YAML(typ="safe").load(params.read_text())
    YAML().dump({**values, "seeds": [1, 2, 3, 4]}, params)
    said = plain_dvc(mini, "repro", "--single-item", cell)
    assert [line.split()[2] for line in said.splitlines() if "was trained before" in line] == ["1"]
    assert {line.split()[2] for line in said.splitlines() if " epoch 1/2 " in line} == {"2", "3", "4"}


def test_dvc_runs_and_compares_an_experiment_of_one_cell(mini: Path) -> None:
    before = lock(mini)
    plain_dvc(mini, "exp", "run", "-n", "short", "-S", "training.target.epochs=1", CELL)
    difference = json.loads(plain_dvc(mini, "metrics", "diff", "HEAD", "short", "--json"))
    assert set(difference) <= {RECORD}
    shown = json.loads(plain_dvc(mini, "exp", "show", "--json"))
    experiment = next(
        entry for row in shown for entry in row["experiments"] or [] if entry["revs"][0]["name"] == "short"
    )
    assert RECORD in experiment["revs"][0]["data"]["metrics"]
    after = lock(mini)
    assert {name for name in before if after[name] != before[name]} == {CELL}
    page = Path(plain_dvc(mini, "plots", "show", "--out", "plots").strip().removeprefix("file://"))
    assert "sms_spam-pretrained-bert.csv" in (mini / "plots" / page.name).read_text()
    diff = json.loads(detour(mini, "diff", "main", "short", "--json").stdout)
    assert json.dumps(diff).count("training.target.epochs") >= 1


def test_predictions_and_timings_stay_out_of_metric_tables(mini: Path) -> None:
    shown = json.loads(plain_dvc(mini, "metrics", "show", "--json"))
    files = next(iter(shown.values()))["data"]
    quiet = [name for name in files if name.startswith(("reports/predicted", "reports/timings"))]
    assert quiet
    assert not any(files[name]["data"] for name in quiet)
    assert files[RECORD]["data"]["accuracy"]["mean"] > 0.5


def test_a_plan_tells_of_kept_training_that_a_run_then_takes(mini: Path) -> None:
    lost = lock(mini)
    del lost[CELL]
    with (mini / "dvc.lock").open("w") as file:
        YAML(typ="safe").dump({"schema": "2.0", "stages": lost}, file)
    shutil.rmtree(mini / ".dvc" / "cache" / "runs")
    shell(mini, "git", "commit", "--quiet", "--all", "--message", "As if the cell had been killed at its end")
    planned = json.loads(detour(mini, "plan", CELL, "--json").stdout)
    told = {stage["name"]: stage.get("resumable", {}).get("words") for stage in planned["stages"]}
    assert {name: words for name, words in told.items() if words} == {CELL: "resumable: finished"}
    longer = detour(mini, "plan", CELL, "--set", "training.target.epochs=3", "--json").stdout
    assert "resumable" not in longer
    outcome = json.loads(detour(mini, "run", "--wait", CELL, "--json").stdout)
    logs = [path.read_text() for path in Path(outcome["logs"]).iterdir()]
    assert any("Seed 1 was trained before; its result was taken." in text for text in logs)
