"""The table: what it draws, how it is moved in, sorted, filtered and marked."""

import math
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from tui.widgets.arrangement import nested, ordered
from tui.widgets.cells import Cell, Column, TableRow, cut, decimals_of, fitted, number_cell, sorted_rows, text_cell
from tui.widgets.filtered import FilteredTable
from tui.widgets.table import Table

COLUMNS = [Column("name", ("name",)), *(Column(f"c{i}", ("target", f"c{i}"), right=True) for i in range(12))]


def row(key: str, *values: float | None, name: str = "") -> TableRow:
    numbers = [*values, *[0.5] * (12 - len(values))]
    return TableRow(key, [text_cell(name or key), *(number_cell(value, 3) for value in numbers)])


class Browser(App[None]):
    ENABLE_COMMAND_PALETTE = False

    def __init__(self, rows: Sequence[TableRow], columns: Sequence[Column] = COLUMNS) -> None:
        super().__init__()
        self.given = (columns, rows)
        self.chosen = 0
        self.arranged = 0

    def compose(self) -> ComposeResult:
        yield FilteredTable()

    def on_mount(self) -> None:
        self.table.load(*self.given)
        self.table.focus()

    def on_table_chosen(self) -> None:
        self.chosen += 1

    def on_table_arranged(self) -> None:
        self.arranged += 1

    @property
    def table(self) -> Table:
        return self.query_one(FilteredTable).table

    def lines(self) -> list[str]:
        return [self.table.render_line(y).text.rstrip() for y in range(self.table.size.height)]


@asynccontextmanager
async def opened(
    rows: Sequence[TableRow], size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[Browser, Pilot[None]]]:
    app = Browser(rows)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


def many(count: int) -> list[TableRow]:
    return [row(f"row{index}", index / 1000) for index in range(count)]


class TestDrawing:
    async def test_missing_nan_and_zero_are_three_things_and_a_stale_value_has_a_sign(self) -> None:
        cells = [number_cell(None, 3), number_cell(math.nan, 3), number_cell(0.0, 3), number_cell(0.25, 3, "stale")]
        given = TableRow("a", [text_cell("a"), *cells, *[number_cell(1.0, 3)] * 8])
        async with opened([given]) as (app, _):
            assert app.lines()[2].split()[:5] == ["a", "·", "NaN", "0.000", "!0.250"]

    async def test_origins_are_drawn_in_styles_of_their_own(self) -> None:
        cells = [number_cell(0.1, 3, tone) for tone in ("plain", "inherited", "stale")]
        rows = [row("first"), TableRow("a", [text_cell("a"), *cells, *[number_cell(1.0, 3)] * 9])]
        async with opened(rows) as (app, _):
            styles = {segment.text.strip(): segment.style for segment in app.table.render_line(3)}
            inherited, stale = styles["0.100"], styles["!0.100"]
            assert inherited is not None and stale is not None
            assert inherited.dim
            assert inherited.color != stale.color

    async def test_numbers_stand_below_each_other(self) -> None:
        async with opened([row("a", 0.5), row("b", 12.25), row("c", -3.0)]) as (app, _):
            points = [line.index(".") for line in app.lines()[2:5]]
            assert len(set(points)) == 1

    async def test_names_are_data(self) -> None:
        rows = [row("1", name="[red]x[/red]"), row("2", name="e\x1b[2Jsc\u202e"), row("3", name="実験🙂")]
        async with opened(rows) as (app, _):
            lines = app.lines()
            assert "[red]x[/red]" in lines[2]
            assert r"e\x1b[2Jsc\u202e" in lines[3]
            assert "実験🙂" in lines[4]
            widths = {app.table.render_line(y).cell_length for y in range(8)}
            assert widths == {app.table.scrollable_content_region.width}

    async def test_an_empty_table_says_so(self) -> None:
        async with opened([]) as (app, pilot):
            assert "  Nothing here." in app.lines()
            await pilot.press("j", "G", "space", "s", "S", "enter", "pagedown", "l")
            assert app.chosen == 0

    @pytest.mark.parametrize("size", [(40, 10), (10, 3), (3, 2)])
    async def test_small_terminals_hold_it(self, size: tuple[int, int]) -> None:
        async with opened(many(50), size) as (app, pilot):
            await pilot.press("G", "l", "l", "s", "k")
            assert len(app.lines()) <= size[1]

    async def test_the_first_column_stays_and_numbers_are_never_cut(self) -> None:
        async with opened(many(3), (30, 10)) as (app, pilot):
            for _ in range(12):
                await pilot.press("l")
                assert app.lines()[1].startswith("  row0")
                assert all(len(number) == 5 for number in app.lines()[1].split()[1:])
            head = app.lines()[0]
            assert head.startswith("<")
            assert head.endswith("ta…c11")


