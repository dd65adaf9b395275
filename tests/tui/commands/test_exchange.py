"""Experiments between clones: a bare git repository and a folder as DVC remote, real git and DVC on both sides."""

import json
import os
import pty
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tui.toy import at, copy_toy, detour, dvc, environment, ran, shell

CELL = "classification@sms_spam-pretrained-bert"
RECORD = f"reports/cells/{CELL.replace('@', '/')}.json"


@dataclass
class Sides:
    """A study, its two remotes, and a clone of it with a cache of its own."""

    study: Path
    clone: Path
    bare: Path
    store: Path


def point(study: Path, store: Path, name: str = "store", default: bool = True) -> None:
    """Give a clone a DVC remote, as `dvc remote add --local` does, and no other."""
    head = f"[core]\n    remote = {name}\n" if default else ""
    (study / ".dvc" / "config.local").write_text(f"{head}['remote \"{name}\"']\n    url = {store}\n")


def lay_out(folder: Path, study: Path) -> Sides:
    """Point a study at fresh remotes in `folder` and clone it."""
    sides = Sides(study, folder / "a clone", folder / "bare.git", folder / "store")
    shell(folder, "git", "init", "--quiet", "--bare", "--initial-branch=main", str(sides.bare))
    shell(study, "git", "remote", "add", "origin", str(sides.bare))
    point(study, sides.store)
    shell(study, "git", "push", "--quiet", "origin", "main")
    shell(folder, "git", "clone", "--quiet", str(sides.bare), str(sides.clone))
    point(sides.clone, sides.store)
    for key, value in (("user.name", "Other"), ("user.email", "other@example.org")):
        shell(sides.clone, "git", "config", key, value)
    return sides


