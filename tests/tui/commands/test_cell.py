"""`detour cell`: the page of a cell, and its parts as tables."""

import json

import pytest

from pipeline.errors import InputError
from tests.tui.commands.typed import typed
from tests.tui.evidence.studies import IF, commit_study
from tests.tui.history.repository import Repository, cell_path
from tui.commands.cell import cell

run = typed(cell)


def test_the_page_is_printed_whole_or_one_part_of_it(repository: Repository) -> None:
    commit_study(repository)
    whole = run("sms_spam-imdb-bert").stdout.splitlines()
    assert whole[0] == IF
    assert whole[1].endswith("measured")
    assert "Classes (mean ± deviation over seeds)" in whole
    part = run(IF, "main", "--part", "confusion").stdout
    assert "gold \\ predicted" in part
    assert "Classes" not in part


def test_json_holds_matrix_classes_and_curves_by_seed(repository: Repository) -> None:
    commit_study(repository)
    found = json.loads(run(IF, "--json").stdout)
    assert found["confusion"]["seeds"]["1"] == [[5, 1], [0, 6]]
    assert [one["label"] for one in found["classes"]] == ["ham", "spam"]
    assert found["epochs"]["selected_on_dev"] == {"1": 2, "2": 2}
    assert found["epochs"]["best_on_test"] == {"1": 1, "2": 1}
    assert len(found["epochs"]["curves"]["1"]) == 2
    assert found["problems"] == []


def test_a_part_is_a_table_in_other_forms(repository: Repository) -> None:
    commit_study(repository)
    assert run(IF, "--csv", "--part", "confusion").stdout.splitlines()[0] == "gold,predicted_0,predicted_1"
    assert "| spam" in run(IF, "--md", "--part", "classes").stdout


def test_what_is_missing_is_said(repository: Repository) -> None:
    commit_study(repository)
    repository.commit({cell_path(IF, "predicted"): None})
    assert f"(!) main holds no reports/predicted/classification/sms_spam-imdb-bert.json; a run of {IF} writes it." in (
        run(IF).stdout.splitlines()
    )
    with pytest.raises(InputError, match="has no part 'confusion'"):
        run(IF, "--part", "confusion")
    with pytest.raises(InputError, match="main has no cell 'nothing'"):
        run("nothing")
