"""`detour flips`: rows that two cells predict differently, with texts and tests."""

import json

import pytest

from pipeline.errors import InputError
from tests.tui.commands.typed import typed
from tests.tui.evidence.studies import GOLD, IF, F, commit_study, f_and_if, results, write_corpus, write_study
from tests.tui.history.repository import Repository, cell_path
from tui.commands.flips import flips

run = typed(flips)


def test_an_if_cell_alone_is_compared_with_its_f_cell(repository: Repository) -> None:
    cells = f_and_if()
    write_corpus(repository.root, cells[0])
    commit_study(repository, cells)
    lines = run(IF).stdout.splitlines()
    assert lines[0].startswith(f"A  {F} of main")
    assert lines[1].startswith(f"B  {IF} of main")
    assert lines[2] == "^ 1 fixed  v 1 broken  ~ 0 changed  ? 1 split  of 12, by majority of 2 seeds"
    table = lines[5:11]
    assert [line.split() for line in table[::2]] == [
        ["v", "broken", "0", "ham", "ham", "spam"],
        ["^", "fixed", "11", "spam", "ham", "spam"],
        ["?", "split", "v1", "10", "ham", "ham", "ham", "(1)", "spam", "(2)"],
    ]
    assert table[1] == "    text 0 of sms_spam"
    told = " ".join(lines[11:])
    assert "McNemar, exact (these checkpoints only): seed 1: 1 fixed, 1 broken, p 1;" in told
    assert "The gain over new seeds and new rows: -.042" in told
    assert max(map(len, lines[2:])) <= 80


def test_json_holds_rows_seeds_tests_and_why_there_are_no_texts(repository: Repository) -> None:
    commit_study(repository)
    found = json.loads(run(F, IF, "--rev", "main", "--json").stdout)
    assert [flip["row"] for flip in found["flips"]] == [0, 11, 10]
    assert found["flips"][2]["b"] == {"1": "ham", "2": "spam"}
    assert found["flips"][2]["seeds"] == {"1": "same", "2": "broken"}
    assert found["mcnemar"]["scope"] == "these checkpoints only"
    assert found["mcnemar"]["pooled"] == {"fixed": 1, "broken": 2, "p": 1.0}
    assert found["texts"]["found"] is False
    assert "`dvc repro prepare@sms_spam`" in found["texts"]["why_not"]


def test_one_cell_is_compared_between_two_experiments(repository: Repository) -> None:
    commit_study(repository)
    write_study(repository.root, f_and_if(if_={1: GOLD, 2: GOLD}))
    path = cell_path(IF, "predicted")
    files = {path: (repository.root / path).read_text()}
    repository.git("checkout", "-q", ".")
    repository.experiment("try", files)
    found = json.loads(run(IF, "--between", "main", "try", "--json").stdout)
    assert (found["a"]["revision"]["name"], found["b"]["revision"]["name"]) == ("main", "try")
    assert [(flip["row"], flip["kind"]) for flip in found["flips"]] == [(0, "fixed"), (10, "split")]


def test_rows_are_chosen_by_kind_label_and_language(repository: Repository) -> None:
    commit_study(repository)
    assert [flip["row"] for flip in json.loads(run(IF, "--kind", "fixed", "--json").stdout)["flips"]] == [11]
    assert "1 of 3 rows that differ: gold spam." in run(IF, "--gold", "spam", "--no-texts").stdout
    assert "0 of 3 rows that differ: kind changed." in run(IF, "--kind", "changed").stdout
    with pytest.raises(InputError, match="'fr' is no language here"):
        run(IF, "--language", "fr")


def test_other_forms_hold_the_rows_and_the_command_that_makes_them(repository: Repository) -> None:
    commit_study(repository)
    lines = run(IF, "--csv", "--kind", "broken").stdout.splitlines()
    assert lines[:2] == ["row,kind,language,gold,a_1,a_2,b_1,b_2", "0,broken,en,ham,ham,ham,spam,spam"]
    assert f"detour flips {F} {IF} --rev main --kind broken" in run(IF, "--md", "--kind", "broken").stdout


class TestRefused:
    def test_an_f_cell_alone_has_nothing_beside_it(self, repository: Repository) -> None:
        commit_study(repository)
        with pytest.raises(InputError, match="starts from `pretrained` itself; name a second cell"):
            run(F)

    def test_a_cell_beside_itself(self, repository: Repository) -> None:
        commit_study(repository)
        with pytest.raises(InputError, match="is compared with itself"):
            run(IF, IF)

    def test_other_test_rows(self, repository: Repository) -> None:
        f = f_and_if()[0]
        commit_study(repository, [f, results(IF, {1: [0] * 12, 2: [0] * 12}, gold=[1] * 12)])
        with pytest.raises(InputError, match="Test rows differ"):
            run(IF)

    def test_missing_and_broken_predictions_of_an_old_commit(self, repository: Repository) -> None:
        commit_study(repository)
        repository.commit({cell_path(IF, "predicted"): None})
        with pytest.raises(InputError, match=r"main holds no reports/predicted/.*; a run of .* writes it"):
            run(IF)
        repository.commit({cell_path(IF, "predicted"): '{"gold": [0]}'})
        with pytest.raises(InputError, match="cannot be read"):
            run(IF)
        assert run(IF, "--rev", "HEAD~2", "--no-texts").exit_code == 0

    def test_both_rev_and_between(self, repository: Repository) -> None:
        commit_study(repository)
        with pytest.raises(InputError, match="--rev and --between exclude each other"):
            run(IF, "--rev", "main", "--between", "main", "main")
