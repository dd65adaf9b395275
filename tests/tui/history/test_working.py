"""Rows of what is no commit of a name: the edited working folder, live runs, DVC's queue; and commits on request."""

import json
from pathlib import Path

import pytest

from pipeline.errors import InputError
from tests.tui.history.repository import IF, F, Repository, cell_path, params, record, study
from tui.history.rows import History, Row
from tui.history.values import value_of

BOTH = {F: record(0.8), IF: record(0.9)}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "study")
    found.commit({**study(cells=BOTH), ".gitignore": "/.detour\n"})
    return found


def rows(repository: Repository) -> list[Row]:
    return History(repository.root).rows()


class TestWorkingFolder:
    def test_it_is_a_row_while_it_differs_from_head(self, repository: Repository) -> None:
        history = History(repository.root)
        assert [row.kind for row in history.rows()] == ["branch"]
        repository.write({"params.yaml": json.dumps(params(seeds=[3]))})
        (first, second) = history.rows()
        assert (first.name, first.kind, first.ref, first.base_name) == ("workspace", "workspace", "workspace", "main")
        assert first.params == params(seeds=[3]) and second.params == params()
        repository.git("checkout", "-q", "params.yaml")
        assert [row.kind for row in history.rows()] == ["branch"]

    @pytest.mark.parametrize("path", [cell_path(F), "dvc.lock", "dvc.yaml"])
    def test_results_and_stages_count_too(self, repository: Repository, path: str) -> None:
        repository.write({path: "{}"})
        assert [row.kind for row in rows(repository)] == ["workspace", "branch"]

    def test_what_is_read_of_it_is_never_kept(self, repository: Repository) -> None:
        for seeds in ([3], [4], [5]):
            repository.write({"params.yaml": json.dumps(params(seeds=seeds))})
            assert (rows(repository)[0].params or {})["seeds"] == seeds


class TestLiveRuns:
    @pytest.fixture
    def run(self, repository: Repository) -> Path:
        folder = repository.root / ".detour" / "runs" / "r1"
        repository.git("worktree", "add", "-q", "--detach", str(folder / "tree"))
        text = json.dumps({"event": "queued", "time": 1.0, "name": "longer"}) + "\n"
        (folder / "events.jsonl").write_text(text)
        (folder / "waiting").touch()
        return folder

    def test_the_tree_of_a_run_that_goes_on_is_a_row(
        self, repository: Repository, run: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr("tui.runs.story.RunStory.is_over", False)
        (run / "tree" / cell_path(F)).write_text(record(0.99))
        history = History(repository.root)
        (row, _) = history.rows()
        assert (row.kind, row.ref, row.base_name) == ("run", "run:r1", "main")
        assert value_of(row.cells[F].value, "accuracy") == 0.99
        named = history.row(history.resolve("run:r1"))
        assert value_of(named.cells[F].value, "accuracy") == 0.99
        (run / "tree" / cell_path(F)).write_text(record(0.5))
        assert value_of(history.rows()[0].cells[F].value, "accuracy") == 0.5

    def test_one_that_is_over_is_none(self, repository: Repository, run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("tui.runs.story.RunStory.is_over", True)
        assert [row.kind for row in rows(repository)] == ["branch"]
        with pytest.raises(InputError, match="is no run that goes on"):
            History(repository.root).resolve("run:r1")

    def test_what_is_no_run_is_left_out(self, repository: Repository) -> None:
        for name in ("empty", "file/tree", "broken/tree/.git"):
            (repository.root / ".detour" / "runs" / name).mkdir(parents=True)
        assert [row.kind for row in rows(repository)] == ["branch"]


class TestQueue:
    def put_by(self, repository: Repository, queue: str, name: str, values: str) -> str:
        base = repository.git("rev-parse", "HEAD")
        repository.write({"params.yaml": values})
        repository.git("add", "-A")
        commit = repository.git("commit-tree", repository.git("write-tree"), "-p", base, "-m", "stash")
        repository.git("reset", "-q", "--hard")
        message = f"commit: dvc-exp:{base}:{base}:{name}"
        repository.git("update-ref", "--create-reflog", "-m", message, f"refs/exps/celery/{queue}", commit)
        return commit

    def test_what_waits_and_what_failed_are_rows_with_their_parameters(self, repository: Repository) -> None:
        waiting = self.put_by(repository, "stash", "wait-1", json.dumps(params(seeds=[4])))
        self.put_by(repository, "failed", "", json.dumps(params(seeds=[5])))
        found = {row.kind: row for row in rows(repository)}
        assert (found["queued"].name, found["queued"].commit, found["queued"].base_name) == ("wait-1", waiting, "main")
        assert found["queued"].params == params(seeds=[4])
        assert found["failed"].name == found["failed"].commit[:9]
        assert History(repository.root).resolve(found["queued"].ref).commit == waiting

    def test_a_log_of_anything_else_is_left_out(self, repository: Repository) -> None:
        log = repository.root / ".git" / "logs" / "refs" / "exps" / "celery" / "stash"
        log.parent.mkdir(parents=True)
        gone = f"{'0' * 40} {'a' * 40} Ada <a> 1 +0000\tcommit: dvc-exp:{'b' * 40}:{'c' * 40}:x\n"
        log.write_bytes(b"\xff\xfe\n" + gone.encode() + b"no log\n")
        assert [row.kind for row in rows(repository)] == ["branch"]


class TestCommits:
    def test_commits_without_a_name_are_given_on_request_the_newest_first(self, repository: Repository) -> None:
        first = repository.git("rev-parse", "HEAD")
        second = repository.commit({"a": "1"}, date="2026-03-02T12:00:00+0100")
        repository.commit({"a": "2"}, date="2026-03-03T12:00:00+0100")
        history = History(repository.root)
        assert [ref.commit for ref in history.commits()] == [second, first]
        assert [ref.commit for ref in history.commits(f"{first}..main")] == [second]
        assert [ref.commit for ref in history.commits(second)] == [second, first]
        listed = [history.row(ref) for ref in history.commits()]
        assert [(row.kind, row.ref, row.base) for row in listed] == [("commit", second, first), ("commit", first, None)]
        with pytest.raises(InputError, match="names no branch"):
            history.commits("nowhere..main")


class TestClones:
    def test_a_bare_repository_has_rows_and_no_working_folder(self, repository: Repository, tmp_path: Path) -> None:
        repository.git("clone", "-q", "--bare", str(repository.root), str(tmp_path / "bare"))
        history = History(tmp_path / "bare")
        assert [(row.name, row.counts()["measured"]) for row in history.rows()] == [("main", 2)]
        with pytest.raises(InputError, match="has no working folder"):
            history.row(history.resolve("workspace"))

    def test_a_partial_clone_says_what_it_lacks_and_how_to_get_it(self, repository: Repository, tmp_path: Path) -> None:
        repository.git("config", "uploadpack.allowFilter", "true")
        url = f"file://{repository.root}"
        repository.git("clone", "-q", "--filter=blob:none", "--no-checkout", url, str(tmp_path / "partial"))
        (row,) = (row for row in History(tmp_path / "partial").rows() if row.name == "main")
        assert row.params is None
        assert "params.yaml is not in this clone; fetch it (git fetch --refetch)." in row.problems

    @pytest.mark.parametrize("name", ["a" * 200, "\u202eright-to-left", "caf\u00e9", "x;rm", "{red}"])
    def test_names_of_any_kind_are_listed_and_resolved(self, repository: Repository, name: str) -> None:
        repository.git("branch", name)
        history = History(repository.root)
        assert name in [row.name for row in history.rows()]
        assert history.resolve(name).full == f"refs/heads/{name}"
