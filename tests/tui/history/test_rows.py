"""Rows: what is read of each commit, and what a broken one looks like."""

import json
import math
import os
import subprocess
from datetime import datetime
from pathlib import Path

import pytest

from tests.tui.history.repository import IF, F, Repository, cell_path, md5, params, record, stage, study
from tui.history.rows import History, Row
from tui.history.values import declared_metrics, value_of

BOTH = {F: record(0.8), IF: record(0.9)}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "study")


def rows_of(repository: Repository) -> dict[str, Row]:
    return {row.name: row for row in History(repository.root).rows()}


class TestRows:
    def test_a_row_tells_who_when_on_what_and_why(self, repository: Repository) -> None:
        base = repository.commit(study(cells=BOTH), message="First line\n\nand more", date="2026-03-01T23:30:00-0800")
        commit = repository.experiment("try", study(cells={**BOTH, IF: record(0.95)}), message="longer")
        rows = rows_of(repository)
        assert rows["main"].message == "First line"
        assert rows["main"].date == datetime.fromisoformat("2026-03-01T23:30:00-08:00")
        assert rows["main"].author == "Ada"
        run = rows["try"]
        assert (run.kind, run.commit, run.base, run.base_name) == ("experiment", commit, base, "main")
        assert run.ref == f"refs/exps/{base[:2]}/{base[2:]}/try"
        assert run.params == params()
        assert value_of(run.cells[IF].value, "accuracy") == 0.95
        assert run.counts() == {"measured": 1, "inherited": 1, "stale": 0, "missing": 0}
        assert run.problems == ()

    def test_the_newest_come_first_whatever_their_time_zone(self, repository: Repository) -> None:
        repository.commit(study(), date="2026-03-01T12:00:00+0900")
        repository.git("branch", "old")
        repository.commit(date="2026-03-01T11:00:00+0000")
        assert [row.name for row in History(repository.root).rows()] == ["main", "old"]

    def test_cells_come_in_the_order_of_params_yaml(self, repository: Repository) -> None:
        declared = params(models=["roberta", "bert"])
        repository.commit(study(declared, cells=BOTH))
        assert [name.removeprefix("classification@sms_spam-") for name in rows_of(repository)["main"].cells] == [
            "pretrained-roberta", "pretrained-bert", "imdb-roberta", "imdb-bert",
        ]  # fmt: skip

    def test_reading_again_sees_new_experiments(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH))
        history = History(repository.root)
        assert len(history.rows()) == 1
        repository.experiment("try", {"x": "1"})
        assert [row.name for row in history.rows()] == ["main", "try"]

    def test_a_repository_without_commits_has_no_rows(self, repository: Repository) -> None:
        history = History(repository.root)
        assert history.rows() == []
        assert history.head() is None

    def test_head_is_the_branch_that_is_checked_out(self, repository: Repository) -> None:
        repository.commit()
        repository.git("branch", "same")
        repository.git("checkout", "-q", "-b", "work")
        head = History(repository.root).head()
        assert head is not None and head.name == "work"
        repository.git("checkout", "-q", "--detach")
        head = History(repository.root).head()
        assert head is not None and (head.name, head.kind) == ("HEAD", "commit")

    def test_a_worktree_shows_the_same_experiments(self, repository: Repository, tmp_path: Path) -> None:
        repository.commit(study(cells=BOTH))
        repository.experiment("try", {"x": "1"})
        repository.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
        assert {row.name for row in History(tmp_path / "tree").rows()} == {"main", "try"}


class TestGains:
    def gains(self, **pairs: object) -> str:
        return json.dumps({"gains": pairs})

    def test_the_mean_is_over_comparable_pairs(self, repository: Repository) -> None:
        text = self.gains(
            a={"comparable": True, "gain": 0.1, "verdict": "positive"},
            b={"comparable": True, "gain": -0.3, "verdict": "inconclusive"},
            c={"comparable": False, "gain": 9.0, "verdict": None, "reason": "other seeds"},
            d={"comparable": True, "gain": None, "verdict": "inconclusive"},
        )
        locked = {"gains": stage(outs={"reports/gains.json": md5(text)})}
        repository.commit({**study(cells=BOTH, stages=locked), "reports/gains.json": text})
        gains = rows_of(repository)["main"].gains
        assert gains.origin.kind == "measured"
        assert gains.comparable == 3
        assert gains.mean == pytest.approx(-0.1)
        assert gains.verdicts == {"positive": 1, "inconclusive": 2}

    def test_gains_of_other_cells_than_the_commits_are_stale(self, repository: Repository) -> None:
        text = self.gains(a={"comparable": True, "gain": 0.1, "verdict": "positive"})
        locked = {"gains": stage(deps={"reports/cells": "aa.dir"}, outs={"reports/gains.json": md5(text)})}
        repository.commit({**study(cells=BOTH, stages=locked), "reports/gains.json": text})
        origin = rows_of(repository)["main"].gains.origin
        assert (origin.kind, origin.why) == ("stale", "reports/cells is no longer what was read")

    @pytest.mark.parametrize("text", ["{}", '{"gains": []}', '{"gains": {"a": 3}}', '{"gains": {"a": {}}}'])
    def test_gains_of_another_form_count_nothing(self, repository: Repository, text: str) -> None:
        repository.commit({**study(cells=BOTH), "reports/gains.json": text})
        gains = rows_of(repository)["main"].gains
        assert (gains.comparable, gains.mean, gains.verdicts) == (0, None, {})


