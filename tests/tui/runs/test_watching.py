"""What `detour runs, watch` and `logs` say of runs, and with which status they end: two finished runs, told by any name."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.tui.runs.following import CELL, begin, end_all, held_stage, launch, order, take_back
from tests.tui.toy import copy_toy, detour

OTHER = "classification@movie_reviews-pretrained-bert"
FIELDS = {
    "queued": {"schema", "run", "name", "command", "jobs", "host"},
    "opened": {"process", "began", "host", "attempt"},
    "planned": {"cells", "stages"},
    "stage": {"stage", "state"},
    "note": {"text"},
    "recorded": {"experiment", "commit"},
    "ended": {"outcome", "experiment", "commit"},
}
"""What every event of a kind tells, beside its time."""


@pytest.fixture(scope="module")
def told(new_study: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """A study with a run that is done and a newer one that failed; nothing here changes them."""
    study = copy_toy(new_study, tmp_path_factory.mktemp("told") / "a study")
    words = ("run", "--wait", "--json")
    done = detour(study, *words, CELL, "--name", "good", "--note", "Is it\x1b[31m red?", "--jobs", "7")
    order(study, f"fail-{OTHER}")
    failed = detour(study, *words, OTHER, "--name", "bad", status=1)
    return study, json.loads(done.stdout), json.loads(failed.stdout)


def test_runs_lists_the_newest_first_with_their_notes_made_harmless(told: Any) -> None:
    study, good, bad = told
    lines = detour(study, "runs").stdout.splitlines()
    assert [line.split()[:2] for line in lines] == [["failed", bad["run"]], ["done", good["run"]]]
    assert lines[1].split()[2] == "4/4"
    assert "\x1b" not in lines[1] and "red?" in lines[1]
    listed = json.loads(detour(study, "runs", "--json").stdout)
    assert listed[1]["experiment"] == "good"
    assert listed[1]["note"] == "Is it\x1b[31m red?"
    # Gains and report come even where no cell was ever done.
    assert listed[0]["stages"] == {"encoder@bert": "cached", OTHER: "failed", "gains": "done", "report": "done"}


def test_watch_tells_a_run_by_its_name_and_ends_as_the_run_did(told: Any) -> None:
    study, good, _ = told
    lines = detour(study, "watch", "good").stdout.splitlines()
    said = [line[8:] for line in lines]
    assert (
        said[:2]
        == [
            "7 jobs were asked for and this machine has 2 slots: so many run side by side.",
            "planned  1 cell, 4 stages",
        ][::-1]
    )
    assert f"done     {CELL}  accuracy 0.500" in said
    assert f"Recorded as experiment good ({good['commit'][:9]})" in lines[-2]
    lines = detour(study, "watch", status=1).stdout.splitlines()
    assert f"Failed: {OTHER}: {OTHER} was told to fail; take the order back" in lines


def test_watch_gives_the_events_as_they_are(told: Any) -> None:
    study, good, _ = told
    events = [json.loads(line) for line in detour(study, "watch", good["run"], "--json").stdout.splitlines()]
    assert [event["event"] for event in events][:3] == ["queued", "opened", "planned"]
    assert [event["event"] for event in events][-2:] == ["recorded", "ended"]
    assert all(FIELDS[event["event"]] <= event.keys() and isinstance(event["time"], float) for event in events)
    assert {event["event"] for event in events} == FIELDS.keys()


def test_logs_are_what_the_stages_printed(told: Any) -> None:
    study, _, bad = told
    everything = detour(study, "logs").stdout
    assert f"Running stage '{OTHER}':" in everything
    one = detour(study, "logs", "bad", OTHER).stdout
    assert f"error: {OTHER} was told to fail" in one and "gains" not in one
    logs = json.loads(detour(study, "logs", "bad", OTHER, "--json").stdout)
    assert logs["run"] == bad["run"]
    assert [name[:5] for name in logs["logs"]] == ["0002-"]
    refused = detour(study, "logs", "bad", "nothing", status=2).stderr
    assert refused.startswith(f"nothing has printed nothing in run {bad['run']}; those that did: ")


@pytest.mark.parametrize(
    ("named", "sentence"),
    [("nothing", "There is no run 'nothing'; `detour runs` lists"), ("2", "begins the ids of 2 runs; give more of it")],
)
def test_a_run_that_is_not_or_not_alone_is_named(told: Any, named: str, sentence: str) -> None:
    assert sentence in detour(told[0], "watch", named, status=2).stderr


def test_the_note_is_found_again_in_the_record(told: Any) -> None:
    study, good, _ = told
    found = json.loads(detour(study, "experiments", "--grep", "RED?", "--json").stdout)["experiments"]
    assert [(one["name"], one["run"]["id"]) for one in found] == [("good", good["run"])]


def test_without_any_run_the_way_to_one_is_told(study: Path) -> None:
    assert detour(study, "runs").stdout == "There is no run yet; `detour run` launches one.\n"
    for command in ("watch", "logs", "stop"):
        assert "There is no run yet" in detour(study, command, status=2).stderr
    assert "There is no run to resume" in detour(study, "resume", status=2).stderr


def test_logs_and_watch_follow_a_run_to_its_end(study: Path) -> None:
    order(study, f"wait-{CELL}")
    folder = launch(study, CELL)
    held_stage(study)
    followers = {words[0]: begin(study, *words) for words in (("logs", "-f"), ("watch",), ("watch", "--json"))}
    jsons = begin(study, "watch", folder.name, "--json")
    take_back(study, f"wait-{CELL}")
    try:
        logs, watch = (followers[name].communicate(timeout=60)[0] for name in ("logs", "watch"))
    finally:
        end_all(study)
    assert "Running stage 'report':" in logs
    assert json.loads(watch.splitlines()[-1])["event"] == "ended"
    assert jsons.communicate(timeout=60)[0] == watch
    assert (followers["logs"].returncode, followers["watch"].returncode) == (0, 0)
