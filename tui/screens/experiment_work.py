"""What the list of experiments does in threads: reads git, makes rows, finds what a filter chooses.

Everything here takes values that nobody changes meanwhile and returns values; the screen's handlers own the state.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.errors import InputError
from tui.filtering.choosing import Filter
from tui.filtering.expressions import Summaries, parse_expression
from tui.filtering.faults import FilterFault
from tui.filtering.index import Entry, Index
from tui.filtering.row_tests import Asides
from tui.history.ancestry import parents
from tui.history.curves import Curve, Curves
from tui.history.overview import Overview
from tui.history.reader import Reader
from tui.history.rows import Row
from tui.notebook import sight
from tui.screens.experiment_columns import PARAM, Lines, Source, columns_of, differing_in, shown_unasked
from tui.screens.experiment_view import View
from tui.widgets.cells import Column
from tui.widgets.table import Prepared, prepare

_FIRST_ROWS = 25
_PATIENCE_S = 0.5


@dataclass(frozen=True)
class State:
    """Experiments as far as they have been read."""

    overview: Overview
    index: Index
    whole: bool
    sights: Mapping[str, str]
    """Marks of the experiments as they are, by their keys; empty until all are read."""


def read(reader: Reader, index: Index, cancelled: Callable[[], bool], commits: bool = False) -> Iterator[State]:
    """The first experiments at once, then more and more at a time, so that drawing costs less than reading.

    Args:
        reader: The history.
        index: Where they are put; nobody else changes it.
        cancelled: Whether nobody waits any more.
        commits: Whether commits that no name points to are read as well.

    Raises:
        InputError: Git cannot be read.
    """
    overview = Overview()
    rows: list[Row] = []
    size, patience, last = _FIRST_ROWS, _PATIENCE_S, time.monotonic()
    for row in reader.each(commits):
        if cancelled():
            return
        rows.append(row)
        if len(rows) >= size or time.monotonic() - last > patience:
            _take(reader, overview, index, rows)
            yield State(overview.copy(), index.copy(), False, {})
            rows, size, patience, last = [], size * 2, patience * 2, time.monotonic()
    _take(reader, overview, index, rows)
    sights = {key: sight(key, row.commit) for key, row in overview.rows.items()}
    yield State(overview.copy(), index.copy(), True, sights)


def _take(reader: Reader, overview: Overview, index: Index, rows: Sequence[Row]) -> None:
    overview.add(rows)
    runs = reader.ask(lambda history: [history.run_record(row) for row in rows])
    for row, run in zip(rows, runs, strict=True):
        index.add(row, run)
    # Records may be read from git, which takes one thread at a time.
    reader.ask(lambda history: index.learn())
    for metric in overview.metrics:
        # So that the first filter that names it need not.
        reader.ask(lambda history, metric=metric: index.values(metric))  # type: ignore[misc]


@dataclass(frozen=True)
class Wanted:
    """What the table has to show."""

    source: Source
    view: View
    filter: Filter | None
    asides: Asides


@dataclass(frozen=True)
class Made:
    """What the table shows."""

    wanted: Wanted
    source: Source
    """With the values of expressions."""
    columns: Sequence[Column]
    """All that there are."""
    prepared: Prepared
    chosen: "Chosen"
    parents: Mapping[str, str]
    faults: Sequence[str]
    """What is wrong with expressions."""


@dataclass(frozen=True)
class Chosen:
    """What a filter came to."""

    filter: Filter | None
    keys: frozenset[str] | None
    """None for all experiments."""
    fault: FilterFault | None = None


def choose(filter: Filter | None, index: Index, asides: Asides) -> Chosen:
    """What a filter chooses; nothing new where it names what no experiment has."""
    if filter is None:
        return Chosen(None, None)
    try:
        filter.check(index)
    except FilterFault as fault:
        return Chosen(filter, None, fault)
    return Chosen(filter, frozenset(filter.choose(index, asides)))


class Maker:
    """Makes what the table shows, and keeps what the next one needs again."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self._lines = Lines()
        self._curves = Curves()

    def make(self, wanted: Wanted) -> Made:
        """Rows, columns and what the filter chooses."""
        source, faults = self._with_sums(wanted.source, wanted.view.sums)
        chosen = choose(wanted.filter, source.index, wanted.asides)
        columns = columns_of(source)
        shown = self._shown(source, wanted.view, columns, chosen)
        prepared = prepare(shown, self._lines.rows(source, shown))
        above: Mapping[str, str] = {}
        if wanted.view.arrangement.tree:
            rows = list(source.overview.rows.values())
            above = self._reader.ask(lambda history: parents(history, rows))
        return Made(wanted, source, columns, prepared, chosen, above, faults)

    def check(self, text: str, index: Index) -> str:
        """The text of an expression as it is kept.

        Raises:
            FilterFault: It is none, or no experiment has what it names.
        """
        expression = parse_expression(text)
        self._summaries(index).resolve(expression)
        return expression.text

    def _shown(self, source: Source, view: View, columns: Sequence[Column], chosen: Chosen) -> list[Column]:
        unasked = shown_unasked(source, columns)
        shown = [column for column in columns if view.choice.get(column.key, column.key in unasked)]
        if not view.differing:
            return shown
        rows = [row for key, row in source.overview.rows.items() if chosen.keys is None or key in chosen.keys]
        keys = [column.key for column in shown if column.key.startswith(PARAM)]
        differ = differing_in(source, keys, rows) if rows else set()
        return [column for column in shown if column.key not in keys or column.key in differ]

    def _summaries(self, index: Index) -> Summaries:
        return Summaries(index, self._curves_of)

    def _curves_of(self, entry: Entry) -> Mapping[str, Curve]:
        return self._reader.ask(lambda history: self._curves.of(history, entry.row))

    def _with_sums(self, source: Source, texts: Sequence[str]) -> tuple[Source, list[str]]:
        sums: dict[str, Mapping[str, float | None]] = {}
        faults = []
        for text in texts:
            try:
                made = self._summaries(source.index)
                sums[text] = made.values(made.resolve(parse_expression(text)))
            except InputError as fault:
                faults.append(f"{text}: {fault}")
        return replace(source, sums=sums), faults