@pytest.fixture(scope="module")
def recorded(new_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of a study with one experiment of one cell."""
    folder = copy_toy(new_study, tmp_path_factory.mktemp("recorded") / "study")
    detour(folder, "run", "--wait", CELL, "--name", "first", "--set", "training.target.epochs=2")
    return folder


@pytest.fixture
def sides(recorded: Path, tmp_path: Path) -> Sides:
    return lay_out(tmp_path, copy_toy(recorded, tmp_path / "a study"))


@pytest.fixture
def alone(recorded: Path, tmp_path: Path) -> Path:
    """The study without any remote."""
    return copy_toy(recorded, tmp_path / "a study")


def refused(folder: Path, *arguments: str, status: int = 2) -> str:
    """The one sentence of a refusal, without the commands that were shown before it."""
    said = [line for line in detour(folder, *arguments, status=status).stderr.splitlines() if not line.startswith("$ ")]
    assert len(said) == 1, said
    return said[0]


def names(folder: Path, *arguments: str) -> Sequence[str]:
    return dvc(folder, "exp", "list", "--name-only", "--all-commits", *arguments).split()


class TestBetweenClones:
    def test_what_one_pushes_another_pulls_shows_applies_and_need_not_run_again(self, sides: Sides) -> None:
        done = detour(sides.study, "push", "first", "--json")
        assert "$ dvc exp push --run-cache -- origin first" in done.stderr
        told = json.loads(done.stdout)
        commit = shell(sides.study, "git", "rev-parse", told["experiments"][0]["ref"]).strip()
        assert told["git_remote"] == "origin"
        assert [(one["name"], one["commit"], one["state"]) for one in told["experiments"]] == [
            ("first", commit, "pushed")
        ]
        assert list(sides.store.rglob("runs/*/*/*")) != []

        pulled = detour(sides.clone, "pull", "first")
        assert "$ dvc exp pull --run-cache -- origin first" in pulled.stderr
        assert pulled.stdout == f"pulled      first  {commit[:9]}\n"
        assert names(sides.clone) == ["first"]
        shown = json.loads(dvc(sides.clone, "exp", "show", "--json"))
        assert "first" in {entry["revs"][0]["name"] for row in shown for entry in row["experiments"] or []}
        assert at(sides.clone, commit, RECORD)["epochs"] == 2
        detour(sides.clone, "apply", "first", "--yes")
        assert json.loads((sides.clone / RECORD).read_text())["epochs"] == 2
        assert (sides.clone / "checkpoints" / "pretrained" / "bert").exists()
        # data/ is the experiment's too; the cell comes out of the run cache that came along, its report out of git.
        shell(sides.clone, "git", "reset", "--quiet", "--hard")
        dvc(sides.clone, "checkout", "--quiet", "data.dvc")
        outcome = detour(sides.clone, "run", "--wait", CELL, "--set", "training.target.epochs=2", "--json").stdout
        assert CELL not in json.loads(outcome)["ran"]
        assert "encoder@bert" not in ran(sides.clone)

    def test_a_second_time_it_is_up_to_date_and_without_names_it_is_heads(self, sides: Sides) -> None:
        detour(sides.study, "push", "first", "--no-cache")
        assert detour(sides.study, "push").stdout.split()[:4] == ["up", "to", "date", "first"]
        shell(sides.study, "git", "commit", "--quiet", "--allow-empty", "--message", "Later")
        assert "No experiment here is based on HEAD; name some, or take --all." in refused(sides.study, "push")
        assert "first" in detour(sides.study, "push", "--all").stdout

    def test_the_commit_alone_may_go_without_files(self, sides: Sides) -> None:
        assert "--no-cache -- origin first" in detour(sides.study, "push", "first", "--no-cache").stderr
        assert not sides.store.exists()

    def test_another_commit_of_that_name_is_replaced_on_demand_alone(self, sides: Sides) -> None:
        detour(sides.study, "push", "first")
        ref = shell(sides.study, "git", "for-each-ref", "--format=%(refname)", "refs/exps").strip()
        shell(sides.study, "git", "update-ref", ref, shell(sides.study, "git", "rev-parse", "main").strip())
        before = shell(sides.bare, "git", "rev-parse", ref)
        assert "first: another commit has that name on origin; --force replaces it." in refused(
            sides.study, "push", "first"
        )
        assert "say --yes where that is meant" in refused(sides.study, "push", "first", "--force")
        assert shell(sides.bare, "git", "rev-parse", ref) == before
        assert "another commit has that name here" in refused(sides.study, "pull", "first")
        detour(sides.study, "push", "first", "--force", "--yes")
        assert shell(sides.bare, "git", "rev-parse", ref) != before

    def test_it_is_removed_there_and_kept_here(self, sides: Sides) -> None:
        detour(sides.study, "push", "first", "--no-cache")
        detour(sides.study, "remove", "first", "--git-remote", "origin", "--yes")
        assert shell(sides.bare, "git", "for-each-ref", "refs/exps") == ""
        assert names(sides.study) == ["first"]
        assert "no experiment 'first' on origin" in refused(sides.clone, "pull", "first")


class TestRemotes:
    def test_without_a_git_remote(self, alone: Path) -> None:
        assert "There is no git remote; `git remote add origin URL`" in refused(alone, "push", "first")
        assert "There is no git remote" in refused(alone, "pull")

    def test_without_a_dvc_remote_nothing_goes_half_way(self, sides: Sides) -> None:
        (sides.study / ".dvc" / "config.local").unlink()
        said = refused(sides.study, "push", "first")
        assert "DVC has no remote for the files; `dvc remote add -d NAME URL`" in said
        assert shell(sides.bare, "git", "for-each-ref", "refs/exps") == ""
        point(sides.study, sides.store, "one", default=False)
        assert "no default remote; say which with --remote: one." in refused(sides.study, "push", "first")
        assert "no remote 'two'; there are one." in refused(sides.study, "push", "first", "--remote", "two")
        detour(sides.study, "push", "first", "--remote", "one", "--jobs", "1")
        assert sides.store.exists()

    def test_a_git_remote_that_is_gone_is_one_sentence(self, sides: Sides) -> None:
        shutil.rmtree(sides.bare)
        said = refused(sides.study, "push", "first", status=1)
        assert said.startswith("git cannot read 'origin': ") and "git remote -v" in said

    def test_files_that_cannot_be_stored_are_told_with_what_was_pushed(self, sides: Sides) -> None:
        # A file where the remote's folder should be.
        sides.store.write_text("")
        said = refused(sides.study, "push", "first", status=1)
        assert said.startswith("The commits are on origin, not all of their files: dvc exp push failed: ")
        assert said.endswith("check the remote and say the same again.")

    def test_a_name_that_is_not_there_is_told_with_near_ones(self, sides: Sides) -> None:
        assert refused(sides.study, "push", "firts") == "There is no experiment 'firts' here; did you mean 'first'?"
        assert "there is none at all" in refused(sides.study, "pull", "first")


class TestBranch:
    def test_a_branch_is_made_and_dvcs_command_shown(self, alone: Path) -> None:
        done = detour(alone, "branch", "first", "try/first", "--json")
        assert done.stderr == "$ dvc exp branch first try/first\n"
        told = json.loads(done.stdout)
        assert shell(alone, "git", "rev-parse", "try/first").strip() == told["commit"]

    def test_faults_are_told_before_dvc_is_asked(self, alone: Path) -> None:
        assert "A branch 'main' is there already" in refused(alone, "branch", "first", "main")
        assert "'a..b' cannot name a branch" in refused(alone, "branch", "first", "a..b")
        assert "did you mean 'first'" in refused(alone, "branch", "fist", "b")

    def test_one_of_two_of_a_name_is_given_by_its_commit(self, alone: Path) -> None:
        shell(alone, "git", "commit", "--quiet", "--allow-empty", "--message", "Later")
        head = shell(alone, "git", "rev-parse", "HEAD").strip()
        shell(alone, "git", "update-ref", f"refs/exps/{head[:2]}/{head[2:]}/first", head)
        said = refused(alone, "branch", "first", "b")
        assert "'first' names 2 experiments; give the commit of one of them" in said
        assert head[:9] in said
        detour(alone, "branch", head[:9], "b")
        assert shell(alone, "git", "rev-parse", "b").strip() == head


class TestApply:
    def test_a_part_of_the_study_is_applied_and_what_was_never_made_is_no_fault(self, alone: Path) -> None:
        done = detour(alone, "apply", "first", "--yes", "--json")
        told = json.loads(done.stdout)
        assert told["absent"] == [] and "checkpoints/imdb/bert" in told["never_made"]
        assert json.loads((alone / RECORD).read_text())["epochs"] == 2

    def test_without_a_terminal_it_has_to_be_meant(self, alone: Path) -> None:
        (alone / "params.yaml").write_text((alone / "params.yaml").read_text() + "# mine\n")
        said = refused(alone, "apply", "first")
        assert "Your changes to params.yaml are taken out" in said and "--yes" in said
        assert (alone / "params.yaml").read_text().endswith("# mine\n")

    def test_changes_that_it_takes_out_come_back_as_it_says(self, alone: Path) -> None:
        (alone / "stage.py").write_text((alone / "stage.py").read_text() + "# mine\n")
        said = detour(alone, "apply", "first", "--yes").stdout
        assert not (alone / "stage.py").read_text().endswith("# mine\n")
        assert "comes back with `git stash apply refs/exps/apply/stash`" in said
        shell(alone, "git", "reset", "--quiet", "--hard")
        shell(alone, "git", "clean", "--quiet", "-fd", "reports", "dvc.lock")
        shell(alone, "git", "stash", "apply", "refs/exps/apply/stash")
        assert (alone / "stage.py").read_text().endswith("# mine\n")

    def test_data_that_is_in_no_cache_is_never_overwritten(self, alone: Path) -> None:
        (alone / "data" / "README.md").write_text("mine\n")
        assert "`dvc add data` keeps it" in refused(alone, "apply", "first", "--yes")
        assert (alone / "data" / "README.md").read_text() == "mine\n"

    def test_outputs_that_the_cache_lacks_are_told(self, sides: Sides) -> None:
        detour(sides.study, "push", "first", "--no-cache")
        detour(sides.clone, "pull", "first", "--no-cache")
        dvc(sides.study, "push", "--quiet", "data.dvc")
        dvc(sides.clone, "pull", "--quiet", "data.dvc")
        said = detour(sides.clone, "apply", "first", "--yes", status=1).stderr.splitlines()[-1]
        assert said.startswith("checkpoints/pretrained/bert of first is not in this cache; `detour pull first`")


class TestRemove:
    def test_it_has_to_be_meant_and_says_what_keeps_the_commit(self, alone: Path) -> None:
        detour(alone, "branch", "first", "kept")
        said = refused(alone, "remove", "first")
        assert "Remove first (" in said and ", kept by kept) here?" in said
        assert names(alone) == ["first"]
        done = detour(alone, "remove", "first", "--yes")
        assert "$ dvc exp remove -- first" in done.stderr
        assert names(alone) == []
        assert at(alone, "kept", RECORD)["epochs"] == 2

    @pytest.mark.parametrize(("answer", "status", "left"), [(b"n\n", 1, ["first"]), (b"y\n", 0, [])])
    def test_a_terminal_is_asked(self, alone: Path, answer: bytes, status: int, left: Sequence[str]) -> None:
        leader, follower = pty.openpty()
        os.write(leader, answer)
        command = [sys.executable, "-m", "tui", "remove", "first"]
        done = subprocess.run(command, cwd=alone, env=environment(), stdin=follower, capture_output=True, check=False)
        for handle in (leader, follower):
            os.close(handle)
        assert (done.returncode, names(alone)) == (status, left)
        assert b"[y/N]" in done.stderr and (b"Nothing was changed." in done.stderr) is (status == 1)

    def test_nothing_is_removed_where_one_name_is_wrong(self, alone: Path) -> None:
        assert "no experiment 'none' here" in refused(alone, "remove", "first", "none", "--yes")
        assert names(alone) == ["first"]
