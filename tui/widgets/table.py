"""A table of many rows and columns that costs what is on the screen.

It draws by line: only the rows in sight are rendered, a move of the cursor draws two of them, and whole columns scroll sideways
behind the first, which stays, as do others that are pinned. (Textual's DataTable lays out every cell: 4 to 30 times slower at 1,000
rows of 40 columns.) The rows in sight keep the order in which they were given until columns sort them; a filter and an arrangement
survive new rows, and the cursor stays on its row. `prepare` does in a thread what takes long for many rows.
"""

import textwrap
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import replace
from typing import ClassVar, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import actions
from tui.output import visible
from tui.widgets.arrangement import Arrangement, SortKey, nested, ordered, sorted_by
from tui.widgets.cells import Cell, Column, TableRow, cleaned, cut, fitted, matches, width_of, widths

GUTTER = 2
"""Columns before the first: the mark and the sign of a row."""
_MARK = "*"
_LEAST_TEXT = 6
_LOW = 14
"""Lines below which the head takes one."""


class Span(NamedTuple):
    """A column in sight."""

    column: int
    start: int
    width: int


class Prepared(NamedTuple):
    """Columns and rows that are ready to be shown."""

    columns: Sequence[Column]
    rows: list[TableRow]
    widths: list[int]


def prepare(columns: Sequence[Column], rows: Iterable[TableRow]) -> Prepared:
    """Clean the rows and measure the columns; needs no table, and may be done in a thread."""
    clean = [cleaned(row) for row in rows]
    return Prepared(columns, clean, widths(columns, clean))


