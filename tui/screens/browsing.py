"""What the screens that browse history share: a filtered table as body, lines around it that shrink in a low terminal."""

from typing import ClassVar

from rich.text import Text
from textual.dom import DOMNode
from textual.widgets import Static

from tui.history.reader import Reader, reader_of
from tui.output import visible
from tui.screens.base import DetourScreen
from tui.widgets.filtered import FilteredTable
from tui.widgets.table import Table

LOW = 14
"""Lines of a terminal below which the table gets what it can."""


class BrowsingScreen(DetourScreen):
    """A screen around one `FilteredTable`."""

    families: ClassVar[tuple[str, ...]] = ("move", "table", "filter")
    AUTO_FOCUS: ClassVar[str] = "Table"

    def __init__(self) -> None:
        super().__init__()
        self._written: dict[str, str] = {}

    @property
    def table(self) -> Table:
        """The rows."""
        return self.query_one(FilteredTable).table

    @property
    def has_rows(self) -> bool:
        """Whether the table has any, also where its filter hides them all."""
        return bool(self.table.rows)

    @property
    def reader(self) -> Reader:
        """The experiments of this study."""
        return reader_of(self.detour.checkout.here)

    def namespace_of(self, owner: str) -> DOMNode:
        """The palette's actions of the rows are theirs, wherever the focus is."""
        if owner == "filter":
            return self.query_one(FilteredTable)
        return self.table if owner in self.families else super().namespace_of(owner)

    def on_resize(self) -> None:
        """Leave the rows what a low terminal has."""
        self.set_class(self.size.height < LOW, "low")

    def write(self, id: str, text: str) -> None:
        """Write text from outside into a line around the table; what stands there already is not drawn again."""
        if self._written.get(id) != text:
            self._written[id] = text
            shown = Text("\n".join(visible(line) for line in text.split("\n")))
            self.query_one(f"#{id}", Static).update(shown, layout=False)

    def written(self, id: str) -> str:
        """What stands in a line around the table."""
        return self._written.get(id, "")
