"""Every branch, tag and DVC experiment: what each measured, beside the parameters that tell them apart."""

from collections.abc import Mapping
from dataclasses import replace

from textual import on

from tui.history.diff import ABSENT
from tui.history.rows import Row
from tui.history.values import value_of
from tui.history.words import number as worded
from tui.history.words import param, side
from tui.output import visible
from tui.screens.columns import Choice, ColumnsScreen
from tui.screens.experiment_columns import CELL, NUMBER, PARAM, SUM, full_name, number_of
from tui.screens.experiment_list import ExperimentList
from tui.screens.experiment_sheet import sheet_of
from tui.screens.fields import Blank, FieldsDialog
from tui.screens.share import ShareScreen
from tui.widgets.table import Table

ONLY_NEW = "new"


class ExperimentsScreen(ExperimentList):
    """The list of experiments and its keys."""

    DEFAULT_CSS = """
    ExperimentsScreen Static { text-wrap: nowrap; text-overflow: ellipsis; }
    ExperimentsScreen #status { height: 1; padding: 0 1; }
    ExperimentsScreen #detail { height: 2; padding: 0 1; background: $surface; }
    ExperimentsScreen.low #detail { height: 1; }
    """

    # The row under the cursor in full

    def show_detail(self) -> None:
        """What the row is, and the value in the chosen column."""
        row = self.chosen
        lines = [self._about(row), self._value(row)] if row else []
        if self.has_class("low"):
            # The value needs more than the name, which is in the table.
            lines = lines[1:]
        self.write("detail", "\n".join(lines))
        self.show_status()

    def _about(self, row: Row) -> str:
        problems = f"  (!) {' '.join(row.problems)}" if row.problems else ""
        words = [word for word, keys in (("starred", self.kept.stars), ("new", self.new)) if row.ref in keys]
        note = self.source.note(row)
        told = f"  note: {note}" if note else ""
        return f"{side(row)}{''.join(f'  {word}' for word in words)}{told}  {row.message}{problems}"

    def _value(self, row: Row) -> str:
        """The chosen column in full: what it is, its value, where that comes from."""
        column = self.table.column
        if column is None:
            return ""
        name = full_name(column)
        if column.key.startswith(PARAM):
            value = self.source.param(row, name)
            return f"{name} = {'(absent)' if value is ABSENT else param(value)}"
        if column.key.startswith(SUM):
            return f"{name} = {worded(self.source.sums.get(name, {}).get(row.ref))}"
        if column.key.startswith(CELL):
            return self._cell(row, name)
        if column.key.startswith(NUMBER):
            found, origin = number_of(row, name)
            return f"{name} = {'(missing)' if found is None else param(found)}, {origin}"
        measured, inherited, stale, missing = row.counts().values()
        return (
            f"cells: {measured} measured, {inherited} inherited from {row.base_name or 'nothing'}, "
            f"{stale} stale (!), {missing} missing (·)"
        )

    def _cell(self, row: Row, name: str) -> str:
        cell = row.cells.get(name)
        if cell is None:
            return f"{name}: not a cell of {row.name}"
        why = f": {cell.origin.why}" if cell.origin.why else ""
        return f"{name} {self.metric} {worded(value_of(cell.value, self.metric))}, {cell.origin.kind}{why}"

    # Keys

    def is_enabled(self, method: str) -> bool:
        """Without rows there is only reading again."""
        return method == "reload" or bool(self.overview.rows)

    @on(Table.Marked)
    def _mark(self) -> None:
        if "marked" in self.query_line.text:
            self.choose()

    @on(Table.Chosen)
    def action_compare(self) -> None:
        """Open the comparison, or say why there is none."""
        found = self._pair()
        if isinstance(found, str):
            self.notify(visible(found), severity="warning", markup=False)
        else:
            self.detour.open_compare(*found)

    def _pair(self) -> tuple[str, ...] | str:
        """Baseline and others: the marked ones against the pinned one, or the first of them, else the row against its base."""
        marks, row = list(self.table.marks), self.chosen
        if row is None:
            return "There is nothing to compare."
        others = [mark for mark in marks if mark != self.baseline]
        if self.baseline and others:
            return (self.baseline, *others)
        if len(marks) > 1:
            return tuple(marks)
        baseline = self.baseline or next((mark for mark in marks if mark != row.ref), None) or self._base_of(row)
        if baseline is None:
            return f"{row.name} is based on nothing; pin another as the baseline (b) or mark two (Space)."
        if baseline == row.ref:
            return f"{row.name} is the baseline; go to another, or unpin it (b)."
        return baseline, row.ref

    @property
    def baseline(self) -> str | None:
        """The key of the pinned experiment."""
        return self.view.baseline or None

    def _base_of(self, row: Row) -> str | None:
        """The whole name of the row's base where it has one, else its commit."""
        named = (
            other.ref
            for other in self.overview.rows.values()
            if other.commit == row.base and other.name == row.base_name
        )
        return next(named, row.base)

    def action_baseline(self) -> None:
        """Pin the experiment under the cursor, or unpin it."""
        row = self.chosen
        if row is not None:
            self.view = replace(self.view, baseline="" if self.baseline == row.ref else row.ref)
            self._signs_changed()
            self.keep_view()

    def _signs_changed(self) -> None:
        self.show_signs()
        self.table.refresh()
        self.show_detail()

    def action_star(self) -> None:
        """Star the experiment, or take its star away."""
        row = self.chosen
        if row is not None:
            starred = row.ref not in self.kept.stars
            self.kept = replace(self.kept, stars=self.kept.stars ^ {row.ref})
            self.keep(lambda notebook: notebook.star(row.ref, starred))
            self._signs_changed()
            if "starred" in self.query_line.text:
                self.choose()

    def action_note(self) -> None:
        """Write a note on the experiment, or take it away."""
        row = self.chosen
        if row is None:
            return

        def write(given: Mapping[str, str] | None) -> None:
            if given is not None and given["note"] != self.kept.notes.get(row.ref, ""):
                text = given["note"]
                notes = {key: note for key, note in self.kept.notes.items() if key != row.ref}
                self.kept = replace(self.kept, notes={**notes, **({row.ref: text} if text else {})})
                self.keep(lambda notebook: notebook.note(row.ref, text))
                self.fill()

        blank = Blank("note", self.kept.notes.get(row.ref, ""), "what to remember of it; empty takes it away")
        self.app.push_screen(FieldsDialog(f"Note on {row.name}", [blank], "Keep"), write)

    def action_new(self) -> None:
        """Show only what is new since the last visit, or everything again."""
        words = self.query_line.text.split()
        if ONLY_NEW in words:
            self.query_line.ask(" ".join(word for word in words if word != ONLY_NEW))
        elif self.new:
            self.query_line.ask(" ".join([*words, ONLY_NEW]))
        else:
            self.notify("Nothing was recorded or changed since your last visit.", markup=False)

    def action_commits(self) -> None:
        """Show commits that no name points to as well, or names alone."""
        self.commits = not self.commits
        self.action_reload()

    def action_tree(self) -> None:
        """Put experiments under what they are based on, or in a plain list."""
        self.table.take(replace(self.table.arrangement, tree=not self.table.arrangement.tree))
        self.keep_view()
        self.fill()

    def action_differing(self) -> None:
        """Leave out parameters that are the same in all rows shown, or show them again."""
        self.view = replace(self.view, differing=not self.view.differing)
        self.keep_view()
        self.fill()

    def action_metric(self) -> None:
        """Show the next metric."""
        metrics = list(self.overview.metrics)
        if self.metric in metrics:
            self.view = replace(self.view, metric=metrics[(metrics.index(self.metric) + 1) % len(metrics)])
            self.keep_view()
            self.fill()

    def action_columns(self) -> None:
        """Choose the columns and their order."""
        shown = [column.key for column in self.table.columns]
        rest = [column.key for column in self.known if column.key not in set(shown)]
        names = {column.key: full_name(column) for column in self.known}
        listed = [(key, names[key]) for key in [*shown, *rest] if key in names and key != "name"]

        def make(text: str) -> tuple[str, str]:
            found = self.maker.check(text, self.source.index)
            return SUM + found, found

        self.app.push_screen(ColumnsScreen(listed, set(shown), make), self._choose_columns)

    def _choose_columns(self, choice: Choice | None) -> None:
        if choice is None:
            return
        sums = tuple(key.removeprefix(SUM) for key in choice.order if key.startswith(SUM) and key in choice.shown)
        # Before somebody chooses, what is shown follows the experiments.
        before = {column.key for column in self.table.columns}
        changed = {key: key in choice.shown for key in choice.order if (key in choice.shown) is not (key in before)}
        self.view = replace(self.view, choice={**self.view.choice, **changed}, sums=sums)
        if choice.moved:
            order = ("name", *(key for key in choice.order if key in choice.shown))
            self.table.take(replace(self.table.arrangement, order=order))
        self.keep_view()
        self.fill()

    def action_share(self) -> None:
        """Copy or write the table, or the name of the experiment as `detour diff` takes it."""
        row = self.chosen
        if row is None:
            return
        names = [other.name for other in self.overview.rows.values()]
        name = row.name if names.count(row.name) == 1 else row.ref
        marked = [self.overview.rows[shown.key] for shown in self.table.shown if shown.key in self.table.marks]
        rows = marked or [self.overview.rows[shown.key] for shown in self.table.shown]
        sheet = sheet_of(self.source, rows, self.table.columns, self.query_line.text.strip())
        self.app.push_screen(ShareScreen(sheet, name=name, line=self._line()))

    def _line(self) -> str:
        row = self.table.row
        cells = [self.table.cell(row, place) for place in range(len(self.table.columns))] if row else []
        return "  ".join(cell.text for cell in cells)
