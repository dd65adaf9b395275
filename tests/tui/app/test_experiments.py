"""The list of experiments in the app."""

import math
from pathlib import Path

import pytest
from textual.widgets import Static

from pipeline.errors import InputError
from tests.tui.app.browsing import body, browsing, line, new_repository, notices, opened, press
from tests.tui.history.repository import IF, F, Repository, cell_path, params, record, study
from tui.app import DetourApp
from tui.filtering.index import Index
from tui.history.reader import Reader
from tui.history.rows import History
from tui.screens.compare import CompareScreen
from tui.screens.experiments import ExperimentsScreen

BOTH = {F: record(0.8, 0.7), IF: record(0.9, 0.6)}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    return new_repository(tmp_path / "a study")


def trained(rate: float, accuracy: float) -> dict[str, str | None]:
    values = params(training={"intermediate": {"epochs": 3}, "target": {"learning_rate": rate, "epochs": 6}})
    return study(values, cells={**BOTH, IF: record(accuracy, 0.6)})


@pytest.fixture
def three(repository: Repository) -> Repository:
    """main and two experiments with a higher learning rate."""
    repository.commit(study(cells=BOTH), date="2026-02-01T12:00:00+0100")
    repository.experiment("high", trained(0.01, 0.95))
    repository.experiment("low", trained(0.0001, 0.85))
    return repository


def screen(app: DetourApp) -> ExperimentsScreen:
    assert isinstance(app.screen, ExperimentsScreen), app.screen
    return app.screen


def names(app: DetourApp) -> list[str]:
    return [row.cells[0].text for row in browsing(app).table.shown]