class TestMoving:
    async def test_the_cursor_goes_by_rows_and_pages_to_both_ends(self) -> None:
        async with opened(many(200)) as (app, pilot):
            table = app.table
            page = table.page
            for keys, where in (
                ("j", 1), ("down", 2), ("k", 1), ("G", 199), ("j", 199), ("g", 0), ("k", 0),
                ("pagedown", page), ("pagedown", 2 * page), ("pageup", page),
            ):  # fmt: skip
                await pilot.press(keys)
                assert table.cursor == where, keys
                assert any(f"row{where}" in line.split() for line in app.lines())

    async def test_a_move_draws_two_rows(self, monkeypatch: pytest.MonkeyPatch) -> None:
        async with opened(many(200)) as (app, pilot):
            drawn: list[Region] = []
            refresh = app.table.refresh

            def record(*regions: Region, **options: bool) -> object:
                drawn.extend(regions or [app.table.region])
                return refresh(*regions, **options)

            monkeypatch.setattr(app.table, "refresh", record)
            await pilot.press("j")
            assert [region.height for region in drawn] == [1, 1]

    async def test_the_cursor_stays_on_its_row_when_rows_come_or_go(self) -> None:
        async with opened(many(20)) as (app, pilot):
            await pilot.press("j", "j")
            app.table.load(COLUMNS, [row("new"), *many(20)])
            assert app.table.row is not None
            assert app.table.row.key == "row2"
            app.table.load(COLUMNS, [row("other")])
            assert app.table.row.key == "other"

    async def test_the_mouse_chooses_rows_and_sorts_by_a_head(self) -> None:
        async with opened(many(20)) as (app, pilot):
            await pilot.click(Table, offset=(5, 5))
            assert app.table.cursor == 3
            await pilot.click(Table, offset=(5, 5), times=2)
            assert app.chosen == 1
            await pilot.click(Table, offset=(10, 1))
            assert app.table.sorted_by == "c0"
            await pilot.click(Table, offset=(5, 23))
            assert app.table.cursor == 0


