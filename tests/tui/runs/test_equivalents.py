"""The commands that a plan prints do what a run does."""

import json
import subprocess
from pathlib import Path

from tests.tui.toy import at, detour, dvc, environment, ran, shell
from tui.runs.equivalents import commands
from tui.runs.plan import RunPlan, Stage

CELL = "classification@sms_spam-imdb-bert"


def test_a_shell_that_is_given_them_trains_and_records_what_a_run_would(study: Path) -> None:
    planned = json.loads(detour(study, "plan", CELL, "--json").stdout)
    script = "\n".join(["set -e", *planned["commands"]]).replace("RUN", "by-hand").replace("NAME", "mine")
    subprocess.run(["bash", "-c", script], cwd=study, env=environment(), check=True, capture_output=True)
    assert ran(study) == [stage["name"] for stage in planned["stages"] if stage["state"] == "to run"]
    assert "mine" in dvc(study, "exp", "list", "--name-only")
    ref = shell(study, "git", "for-each-ref", "--format=%(refname)", "refs/exps").strip()
    assert at(study, ref, "reports/cells/classification/sms_spam-imdb-bert.json")["stage"] == CELL
    assert shell(study, "git", "worktree", "list").count("\n") == 1
    assert shell(study, "git", "status", "--porcelain") == ""


def test_a_plan_of_what_is_there_already_has_no_stage_to_give_to_dvc(finished: Path) -> None:
    planned = json.loads(detour(finished, "plan", "--json").stdout)
    assert not any("repro" in line for line in planned["commands"])


def stage(name: str, state: str = "to run") -> Stage:
    return Stage(name, (), (), (), state, ())


def test_long_lines_name_a_few_stages_and_count_the_others() -> None:
    shared = tuple(stage(f"intermediate@imdb-m{number}") for number in range(5))
    cells = tuple(stage(f"classification@a-b-m{number}") for number in range(5))
    plan = RunPlan((), (shared, (*cells, stage("classification@a-c-m1", "current"))))
    lines = [line for line in commands(plan, "0" * 40, Path("/a cache"), [], shown=2) if "repro" in line]
    assert len(lines) == 3
    assert lines[1].endswith("intermediate@imdb-m1 ... # and 3 more")
    assert lines[2].endswith("repro -s -k classification@a-b-m0 classification@a-b-m1 ... # 5 stages")
    assert len([line for line in commands(plan, "0" * 40, Path("/a cache"), []) if "repro" in line]) == 6


def test_overrides_are_said_where_they_are_written() -> None:
    lines = commands(RunPlan((), ()), "0" * 40, Path("/a cache"), ["--study", "my own", "--set", "seeds=[1, 2]"])
    assert "# params.yaml there: --study 'my own' --set 'seeds=[1, 2]'" in lines
    assert any("dvc cache dir --local '/a cache'" in line for line in lines)