class TestRows:
    async def test_accuracies_and_the_parameters_that_differ_are_columns(self, three: Repository) -> None:
        async with opened(three) as (app, _):
            titles = [column.title for column in screen(app).table.columns]
            assert "training-target-learning_rate" in titles
            assert "training-target-epochs" not in titles
            row = next(text for text in body(app) if text.split()[:1] == ["high"])
            assert row.split()[1:6] == ["·", "1/1/0/0", "0.0100", "0.800", "0.950"]
            assert "accuracy" in line(app, "status")

    async def test_the_first_rows_are_shown_while_others_are_read(
        self, three: Repository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        shown: list[int] = []
        rows = History(three.root).rows()
        monkeypatch.setattr("tui.screens.experiment_work._FIRST_ROWS", 1)
        monkeypatch.setattr(Reader, "each", lambda self, commits=False: iter(rows))
        take = Index.copy

        def counted(self: Index) -> Index:
            shown.append(len(self.entries))
            return take(self)

        monkeypatch.setattr(Index, "copy", counted)
        async with opened(three):
            assert shown[0] == 1
            assert shown[-1] == 3

    async def test_refresh_brings_what_is_new_and_keeps_the_cursor(self, three: Repository) -> None:
        async with opened(three) as browsed:
            app = browsed[0]
            await press(browsed, "j")
            before = screen(app).chosen
            three.git("tag", "v1")
            await press(browsed, "r")
            assert "v1" in names(app)
            assert before is not None and screen(app).chosen is not None
            assert screen(app).chosen.ref == before.ref

    async def test_a_name_that_moved_has_the_values_of_its_new_commit(self, three: Repository) -> None:
        async with opened(three) as browsed:
            three.commit(trained(0.02, 0.4321), date="2026-02-02T12:00:00+0100")
            await press(browsed, "r")
            main = next(text for text in body(browsed[0]) if text.split()[:1] == ["main"])
            assert "0.432" in main
            assert "0.0200" in main

    async def test_missing_nan_zero_and_stale_are_told_apart(self, repository: Repository) -> None:
        repository.commit(study(cells={F: record(math.nan), IF: record(0.0)}))
        repository.experiment("stale", {**study(cells={F: record(0.5)}, seen={"seeds": [9]}), cell_path(IF): None})
        async with opened(repository) as browsed:
            app = browsed[0]
            lines = {text.split()[0]: text.split() for text in body(app) if text.split()[:1] in (["main"], ["stale"])}
            assert lines["main"][3:5] == ["NaN", "0.000"]
            assert lines["stale"][3:5] == ["!0.500", "·"]
            screen(app).table.move_to(next(row.key for row in screen(app).table.shown if "stale" in row.key))
            await press(browsed, "l", "l", "l")
            assert "stale: seeds is [1, 2] in params.yaml and was [9]" in line(app, "detail")

    async def test_what_is_told_around_the_rows_follows_the_filter(self, three: Repository) -> None:
        async with opened(three) as browsed:
            await press(browsed, "slash", *"low")
            assert line(browsed[0], "status").startswith("1 of 3")
            assert line(browsed[0], "detail").startswith("low")
            await press(browsed, "escape")
            assert line(browsed[0], "status").startswith("3 experiments")

    async def test_the_next_metric_is_shown(self, three: Repository) -> None:
        async with opened(three) as browsed:
            await press(browsed, "m")
            assert "macro_f1" in line(browsed[0], "status")
            assert any("0.600" in text for text in body(browsed[0]))


class TestCompare:
    async def test_a_row_is_compared_with_its_base(self, three: Repository) -> None:
        async with opened(three) as browsed:
            await press(browsed, "c")
            app = browsed[0]
            assert isinstance(app.screen, CompareScreen)
            assert app.screen.revisions[0] == "refs/heads/main"
            assert app.screen.revisions[1].endswith("/high")

    async def test_a_pinned_baseline_has_a_sign_and_is_used(self, three: Repository) -> None:
        async with opened(three) as browsed:
            app = browsed[0]
            await press(browsed, "b", "j")
            assert any(text.startswith(" B") and "high" in text for text in body(app))
            assert "baseline high" in line(app, "status")
            await press(browsed, "enter")
            assert isinstance(app.screen, CompareScreen)
            assert [name.rpartition("/")[2] for name in app.screen.revisions] == ["high", "low"]
            await press(browsed, "escape")
            assert "baseline high" in line(app, "status")

    async def test_the_two_that_are_marked_are_compared_in_the_order_of_marking(self, three: Repository) -> None:
        async with opened(three) as browsed:
            app = browsed[0]
            await press(browsed, "j", "space", "g", "space", "c")
            assert isinstance(app.screen, CompareScreen)
            assert [name.rpartition("/")[2] for name in app.screen.revisions] == ["low", "high"]

    async def test_all_that_are_marked_are_compared_with_the_pinned_one(self, three: Repository) -> None:
        async with opened(three) as browsed:
            app = browsed[0]
            await press(browsed, "G", "b", "g", "space", "space", "space", "c")
            assert isinstance(app.screen, CompareScreen)
            assert [name.rpartition("/")[2] for name in app.screen.revisions] == ["main", "high", "low"]

    @pytest.mark.parametrize(
        ("keys", "sentence"),
        [
            (("b", "c"), "high is the baseline"),
            (("G", "c"), "main is based on nothing"),
        ],
    )
    async def test_what_cannot_be_compared_is_said(
        self, three: Repository, keys: tuple[str, ...], sentence: str
    ) -> None:
        async with opened(three) as browsed:
            await press(browsed, *keys)
            assert any(sentence in notice for notice in notices(browsed[0]))
            assert isinstance(browsed[0].screen, ExperimentsScreen)


class TestColumns:
    async def test_columns_are_chosen_from_a_list_and_stay_chosen(self, three: Repository) -> None:
        async with opened(three) as browsed:
            app = browsed[0]
            await press(browsed, "v", "space", "enter")
            titles = [column.title for column in screen(app).table.columns]
            assert "gain" not in titles
            assert titles[0] == "name"
            await press(browsed, "r")
            assert "gain" not in [column.title for column in screen(app).table.columns]

    async def test_all_that_a_filter_shows_are_taken_away_at_once(self, three: Repository) -> None:
        async with opened(three) as browsed:
            app = browsed[0]
            await press(browsed, "v", "slash", *"sms_spam", "enter", "a", "enter")
            assert not any(column.key.startswith("cell:") for column in screen(app).table.columns)

    async def test_escape_changes_nothing(self, three: Repository) -> None:
        async with opened(three) as browsed:
            app = browsed[0]
            before = screen(app).table.columns
            await press(browsed, "v", "space", "space", "escape")
            assert [column.key for column in screen(app).table.columns] == [column.key for column in before]


class TestCopy:
    async def test_the_name_is_copied_as_diff_takes_it(
        self, three: Repository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        copied: list[str] = []
        monkeypatch.setattr(DetourApp, "copy", lambda self, text: copied.append(text))
        async with opened(three) as browsed:
            await press(browsed, "y", "n")
            assert copied == ["high"]


class TestFaults:
    async def test_no_commit_is_a_sentence(self, repository: Repository) -> None:
        async with opened(repository) as browsed:
            app = browsed[0]
            if not isinstance(app.screen, ExperimentsScreen):
                pytest.fail(f"{app.screen} is open")
            assert "There is no commit yet" in " ".join(body(app))
            await press(browsed, "c", "b", "v", "m", "y", "s", "space", "enter", "r")
            assert isinstance(app.screen, ExperimentsScreen)

    async def test_broken_files_are_told_and_other_rows_are_shown(self, repository: Repository) -> None:
        repository.commit(study(cells=BOTH))
        repository.experiment("metric", {cell_path(IF): "{"})
        repository.experiment("params", {"params.yaml": "models: [\n"})
        async with opened(repository) as browsed:
            app = browsed[0]
            assert sorted(names(app)) == ["main", "metric", "params"]
            details = []
            for _ in range(3):
                details.append(line(app, "detail"))
                await press(browsed, "j")
            assert any(f"{cell_path(IF)} is not JSON" in text for text in details)
            assert any("params.yaml" in text and "(!)" in text for text in details)
            metric = next(text for text in body(app) if "!metric" in text.split())
            assert "?" in metric.split()

    async def test_names_from_git_are_data(self, repository: Repository) -> None:
        commit = repository.commit(study(cells=BOTH), message="[bold]\x1b[2J")
        odd = ["[red]x[/red]", "esc\x1b]0;t\x07", "x" * 300, "実験🙂", "rtl\u202etxt"]
        with (repository.root / ".git" / "packed-refs").open("a", encoding="utf-8") as packed:
            packed.writelines(f"{commit} refs/heads/{name}\n" for name in sorted(odd))
        async with opened(repository) as browsed:
            app = browsed[0]
            assert len(names(app)) == 6
            text = "\n".join(body(app))
            assert "[red]x[/red]" in text
            assert not set("\x1b\x07\u202e") & set(text)
            shown = app.screen.query_one("#detail", Static).render_line(0).text
            assert r"[bold]\x1b[2J" in shown

    async def test_a_repository_that_git_refuses_is_a_sentence(
        self, three: Repository, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async with opened(three) as browsed:

            def refuse(self: Reader, commits: bool = False) -> None:
                raise InputError("git cannot open the repository around here (owned by somebody else).")

            monkeypatch.setattr(Reader, "each", refuse)
            await press(browsed, "r")
            assert "git cannot open the repository" in " ".join(" ".join(body(browsed[0])).split())

    @pytest.mark.parametrize("size", [(40, 10), (20, 5), (80, 24)])
    async def test_every_key_works_in_small_terminals(self, three: Repository, size: tuple[int, int]) -> None:
        async with opened(three, size) as browsed:
            await press(browsed, "j", "l", "l", "s", "S", "m", "v", "j", "escape", "slash", "h", "enter", "escape", "c")
            assert isinstance(browsed[0].screen, CompareScreen)