class TestSorting:
    @given(st.lists(st.one_of(st.none(), st.floats(allow_nan=True), st.just(math.nan)), max_size=30), st.booleans())
    def test_nan_and_missing_come_last_in_both_directions(self, values: list[float | None], down: bool) -> None:
        rows = [TableRow(str(index), [number_cell(value, 3)]) for index, value in enumerate(values)]
        found = [made.cells[0].order for made in sorted_rows(rows, 0, down)]
        numbers = [value for value in values if value is not None and not math.isnan(value)]
        nans = sum(value is not None and math.isnan(value) for value in values)
        assert found[: len(numbers)] == sorted(numbers, reverse=down)
        assert all(isinstance(value, float) and math.isnan(value) for value in found[len(numbers) :][:nans])
        assert found[len(numbers) + nans :] == [None] * values.count(None)

    async def test_s_adds_a_column_turns_it_and_takes_it_away(self) -> None:
        rows = [row("a", 0.1, 0.9), row("b", 0.3, 0.8), row("c", 0.2, 0.7)]
        async with opened(rows) as (app, pilot):
            shown = lambda: "".join(made.key for made in app.table.shown)  # noqa: E731
            await pilot.press("l", "s")
            assert shown() == "bca"
            assert "▼c0" in app.lines()[1]
            await pilot.press("s")
            assert shown() == "acb"
            assert "▲c0" in app.lines()[1]
            await pilot.press("S")
            assert shown() == "bca"
            await pilot.press("S", "s")
            assert shown() == "abc"
            assert app.table.sorted_by is None

    async def test_later_keys_decide_among_equals_and_arrows_have_numbers(self) -> None:
        rows = [row("a", 0.1, 0.5), row("b", 0.3, 0.8), row("c", 0.1, 0.7), row("d", None, 0.9)]
        async with opened(rows) as (app, pilot):
            await pilot.press("l", "s", "l", "s")
            assert [made.key for made in app.table.shown] == ["b", "c", "a", "d"]
            assert "▼1c0" in app.lines()[1] and "▼2c1" in app.lines()[1]
            await pilot.press("S")
            assert [made.key for made in app.table.shown] == ["b", "a", "c", "d"]
            assert "▲2c1" in app.lines()[1]
            assert [len(line.split()[1]) for line in app.lines()[2:5]] == [5, 5, 5]

    async def test_rows_that_come_later_are_sorted_in(self) -> None:
        async with opened([row("a", 0.1), row("b", 0.3)]) as (app, pilot):
            await pilot.press("l", "s")
            app.table.extend([row("c", 0.2)])
            assert [made.key for made in app.table.shown] == ["b", "c", "a"]


class TestArranging:
    async def test_columns_are_moved_sized_and_pinned(self) -> None:
        async with opened(many(3)) as (app, pilot):
            await pilot.press("l", "greater_than_sign")
            assert app.lines()[1].split()[:3] == ["name", "c1", "c0"]
            assert app.lines()[2].split()[:3] == ["row0", "0.500", "0.000"]
            assert app.table.column is not None and app.table.column.key == "c0"
            await pilot.press("less_than_sign", "less_than_sign")
            assert app.lines()[1].split()[:3] == ["name", "c0", "c1"]
            await pilot.press("right_square_bracket", "right_square_bracket")
            assert "row0    0.000" in app.lines()[2]
            await pilot.press(*["left_square_bracket"] * 9)
            assert app.table.arrangement.widths["c0"] == 3
            assert app.arranged == 9

    async def test_a_pinned_column_stays_and_goes_again(self) -> None:
        async with opened(many(3), (50, 10)) as (app, pilot):
            await pilot.press("l", "l", "l", "p")
            for _ in range(11):
                await pilot.press("l")
                assert app.lines()[0].replace("<", " ").split()[1].endswith("c2")
            await pilot.press(*["h"] * 20, "l", "p")
            assert app.table.arrangement.pinned == 1

    async def test_more_is_pinned_than_fits_and_nothing_is_lost(self) -> None:
        async with opened(many(3), (40, 10)) as (app, pilot):
            for _ in range(10):
                await pilot.press("l", "p")
            for column in range(13):
                app.table._choose(column)
                assert app.table._sees(column), column

    async def test_rows_stand_below_what_they_are_based_on(self) -> None:
        rows = [row("child", 0.5), row("main", 0.1), row("grandchild", 0.9), row("other", 0.7)]
        parents = {"child": "main", "grandchild": "child", "other": "gone", "main": "main"}
        async with opened(rows) as (app, pilot):
            app.table.take(replace(app.table.arrangement, tree=True), parents)
            await pilot.pause()
            assert [line[2:16].rstrip() for line in app.lines()[2:6]] == ["main", "└ child", "  └ grandchild", "other"]
            app.table.keep({"grandchild", "main"})
            assert [made.key for made in app.table.shown] == ["main", "grandchild"]
            app.table.keep(None)
            await pilot.press("l", "s")
            assert [made.key for made in app.table.shown] == ["other", "main", "child", "grandchild"]

    @given(
        st.lists(st.integers(0, 8), unique=True),
        st.dictionaries(st.integers(0, 9).map(str), st.integers(0, 9).map(str)),
    )
    def test_a_tree_holds_every_row_once_whatever_its_parents(self, keys: list[int], parents: dict[str, str]) -> None:
        found, depths = nested([TableRow(str(key), []) for key in keys], parents)
        assert sorted(made.key for made in found) == sorted(map(str, keys))
        assert set(depths) == set(map(str, keys))

    @given(st.lists(st.text("abc", max_size=2), unique=True), st.lists(st.text("abcd", max_size=2)))
    def test_any_order_shows_every_column_once_and_the_first_first(self, keys: list[str], order: list[str]) -> None:
        places = ordered(keys, order)
        assert sorted(places) == list(range(len(keys)))
        assert places[:1] == [0][: len(keys)]

    def test_a_column_that_an_order_does_not_know_stands_behind_its_neighbour(self) -> None:
        keys = ["name", "a", "new", "b"]
        assert [keys[place] for place in ordered(keys, ["name", "b", "a"])] == ["name", "b", "a", "new"]


