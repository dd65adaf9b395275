"""Names are read again where git has changed any, and only there."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pygit2
import pytest

from tests.tui.history.repository import Repository
from tui.history import rows, watch
from tui.history.rows import History


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "study")
    found.commit({"params.yaml": "a: 1\n"})
    found.experiment("try", {"params.yaml": "a: 2\n"})
    return found


def settled(repository: Repository) -> History:
    """A history that has listed names of long ago."""
    past = time.time() - 3600
    git = repository.root / ".git"
    for path in [git, *git.rglob("*")]:
        os.utime(path, (past, past))
    history = History(repository.root)
    history.rows()
    return history


class TestNothingChanged:
    def test_nothing_is_listed_again(self, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
        history = settled(repository)
        before = history.rows()
        monkeypatch.setattr(rows, "list_refs", lambda *_: pytest.fail("names were listed"))
        assert not history.has_changed()
        after = history.rows()
        assert all(one is two for one, two in zip(before, after, strict=True))

    def test_a_change_within_a_tick_of_the_clock_is_not_taken_for_none(self, repository: Repository) -> None:
        history = settled(repository)
        os.utime(repository.root / ".git" / "refs" / "heads")
        history.rows()
        assert history.has_changed()


CHANGES: list[Callable[[Repository], object]] = [
    lambda it: it.git("branch", "new"),
    lambda it: it.git("branch", "-D", "other"),
    lambda it: it.git("branch", "deep/in/folders"),
    lambda it: it.git("update-ref", "refs/heads/other", "HEAD"),
    lambda it: it.experiment("more", {"params.yaml": "a: 3\n"}),
    lambda it: it.commit({"params.yaml": "a: 4\n"}),
    lambda it: it.git("tag", "v1"),
    lambda it: it.git("pack-refs", "--all", "--prune"),
    lambda it: it.git("update-ref", "refs/remotes/origin/main", "HEAD"),
    lambda it: pygit2.Repository(str(it.root)).create_reference("refs/heads/by-libgit2", it.git("rev-parse", "HEAD")),
]


class TestChanges:
    @pytest.mark.parametrize("change", CHANGES)
    def test_every_change_of_names_is_seen(
        self, repository: Repository, change: Callable[[Repository], object]
    ) -> None:
        commit = repository.git("commit-tree", "HEAD^{tree}", "-m", "other")
        repository.git("branch", "other", commit)
        history = settled(repository)
        change(repository)
        assert history.has_changed()
        listed = {(row.name, row.commit) for row in history.rows()}
        assert listed == {(row.name, row.commit) for row in History(repository.root, cached=False).rows()}

    def test_only_the_row_of_the_changed_name_is_made_again(self, repository: Repository) -> None:
        history = settled(repository)
        snapshots = {row.name: row.snapshot for row in history.rows()}
        repository.experiment("more", {"params.yaml": "a: 3\n"})
        found = {row.name: row.snapshot for row in history.rows()}
        assert found["main"] is snapshots["main"] and found["try"] is snapshots["try"] and "more" in found

    def test_a_branch_deleted_between_listing_and_reading_harms_no_other(self, repository: Repository) -> None:
        repository.git("branch", "other")
        listed = iter(History(repository.root).each())
        first = next(listed)
        repository.git("branch", "-D", "other")
        assert {first.name, *(row.name for row in listed)} == {"main", "other", "try"}


def test_a_folder_that_goes_away_is_no_fault(tmp_path: Path) -> None:
    found = watch.RefWatch(tmp_path / "gone", tmp_path)
    found.look()
    assert not found.has_changed()