class TestFaults:
    """One bad commit is explained in its own row and harms no other."""

    def test_broken_metrics_are_named_and_the_rest_is_read(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(0.8), IF: '{"accuracy": '}))
        repository.git("branch", "old")
        repository.commit(study(cells=BOTH))
        rows = rows_of(repository)
        (problem,) = rows["old"].problems
        assert problem.startswith(f"{cell_path(IF)} is not JSON (line 1, column 14")
        assert rows["old"].cells[IF].value is None
        assert rows["old"].cells[IF].origin.kind == "measured"
        assert value_of(rows["old"].cells[F].value, "accuracy") == 0.8
        assert rows["main"].problems == ()

    @pytest.mark.parametrize("text", ["[1]", "3", "null", '"x"', pytest.param("[" * 100_000, id="deep")])
    def test_json_that_is_no_record_is_a_problem(self, repository: Repository, text: str) -> None:
        repository.commit(study(cells={F: text}))
        row = rows_of(repository)["main"]
        assert len(row.problems) == 1
        assert cell_path(F) in row.problems[0]

    @pytest.mark.parametrize(
        ("text", "problem"),
        [
            ("models: [", "this is not valid YAML (did not find expected node content)"),
            ("- a\n- b", "params.yaml holds no mapping"),
            ("", "params.yaml holds no mapping"),
            ("a: 1\na: 2\n", "this is not valid YAML (found duplicate key"),
            pytest.param("models: " + "[" * 200_000, "opens more than 5000 brackets", id="deep-flow"),
            pytest.param("models:\n" + "- " * 200_000 + "x", "opens more than 5000 brackets", id="deep-lists"),
            ("models: 2026-99-99\n", "params.yaml"),
            ("models: 3\nsentiment: [x]\n", "declares no cells"),
            ("models: [bert, 3, null]\n", "declares no cells"),
        ],
    )
    def test_broken_params_are_explained_and_records_still_listed(
        self, repository: Repository, text: str, problem: str
    ) -> None:
        repository.commit({**study(cells=BOTH), "params.yaml": text})
        repository.git("branch", "old")
        repository.commit(study(cells=BOTH))
        rows = rows_of(repository)
        assert any(problem in found for found in rows["old"].problems)
        assert set(rows["old"].cells) == {F, IF}
        assert rows["main"].problems == ()

    def test_bytes_that_are_no_text_are_explained(self, repository: Repository) -> None:
        repository.write(study(cells=BOTH))
        (repository.root / "params.yaml").write_bytes(b"models:\n  - \xff\n")
        (repository.root / cell_path(F)).write_bytes(b'{"a": "\xff"}')
        repository.commit()
        problems = rows_of(repository)["main"].problems
        assert problems[0] == "params.yaml, line 2: the file is not UTF-8; save it in that encoding."
        assert problems[1] == f"{cell_path(F)} is not JSON (UnicodeDecodeError)."

    def test_a_repository_of_something_else_says_that_it_has_no_params(self, repository: Repository) -> None:
        repository.commit({"README.md": "no study"})
        row = rows_of(repository)["main"]
        assert row.problems == ("There is no params.yaml.",)
        assert row.cells == {}

    def test_links_and_folders_in_the_place_of_files_are_not_read(self, repository: Repository) -> None:
        repository.write({"params.yaml/inner": "x", "outside": "{}"})
        (repository.root / "reports" / "cells" / "classification").mkdir(parents=True)
        (repository.root / cell_path(F)).symlink_to("/etc/passwd")
        repository.commit()
        row = rows_of(repository)["main"]
        assert row.problems == ("There is no params.yaml.",)
        assert row.cells == {}
        history = History(repository.root)
        assert history.row(history.resolve("workspace")).cells == {}

    def test_a_shallow_clone_says_that_it_lacks_the_base(self, repository: Repository, tmp_path: Path) -> None:
        repository.commit(study(cells=BOTH))
        repository.commit()
        clone = tmp_path / "clone"
        subprocess.run(["git", "clone", "-q", "--depth", "1", repository.root.as_uri(), str(clone)], check=True)
        row = next(row for row in History(clone).rows() if row.name == "main")
        assert row.counts()["measured"] == 2
        assert "not in this clone" in row.problems[0]

    def test_a_message_in_another_encoding_is_decoded(self, repository: Repository) -> None:
        repository.commit({"x": "1"})
        tree = repository.git("rev-parse", "HEAD^{tree}")
        raw = b"tree %s\nauthor Z\xfc <a@b> 1700000000 +0000\ncommitter Z <a@b> 1700000000 +0000\n" % tree.encode()
        for name, header, message in (
            ("latin", b"encoding ISO-8859-1\n\n", b"Gr\xfc\xdfe"),
            ("wrong", b"\n", b"Gr\xfc\xdfe"),
            ("unknown", b"encoding klingon\n\n", b"plain"),
        ):
            commit = subprocess.run(
                ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"],
                cwd=repository.root, input=raw + header + message, capture_output=True, check=True, env=os.environ,
            ).stdout.decode().strip()  # fmt: skip
            repository.git("update-ref", f"refs/heads/{name}", commit)
        rows = rows_of(repository)
        assert (rows["latin"].message, rows["latin"].author) == ("Grüße", "Zü")
        assert rows["wrong"].message == "Gr\\xfc\\xdfe"
        assert rows["unknown"].message == "plain"


