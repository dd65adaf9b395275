"""Runs over a toy study with real git and DVC: plan, trees, failures, recording, sharing, interruption."""

import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.tui.toy import at, detour, dvc, environment, ran, shell

CELL = "classification@sms_spam-pretrained-bert"
OTHER = "classification@movie_reviews-imdb-bert"


def is_alive(process: int) -> bool:
    """Whether a process still runs; one that ended and was not yet reaped does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def lock_of(folder: Path, revision: str) -> dict[str, object]:
    from ruamel.yaml import YAML

    return YAML(typ="safe").load(shell(folder, "git", "show", f"{revision}:dvc.lock"))["stages"]


def test_a_run_records_an_experiment_and_leaves_the_working_tree_alone(study: Path) -> None:
    before = shell(study, "git", "status", "--porcelain", "--ignored")
    done = detour(study, "run", "--wait", CELL, "--name", "first", "--jobs", "2", "--json")
    outcome = json.loads(done.stdout)
    assert outcome["cells"] == [CELL]
    assert sorted(ran(study)) == [CELL, "encoder@bert", "gains", "report"]
    after = (
        shell(study, "git", "status", "--porcelain", "--ignored")
        .replace("!! .detour/\n", "")
        .replace("!! ran.log\n", "")
    )
    assert after == before
    assert shell(study, "git", "worktree", "list").count("\n") == 1
    assert at(study, outcome["commit"], "reports/cells/classification/sms_spam-pretrained-bert.json")["stage"] == CELL
    assert "first" in dvc(study, "exp", "list", "--name-only")


def test_dvc_shows_applies_and_branches_what_a_run_recorded(finished: Path) -> None:
    detour(finished, "run", "--wait", CELL, "--name", "shorter", "--set", "training.target.epochs=2")
    detour(finished, "run", "--wait", CELL, "--name", "longer", "--set", "training.target.epochs=9")
    shown = json.loads(dvc(finished, "exp", "show", "--json"))
    names = {entry["revs"][0]["name"] for row in shown for entry in row["experiments"] or []}
    assert {"shorter", "longer"} <= names
    dvc(finished, "exp", "branch", "longer", "longer-branch")
    dvc(finished, "exp", "apply", "longer")
    assert (
        json.loads((finished / "reports/cells/classification/sms_spam-pretrained-bert.json").read_text())["epochs"] == 9
    )
    difference = json.loads(dvc(finished, "metrics", "diff", "shorter", "longer-branch", "--json"))
    assert difference["reports/cells/classification/sms_spam-pretrained-bert.json"]["epochs"]["diff"] == 7


def test_a_cell_that_did_not_run_keeps_its_lock_entry_and_its_run_cache(finished: Path) -> None:
    cache = finished / ".dvc" / "cache" / "runs"
    kept = {path: path.read_bytes() for path in cache.rglob("*") if path.is_file()}
    before = lock_of(finished, "HEAD")
    commit = json.loads(detour(finished, "run", "--wait", CELL, "--set", "training.target.epochs=1", "--json").stdout)[
        "commit"
    ]
    after = lock_of(finished, commit)
    assert after[CELL] != before[CELL]
    assert {name for name in before if after[name] != before[name]} == {CELL, "gains", "report"}
    assert {path: path.read_bytes() for path in kept} == kept
    # The parameter is back where it was: nothing may come out of the cache as the other's result.
    commit = json.loads(detour(finished, "run", "--wait", CELL, OTHER, "--json").stdout)["commit"]
    assert at(finished, commit, "reports/cells/classification/sms_spam-pretrained-bert.json")["epochs"] == 4


def test_a_second_run_takes_finished_stages_from_the_cache(study: Path) -> None:
    detour(study, "run", "--wait", CELL)
    first = ran(study)
    outcome = json.loads(detour(study, "run", "--wait", CELL, "--json").stdout)
    # DVC keeps no run-cache entry for a stage whose output is outside its cache and no metric: the table is made again.
    assert ran(study) == [*first, "report"]
    assert outcome["ran"] == ["report"]


def test_a_failed_cell_stops_only_what_depends_on_it(study: Path) -> None:
    (study / "orders").mkdir()
    (study / "orders" / "fail-intermediate@imdb-bert").touch()
    done = detour(study, "run", "--wait", "--name", "partly", "--jobs", "2", "--json", status=1)
    outcome = json.loads(done.stdout)
    assert outcome["failed"] == ["intermediate@imdb-bert"]
    assert outcome["reasons"] == {
        "intermediate@imdb-bert": "intermediate@imdb-bert was told to fail; take the order back"
    }
    assert outcome["skipped"] == ["classification@movie_reviews-imdb-bert", "classification@sms_spam-imdb-bert"]
    assert at(study, outcome["commit"], "reports/cells/classification/sms_spam-imdb-bert.json") is None
    assert at(study, outcome["commit"], "reports/cells/classification/sms_spam-imdb-roberta.json") is not None
    assert at(study, outcome["commit"], "reports/gains.json") is not None
    assert any("told to fail" in path.read_text() for path in Path(outcome["logs"]).iterdir())


def test_a_failed_cell_has_no_report_and_an_unreached_one_inherits_its_own(finished: Path) -> None:
    (finished / "orders").mkdir()
    (finished / "orders" / f"fail-{CELL}").touch()
    done = detour(finished, "run", "--wait", CELL, "--set", "training.target.epochs=2", "--json", status=1)
    commit = json.loads(done.stdout)["commit"]
    assert at(finished, commit, "reports/cells/classification/sms_spam-pretrained-bert.json") is None
    assert at(finished, commit, "reports/cells/classification/sms_spam-imdb-bert.json")["epochs"] == 4


def test_a_cell_whose_dvc_is_killed_every_time_fails_and_leaves_no_inherited_report(finished: Path) -> None:
    (finished / "orders").mkdir()
    (finished / "orders" / f"crash-{CELL}").touch()
    other = "classification@movie_reviews-pretrained-bert"
    settings = ("--set", "training.target.epochs=2", "--json")
    before = len(ran(finished))
    outcome = json.loads(detour(finished, "run", "--wait", CELL, other, *settings, status=1).stdout)
    assert outcome["failed"] == [CELL]
    assert ran(finished)[before:].count(CELL) == 3
    assert "killed 3 times in a row" in outcome["reasons"][CELL]
    reports = {
        cell: at(finished, outcome["commit"], f"reports/cells/{cell.replace('@', '/')}.json") for cell in (CELL, other)
    }
    assert reports[CELL] is None
    assert reports[other]["epochs"] == 2


def test_two_runs_that_want_one_intermediate_train_it_once(study: Path) -> None:
    command = [sys.executable, "-m", "tui", "run", "--wait", OTHER]
    runs = [
        subprocess.Popen(command, cwd=study, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        for _ in range(2)
    ]
    for process in runs:
        output = process.communicate(timeout=120)[0]
        assert process.returncode == 0, output.decode()
    assert ran(study).count("intermediate@imdb-bert") == 1
    assert ran(study).count("encoder@bert") == 1


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["classification@sms_spam-pretrained-brt"], "did you mean 'classification@sms_spam-pretrained-bert'?"),
        (["sentiment"], "No cell of the study matches 'sentiment'"),
        (["--set", "training.target.epoch=1"], "did you mean 'epochs'?"),
        (
            ["--set", "training.target.epochs=many"],
            'training.target.epochs is "many"; it should be a whole number x with 0 < x.',
        ),
        (["--set", "sedes=[1]"], "did you mean 'seeds'?"),
        (["--set", "seeds"], "give key=value"),
        (["--set", "seeds.first=1"], "seeds is a list, whose places are numbers from 0"),
        (["--study", "papr"], "There is no study 'papr'"),
        (["--name", "a/b"], "cannot name an experiment"),
        (["--name", "main"], "A branch is named 'main' already"),
    ],
)
def test_a_fault_on_the_command_line_is_one_sentence_and_leaves_nothing(
    study: Path, arguments: list[str], sentence: str
) -> None:
    done = detour(study, "run", "--wait", *arguments, status=2)
    assert sentence in done.stderr
    assert done.stderr.count("\n") == 1
    assert ran(study) == []
    assert shell(study, "git", "worktree", "list").count("\n") == 1
    assert list((study / ".detour" / "runs").glob("*")) == []


def test_the_plan_names_states_and_reasons(study: Path, finished_study: Path) -> None:
    plan = json.loads(detour(study, "plan", CELL, "--json").stdout)
    states = {stage["name"]: stage["state"] for stage in plan["stages"]}
    assert states == {"encoder@bert": "to run", CELL: "to run", "gains": "to run", "report": "to run"}
    study = finished_study
    plan = json.loads(detour(study, "plan", CELL, "--json").stdout)
    assert {stage["state"] for stage in plan["stages"]} == {"current"}
    plan = json.loads(detour(study, "plan", CELL, "--set", "training.target.epochs=2", "--json").stdout)
    stages = {stage["name"]: stage for stage in plan["stages"]}
    assert stages["encoder@bert"]["state"] == "current"
    assert stages[CELL]["state"] == "to run"
    assert stages[CELL]["why"] == ["training.target.epochs was 4, is 2"]


@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_change_that_is_not_committed_is_mentioned_before_what_it_may_have_caused(study: Path, command: str) -> None:
    with (study / "params.yaml").open("a") as params:
        params.write("# A model of mine will stand here.\n")
    done = detour(study, command, "*-xlnet", status=2)
    hint, fault = done.stderr.splitlines()
    assert hint.startswith("1 changed file of the working tree not committed")
    assert "No cell of the study matches '*-xlnet'" in fault
    assert detour(study, "plan", "--json", CELL).stderr == ""


def test_an_overlay_narrows_a_run_and_can_be_taken_into_the_working_tree(study: Path) -> None:
    outcome = json.loads(detour(study, "run", "--wait", "--study", "short", "--json").stdout)
    assert len(outcome["cells"]) == 4
    detour(study, "study", "use", "short")
    text = (study / "params.yaml").read_text()
    assert "models: [bert]" in text
    assert "# Keys of `encoders`" in text or "# Seeds of fine-tuning" in text


def test_a_run_is_recorded_on_a_machine_where_git_knows_nobody(study: Path) -> None:
    for key in ("user.name", "user.email"):
        shell(study, "git", "config", "--unset", key)
    variables = {
        **environment(),
        "HOME": str(study),
        "GIT_CONFIG_GLOBAL": "/dev/null",
        "GIT_CONFIG_SYSTEM": "/dev/null",
    }
    command = [sys.executable, "-m", "tui", "run", "--wait", CELL, "--name", "first"]
    subprocess.run(command, cwd=study, env=variables, capture_output=True, check=True)
    assert "first" in dvc(study, "exp", "list", "--name-only")


def test_a_study_without_its_data_says_what_to_do(study: Path) -> None:
    shell(study, "git", "rm", "--quiet", "--cached", "data.dvc")
    shell(study, "git", "commit", "--quiet", "--message", "No data")
    assert "data.dvc is not committed" in detour(study, "run", "--wait", CELL, status=2).stderr


def test_a_linked_worktree_is_what_counts_when_the_command_is_given_there(study: Path, tmp_path: Path) -> None:
    linked = tmp_path / "linked"
    shell(study, "git", "worktree", "add", "--quiet", "-b", "side", str(linked))
    detour(linked, "study", "use", "short")
    assert "models: [bert]" in (linked / "params.yaml").read_text()
    assert shell(study, "git", "status", "--porcelain") == ""
    shell(linked, "git", "commit", "--quiet", "--all", "--message", "Short")
    assert len(json.loads(detour(linked, "plan", "--json").stdout)["cells"]) == 4
    assert len(json.loads(detour(study, "plan", "--json").stdout)["cells"]) == 8


def test_an_edited_data_folder_is_not_in_the_run_and_the_run_says_so(study: Path) -> None:
    (study / "data" / "README.md").chmod(0o644)
    (study / "data" / "README.md").write_text("edited\n")
    assert "data/ is not as data.dvc says" in detour(study, "run", "--wait", CELL).stderr


def test_a_name_that_another_run_took_meanwhile_is_kept_apart(study: Path) -> None:
    (study / "orders").mkdir()
    (study / "orders" / f"wait-{CELL}").touch()
    command = [sys.executable, "-m", "tui", "run", "--wait", CELL, "--name", "twin", "--json"]
    first = subprocess.Popen(command, cwd=study, env=environment(), stdout=subprocess.PIPE, text=True)
    waiting = study / "waiting"
    end = time.monotonic() + 90
    while not (waiting.exists() and waiting.read_text()) and time.monotonic() < end:
        time.sleep(0.05)
    detour(study, "run", "--wait", OTHER, "--name", "twin")
    (study / "orders" / f"wait-{CELL}").unlink()
    told = json.loads(first.communicate(timeout=120)[0])
    assert told["experiment"].startswith("twin-")
    names = dvc(study, "exp", "list", "--name-only").split()
    assert {"twin", told["experiment"]} <= set(names)


def test_a_plan_knows_what_follows_from_what_the_run_cache_will_bring(study: Path) -> None:
    detour(study, "run", "--wait", CELL)
    plan = json.loads(detour(study, "plan", CELL, "--json").stdout)
    states = {stage["name"]: stage["state"] for stage in plan["stages"]}
    assert (states["encoder@bert"], states[CELL]) == ("restorable", "restorable")


def test_a_clone_with_the_lock_file_and_an_empty_cache_trains_anew(finished: Path, tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    shell(tmp_path, "git", "clone", "--quiet", str(finished), str(clone))
    (clone / "data").mkdir()
    (clone / "data" / "README.md").write_text("toy\n")
    dvc(clone, "add", "--quiet", "data")
    plan = json.loads(detour(clone, "plan", CELL, "--json").stdout)
    states = {stage["name"]: stage["state"] for stage in plan["stages"]}
    assert (states["encoder@bert"], states[CELL]) == ("to run", "to run")
    detour(clone, "run", "--wait", CELL)
    # The encoder comes out the same, so that the cell's record, which git holds, stands as it is.
    assert ran(clone) == ["encoder@bert"]


def test_cells_are_chosen_by_glob_and_group(study: Path) -> None:
    plan = json.loads(detour(study, "plan", "*@sms_spam-*-bert", "--json").stdout)
    assert plan["cells"] == [CELL, "classification@sms_spam-imdb-bert"]
    assert len(json.loads(detour(study, "plan", "classification", "--json").stdout)["cells"]) == 8