class TestFilter:
    async def test_slash_takes_words_at_once_and_escape_shows_all(self) -> None:
        rows = [row("1", name="learning Rate high"), row("2", name="rate low"), row("3", name="other")]
        async with opened(rows) as (app, pilot):
            await pilot.press("slash", *"rate hi")
            assert [made.key for made in app.table.shown] == ["1"]
            await pilot.press("enter")
            assert app.table.has_focus
            await pilot.press("escape")
            assert len(app.table.shown) == 3
            assert not app.query_one(FilteredTable).line.display

    async def test_nothing_that_matches_is_no_crash(self) -> None:
        async with opened(many(5)) as (app, pilot):
            await pilot.press("slash", *"[zzz", "enter", "j", "space", "enter")
            assert app.table.shown == []
            assert app.chosen == 0


class TestMarks:
    async def test_space_marks_and_unmarks_and_marks_follow_their_rows(self) -> None:
        async with opened(many(5)) as (app, pilot):
            await pilot.press("space", "space", "g", "space")
            assert list(app.table.marks) == ["row1"]
            assert app.lines()[3].startswith("* row1")
            app.table.load(COLUMNS, many(1))
            assert app.table.marks == {}

    async def test_enter_chooses(self) -> None:
        async with opened(many(5)) as (app, pilot):
            await pilot.press("enter")
            assert app.chosen == 1


class TestText:
    @settings(max_examples=40)
    @given(st.text(max_size=40), st.integers(0, 30), st.booleans())
    def test_any_text_fits_its_width(self, text: str, width: int, right: bool) -> None:
        shown = text_cell(text).text
        assert cell_len(cut(shown, width)) <= width
        assert cell_len(fitted(shown, width, right)) == width

    def test_a_cut_name_keeps_both_ends(self) -> None:
        assert cut("sms_spam-pretrained-roberta", 15) == "sms_spa…roberta"
        assert cut("short", 15) == "short"

    def test_decimals_are_those_that_the_values_need(self) -> None:
        assert decimals_of([0.5, 0.125, math.nan]) == 3
        assert decimals_of([3, 6]) == 0
        assert decimals_of([1 / 3]) == 6

    def test_large_and_infinite_numbers_stay_short(self) -> None:
        cells = [number_cell(value, 3) for value in (1e300, math.inf, -math.inf)]
        assert [cell.text for cell in cells] == ["1.000e+300", "inf", "-inf"]

    async def test_every_row_of_a_random_table_is_as_wide_as_the_screen(self) -> None:
        rng = random.Random(7)
        alphabet = "ab é実🙂\u0301ש"
        rows = [
            TableRow(str(index), [Cell("".join(rng.choices(alphabet, k=rng.randrange(30)))) for _ in COLUMNS])
            for index in range(30)
        ]
        async with opened(rows) as (app, _):
            assert {app.table.render_line(y).cell_length for y in range(24)} == {
                app.table.scrollable_content_region.width
            }
