"""The list of experiments: what is asked of it, how it is arranged, and what is remembered of both."""

import json
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.tui.app.browsing import body, browsing, line, new_repository, notices, opened, press
from tests.tui.history.repository import IF, F, Repository, params, record, study
from tui.app import DetourApp
from tui.screens.columns import ColumnsScreen
from tui.screens.experiments import ExperimentsScreen
from tui.screens.reading import ReadingScreen

BOTH = {F: record(0.8, 0.7), IF: record(0.9, 0.6)}
CURVE = "seed,epoch,dev_loss,dev_accuracy\n1,1,2.0,0.25\n1,2,1.0,0.75\n"


def trained(rate: float, accuracy: float) -> dict[str, str | None]:
    values = params(training={"intermediate": {"epochs": 3}, "target": {"learning_rate": rate, "epochs": 6}})
    return study(values, cells={**BOTH, IF: record(accuracy, 0.6)})


@pytest.fixture
def three(tmp_path: Path) -> Repository:
    """main and two experiments with other learning rates, one of them with a curve."""
    made = new_repository(tmp_path / "a study")
    made.commit(study(cells=BOTH), date="2026-02-01T12:00:00+0100")
    made.experiment("high", {**trained(0.01, 0.95), f"reports/curves/{IF.replace('@', '/')}.csv": CURVE})
    made.experiment("low", trained(0.0001, 0.85))
    return made


def screen(app: DetourApp) -> ExperimentsScreen:
    assert isinstance(app.screen, ExperimentsScreen), app.screen
    return app.screen


def names(app: DetourApp) -> list[str]:
    return [row.cells[0].text for row in browsing(app).table.shown]


def hint(app: DetourApp) -> list[str]:
    static = screen(app).query_line.hint
    return [static.render_line(y).text.rstrip() for y in range(static.size.height)]


def notes_of(repository: Repository) -> Path:
    return repository.root / ".git" / "detour" / "notes.json"


class TestFilter:
    async def test_the_language_chooses_and_esc_shows_all(self, three: Repository) -> None:
        async with opened(three) as browsed:
            app = browsed[0]
            await press(browsed, "slash", *"metrics.accuracy>0.94 -stale", "enter")
            assert names(app) == ["high"]
            assert line(app, "status").startswith("1 of 3")
            await press(browsed, "escape")
            assert len(names(app)) == 3

    async def test_a_fault_stands_under_its_word_and_the_rows_stay(self, three: Repository) -> None:
        async with opened(three, (80, 24)) as browsed:
            app = browsed[0]
            await press(browsed, "slash", *"low tsk:")
            assert names(app) == ["low"]
            await press(browsed, "x", "home")
            assert hint(app)[0] == "    ^^^"
            assert hint(app)[1].startswith("There is no key tsk; did you mean task")
            assert names(app) == ["low"]
            await press(browsed, "enter")
            assert screen(app).query_line.hint.display

    async def test_a_name_that_no_experiment_has_is_a_fault(self, three: Repository) -> None:
        async with opened(three, (80, 24)) as browsed:
            await press(browsed, "slash", *"metrics.acuracy>0 x", "home")
            assert hint(browsed[0])[0].strip() == "^" * len("metrics.acuracy")
            assert "did you mean metrics.accuracy?" in hint(browsed[0])[1]
            assert len(names(browsed[0])) == 3

    async def test_tab_completes_keys_and_values_and_goes_round(self, three: Repository) -> None:
        async with opened(three) as browsed:
            app = browsed[0]
            text = lambda: screen(app).query_one(Input).value  # noqa: E731
            await press(browsed, "slash", *"tas", "tab")
            assert text() == "task:"
            await press(browsed, "tab")
            assert text() == "task:classification"
            assert len(names(app)) == 3
            await press(browsed, *" name:", "tab", "tab")
            assert text() == "task:classification name:low"
            await press(browsed, "tab", "tab")
            assert text().endswith("name:high")
            assert names(app) == ["high"]

    async def test_a_word_that_may_become_a_key_hides_nothing_until_it_is_whole(self, three: Repository) -> None:
        async with opened(three) as browsed:
            await press(browsed, "slash", *"ta")
            assert len(names(browsed[0])) == 3
            assert "task:" in hint(browsed[0])[0]
            await press(browsed, "enter")
            assert names(browsed[0]) == []

    async def test_the_line_explains_the_language(self, three: Repository) -> None:
        async with opened(three, (80, 24)) as browsed:
            await press(browsed, "slash", "a", "question_mark")
            assert isinstance(browsed[0].screen, ReadingScreen)
            await press(browsed, "escape")
            assert screen(browsed[0]).query_line.text == "a"