class Table(ScrollView, can_focus=True, inherit_bindings=False):
    """A table with a cursor by row, a chosen column, marks, sorting and a filter.

    Args:
        id: The widget's id.
        empty: What stands in the place of rows where there are none.
    """

    DEFAULT_CSS = """
    Table { overflow-x: hidden; overflow-y: auto; height: 1fr; background: $background; color: $foreground; }
    Table > .table--head { text-style: bold; background: $panel; color: $foreground; }
    Table > .table--here { text-style: bold underline; }
    Table > .table--cursor { background: $panel; text-style: bold; }
    Table:focus > .table--cursor { background: $primary; color: $text; text-style: bold; }
    Table > .table--mark { color: $accent; text-style: bold; }
    Table > .table--strong { text-style: bold; }
    Table > .table--inherited { color: $text-muted; text-style: dim; }
    Table > .table--missing { color: $text-muted; text-style: dim; }
    Table > .table--stale { color: $text-warning; }
    Table > .table--better { color: $text-success; }
    Table > .table--worse { color: $text-error; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"table--{name}"
        for name in (
            "head", "here", "cursor", "mark", "strong", "inherited", "missing", "stale", "better", "worse",
        )
    }  # fmt: skip
    BINDINGS = actions.bindings("move", "table")

    class Moved(Message):
        """The cursor is on another row or column."""

    class Chosen(Message):
        """Enter or a double click on a row."""

    class Marked(Message):
        """A row was marked, or is no longer."""

    class Arranged(Message):
        """A person has sorted, moved, pinned or sized a column."""

    def __init__(self, id: str | None = None, empty: str = "Nothing here.") -> None:
        super().__init__(id=id)
        self.empty = empty
        self.columns: Sequence[Column] = ()
        """As they stand on the screen, from left to right."""
        self.arrangement = Arrangement()
        self.parents: Mapping[str, str] = {}
        """Under which row a row stands in a tree, by their keys."""
        self.rows: list[TableRow] = []
        """Every row, in the order given."""
        self.shown: list[TableRow] = []
        """The rows that pass the filter, in the order on the screen."""
        self.marks: dict[str, None] = {}
        """Keys of the marked rows, in the order of marking."""
        self.signs: dict[str, str] = {}
        """A letter before a row, by its key."""
        self.cursor = 0
        self.at = 0
        """The chosen column."""
        self.filter = ""
        self.kept: Set[str] | None = None
        """Keys of the rows to be shown; None for all."""
        self._given: Sequence[Column] = ()
        self._places: list[int] = []
        """For each column on the screen, its place in the cells of a row."""
        self._widths: list[int] = []
        """In the order given."""
        self._depths: Mapping[str, int] = {}
        self._left = 1
        self._fixed = 1
        """Columns that stay and fit."""
        self._spans: list[Span] = []
        self._width = 0
        """Columns of the terminal inside the table, which the spans are for."""
        self.head_height = 1
        """Lines of the head: one in a low table."""
        self._styles: dict[tuple[str, str], Style] = {}

    # What it holds

    def load(self, columns: Sequence[Column], rows: Iterable[TableRow]) -> None:
        """Show other columns and rows; cursor, marks, arrangement and filter stay where their keys do."""
        self.show(prepare(columns, rows))

    def show(self, prepared: Prepared) -> None:
        """`load`, what takes long being done."""
        here, column = self.row, self.column
        self._given, self.rows, self._widths = prepared
        self._stand(column)
        held = {row.key for row in self.rows}
        self.marks = {key: None for key in self.marks if key in held}
        self._arrange(here)

    def extend(self, rows: Iterable[TableRow]) -> None:
        """Add rows below, or where the sort puts them."""
        here = self.row
        new = [cleaned(row) for row in rows]
        self.rows += new
        self._widths = widths(self._given, new, self._widths)
        self._arrange(here)

    def narrow(self, text: str) -> None:
        """Show only the rows in which every word of `text` occurs; all of them for no text."""
        self.filter = text
        self._arrange(self.row)

    def keep(self, keys: Set[str] | None) -> None:
        """Show only the rows with these keys; all of them for None."""
        self.kept = keys
        self._arrange(self.row)

    def take(self, arrangement: Arrangement, parents: Mapping[str, str] | None = None) -> None:
        """Take on another arrangement; where the order of rows changes, go to the first: one sorts to see what is on top."""
        before, self.arrangement = self.arrangement, arrangement
        self.parents = self.parents if parents is None else parents
        self._stand(self.column)
        same = (before.sort, before.tree) == (arrangement.sort, arrangement.tree)
        self._arrange(self.row if same else None)

    def sort(self, key: str | None, downwards: bool = False) -> None:
        """Sort by one column, or by none (the order given)."""
        sort = () if key is None else (SortKey(key, downwards),)
        self.take(replace(self.arrangement, sort=sort))

    @property
    def sorted_by(self) -> str | None:
        """The column that the rows are sorted by before all others."""
        return next((sort.key for sort in self._sort()), None)

    @property
    def narrowed(self) -> bool:
        """Whether a filter hides rows."""
        return bool(self.filter.strip()) or self.kept is not None

    def move_to(self, key: str) -> None:
        """Put the cursor on a row, where it is shown."""
        found = next((index for index, row in enumerate(self.shown) if row.key == key), None)
        if found is not None:
            self._move(found)

    @property
    def row(self) -> TableRow | None:
        """The row under the cursor; None where there is none."""
        return self.shown[self.cursor] if self.cursor < len(self.shown) else None

    @property
    def column(self) -> Column | None:
        """The chosen column."""
        return self.columns[self.at] if self.at < len(self.columns) else None

    def cell(self, row: TableRow, column: int) -> Cell:
        """A row's cell in a column of the screen."""
        return row.cells[self._places[column]]

    def _stand(self, column: Column | None) -> None:
        """Put the columns in their order; the chosen one stays chosen."""
        self._places = ordered([given.key for given in self._given], self.arrangement.order)
        self.columns = [self._given[place] for place in self._places]
        keys = self._keys()
        self.at = keys.index(column.key) if column and column.key in keys else 0

    def _keys(self) -> list[str]:
        return [column.key for column in self.columns]

    def _sort(self) -> list[SortKey]:
        """The keys of the sort whose columns are there."""
        keys = set(self._keys())
        return [sort for sort in self.arrangement.sort if sort.key in keys]

    def _arrange(self, here: TableRow | None) -> None:
        words, shown = self.filter.casefold().split(), self.rows
        if self.kept is not None:
            shown = [row for row in shown if row.key in self.kept]
        if words:
            shown = [row for row in shown if matches(row, words)]
        if sort := self._sort():
            places = dict(zip(self._keys(), self._places, strict=True))
            shown = sorted_by(shown, [(places[key], downwards) for key, downwards in sort])
        self._depths = {}
        if self.arrangement.tree:
            shown, self._depths = nested(shown, self.parents)
        self.shown = list(shown)
        where = {row.key: index for index, row in enumerate(self.shown)} if here else {}
        self.cursor = where.get(here.key, self.cursor) if here else 0
        self.cursor = max(0, min(self.cursor, len(self.shown) - 1))
        self._measure()
        self._lay_out()
        self.virtual_size = Size(1, len(self.shown) + self.head_height)
        self._follow()
        self.refresh()
        self.post_message(self.Moved())

    # What is in sight

    @property
    def page(self) -> int:
        """Rows in sight."""
        return max(1, self.scrollable_content_region.height - self.head_height)

    def _measure(self) -> None:
        """Take the present size, once for all lines that are drawn after it."""
        region = self.scrollable_content_region
        tallest = max((len(column.head) for column in self.columns), default=1)
        self.head_height = 1 if region.height < _LOW else tallest
        if region.width != self._width:
            self._width = region.width
            self._lay_out()

    def on_resize(self) -> None:
        """Keep the cursor in sight."""
        self._measure()
        self.virtual_size = Size(1, len(self.shown) + self.head_height)
        self._follow()

    def _lay_out(self) -> None:
        """Choose the columns in sight, the chosen one among them."""
        width = self._width
        self._fixed = self._fitting(width)
        self._left = max(self._fixed, min(self._left, len(self.columns) - 1))
        self._spans = self._fit(width)
        while self.at >= self._left and self._left < len(self.columns) - 1 and not self._sees(self.at):
            self._left += 1
            self._spans = self._fit(width)
        if self._fixed <= self.at < self._left:
            self._left = self.at
            self._spans = self._fit(width)

    def _sees(self, column: int) -> bool:
        return column < self._fixed or any(span.column == column for span in self._spans)

    def _wanted(self, column: int) -> int:
        """The width that a column wants: the one that a person gave it, else what its texts and its head need."""
        key = self.columns[column].key
        given = self.arrangement.widths.get(key)
        if given is not None:
            return given
        found = self._widths[self._places[column]]
        if column == 0 and self._depths:
            found += 2 * max(self._depths.values())
        if len(self.arrangement.sort) > 1 and any(sort.key == key for sort in self.arrangement.sort):
            # The arrow has a number.
            found = max(found, width_of(self._head(self.columns[column], self.head_height - 1)) + 1)
        return found

    def _first_width(self, room: int) -> int:
        """The first column's width: where others are beside it a third, unless it was given more."""
        most = room if len(self.columns) == 1 else max(_LEAST_TEXT, room // 3)
        if self.columns[0].key in self.arrangement.widths:
            most = max(most, room * 2 // 3)
        return max(0, min(self._wanted(0), most, room))

    def _fitting(self, width: int) -> int:
        """How many of the columns that stay fit, the first one always; the others need some room, too."""
        if not self.columns:
            return 1
        room = width - GUTTER
        taken, count = self._first_width(room), 1
        while count < min(self.arrangement.pinned, len(self.columns) - 1):
            taken += 1 + self._wanted(count)
            if taken > room * 2 // 3:
                break
            count += 1
        return count

    def _fit(self, width: int) -> list[Span]:
        """The columns that stay, then as many whole columns as fit; a text may be cut to what is left, a number never."""
        if not self.columns:
            return []
        spans = [Span(0, GUTTER, self._first_width(width - GUTTER))]
        for index in [*range(1, self._fixed), *range(self._left, len(self.columns))]:
            start = spans[-1].start + spans[-1].width + 1
            wanted, left = self._wanted(index), width - start
            if wanted > left and not (left >= _LEAST_TEXT and not self.columns[index].right):
                # A number alone beside the columns that stay is cut rather than never seen.
                if len(spans) == self._fixed and left > 0:
                    spans.append(Span(index, start, left))
                break
            spans.append(Span(index, start, min(wanted, left)))
        return spans

    def _follow(self) -> None:
        top = round(self.scroll_y)
        if self.cursor < top:
            top = self.cursor
        elif self.cursor >= top + self.page:
            top = self.cursor - self.page + 1
        if top != round(self.scroll_y):
            self.scroll_to(y=top, animate=False)

    # Drawing

    def notify_style_update(self) -> None:
        """Forget the styles of another theme."""
        self._styles.clear()
        super().notify_style_update()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The lines of a region."""
        self._measure()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        """Line `y` of the widget: the head, a row, or nothing."""
        if y < self.head_height:
            return self._head_line(y)
        index = y - self.head_height + round(self.scroll_y)
        if index < len(self.shown):
            return self._row_line(index)
        return self._strip([("" if self.shown else self._empty_line(index), "plain")], "")

    def _empty_line(self, index: int) -> str:
        text = "No row passes the filter; Esc shows all." if self.rows else self.empty
        width = max(1, self._width - 2 * GUTTER)
        lines = textwrap.wrap(visible(text), width)
        return " " * GUTTER + cut(lines[index], width) if index < len(lines) else ""

    def _head_line(self, y: int) -> Strip:
        last = y == self.head_height - 1
        pieces = [("<" if self._left > self._fixed and y == 0 else " ", "head")]
        for span in self._spans:
            column = self.columns[span.column]
            # Right before the head, where the column's gap is; for the first one, the gutter.
            head = fitted((self._arrow(column) if last else " ") + self._head(column, y), span.width + 1, column.right)
            bare = head.lstrip(" ")
            pieces.append((head[: len(head) - len(bare)], "head"))
            pieces.append((bare, "here" if span.column == self.at and last else "head"))
        strip = self._strip(pieces, "head")
        hidden = bool(self._spans) and self._spans[-1].column < len(self.columns) - 1
        if hidden and y == 0:
            return Strip([*strip.crop(0, strip.cell_length - 1), Segment(">", self._style("head", "head"))])
        return strip

    def _head(self, column: Column, y: int) -> str:
        """Line `y` of a column's head; short ones stand right above the values."""
        lines = column.head if self.head_height > 1 else (column.title,)
        line = y - self.head_height + len(lines)
        return lines[line] if line >= 0 else ""

    def _arrow(self, column: Column) -> str:
        """Its direction, and its number where there are several."""
        sort = self._sort()
        place = next((index for index, held in enumerate(sort) if held.key == column.key), None)
        if place is None:
            return " "
        arrow = "▼" if sort[place].downwards else "▲"
        return f"{arrow}{place + 1}" if len(sort) > 1 else arrow

    def _row_line(self, index: int) -> Strip:
        row = self.shown[index]
        mark = _MARK if row.key in self.marks else " "
        pieces = [(mark + self.signs.get(row.key, " "), "mark")]
        for span in self._spans:
            cell = self.cell(row, span.column)
            text = fitted(self._branch(row, span.column) + cell.text, span.width, self.columns[span.column].right)
            pieces.append((text if span.column == 0 else " " + text, cell.tone))
        return self._strip(pieces, "cursor" if index == self.cursor else "")

    def _branch(self, row: TableRow, column: int) -> str:
        """What stands before the first column's text in a tree."""
        depth = 0 if column else self._depths.get(row.key, 0)
        return "  " * (depth - 1) + "└ " if depth else ""

    def _strip(self, pieces: Iterable[tuple[str, str]], line: str) -> Strip:
        """Pieces of one line, neighbours of one style joined, filled up to the width of the table."""
        segments: list[Segment] = []
        plain = style = self._style("plain", line)
        text, taken = "", 0
        for piece, tone in pieces:
            wanted = self._style(tone, line)
            taken += width_of(piece)
            if wanted is not style and text:
                segments.append(Segment(text, style))
                text = ""
            text, style = text + piece, wanted
        if style is plain:
            text += " " * (self._width - taken)
        segments.append(Segment(text, style))
        if style is not plain and taken < self._width:
            segments.append(Segment(" " * (self._width - taken), plain))
        strip = Strip(segments, max(taken, self._width))
        return strip if taken <= self._width else strip.crop(0, self._width)

    def _style(self, tone: str, line: str) -> Style:
        # The cursor's line has one style: its texts are told apart by their signs, and it is drawn with every key.
        key = (line, "" if line == "cursor" else tone)
        if key not in self._styles:
            style = self.rich_style
            for name in key:
                if name and name != "plain":
                    style += self.get_component_rich_style(f"table--{name}", partial=True)
            # Equal styles are one object, which neighbours are compared by.
            self._styles[key] = next((known for known in self._styles.values() if known == style), style)
        return self._styles[key]

    def _draw_row(self, index: int) -> None:
        self.refresh_line(index + self.head_height)

    def watch_has_focus(self, value: bool) -> None:
        """Draw the cursor as the focus is."""
        self._styles.clear()
        super().watch_has_focus(value)

    # Keys

    def _move(self, index: int) -> None:
        index = max(0, min(index, len(self.shown) - 1))
        if index == self.cursor or not self.shown:
            return
        self._draw_row(self.cursor)
        self.cursor = index
        self._draw_row(index)
        self._follow()
        self.post_message(self.Moved())

    def _turn(self, pages: int) -> None:
        self.scroll_to(y=round(self.scroll_y) + pages * self.page, animate=False)
        self._move(self.cursor + pages * self.page)

    def action_down(self) -> None:
        """One row down."""
        self._move(self.cursor + 1)

    def action_up(self) -> None:
        """One row up."""
        self._move(self.cursor - 1)

    def action_page_down(self) -> None:
        """One page down."""
        self._turn(1)

    def action_page_up(self) -> None:
        """One page up."""
        self._turn(-1)

    def action_first(self) -> None:
        """To the first row."""
        self._move(0)

    def action_last(self) -> None:
        """To the last row."""
        self._move(len(self.shown) - 1)

    def action_left(self) -> None:
        """Choose the column before."""
        self._choose(self.at - 1)

    def action_right(self) -> None:
        """Choose the next column."""
        self._choose(self.at + 1)

    def _choose(self, column: int) -> None:
        column = max(0, min(column, len(self.columns) - 1))
        if column == self.at or not self.columns:
            return
        self.at, left = column, self._left
        self._lay_out()
        if left != self._left:
            self.refresh()
        else:
            self.refresh(Region(0, 0, self.size.width, self.head_height))
        self.post_message(self.Moved())

    def _rearrange(self, arrangement: Arrangement) -> None:
        if arrangement != self.arrangement:
            self.take(arrangement)
            self.post_message(self.Arranged())

    def action_sort(self) -> None:
        """Sort by the chosen column, too; where it sorts already, in the other direction, then no longer."""
        if self.column:
            # The largest number first: that is what one looks for in accuracies and gains.
            self._rearrange(self.arrangement.sorted_anew(self.column.key, self.column.right))

    def action_reverse(self) -> None:
        """Turn the last order around."""
        if self._sort():
            self._rearrange(self.arrangement.turned())
        elif self.column:
            self._rearrange(self.arrangement.sorted_anew(self.column.key, not self.column.right))

    def action_narrower(self) -> None:
        """A narrower column."""
        self._resize(-1)

    def action_wider(self) -> None:
        """A wider column."""
        self._resize(1)

    def _resize(self, by: int) -> None:
        if self.column:
            shown = next((span.width for span in self._spans if span.column == self.at), self._wanted(self.at))
            self._rearrange(self.arrangement.widened(self.column.key, shown + by))

    def action_move_left(self) -> None:
        """Put the chosen column before its neighbour."""
        self._rearrange(self.arrangement.moved(self._keys(), self.at, self.at - 1))

    def action_move_right(self) -> None:
        """Put the chosen column behind its neighbour."""
        self._rearrange(self.arrangement.moved(self._keys(), self.at, self.at + 1))

    def action_pin(self) -> None:
        """Let the chosen column stay when others scroll, or no longer."""
        if self.column:
            self._rearrange(self.arrangement.pinned_at(self._keys(), self.at))

    def action_mark(self) -> None:
        """Mark the row, or take its mark away, and go on to the next."""
        row = self.row
        if row is None:
            return
        if row.key in self.marks:
            del self.marks[row.key]
        else:
            self.marks[row.key] = None
        self._draw_row(self.cursor)
        self.post_message(self.Marked())
        self.action_down()

    def action_choose(self) -> None:
        """What Enter does is the screen's to say."""
        if self.row is not None:
            self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        """The row or the head under the mouse."""
        if event.y >= self.head_height:
            index = event.y - self.head_height + round(self.scroll_y)
            if index >= len(self.shown):
                return
            self._move(index)
            if event.chain == 2:
                self.action_choose()
            return
        for span in self._spans:
            if span.start <= event.x < span.start + span.width:
                self._choose(span.column)
                self.action_sort()
