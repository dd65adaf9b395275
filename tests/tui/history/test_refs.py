"""Names of commits, and what a person's text resolves to."""

import re
from pathlib import Path

import pytest

from pipeline.errors import InputError
from tests.tui.history.repository import Repository
from tui.history.refs import Ref, head_of, list_refs, open_repository, resolve


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return Repository(tmp_path / "study")


def refs_of(repository: Repository) -> list[Ref]:
    return list_refs(open_repository(repository.root))


def resolved(repository: Repository, text: str) -> Ref:
    return resolve(open_repository(repository.root), text)


class TestListing:
    def test_branches_tags_remotes_and_experiments_are_listed_with_their_base(self, repository: Repository) -> None:
        first = repository.commit()
        second = repository.commit()
        repository.git("tag", "-a", "v1", "-m", "annotated", first)
        repository.git("update-ref", "refs/remotes/origin/main", second)
        repository.git("symbolic-ref", "refs/remotes/origin/HEAD", "refs/remotes/origin/main")
        run = repository.experiment("try", {"x": "1"})
        found = {(ref.name, ref.kind, ref.commit, ref.base) for ref in refs_of(repository)}
        assert found == {
            ("main", "branch", second, first),
            ("v1", "tag", first, None),
            ("origin/main", "remote", second, first),
            ("try", "experiment", run, second),
        }

    def test_dvcs_own_states_are_no_experiments(self, repository: Repository) -> None:
        commit = repository.commit()
        for state in ("stash", "celery/stash", "exec/EXEC_HEAD", "apply/ORIG_HEAD", "celery/failed"):
            repository.git("update-ref", f"refs/exps/{state}", commit)
        assert [ref.name for ref in refs_of(repository)] == ["main"]

    def test_a_tag_of_something_else_than_a_commit_is_left_out(self, repository: Repository) -> None:
        repository.commit({"x": "1"})
        repository.git("tag", "file", "HEAD:x")
        assert [ref.name for ref in refs_of(repository)] == ["main"]

    def test_a_name_that_is_not_utf8_is_listed_with_its_bytes_as_escapes(self, repository: Repository) -> None:
        commit = repository.commit()
        with (repository.root / ".git" / "packed-refs").open("ab") as packed:
            packed.write(commit.encode() + b" refs/heads/caf\xe9\n")
        assert "caf\\xe9" in [ref.name for ref in refs_of(repository)]

    def test_packed_experiments_are_listed(self, repository: Repository) -> None:
        repository.commit()
        repository.experiment("try", {"x": "1"})
        repository.git("pack-refs", "--all")
        assert {ref.name for ref in refs_of(repository)} == {"main", "try"}

    def test_a_repository_without_commits_has_neither_names_nor_head(self, repository: Repository) -> None:
        assert refs_of(repository) == []
        assert head_of(open_repository(repository.root)) is None

    def test_a_folder_outside_of_git_is_refused_in_a_sentence(self, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="is in no git repository"):
            open_repository(tmp_path)

    def test_the_folder_refused_is_named_in_full(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.chdir(tmp_path)
        with pytest.raises(InputError, match=f"^{re.escape(str(tmp_path))} is in no git repository"):
            open_repository(".")


class TestResolving:
    def test_experiments_are_found_by_name_full_name_and_commit_with_the_same_base(
        self, repository: Repository
    ) -> None:
        base = repository.commit()
        run = repository.experiment("try", {"x": "1"})
        full = f"refs/exps/{base[:2]}/{base[2:]}/try"
        for text in ("try", full, run, run[:10]):
            found = resolved(repository, text)
            assert (found.commit, found.base) == (run, base)

    def test_git_expressions_resolve(self, repository: Repository) -> None:
        first = repository.commit()
        repository.commit()
        assert resolved(repository, "HEAD~1").commit == first
        assert resolved(repository, "main^").commit == first

    def test_an_unknown_name_is_answered_with_near_ones(self, repository: Repository) -> None:
        repository.commit()
        repository.experiment("longer-training", {"x": "1"})
        with pytest.raises(InputError, match=r"'longer-trainin' names no .* did you mean 'longer-training'\?"):
            resolved(repository, "longer-trainin")

    def test_a_part_of_a_long_name_counts_as_near(self, repository: Repository) -> None:
        repository.commit()
        repository.experiment("a-very-long-name-of-an-experiment-on-learning-rates", {"x": "1"})
        with pytest.raises(InputError, match="did you mean 'a-very-long-name"):
            resolved(repository, "rates")

    @pytest.mark.parametrize(
        "text", ["", "a..b", ":/", "^", "@{", "HEAD:params.yaml", "..", "\x1b[31m", "--all", "0" * 40]
    )
    def test_texts_that_git_refuses_are_unknown_names(self, repository: Repository, text: str) -> None:
        repository.commit({"params.yaml": "a: 1"})
        with pytest.raises(InputError, match="names no branch, tag, experiment or commit"):
            resolved(repository, text)

    def test_two_experiments_of_one_name_are_told_apart_by_commit_and_base(self, repository: Repository) -> None:
        repository.commit()
        one = repository.experiment("try", {"x": "1"})
        repository.git("branch", "old")
        repository.commit()
        two = repository.experiment("try", {"x": "2"})
        with pytest.raises(InputError) as caught:
            resolved(repository, "try")
        sentence = str(caught.value)
        assert "names 2 experiments" in sentence
        assert f"{one[:9]} (based on old)" in sentence
        assert f"{two[:9]} (based on main)" in sentence

    def test_a_branch_and_a_tag_of_one_name_ask_for_the_whole_name(self, repository: Repository) -> None:
        first = repository.commit()
        repository.commit()
        repository.git("branch", "x")
        repository.git("tag", "x", first)
        with pytest.raises(InputError, match="is a branch and a tag; write the whole name: refs/heads/x, refs/tags/x"):
            resolved(repository, "x")
        assert resolved(repository, "refs/tags/x").commit == first

    def test_two_names_of_one_commit_are_no_conflict(self, repository: Repository) -> None:
        commit = repository.commit()
        repository.git("tag", "main")
        assert resolved(repository, "main").commit == commit

    def test_the_working_folder_is_based_on_head(self, repository: Repository) -> None:
        commit = repository.commit()
        assert resolved(repository, "workspace") == Ref("workspace", "workspace", "", commit, commit)
