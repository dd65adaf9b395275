"""The cache of what was read: it saves reading, and nothing depends on it."""

import json
import math
import sqlite3
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tui.history.repository import IF, F, Repository, cell_path, params, record, stage, study
from tui.history import rowcache
from tui.history.compact import Compact
from tui.history.reading import RevisionReader
from tui.history.rowcache import DAYS, RowCache, cache_file
from tui.history.rows import History, Row
from tui.history.values import value_of

BOTH = {F: record(0.8), IF: record(0.9)}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "user cache"))


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    found = Repository(tmp_path / "study")
    found.commit(study(cells=BOTH))
    found.experiment("try", study(cells={**BOTH, IF: record(0.95)}))
    return found


def file_of(repository: Repository) -> Path:
    return cache_file(repository.root / ".git")


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one for each commit that is read from git."""
    found: list[str] = []
    real = RevisionReader.read

    def counted(self: RevisionReader) -> Compact:
        found.append("commit")
        return real(self)

    monkeypatch.setattr(RevisionReader, "read", counted)
    return found


def told(row: Row) -> object:
    """Everything that a row says."""
    cells = {
        name: (
            cell.task, cell.stem, cell.path, cell.declared, cell.origin, cell.blob, cell.predicted,
            repr(value_of(cell.value, "accuracy")), repr(value_of(cell.value, "macro_f1")),
            None if cell.value is None else dict(cell.value),
        )
        for name, cell in row.cells.items()
    }  # fmt: skip
    return (
        row.name, row.kind, row.ref, row.commit, row.base, row.base_name, row.date, row.author, row.message, row.params, cells,
        row.gains, row.problems, row.counts(), row.metrics, row.origins, row.is_study,
    )  # fmt: skip


class TestRoundTrip:
    def test_what_was_read_once_is_not_read_again(self, repository: Repository, read: list[str]) -> None:
        first = [told(row) for row in History(repository.root).rows()]
        assert len(read) == 2
        assert [told(row) for row in History(repository.root).rows()] == first
        assert len(read) == 2

    def test_a_new_experiment_alone_is_read(self, repository: Repository, read: list[str]) -> None:
        History(repository.root).rows()
        repository.experiment("more", study(cells={F: record(0.1)}))
        assert len(History(repository.root).rows()) == 3
        assert len(read) == 3

    def test_every_kind_of_value_comes_back_as_it_was(self, repository: Repository, read: list[str]) -> None:
        texts = {
            F: '{"accuracy": {"mean": NaN}, "macro_f1": null}',
            IF: '{"accuracy": 0, "macro_f1": 1e999, "x": [1, 2]}',
        }
        values = params(odd=[1, 2.5, None, True, "x\u202ey", {"deep": {"er": 1e-7}}], large=10**30, nan=math.inf)
        gains = json.dumps({"gains": {"a": {"comparable": True, "gain": 0.5, "verdict": "positive"}}})
        repository.commit({**study(values, cells=texts), "reports/gains.json": gains})
        repository.commit({**study(values, cells={**texts, "sentiment@a-b-c": "{"}), "reports/gains.json": "{"})
        repository.git("branch", "older", "HEAD^")
        first = {row.name: repr(told(row)) for row in History(repository.root).rows()}
        count = len(read)
        assert {row.name: repr(told(row)) for row in History(repository.root).rows()} == first
        assert len(read) == count
        assert "nan" in first["older"] and "inf" in first["older"]

    def test_params_that_json_cannot_hold_are_read_from_git_again(self, repository: Repository) -> None:
        files = study(cells=BOTH)
        repository.commit(
            {**files, "params.yaml": f"{files['params.yaml']}"[:-1] + ', "since": 2026-03-01, 3: four}\n'}
        )
        first, again = ({row.name: row.params for row in History(repository.root).rows()}["main"] for _ in range(2))
        assert first is not None and again is not None
        assert first["since"].year == again["since"].year == 2026
        assert first == again and first[3] == "four"

    def test_a_folder_list_that_comes_later_is_noticed(self, tmp_path: Path) -> None:
        """An origin that could not be told without a list of the DVC cache is told once it is there."""
        text = record(0.8)
        folder = "0" * 32 + ".dir"
        stages = {
            "prepare": stage(outs={"corpora/a": folder}),
            F: stage({"training.target": params()["training"]["target"]}, {"corpora/a/train": "1" * 32},
                     {cell_path(F): rowcache.hashlib.md5(text.encode()).hexdigest()}),
        }  # fmt: skip
        repository = Repository(tmp_path / "late")
        repository.commit(study(cells={F: text}, stages=stages))

        def origin() -> str:
            return History(repository.root).rows()[0].cells[F].origin.kind

        assert origin() == origin() == "measured"
        listed = repository.root / ".dvc/cache/files/md5/00" / folder[2:]
        listed.parent.mkdir(parents=True)
        listed.write_text(json.dumps([{"relpath": "train", "md5": "2" * 32}]))
        assert origin() == "stale"

    def test_what_a_shallow_clone_lacked_is_not_kept(
        self, repository: Repository, tmp_path: Path, read: list[str]
    ) -> None:
        repository.commit(study(cells=BOTH))
        clone = tmp_path / "clone"
        repository.git("clone", "-q", "--depth", "1", f"file://{repository.root}", str(clone))
        for _ in range(2):
            (row, *_) = History(clone).rows()
            assert "is not in this clone" in row.problems[0]
        assert len(read) == 2

    def test_worktrees_share_one_file(self, repository: Repository, tmp_path: Path, read: list[str]) -> None:
        History(repository.root).rows()
        repository.git("worktree", "add", "-q", "--detach", str(tmp_path / "tree"))
        assert len(History(tmp_path / "tree").rows()) == 2
        assert len(read) == 2


class TestHelp:
    """A long history is read by two processes, which meet in the cache."""

    @pytest.fixture
    def long(self, repository: Repository, monkeypatch: pytest.MonkeyPatch) -> Repository:
        for number in range(8):
            repository.experiment(f"try-{number}", study(cells={**BOTH, IF: record(0.5 + number / 100)}))
        monkeypatch.setattr("tui.history.rows.WORTH", 4)
        monkeypatch.setattr("tui.history.rows.FEW", 2)
        monkeypatch.setattr("os.cpu_count", lambda: 2)
        return repository

    def test_what_the_helper_has_read_is_not_read_again_and_the_rows_are_the_same(
        self, long: Repository, read: list[str]
    ) -> None:
        expected = [told(row) for row in History(long.root, cached=False).rows()]
        read.clear()
        rows = History(long.root).each()
        found = [next(rows)]
        until(lambda: kept(long) == len(expected))
        found += rows
        assert [told(row) for row in found] == expected
        assert len(read) <= 2

    @pytest.mark.parametrize("program", ["/bin/false", "/nowhere/python"])
    def test_without_its_helper_everything_is_read_here(
        self, long: Repository, read: list[str], monkeypatch: pytest.MonkeyPatch, program: str
    ) -> None:
        monkeypatch.setattr("tui.history.helping.sys.executable", program)
        found = History(long.root).rows()
        assert len(read) == len({row.commit for row in found})

    def test_it_ends_with_the_reading(self, long: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
        begun: list[subprocess.Popen[bytes]] = []
        real = subprocess.Popen
        monkeypatch.setattr(
            "tui.history.helping.subprocess.Popen", lambda *a, **k: begun.append(real(*a, **k)) or begun[-1]
        )
        rows = History(long.root).each()
        next(rows)
        rows.close()
        assert [process.returncode is not None for process in begun] == [True]


def kept(repository: Repository) -> int:
    """The number of rows in the cache, which may not be there yet."""
    try:
        with sqlite3.connect(f"file:{file_of(repository)}?mode=ro", uri=True) as database:
            return int(database.execute("SELECT count(*) FROM rows").fetchone()[0])
    except sqlite3.OperationalError:
        return 0


def until(holds: Callable[[], bool]) -> None:
    end = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.02)


class TestTrouble:
    """Whatever is wrong with the file, the rows are those of git, and one sentence says so."""

    @pytest.fixture
    def expected(self, repository: Repository) -> list[object]:
        return [told(row) for row in History(repository.root, cached=False).rows()]

    def checked(self, repository: Repository, expected: list[object]) -> str:
        history = History(repository.root)
        assert [told(row) for row in history.rows()] == expected
        assert [told(row) for row in history.rows()] == expected
        return history.note

    def test_a_file_that_is_no_database_is_made_anew(self, repository: Repository, expected: list[object]) -> None:
        file = file_of(repository)
        file.parent.mkdir(parents=True)
        file.write_bytes(b"no database, " * 1000)
        assert self.checked(repository, expected) == ""
        assert sqlite3.connect(file).execute("SELECT count(*) FROM rows").fetchone() == (2,)

    def test_a_file_cut_off_in_the_middle_does_no_harm(self, repository: Repository, expected: list[object]) -> None:
        History(repository.root).rows()
        file = file_of(repository)
        whole = file.read_bytes()
        for size in (1, 100, len(whole) // 2, len(whole) - 4096):
            file.write_bytes(whole[:size])
            self.checked(repository, expected)
            assert self.checked(repository, expected) == ""

    def test_rows_that_are_not_whole_are_read_again(
        self, repository: Repository, expected: list[object], read: list[str]
    ) -> None:
        for damage in (
            "kinds = x'6d'",
            "numbers = x''",
            "rest = '{'",
            'params = \'{"a": "b"}\'',
            "layout = 'x'",
            "blobs = 3",
        ):
            History(repository.root).rows()
            with sqlite3.connect(file_of(repository)) as database:
                database.execute(f"UPDATE rows SET {damage}")
            read.clear()
            assert self.checked(repository, expected) == ""
            assert len(read) == 2

    def test_a_file_of_another_version_is_left_alone(self, repository: Repository, expected: list[object]) -> None:
        History(repository.root).rows()
        with sqlite3.connect(file_of(repository)) as database:
            database.execute("PRAGMA user_version = 99")
        before = file_of(repository).read_bytes()
        note = self.checked(repository, expected)
        assert "is of another version" in note and str(file_of(repository)) in note
        assert file_of(repository).read_bytes() == before

    def test_a_file_that_another_program_holds_is_done_without(
        self, repository: Repository, expected: list[object], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(rowcache, "PATIENCE_S", 0.01)
        History(repository.root).rows()
        holder = sqlite3.connect(file_of(repository), isolation_level=None)
        holder.execute("BEGIN EXCLUSIVE")
        assert "Another program holds the cache" in self.checked(repository, expected)
        holder.execute("ROLLBACK")
        assert self.checked(repository, expected) == ""

    def test_a_folder_that_cannot_be_made_is_said_once(self, repository: Repository, expected: list[object]) -> None:
        top = file_of(repository).parents[1]
        top.parent.mkdir(parents=True)
        top.write_text("a file in the place of the folder")
        assert "cannot be used" in self.checked(repository, expected)

    def test_rows_of_other_code_are_not_used(
        self, repository: Repository, read: list[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        History(repository.root).rows()
        monkeypatch.setattr(rowcache, "_code", lambda: "other")
        History(repository.root).rows()
        assert len(read) == 4


class TestGrowth:
    def test_what_nobody_looked_at_for_a_month_is_dropped_with_what_it_alone_needed(
        self, repository: Repository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        History(repository.root).rows()
        exps = repository.git("for-each-ref", "--format=%(refname)", "refs/exps")
        repository.git("update-ref", "-d", exps)
        later = time.time() + (DAYS - 1) * 86_400
        monkeypatch.setattr(rowcache.time, "time", lambda: later)
        History(repository.root).rows()
        monkeypatch.setattr(rowcache.time, "time", lambda: later + 3 * 86_400)
        repository.commit(study(params(seeds=[7]), cells=BOTH))
        History(repository.root).rows()
        with sqlite3.connect(file_of(repository)) as database:
            keys = {key.split(":")[1] for (key,) in database.execute("SELECT key FROM rows")}
            texts = [text for (text,) in database.execute("SELECT text FROM texts")]
        head, before = (repository.git("rev-parse", name) for name in ("HEAD", "HEAD^"))
        # The first commit was looked at a month ago less a day, the experiment longer ago.
        assert keys == {head, before}
        assert "[7]" in texts and "[1, 2]" in texts

    def test_equal_blocks_are_stored_once(self, repository: Repository) -> None:
        History(repository.root).rows()
        with sqlite3.connect(file_of(repository)) as database:
            (texts,) = database.execute("SELECT count(*) FROM texts").fetchone()
        # The blocks of params.yaml, of which two are alike, and the list of cells.
        assert texts == len(params()) - 1 + 1

    def test_files_of_repositories_long_gone_are_removed(
        self, repository: Repository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        old = file_of(repository).parent / "gone-1.sqlite"
        old.parent.mkdir(parents=True)
        old.touch()
        monkeypatch.setattr(rowcache.time, "time", lambda: 4e9)
        RowCache(file_of(repository))
        assert not old.exists() and file_of(repository).exists()


class TestPlace:
    def test_it_follows_the_xdg_variable_and_takes_no_relative_path(self, tmp_path: Path) -> None:
        assert cache_file(tmp_path, {"XDG_CACHE_HOME": "/x"}).parent == Path("/x/detour/history")
        home = Path("~/.cache/detour/history").expanduser()
        assert cache_file(tmp_path, {"XDG_CACHE_HOME": "x"}).parent == cache_file(tmp_path, {}).parent == home
