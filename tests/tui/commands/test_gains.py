"""`detour gains`: what it prints, for a person and for a program."""

import csv
import io
import json

import pytest

from pipeline.errors import InputError
from tests.tui.commands.typed import typed
from tests.tui.evidence.studies import IF, NOTE, commit_study, f_and_if
from tests.tui.history.repository import Repository
from tui.commands.gains import gains

run = typed(gains)


def test_the_table_is_read_without_colour_at_eighty_columns(repository: Repository) -> None:
    commit_study(repository)
    done = run()
    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert max(map(len, lines)) <= 80
    assert lines[1:3] == ["1 gain: 1 inconclusive", NOTE]
    assert "classification: sms_spam after imdb   majority .500, TF-IDF .500" in lines
    bert = next(line.split() for line in lines if line.startswith("bert"))
    assert bert[:4] == ["bert", ".917", ".875", "-.042"]
    assert bert[-5:] == ["~", "inconclusive*", ".71", ".62", "-.09"]


def test_json_holds_every_number_and_what_limits_it(repository: Repository) -> None:
    commit = commit_study(repository)
    found = json.loads(run("main", "--json").stdout)
    assert (found["revision"]["commit"], found["note"]) == (commit, NOTE)
    (gain,) = found["gains"]
    assert gain["cell"] == IF
    assert gain["f"]["origin"] == "measured"
    assert (gain["verdict"], gain["provisional"], gain["conditional"]) == ("inconclusive", True, True)
    assert gain["paper"] == {"f": 0.71, "if": 0.62, "gain": -0.09}
    assert gain["floors"] == {"majority": 0.5, "tfidf": 0.5}
    assert gain["reason"] is None


def test_markdown_csv_and_latex_hold_the_same_gain_and_the_note(repository: Repository) -> None:
    commit_study(repository)
    assert NOTE in run("--md").stdout
    row, *_ = csv.DictReader(io.StringIO(run("--csv").stdout))
    assert (row["target"], row["verdict"]) == ("sms_spam", "inconclusive, 2 seeds")
    assert float(row["gain"]) == pytest.approx(-1 / 24)
    assert r"\toprule" in run("--latex").stdout
    assert "detour gains main" in run("--latex").stdout


def test_a_gain_that_cannot_be_compared_tells_its_reason(repository: Repository) -> None:
    commit_study(repository, f_and_if()[:1])
    done = run()
    assert "not comparable" in done.stdout
    assert f"There is no result of {IF}." in " ".join(done.stdout.split())
    assert json.loads(run("--json").stdout)["gains"][0]["gain"] is None


def test_two_forms_at_once_and_an_unknown_revision_are_refused(repository: Repository) -> None:
    commit_study(repository)
    with pytest.raises(InputError, match="--json and --csv exclude each other"):
        run("--json", "--csv")
    with pytest.raises(InputError, match="'mian' names no branch"):
        run("mian")


def test_a_study_whose_parameters_cannot_be_read_is_told_with_what_is_lost(repository: Repository) -> None:
    commit_study(repository)
    repository.write({"params.yaml": "models: [bert\n"})
    told = " ".join(run("workspace").stdout.split())
    assert "params.yaml of the working folder cannot be read. params.yaml, line 2: this is not valid YAML" in told
    assert "what of them is stale are not known without it" in told
    assert "bert !.917" in told
    assert "cannot be read" in json.loads(run("workspace", "--json").stdout)["problems"][0]
