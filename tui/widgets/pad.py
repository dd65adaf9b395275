"""The labels of a scheme with their keys, in as many columns as fit; the one that was given is marked."""

from collections.abc import Sequence
from math import ceil

from rich.text import Text
from textual.geometry import Size
from textual.widget import Widget

from tui.output import plain
from tui.widgets.cells import fitted, width_of

GIVEN = "●"
GAP = 2
MOST = 24
"""Columns of a name, at most."""


class LabelPad(Widget):
    """Keys and labels."""

    DEFAULT_CSS = """
    LabelPad { height: auto; }
    """

    def __init__(self, id: str | None = None) -> None:
        super().__init__(id=id)
        self._labels: Sequence[tuple[str, str]] = ()
        self._given = ""

    def show(self, labels: Sequence[tuple[str, str]], given: str) -> None:
        """Take keys and labels in order, and the label that was given; empty for none."""
        changed, self._labels = labels != self._labels, labels
        if changed or given != self._given:
            self._given = given
            self.refresh(layout=changed)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the columns need."""
        return ceil(len(self._labels) / self._columns(width))

    def _room(self) -> int:
        return min(MOST, max((width_of(label) for _, label in self._labels), default=1))

    def _columns(self, width: int) -> int:
        # A mark, the key and a blank before each name.
        return max(1, (width + GAP) // (self._room() + 3 + GAP))

    def render(self) -> Text:
        """Columns are read downwards, as lists are."""
        columns = self._columns(self.size.width)
        rows = ceil(len(self._labels) / columns)
        lines = [
            Text(" " * GAP).join([self._cell(key, label) for key, label in self._labels[row::rows]])
            for row in range(rows)
        ]
        return Text("\n", no_wrap=True).join(lines)

    def _cell(self, key: str, label: str) -> Text:
        given = label == self._given
        cell = plain(GIVEN if given else " ").append(key, style="bold").append(" ")
        cell.append_text(plain(fitted(label, self._room())))
        if given:
            cell.stylize("bold reverse")
        return cell
