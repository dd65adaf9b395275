"""The list of experiments as a table of chosen columns, in a chosen order."""

from collections.abc import Mapping, Sequence

from pipeline.errors import InputError
from tui.commands.filtering import refuse
from tui.filtering.choosing import near_names
from tui.filtering.expressions import FUNCTIONS, Summaries, parse_expression
from tui.filtering.faults import FilterFault, either
from tui.filtering.index import Index
from tui.history.curves import Curves
from tui.history.overview import Overview
from tui.history.rows import History, Row
from tui.screens.experiment_columns import CELL, PARAM, SUM, Lines, Source, columns_of, full_name, shown_unasked
from tui.screens.experiment_sheet import sheet_of
from tui.sharing import Sheet
from tui.widgets.arrangement import sorted_by
from tui.widgets.cells import Column, TableRow

_PARAMS = "params."


class ExperimentTable:
    """Experiments of a command, and the columns that were asked for.

    Args:
        history: The repository.
        rows: The experiments, the newest first.
        index: The same experiments, as filters see them.
        wanted: Names of columns, parted by commas; the app's choice where there are none.
        metric: What the cells show; the study's primary metric where absent.

    Raises:
        InputError: A column has no such name.
    """

    def __init__(
        self, history: History, rows: Sequence[Row], index: Index, wanted: Sequence[str], metric: str | None = None
    ) -> None:
        overview = Overview()
        overview.add(rows)
        self._rows = {row.ref: row for row in rows}
        names = [name.strip() for text in wanted for name in text.split(",") if name.strip()]
        curves = Curves()
        summaries = Summaries(index, lambda entry: curves.of(history, entry.row))
        self._source = Source(overview, index, metric or overview.primary())
        self._known = {column.key: column for column in columns_of(self._source)}
        sums = {}
        for name in names:
            if name.split()[0].lower() in FUNCTIONS:
                sums[name] = _summed(summaries, name)
        self._source = Source(overview, index, metric or overview.primary(), sums=sums)
        self._known |= {column.key: column for column in columns_of(self._source)}
        self.columns = self._chosen(names)

    def sort(self, keys: Sequence[str]) -> None:
        """Sort by columns, the first counting most; `-` before a name puts the largest first.

        Raises:
            InputError: A column has no such name.
        """
        names = [name.strip() for text in keys for name in text.split(",") if name.strip()]
        columns = [self._column(name.removeprefix("-")) for name in names]
        lines = Lines().rows(self._source, columns)
        order = sorted_by(lines, [(place, name.startswith("-")) for place, name in enumerate(names)])
        self._rows = {line.key: self._rows[line.key] for line in order}

    @property
    def rows(self) -> list[Row]:
        """The experiments in order."""
        return list(self._rows.values())

    def sheet(self, filter: str) -> Sheet:
        """The table as it leaves the command."""
        return sheet_of(self._source, self.rows, self.columns, filter)

    def lines(self) -> list[TableRow]:
        """The table as a person reads it."""
        made = {line.key: line for line in Lines().rows(self._source, self.columns)}
        return [made[key] for key in self._rows]

    def _chosen(self, names: Sequence[str]) -> list[Column]:
        if names:
            return [self._column(name) for name in names]
        shown = shown_unasked(self._source, list(self._known.values()))
        return [column for key, column in self._known.items() if key in shown]

    def _column(self, name: str) -> Column:
        wanted = (name, CELL + name, SUM + name, PARAM + name, PARAM + name.removeprefix(_PARAMS))
        found = next((self._known[key] for key in wanted if key in self._known), None)
        if found is None and name.startswith(_PARAMS):
            ending = "." + name.removeprefix(_PARAMS)
            found = next((column for column in self._known.values() if column.key.endswith(ending)), None)
        if found is None:
            near = near_names(name, [full_name(column) for column in self._known.values()])
            also = f"; did you mean {either(near)}?" if near else "."
            raise InputError(f"There is no column {name}{also}")
        return found


def _summed(summaries: Summaries, text: str) -> Mapping[str, float | None]:
    try:
        return summaries.values(summaries.resolve(parse_expression(text)))
    except FilterFault as fault:
        refuse(text, fault)


def print_table(table: ExperimentTable) -> None:
    """Print it as wide as the terminal; long names are wrapped."""
    from tui.output import console, plain
    from tui.output import table as new_table

    heads = [full_name(column) for column in table.columns]
    shown = new_table(*heads, right=[full_name(column) for column in table.columns if column.right])
    for line in table.lines():
        shown.add_row(*(plain(cell.text) for cell in line.cells))
    console().print(shown)
