"""Table 1 of a revision, read from git."""

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline.errors import InputError
from tests.tui.app.runs import a_run, folder_of
from tests.tui.evidence.studies import GOLD, IF, NOTE, F, commit_study, f_and_if, results
from tests.tui.history.repository import Repository, cell_path, params
from tui.evidence.gains import GainsTable, read_gains
from tui.evidence.words import beside, brief, in_full, notes, points, summary, verdict
from tui.history.rows import History


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "study")


def read(repository: Repository, revision: str = "") -> GainsTable:
    return read_gains(History(repository.root), revision)


def changed(repository: Repository, path: str, **values: Any) -> None:
    """Change keys of the only gain of reports/gains.json, or of another file."""
    file = repository.root / path
    held = json.loads(file.read_text())
    entry = next(iter(held["gains"].values())) if "gains" in held else held
    entry.update(values)
    file.write_text(json.dumps(held))


class TestReading:
    def test_a_gain_has_both_cells_its_verdict_the_papers_numbers_and_the_floors(self, repository: Repository) -> None:
        commit_study(repository)
        table = read(repository)
        assert table.row.name == "main"
        assert table.note == NOTE
        (line,) = table.lines
        assert (line.parts.name, line.parts.f.name) == (IF, F)
        assert line.of("gain") == pytest.approx(1 - 1.5 / 12 - 11 / 12)
        assert (line.verdict, line.mark, verdict(line), brief(line)) == (
            "inconclusive", "~", "inconclusive, 2 seeds", "~ inconclusive*",
        )  # fmt: skip
        assert (line.paper_score("pretrained"), line.paper_score("imdb"), line.paper_gain) == (0.71, 0.62, -0.09)
        assert (line.floor("majority"), line.floor("tfidf")) == (0.5, 0.5)
        assert line.says("conditional")
        assert line.says("provisional")

    def test_head_is_shown_where_it_has_cells_and_else_the_newest_that_has(self, repository: Repository) -> None:
        commit_study(repository)
        repository.git("checkout", "-q", "-b", "old")
        repository.git("checkout", "-q", "--orphan", "empty")
        repository.git("rm", "-rq", "--cached", ".")
        repository.git("clean", "-fdq")
        repository.commit({"params.yaml": "{}\n"})
        assert read(repository).row.name in ("main", "old")
        assert read(repository, "empty").lines == ()

    def test_an_experiment_is_read_by_its_name(self, repository: Repository) -> None:
        commit_study(repository)
        files = {
            str(file.relative_to(repository.root)): file.read_text()
            for file in (repository.root / "reports").rglob("*.json")
        }
        path = cell_path(IF)
        better = json.loads(files[path])
        better["accuracy"]["mean"] = 1.0
        repository.experiment("try", {path: json.dumps(better)})
        (line,) = read(repository, "try").lines
        assert not line.comparable
        assert "was made from other cells (IF 0.8750, the cell itself has 1.0000)" in line.reason
        assert read(repository).lines[0].comparable

    def test_the_working_folder_counts_as_a_revision(self, repository: Repository) -> None:
        commit_study(repository)
        changed(repository, "reports/gains.json", verdict="positive", provisional=False)
        assert read(repository, "workspace").lines[0].verdict == "positive"
        assert read(repository).lines[0].verdict == "inconclusive"

    def test_a_live_run_is_read_from_its_tree(self, repository: Repository) -> None:
        commit_study(repository)
        a_run(repository.root, 1)
        run = folder_of(repository.root, 1)
        repository.git("worktree", "add", "-q", "--detach", str(run / "tree"))
        changed(repository, str(run / "tree" / "reports/gains.json"), verdict="positive", provisional=False)
        assert read(repository, run.name).lines[0].verdict == "positive"
        assert read(repository).lines[0].verdict == "inconclusive"