class TestWorkspace:
    def test_uncommitted_files_are_measured_against_head(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH))
        repository.write(study(cells={**BOTH, F: record(0.7)}))
        history = History(repository.root)
        row = history.row(history.resolve("workspace"))
        assert (row.name, row.kind, row.date) == ("workspace", "workspace", None)
        assert {name: cell.origin.kind for name, cell in row.cells.items()} == {F: "measured", IF: "inherited"}
        assert value_of(row.cells[F].value, "accuracy") == 0.7

    def test_it_is_read_anew_each_time(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH))
        history = History(repository.root)
        before = history.row(history.resolve("workspace"))
        repository.write({cell_path(F): None})
        after = history.row(history.resolve("workspace"))
        assert (before.cells[F].origin.kind, after.cells[F].origin.kind) == ("inherited", "missing")

    def test_it_is_there_before_the_first_commit(self, repository: Repository) -> None:
        repository.write(study(cells=BOTH))
        history = History(repository.root)
        row = history.row(history.resolve("workspace"))
        assert row.counts() == {"measured": 2, "inherited": 0, "stale": 0, "missing": 0}

    def test_ignored_folders_are_not_read(self, repository: Repository) -> None:
        text = record(0.8)
        # Two stages write below corpora/, so only the files themselves could be compared.
        stages = {
            F: stage({}, {"corpora": "aa.dir"}, {cell_path(F): md5(text)}),
            "a": stage(outs={"corpora/a": "11"}),
            "b": stage(outs={"corpora/b": "22"}),
        }
        repository.commit({**study(cells={F: text}, stages=stages), ".gitignore": "/corpora/\n"})
        repository.write({"corpora/a": "large"})
        history = History(repository.root)
        assert history.row(history.resolve("workspace")).cells[F].origin.kind == "inherited"


class TestValues:
    def test_missing_zero_and_nan_are_three_things(self) -> None:
        assert value_of({"accuracy": {"mean": 0}}, "accuracy") == 0.0
        nan = value_of(json.loads('{"accuracy": {"mean": NaN}}'), "accuracy")
        assert nan is not None and math.isnan(nan)
        without: list[dict[str, object] | None] = [None, {}, {"accuracy": None}, {"accuracy": {}}]
        for record_without in [*without, {"accuracy": {"mean": None}}]:
            assert value_of(record_without, "accuracy") is None

    def test_dotted_metrics_and_bare_numbers_are_found(self) -> None:
        held = {"languages": {"fr": {"accuracy": {"mean": 0.5}}}, "test_rows": 12}
        assert value_of(held, "languages.fr.accuracy") == 0.5
        assert value_of(held, "test_rows") == 12.0

    @pytest.mark.parametrize("value", [True, "0.9", [0.9], {"mean": "0.9"}])
    def test_what_is_no_number_is_missing(self, value: object) -> None:
        assert value_of({"accuracy": value}, "accuracy") is None

    def test_a_number_beyond_floats_is_infinite(self) -> None:
        assert value_of({"accuracy": 10**400}, "accuracy") == math.inf

    def test_metrics_are_those_that_params_declare(self) -> None:
        declared = {"metrics": {"loss": {"higher_is_better": False}, "accuracy": {}, "odd": 3}}
        assert declared_metrics(declared) == {"loss": False, "accuracy": True, "odd": True}
        for without in (None, {}, {"metrics": None}, {"metrics": [1]}):
            assert declared_metrics(without) == {"accuracy": True, "macro_f1": True}
