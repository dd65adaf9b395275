"""What is new since the last visit."""

from datetime import UTC, datetime
from pathlib import Path

import pygit2
import pytest

from tests.tui.app.browsing import new_repository
from tests.tui.app.pilot import until, until_text
from tests.tui.history.repository import Repository, params
from tui.app import DetourApp
from tui.appearance.choice import Choice
from tui.history.refs import list_refs
from tui.news import read_news
from tui.notebook import notebook_of, sight

WHEN = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)


@pytest.fixture
def visited(tmp_path: Path) -> Repository:
    """A repository that somebody has looked at."""
    repository = new_repository(tmp_path / "a study")
    repository.commit()
    git = pygit2.Repository(str(repository.root))
    notebook_of(git).keep_visit(WHEN, [sight(ref.full, ref.commit) for ref in list_refs(git)])
    return repository


def test_nothing_is_new_on_the_first_visit_and_after_one_without_changes(tmp_path: Path, visited: Repository) -> None:
    assert read_news(new_repository(tmp_path / "other").root) is None
    assert read_news(visited.root) is None


def test_an_experiment_and_a_branch_that_moved_are_new(visited: Repository) -> None:
    visited.experiment("later", {"params.yaml": str(params(models=["bert"]))})
    visited.commit({"notes.txt": "x"})
    found = read_news(visited.root)
    assert found is not None and found.count == 2
    assert found.sentence.startswith("2 experiments or branches are new since 20 Nov")


def test_a_broken_notebook_is_no_news(visited: Repository) -> None:
    notebook_of(pygit2.Repository(str(visited.root))).path.write_text("{")
    assert read_news(visited.root) is None


async def test_the_app_opens_on_what_changed(visited: Repository) -> None:
    visited.experiment("later", {"params.yaml": str(params(models=["bert"]))})
    app = DetourApp(visited.root)
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.current_mode == "experiments")
        await until_text(pilot, "1 new since 20 Nov")


async def test_a_first_screen_of_ones_own_is_opened(visited: Repository) -> None:
    app = DetourApp(visited.root, choice=Choice(opens="gains"))
    async with app.run_test(size=(100, 30)) as pilot:
        await until(pilot, lambda: app.current_mode == "gains")
