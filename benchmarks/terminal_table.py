"""The table alone, for `benchmarks.terminal`: `L` makes and loads 1,000 rows of 40 columns."""

import random
import sys
from collections.abc import Iterable

from textual.app import App
from textual.widget import Widget

from tui.widgets.cells import Column, TableRow, Tone, number_cell, text_cell
from tui.widgets.table import Table

ROWS = 1000
TARGETS = ("sms_spam", "movie_reviews", "goemotions", "emotions", "stock_names", "pawsx")
STARTS = ("pretrained", "intermediate")
MODELS = ("bert", "roberta", "xlnet")


class TableApp(App[None]):
    """One table."""

    ENABLE_COMMAND_PALETTE = False
    BINDINGS = [("L", "load"), ("Q", "quit")]  # noqa: RUF012 - Textual's own form

    def __init__(self, mixed: bool) -> None:
        super().__init__()
        self.mixed = mixed

    def compose(self) -> Iterable[Widget]:
        """The table, still empty."""
        yield Table()

    def action_load(self) -> None:
        """Make the rows and load them."""
        rng = random.Random(13)
        heads = [(target, start, model) for target in TARGETS for start in STARTS for model in MODELS]
        about = [Column(key, (key,), right=key == "gain") for key in ("name", "date", "gain", "cells")]
        columns = [*about, *(Column("-".join(head), head, right=True, most=11) for head in heads)]
        self.query_one(Table).load(columns, [self._row(rng, index, len(heads)) for index in range(ROWS)])

    def _row(self, rng: random.Random, index: int, cells: int) -> TableRow:
        first = [text_cell(f"sweep-{index}", "strong"), text_cell("11-21 13:05")]
        about = [*first, number_cell(rng.gauss(0, 0.02), 3, sign=True), text_cell("12/24/0/0")]
        return TableRow(str(index), [*about, *(number_cell(rng.random(), 3, self._tone(rng, n)) for n in range(cells))])

    def _tone(self, rng: random.Random, number: int) -> Tone:
        if self.mixed:
            return rng.choice(("plain", "inherited", "inherited", "stale"))
        # A run trains the cells of a model or a target: origins come in stretches.
        return "plain" if number // 6 % 3 == 0 else "inherited"


if __name__ == "__main__":
    TableApp("mixed" in sys.argv).run()