class TestKept:
    async def test_stars_and_notes_are_kept_beside_the_repository(self, three: Repository) -> None:
        async with opened(three) as browsed:
            app = browsed[0]
            await press(browsed, "asterisk", "n", *"try again", "enter")
            assert any(text.startswith(" ★high") and "try again" in text for text in body(app))
            assert "starred  note: try again" in line(app, "detail")
            await press(browsed, "slash", *"starred note~again", "enter")
            assert names(app) == ["high"]
        assert three.git("status", "--porcelain") == ""
        async with opened(three) as browsed:
            await press(browsed, "escape")
            assert any(text.startswith(" ★high") and "try again" in text for text in body(browsed[0]))
            await press(browsed, "asterisk", "n", "ctrl+u", "enter")
            assert "★" not in "".join(body(browsed[0]))
        kept = json.loads(notes_of(three).read_text())
        assert kept["notes"] == {} and kept["stars"] == {}

    async def test_the_list_looks_as_it_was_left(self, three: Repository) -> None:
        async with opened(three) as browsed:
            await press(browsed, "l", "l", "greater_than_sign", "right_square_bracket", "s", "m", "t", "b")
            await press(browsed, "slash", *"-kind:tag", "enter")
            before = screen(browsed[0]).view_now
        async with opened(three) as browsed:
            app = browsed[0]
            assert screen(app).view_now == before
            assert len(names(app)) == 3
            assert before.metric == "macro_f1" and before.arrangement.tree and before.baseline
            assert screen(app).query_line.line.display
            assert [column.key for column in screen(app).table.columns][2:4] != ["m/i/s/-", "gain"]
            assert "macro_f1" in line(app, "status") and "baseline main" in line(app, "status")

    async def test_a_damaged_file_is_told_and_left_alone(self, three: Repository) -> None:
        notes_of(three).parent.mkdir()
        notes_of(three).write_text("{")
        async with opened(three) as browsed:
            assert any("is not JSON" in notice for notice in notices(browsed[0]))
            assert len(names(browsed[0])) == 3
            await press(browsed, "asterisk")
        assert notes_of(three).read_text() == "{"

    @pytest.mark.parametrize(
        "view", ["x", {"sort": [["name", 1], ["name"]], "pinned": 0, "widths": {"a": -1}, "filter": 5}]
    )
    async def test_an_odd_view_is_no_crash(self, three: Repository, view: object) -> None:
        notes_of(three).parent.mkdir()
        notes_of(three).write_text(json.dumps({"schema": 1, "view": view}))
        async with opened(three) as browsed:
            assert len(names(browsed[0])) == 3


class TestNew:
    async def test_at_first_nothing_is_new_then_what_came_or_moved_is(self, three: Repository) -> None:
        async with opened(three) as browsed:
            assert "new" not in line(browsed[0], "status")
            await press(browsed, "N")
            assert any("Nothing was recorded or changed" in notice for notice in notices(browsed[0]))
        three.experiment("later", trained(0.5, 0.5))
        three.commit({"README.md": "x"})
        async with opened(three) as browsed:
            app = browsed[0]
            assert "2 new since" in line(app, "status")
            assert sorted(text[1:6] for text in body(app) if text.startswith(" +")) == ["+late", "+main"]
            await press(browsed, "N")
            assert sorted(names(app)) == ["later", "main"]
            await press(browsed, "N")
            assert len(names(app)) == 4
        async with opened(three) as browsed:
            assert "new" not in line(browsed[0], "status")

    async def test_what_comes_during_a_visit_is_new_in_it(self, three: Repository) -> None:
        async with opened(three):
            pass
        async with opened(three) as browsed:
            three.experiment("later", trained(0.5, 0.5))
            await press(browsed, "r")
            assert "1 new since" in line(browsed[0], "status")


class TestArranged:
    async def test_experiments_stand_under_what_they_are_based_on(self, three: Repository) -> None:
        three.commit({"README.md": "x"}, date="2026-04-01T12:00:00+0100")
        three.git("branch", "size", "HEAD~1")
        async with opened(three) as browsed:
            await press(browsed, "t")
            shown = [text[2:10].rstrip() for text in body(browsed[0]) if text.strip()][-4:]
            assert shown == ["main", "└ size", "└ high", "└ low"] or sorted(shown) == [
                "main",
                "└ high",
                "└ low",
                "└ size",
            ]
            await press(browsed, "t")
            assert not any("└" in text for text in body(browsed[0]))

    async def test_parameters_that_are_the_same_in_the_rows_shown_are_left_out(self, three: Repository) -> None:
        async with opened(three) as browsed:
            app = browsed[0]
            keys = lambda: [column.key for column in screen(app).table.columns]  # noqa: E731
            await press(browsed, "x")
            assert "param:training.target.learning_rate" in keys()
            await press(browsed, "slash", *"high", "enter")
            assert "param:training.target.learning_rate" not in keys()
            await press(browsed, "x")
            assert "param:training.target.learning_rate" in keys()

    async def test_columns_are_put_in_order_in_the_list_of_columns(self, three: Repository) -> None:
        async with opened(three) as browsed:
            await press(browsed, "v", "greater_than_sign", "greater_than_sign", "less_than_sign", "enter")
            assert [column.key for column in screen(browsed[0]).table.columns][:3] == ["name", "m/i/s/-", "gain"]

    async def test_a_column_is_made_of_an_expression(self, three: Repository) -> None:
        async with opened(three) as browsed:
            app = browsed[0]
            await press(browsed, "v", "plus", *"max  dev_accuracy", "enter", "enter")
            column = next(column for column in screen(app).table.columns if column.key == "=max dev_accuracy")
            place = list(screen(app).table.columns).index(column)
            assert [screen(app).table.cell(row, place).text for row in screen(app).table.shown] == ["0.750", "·", "·"]
        async with opened(three) as browsed:
            assert "=max dev_accuracy" in [column.key for column in screen(browsed[0]).table.columns]

    async def test_an_expression_without_sense_is_refused_with_a_sentence(self, three: Repository) -> None:
        async with opened(three) as browsed:
            await press(browsed, "v", "plus", *"max nothing", "enter")
            assert any("Neither a metric nor a curve is called nothing" in notice for notice in notices(browsed[0]))
            assert isinstance(browsed[0].screen, ColumnsScreen)

    @pytest.mark.parametrize("size", [(40, 10), (20, 5)])
    async def test_small_terminals_hold_it(self, three: Repository, size: tuple[int, int]) -> None:
        async with opened(three, size) as browsed:
            await press(browsed, "t", "x", "asterisk", "N", "p", "l", "p", "slash", *"tsk:x", "tab", "enter", "escape")
            assert len(names(browsed[0])) == 3
