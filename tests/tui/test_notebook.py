"""What is kept beside the repository: by whom, where, and what survives."""

import json
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipeline.errors import InputError
from tests.tui.history.repository import Repository
from tui.history.refs import open_repository
from tui.notebook import Kept, Notebook, notebook_of, sight

WHEN = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture
def book(tmp_path: Path) -> Notebook:
    return Notebook(tmp_path / "git" / "detour" / "notes.json")


def test_nothing_is_kept_before_the_first_change(book: Notebook) -> None:
    assert book.read() == Kept()
    assert not book.path.parent.exists()


def test_what_is_kept_is_read_again(book: Notebook) -> None:
    book.note("refs/heads/main", "a \x1b note")
    book.note("refs/heads/gone", "x")
    book.note("refs/heads/gone", "")
    book.star("refs/heads/main", True)
    book.star("refs/heads/size", True)
    book.star("refs/heads/size", False)
    book.keep_view({"filter": "stale", "widths": {"name": 7}})
    book.keep_view({"filter": "new"})
    book.keep_visit(WHEN, [sight("a", "1"), sight("b", "2")])
    assert Notebook(book.path).read() == Kept(
        {"refs/heads/main": "a \x1b note"},
        frozenset({"refs/heads/main"}),
        {"filter": "new"},
        WHEN,
        frozenset({sight("a", "1"), sight("b", "2")}),
    )


def test_two_apps_that_write_at_once_lose_nothing(book: Notebook) -> None:
    def write(name: str) -> None:
        own = Notebook(book.path)
        for number in range(20):
            own.note(f"{name}{number}", "x")

    threads = [threading.Thread(target=write, args=(name,)) for name in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(book.read().notes) == 40
    # What a writer that was killed left behind goes with the next change.
    (book.path.parent / ".notes.json.killed").write_text("{")
    book.star("a", True)
    assert [path.name for path in book.path.parent.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("text", ["{", "[]", '{"schema": 99}', "\x00", "[" * 100_000])
def test_a_file_that_is_not_understood_is_left_alone(book: Notebook, text: str) -> None:
    book.path.parent.mkdir(parents=True)
    book.path.write_text(text)
    with pytest.raises(InputError, match=r"notes\.json"):
        book.read()
    with pytest.raises(InputError, match=r"notes\.json"):
        book.star("a", True)
    assert book.path.read_text() == text


def test_values_of_other_kinds_are_passed_over_and_kept(book: Notebook) -> None:
    content = {"schema": 1, "notes": {"a": 1, "b": "x"}, "stars": [], "view": None, "visit": {"at": "soon"}, "later": 5}
    book.path.parent.mkdir(parents=True)
    book.path.write_text(json.dumps(content))
    assert book.read() == Kept({"b": "x"})
    book.star("b", True)
    assert json.loads(book.path.read_text())["later"] == 5
    book.path.write_text(json.dumps({"schema": 1, "notes": ["by hand"]}))
    with pytest.raises(InputError, match="'notes' is no mapping; mend it"):
        book.note("b", "y")
    assert "by hand" in book.path.read_text()


def test_a_folder_that_cannot_be_written_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "detour").write_text("a file")
    with pytest.raises(InputError, match="cannot be written"):
        Notebook(tmp_path / "detour" / "notes.json").star("a", True)


def test_worktrees_share_one_that_is_in_no_working_tree(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "a study")
    repository.commit({"x": "1"})
    repository.git("worktree", "add", "-q", "--detach", "../other")
    books = [notebook_of(open_repository(folder)) for folder in (repository.root, tmp_path / "other")]
    assert books[0].path == books[1].path == repository.root / ".git" / "detour" / "notes.json"
    books[1].star("a", True)
    assert repository.git("status", "--porcelain") == ""