class TestWithoutGains:
    def test_cells_without_gains_are_shown_with_the_reason(self, repository: Repository) -> None:
        commit_study(repository)
        repository.commit({"reports/gains.json": None})
        table = read(repository)
        assert table.lines[0].reason == "reports/gains.json has no such gain; `dvc repro gains` compares F and IF."
        assert "main holds no reports/gains.json" in " ".join(table.problems)
        assert summary(table) == "1 gain: 1 not compared"

    def test_a_cell_that_has_not_run_is_named(self, repository: Repository) -> None:
        commit_study(repository, [results(F, {1: GOLD, 2: GOLD})])
        (line,) = read(repository).lines
        assert line.reason == f"There is no result of {IF}."
        assert line.mark == ""

    def test_broken_gains_are_a_problem_and_the_cells_stay(self, repository: Repository) -> None:
        commit_study(repository)
        repository.commit({"reports/gains.json": "{ no"})
        table = read(repository)
        assert any("reports/gains.json is not JSON" in problem for problem in table.problems)
        assert len(table.lines) == 1

    def test_gains_of_another_form_do_not_end_in_an_error(self, repository: Repository) -> None:
        commit_study(repository)
        for text in ('{"gains": [1]}', '{"gains": {"a": 1, "a/b": {}, "": {}}, "family": 3}', "{}"):
            repository.commit({"reports/gains.json": text})
            assert [line.comparable for line in read(repository).lines] == [False]

    def test_a_repository_without_a_study_says_so(self, repository: Repository) -> None:
        repository.commit({"params.yaml": "lr: 0.1\n", "metrics.json": '{"loss": 1}'})
        with pytest.raises(InputError, match="No experiment holds gains or cells: `detour run`"):
            read(repository)
        assert read(repository, "main").lines == ()

    def test_a_repository_without_commits_says_so(self, repository: Repository) -> None:
        with pytest.raises(InputError, match="There is no commit yet"):
            read(repository)


class TestNotComparable:
    def test_settings_that_differ_are_told_and_have_no_mark(self, repository: Repository) -> None:
        f, if_ = f_and_if()
        commit_study(repository, [f, results(IF, if_.predicted, settings={"training.target.epochs": 7})])
        (line,) = read(repository).lines
        assert line.verdict == "not comparable"
        assert line.reason == "Settings differ: training.target.epochs is 6 for F and 7 for IF."
        assert (line.mark, line.of("gain")) == ("", None)
        assert f"{IF}: {line.reason}" in notes(read(repository))

    def test_one_seed_has_a_gain_and_no_interval(self, repository: Repository) -> None:
        commit_study(repository, f_and_if({1: GOLD}, {1: [0] * 12}), seeds=[1])
        (line,) = read(repository).lines
        assert line.of("gain") == -0.5
        assert "gain -.500 (no interval)" in in_full(line)[0]
        assert "one seed gives no interval" in in_full(line)[1]
        assert verdict(line) == "inconclusive, 1 seed"


class TestWords:
    def test_scores_are_written_as_the_field_writes_them(self) -> None:
        values = [0.7124, -0.041, 1.0, -1.0, 0.0, -0.00001, None, float("nan")]
        assert [points(value) for value in values] == [".712", "-.041", "1.000", "-1.000", ".000", ".000", "·", "NaN"]
        assert points(0.05, 2, sign=True) == "+.05"

    def test_the_notes_say_what_limits_every_gain(self, repository: Repository) -> None:
        commit_study(repository)
        said = notes(read(repository))
        assert said[0] == NOTE
        assert "* Provisional, with fewer than 3 seeds at most inconclusive: every gain." in said
        assert "Conditional on one intermediate checkpoint: every gain." in said

    def test_a_target_that_the_paper_does_not_have_says_so(self, repository: Repository) -> None:
        names = [name.replace("sms_spam", "tweets") for name in (F, IF)]
        values = params()["classification"] | {"targets": ["tweets"]}
        commit_study(repository, [results(name, {1: GOLD, 2: GOLD}) for name in names], classification=values)
        (line,) = read(repository).lines
        assert beside(line) == "The paper has no such cell; majority .500, TF-IDF .500"
