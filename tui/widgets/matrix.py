"""The paper's Table 1 as a matrix: a line for each target under its task, for each model F, IF and gain, the paper's numbers below.

Drawn line by line (Textual's Line API): a move of the cursor repaints two lines. Meaning is in signs, never in colour alone. The
label stays when columns scroll sideways, and whole models scroll.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import actions
from tui.output import visible
from tui.widgets.cells import Tone, fitted, width_of

Part = Literal["f", "if", "gain"]
PARTS: tuple[Part, ...] = ("f", "if", "gain")
HEADS: Mapping[Part, str] = {"f": "F", "if": "IF", "gain": "gain"}
HEAD_LINES = 2
GAP = 2
MOST_LABEL = 28
SCORE = 5


class Entry(NamedTuple):
    """A text of the matrix."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Block:
    """What one model has in one line: its two scores and its gain, short and with the interval."""

    f: Entry
    if_: Entry
    gain: Entry
    long: Entry
    """The gain with its interval."""

    def entry(self, part: Part, wide: bool) -> Entry:
        """What stands in a column."""
        return {"f": self.f, "if": self.if_, "gain": self.long if wide else self.gain}[part]


@dataclass(frozen=True)
class MatrixLine:
    """A line: a task's heading, a target with its gains, or the paper's numbers below it."""

    label: str
    tone: Tone = "plain"
    blocks: Mapping[str, Block] | None = None
    """By model; None for a heading."""
    key: str = ""
    """What the cursor stands on; empty for a line that it passes over."""
    ends: Sequence[str] = ()
    """Columns behind the models: the floors."""


