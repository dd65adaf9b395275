"""`detour clean`: what is used and by whom, and that nothing goes which somebody could still want."""

import fcntl
import json
import os
import socket
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.tui.toy import copy_toy, detour, dvc, ran, shell
from tui.runs.events import EventLog
from tui.runs.process import start_of

CELL = "classification@sms_spam-pretrained-bert"
OTHER = "classification@sms_spam-imdb-bert"
DAY = 86_400.0


@pytest.fixture(scope="module")
def recorded(new_study: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The template of a study with two experiments, of which the second trained an intermediate of its own."""
    folder = copy_toy(new_study, tmp_path_factory.mktemp("used") / "study")
    detour(folder, "run", "--wait", CELL, "--name", "first", "--set", "training.target.epochs=2")
    detour(folder, "run", "--wait", CELL, OTHER, "--name", "second", "--set", "training.intermediate.epochs=9")
    (folder / "ran.log").unlink()
    return folder


@pytest.fixture
def used(recorded: Path, tmp_path: Path) -> Path:
    return copy_toy(recorded, tmp_path / "a study")


def add_run(study: Path, name: str, outcome: str | None = None, **ended: Any) -> str:
    """A folder of a run as its events leave it: live and of this process where there is no outcome."""
    folder = study / ".detour" / "runs" / f"20261121-100000-{name}"
    (folder / "logs").mkdir(parents=True)
    (folder / "logs" / "001.log").write_text("x" * 1000)
    log, me = EventLog(folder), os.getpid()
    began = start_of(me) if outcome != "died" else "1"
    log.write("opened", run=folder.name, name=name, process=me, began=began, host=socket.gethostname())
    if outcome not in (None, "died"):
        log.write("ended", outcome=outcome, **ended)
    return folder.name


def add_state(study: Path, name: str, days: float) -> Path:
    """The state of a fit that was last changed so many days ago."""
    folder = study / ".detour" / "state" / name
    folder.mkdir(parents=True)
    (folder / "lock").touch()
    (folder / "state").write_bytes(b"x" * 500)
    when = time.time() - days * DAY
    for path in (folder / "state", folder):
        os.utime(path, (when, when))
    return folder


def told(study: Path, *arguments: str, status: int = 0) -> Mapping[str, Any]:
    return json.loads(detour(study, "clean", *arguments, "--json", status=status).stdout)


def runs_of(study: Path) -> set[str]:
    return {path.name.rpartition("-")[2] for path in (study / ".detour" / "runs").iterdir()}


class TestUsage:
    def test_each_experiment_with_its_files_its_own_part_and_nothing_counted_twice(self, used: Path) -> None:
        found = told(used)
        by_name = {row["names"][0]: row for row in found["experiments"]}
        assert set(by_name) == {"main", "first", "second", "working tree"}
        objects = {path: path.stat().st_size for path in (used / ".dvc" / "cache" / "files" / "md5").glob("??/*")}
        assert found["cache"]["bytes"] == sum(objects.values())
        assert found["cache"]["unneeded_bytes"] == 0
        # data/ is everybody's; the encoder is both experiments'; only the second has an intermediate.
        assert by_name["first"]["bytes"] > by_name["main"]["bytes"] > 0 == by_name["main"]["own_bytes"]
        assert by_name["second"]["own_bytes"] > by_name["first"]["own_bytes"] > 0
        assert by_name["first"]["own_bytes"] + by_name["main"]["bytes"] < by_name["first"]["bytes"]

    def test_a_branch_of_an_experiment_is_the_same_row(self, used: Path) -> None:
        dvc(used, "exp", "branch", "first", "kept")
        rows = [row for row in told(used)["experiments"] if "first" in row["names"]]
        assert [sorted(row["names"]) for row in rows] == [["first", "kept"]]

    def test_what_the_cache_lacks_is_counted(self, used: Path) -> None:
        lost = next((used / ".dvc" / "cache" / "files" / "md5").glob("??/*.dir"))
        lost.unlink()
        assert {row["absent"] for row in told(used)["experiments"] if row["commit"]} == {1}

    def test_what_is_needed_by_nothing_is_what_a_removed_experiment_leaves(self, used: Path) -> None:
        own = next(row["own_bytes"] for row in told(used)["experiments"] if row["names"] == ["second"])
        dvc(used, "exp", "remove", "second")
        assert told(used)["cache"]["unneeded_bytes"] == own

    def test_folders_of_runs_states_and_memory(self, used: Path) -> None:
        add_run(used, "live")
        add_state(used, "aaaa", days=1)
        (used / ".detour" / "memory").mkdir()
        (used / ".detour" / "memory" / "fr.en.jsonl").write_text("x" * 77)
        found = told(used)
        assert (found["folders"]["state"], found["folders"]["memory"]) == (500, 77)
        over, live = found["runs"][:2], found["runs"][2]
        assert (live["status"], live["kept"], live["tree_bytes"]) == ("running", "it is running", 0)
        assert {(run["status"], run["kept"], run["experiment"]) for run in over} == {
            ("done", None, "first"), ("done", None, "second"),
        }  # fmt: skip
        shown = detour(used, "clean").stdout
        assert "first" in shown and "kept: it is running" in shown and ".detour/memory" in shown

    def test_an_empty_study_uses_little(self, study: Path) -> None:
        found = told(study)
        assert (found["runs"], found["folders"]) == ([], {})


class TestRemove:
    @pytest.fixture
    def full(self, used: Path) -> Path:
        """One run of every kind beside the two that are recorded."""
        add_run(used, "live")
        add_run(used, "stopped", "stopped")
        add_run(used, "died", "died")
        add_run(used, "failed", "failed", why="no room")
        add_run(used, "partly", "failed", experiment="partly", commit="0" * 40)
        (used / ".detour" / "runs" / "20261121-100000-queued").mkdir()
        return used

    def test_only_what_is_over_and_recorded_goes_and_the_rest_is_named(self, full: Path) -> None:
        done = detour(full, "clean", "--remove", "--yes", "--json")
        assert runs_of(full) == {"live", "stopped", "died", "failed", "queued"}
        removed = json.loads(done.stdout)
        assert len(removed["runs"]) == 3 and removed["bytes"] > 1000
        assert {name.rpartition("-")[2]: why for name, why in removed["kept"].items()} == {
            "live": "it is running", "queued": "it has not begun, or is no run",
            "stopped": "it was stopped and is not recorded", "died": "it died and is not recorded",
            "failed": "it failed and is not recorded",
        }  # fmt: skip
        assert "remove  run" in done.stderr and "keep    run" in done.stderr
        assert json.loads(detour(full, "experiments", "--json").stdout)["experiments"][0]["name"] in ("first", "second")

    def test_nothing_goes_without_a_yes(self, full: Path) -> None:
        before = runs_of(full)
        said = detour(full, "clean", "--remove", status=2).stderr
        assert "Remove 3 runs and 0 states" in said and "--yes" in said
        assert runs_of(full) == before

    def test_a_named_run_goes_alone_with_its_tree_unless_it_is_live(self, full: Path) -> None:
        runs = full / ".detour" / "runs"
        tree = runs / "20261121-100000-died" / "tree"
        shell(full, "git", "worktree", "add", "--quiet", "--detach", str(tree))
        before = runs_of(full)
        add_state(full, "old", 400)
        said = detour(full, "clean", "--remove", "--run", tree.parent.name, "--yes").stderr
        assert (full / ".detour" / "state" / "old").exists()
        assert "not recorded: it cannot be resumed then" in said
        assert runs_of(full) == before - {"died"}
        assert shell(full, "git", "worktree", "list").count("\n") == 1
        assert (
            "is running; stop it first"
            in detour(full, "clean", "--remove", "--run", "20261121-100000-live", "--yes", status=2).stderr
        )
        assert "did you mean" in detour(full, "clean", "--remove", "--run", "20261121-100000-liv", status=2).stderr

    def test_old_states_go_but_none_that_is_held_or_younger_than_an_unfinished_run(self, used: Path) -> None:
        old, held, young = add_state(used, "old", 40), add_state(used, "held", 40), add_state(used, "young", 3)
        with (held / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            removed = told(used, "--remove", "--yes")
        assert (removed["states"], "held" in removed["kept"]) == (["old"], True)
        assert not old.exists() and held.exists() and young.exists()
        # A run that may be resumed began five days ago: what it left since then is its own.
        log = used / ".detour" / "runs" / add_run(used, "stopped", "stopped") / "events.jsonl"
        events = [json.loads(line) for line in log.read_text().splitlines()]
        events[0]["time"] = time.time() - 5 * DAY
        log.write_text("".join(json.dumps(event) + "\n" for event in events))
        assert told(used, "--remove", "--days", "1", "--yes")["states"] == ["held"]
        assert young.exists()

    def test_where_nothing_is_to_remove_nothing_is_asked(self, study: Path) -> None:
        assert "There is nothing to remove." in detour(study, "clean", "--remove").stderr

    def test_options_of_a_removal_want_the_removal(self, study: Path) -> None:
        assert "add --remove" in detour(study, "clean", "--days", "3", status=2).stderr


class TestCache:
    def test_what_nobody_needs_goes_and_everything_else_can_still_be_restored(self, used: Path) -> None:
        dvc(used, "exp", "remove", "second")
        unneeded = told(used)["cache"]["unneeded_bytes"]
        done = detour(used, "clean", "--cache", "--yes", "--json")
        assert "$ dvc gc --all-branches --all-tags --all-experiments --force\n" in done.stderr
        sizes = json.loads(done.stdout)["cache"]
        assert sizes["before"] - sizes["after"] == unneeded > 0
        assert {row["absent"] for row in told(used)["experiments"]} == {0}
        # The cell's report is git's alone for DVC; without it in the cache the cell would be trained again.
        outcome = detour(used, "run", "--wait", CELL, "--set", "training.target.epochs=2", "--json").stdout
        assert not {CELL, "encoder@bert"} & {*json.loads(outcome)["ran"], *ran(used)}

    def test_nothing_goes_without_a_yes_and_nothing_is_asked_where_nothing_is_to_go(self, used: Path) -> None:
        assert "There is nothing to remove." in detour(used, "clean", "--cache").stderr
        dvc(used, "exp", "remove", "second")
        before = told(used)["cache"]
        assert "--yes" in detour(used, "clean", "--cache", status=2).stderr
        assert told(used)["cache"] == before

    @pytest.mark.parametrize("outcome", [None, "stopped", "died", "failed"])
    def test_never_while_a_run_is_live_or_unrecorded(self, used: Path, outcome: str | None) -> None:
        name = add_run(used, "pending", outcome)
        said = detour(used, "clean", "--cache", "--yes", status=2).stderr
        assert f"Run {name} would lose its results" in said and said.count("\n") == 1

    def test_never_while_a_run_holds_the_cache(self, used: Path) -> None:
        (used / ".detour" / "locks").mkdir(exist_ok=True)
        with (used / ".detour" / "locks" / "cache").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            assert "A run works with the DVC cache" in detour(used, "clean", "--cache", "--yes", status=2).stderr

    def test_never_over_uncommitted_results_of_another_tree(self, used: Path, tmp_path: Path) -> None:
        other = tmp_path / "other"
        shell(used, "git", "worktree", "add", "--quiet", "-b", "side", str(other))
        (other / "data.dvc").write_text((other / "data.dvc").read_text() + "# mine\n")
        assert f"{other} holds results that no branch" in detour(used, "clean", "--cache", "--yes", status=2).stderr
        shell(other, "git", "checkout", "--quiet", "data.dvc")
        shell(other, "git", "checkout", "--quiet", "--detach")
        assert "There is nothing to remove." in detour(used, "clean", "--cache", "--yes").stderr
        shell(other, "git", "commit", "--quiet", "--allow-empty", "--message", "On no branch")
        assert f"{other} holds results that no branch" in detour(used, "clean", "--cache", "--yes", status=2).stderr

    def test_never_where_the_cache_may_be_others_too(self, used: Path, tmp_path: Path) -> None:
        (used / ".dvc" / "config.local").write_text(f"[cache]\n    dir = {tmp_path / 'shared'}\n")
        assert "lies outside of this study" in detour(used, "clean", "--cache", "--yes", status=2).stderr