class Matrix(ScrollView, can_focus=True, inherit_bindings=False):
    """Lines of gains with a cursor that stands on F, IF or the gain of one model."""

    BINDINGS = actions.bindings("move", "matrix")
    DEFAULT_CSS = """
    Matrix { height: 1fr; overflow-x: hidden; overflow-y: auto; background: $background; color: $foreground; }
    Matrix > .matrix--head { text-style: bold; background: $panel; color: $foreground; }
    Matrix > .matrix--strong { text-style: bold; }
    Matrix > .matrix--inherited, Matrix > .matrix--missing { color: $text-muted; }
    Matrix > .matrix--stale { color: $text-warning; }
    Matrix > .matrix--better { color: $text-success; }
    Matrix > .matrix--worse { color: $text-error; }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"matrix--{name}" for name in ("head", "strong", "inherited", "missing", "stale", "better", "worse")
    }

    class Moved(Message):
        """The cursor is elsewhere."""

    class Chosen(Message):
        """Enter or a double click."""

    def __init__(self, id: str | None = None, empty: str = "Nothing here.") -> None:
        super().__init__(id=id)
        self.empty = empty
        self.lines: Sequence[MatrixLine] = ()
        self.models: Sequence[str] = ()
        self.ends: Sequence[str] = ()
        self._line = 0
        self._column = 0
        self._left = 0
        """Models that are scrolled out to the left."""

    # What it holds

    def load(self, models: Sequence[str], lines: Sequence[MatrixLine], ends: Sequence[str] = ()) -> None:
        """Take other lines; the cursor stays on its line and column where they still are."""
        key, model, part = self.key, self.model, self.part
        self.models, self.lines, self.ends = models, lines, ends
        places = self._places()
        self._line = next((place for place in places if lines[place].key == key), places[0] if places else 0)
        index = models.index(model) if model in models else 0
        self._column = index * len(PARTS) + PARTS.index(part)
        self._left = 0
        self._arrange()
        self.refresh()
        self.post_message(self.Moved())

    @property
    def key(self) -> str:
        """The key of the line under the cursor."""
        return self.lines[self._line].key if self._line < len(self.lines) else ""

    @property
    def model(self) -> str:
        """The model under the cursor."""
        return self.models[self._column // len(PARTS)] if self.models else ""

    @property
    def part(self) -> Part:
        """What of the model."""
        return PARTS[self._column % len(PARTS)]

    def _places(self) -> list[int]:
        return [index for index, line in enumerate(self.lines) if line.key]

    # Where things are

    @property
    def wide(self) -> bool:
        """Whether intervals have room beside the gains."""
        return self._label() + len(self.models) * self._block(True) + self._behind() <= self.size.width

    def _label(self) -> int:
        return min(MOST_LABEL, max((width_of(line.label) for line in self.lines), default=0)) + 1

    def _widths(self, wide: bool) -> tuple[int, int, int]:
        found = [
            [width_of(block.entry(part, wide).text) for line in self.lines for block in (line.blocks or {}).values()]
            for part in PARTS
        ]
        least = (SCORE, SCORE, 7)
        return tuple(max([*widths, lowest]) for widths, lowest in zip(found, least, strict=True))  # type: ignore[return-value]

    def _block(self, wide: bool) -> int:
        return sum(self._widths(wide)) + len(PARTS) - 1 + GAP

    def _behind(self) -> int:
        return sum(len(end) + 1 for end in self.ends)

    def _arrange(self) -> None:
        """Scroll so that the cursor is in sight."""
        self._wide = self.wide
        self._parts = self._widths(self._wide)
        self.virtual_size = Size(1, len(self.lines) + HEAD_LINES)
        room = max(1, (self.size.width - self._label()) // (sum(self._parts) + len(PARTS) - 1 + GAP))
        here = self._column // len(PARTS)
        self._left = min(max(self._left, here - room + 1), here)
        # Where nothing is cut off at the right, nothing has to be at the left.
        self._left = max(0, min(self._left, len(self.models) - room))
        top, page = round(self.scroll_y), max(1, self.size.height - HEAD_LINES)
        # A target is shown with its task's heading above it and the paper's numbers below.
        first = self._line - 1 if self._line and not self.lines[self._line - 1].blocks else self._line
        last = min(self._line + 1, len(self.lines) - 1)
        if first < top or last >= top + page:
            self.scroll_to(y=first if first < top else last - page + 1, animate=False)

    def on_resize(self) -> None:
        """Other columns fit."""
        self._arrange()

    # Drawing

    def render_line(self, y: int) -> Strip:
        """The models, F IF gain below them, then the lines."""
        if not self.lines:
            lines = ["", *textwrap.wrap(visible(self.empty), max(1, self.size.width - 2 * GAP))]
            text = f"{' ' * GAP}{lines[y]}" if y < len(lines) else ""
            return Strip([Segment(fitted(text, self.size.width), self.rich_style)])
        if y < HEAD_LINES:
            return self._head(y)
        index = y - HEAD_LINES + round(self.scroll_y)
        if index >= len(self.lines):
            return Strip.blank(self.size.width, self.rich_style)
        line = self.lines[index]
        pieces = [Segment(fitted(line.label, self._label()), self._style(line.tone))]
        for model_at, model in list(enumerate(self.models))[self._left :]:
            block = line.blocks.get(model) if line.blocks else None
            for part_at, (part, width) in enumerate(zip(PARTS, self._parts, strict=True)):
                entry = block.entry(part, self._wide) if block else Entry("")
                here = index == self._line and model_at * len(PARTS) + part_at == self._column
                pieces += [Segment(" ", self.rich_style), self._segment(entry, width, here)]
            pieces.append(Segment(" " * (GAP - 1), self.rich_style))
        pieces += [
            Segment(f" {fitted(text, len(head), right=True)}", self._style("inherited"))
            for head, text in zip(self.ends, line.ends, strict=False)
        ]
        return self._strip(pieces)

    def _segment(self, entry: Entry, width: int, here: bool) -> Segment:
        style = self._style(entry.tone)
        if here:
            style += Style(reverse=True) if self.has_focus else Style(bold=True, underline=True)
        return Segment(fitted(entry.text, width, right=True), style)

    def _head(self, y: int) -> Strip:
        style = self._style("head")
        more = "<" if self._left and y == 0 else ""
        pieces = [Segment(fitted(more, self._label()), style)]
        block = sum(self._parts) + len(PARTS)
        for model in self.models[self._left :]:
            if y == 0:
                pieces.append(Segment(fitted(f"  {model}", block), style))
            else:
                pieces += [
                    Segment(" " + fitted(HEADS[part], width, right=True), style)
                    for part, width in zip(PARTS, self._parts, strict=True)
                ]
            pieces.append(Segment(" " * (GAP - 1), style))
        pieces += [Segment(f" {end if y else ' ' * len(end)}", style) for end in self.ends]
        strip = self._strip(pieces, style)
        taken = sum(width_of(piece.text) for piece in pieces)
        if taken > self.size.width and y == 0:
            return Strip([*strip.crop(0, self.size.width - 1), Segment(">", style)])
        return strip

    def _strip(self, pieces: list[Segment], style: Style | None = None) -> Strip:
        strip = Strip(pieces)
        return strip.adjust_cell_length(self.size.width, style or self.rich_style).crop(0, self.size.width)

    def _style(self, tone: str) -> Style:
        if tone == "plain":
            return self.rich_style
        return self.rich_style + self.get_component_rich_style(f"matrix--{tone}", partial=True)

    # Moving

    def _go(self, line: int, column: int) -> None:
        column = max(0, min(column, len(self.models) * len(PARTS) - 1))
        if not self.models or (line, column) == (self._line, self._column):
            return
        before, left = self._line, self._left
        self._line, self._column = line, column
        self._arrange()
        if left != self._left:
            self.refresh()
        for one in {before, line}:
            self.refresh(Region(0, one + HEAD_LINES - round(self.scroll_y), self.size.width, 1))
        self.post_message(self.Moved())

    def _step(self, lines: int) -> None:
        places = self._places()
        if places:
            at = places.index(self._line) + lines
            self._go(places[max(0, min(at, len(places) - 1))], self._column)

    def action_down(self) -> None:
        """To the next target."""
        self._step(1)

    def action_up(self) -> None:
        """To the target before."""
        self._step(-1)

    def action_page_down(self) -> None:
        """A page down."""
        self._step(max(1, (self.size.height - HEAD_LINES) // 2))

    def action_page_up(self) -> None:
        """A page up."""
        self._step(-max(1, (self.size.height - HEAD_LINES) // 2))

    def action_first(self) -> None:
        """To the first target."""
        self._step(-len(self.lines))

    def action_last(self) -> None:
        """To the last target."""
        self._step(len(self.lines))

    def action_left(self) -> None:
        """One column to the left."""
        self._go(self._line, self._column - 1)

    def action_right(self) -> None:
        """One column to the right."""
        self._go(self._line, self._column + 1)

    def action_choose(self) -> None:
        """What Enter opens is the screen's to say."""
        if self.key:
            self.post_message(self.Chosen())

    def on_click(self, event: events.Click) -> None:
        """The cell under the mouse; a double click opens it."""
        index = event.y - HEAD_LINES + round(self.scroll_y)
        if event.y < HEAD_LINES or index not in self._places():
            return
        self._go(index, self._column_at(event.x))
        if event.chain == 2:
            self.action_choose()

    def _column_at(self, x: int) -> int:
        start, block = self._label(), sum(self._parts) + len(PARTS) - 1 + GAP
        model, inside = divmod(max(0, x - start), block)
        part = next((place for place in range(len(PARTS)) if inside <= sum(self._parts[: place + 1]) + place), 2)
        return (self._left + model) * len(PARTS) + part
