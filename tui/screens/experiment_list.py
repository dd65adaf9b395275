"""The list of experiments: read, filtered, arranged, and remembered beside the repository."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from typing import ClassVar

from textual import on
from textual.dom import DOMNode
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import get_current_worker

from pipeline.errors import InputError
from tui import actions
from tui.filtering.choosing import Filter
from tui.filtering.index import Index
from tui.filtering.row_tests import Asides
from tui.history.overview import Overview
from tui.history.rows import Row
from tui.notebook import Kept, Notebook, notebook_of
from tui.screens.browsing import BrowsingScreen
from tui.screens.experiment_columns import Source
from tui.screens.experiment_view import View, as_mapping, view_of
from tui.screens.experiment_work import Chosen, Made, Maker, State, Wanted, choose, read
from tui.widgets.cells import Column
from tui.widgets.query import QueryTable
from tui.widgets.table import Table

Keeping = Callable[[Notebook], None]
READING = "Reading git ..."
EMPTY = "There is no commit yet: git commit the study, then a run records experiments."
BASELINE, PROBLEM, STAR, NEW = "B", "!", "★", "+"


class ExperimentList(BrowsingScreen):
    """A table of experiments; what can be done with one is the screen's that is made of it."""

    name_in_registry = "experiments"
    families: ClassVar[tuple[str, ...]] = ("move", "table", "filter", "query")
    BINDINGS = actions.bindings("experiments")

    class Recalled(Message):
        """What is kept beside the repository was read."""

        def __init__(self, notebook: Notebook, kept: Kept, fault: str, changes: int) -> None:
            super().__init__()
            self.notebook, self.kept, self.fault, self.changes = notebook, kept, fault, changes

    class Changed(Message):
        """Names in git are others than those that were read."""

    class Written(Message):
        """The notebook was changed, or could not be."""

        def __init__(self, fault: str) -> None:
            super().__init__()
            self.fault = fault

    class Read(Message):
        """Experiments came from git."""

        def __init__(self, state: State) -> None:
            super().__init__()
            self.state = state

    class Failed(Message):
        """Git could not be read."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    class Filled(Message):
        """Rows were made."""

        def __init__(self, made: Made) -> None:
            super().__init__()
            self.made = made

    class Answered(Message):
        """A filter was answered."""

        def __init__(self, chosen: Chosen, index: Index) -> None:
            super().__init__()
            self.chosen, self.index = chosen, index

    def __init__(self) -> None:
        super().__init__()
        self.query_line = QueryTable(id="body", empty=READING)
        """The filter and its table."""
        self.source = Source()
        """What the table shows."""
        self.view = View()
        self.kept = Kept()
        self.new: frozenset[str] = frozenset()
        """Keys of what was recorded or changed since the last visit."""
        self.known: list[Column] = []
        """Every column that there is."""
        self.notebook: Notebook | None = None
        self.commits = False
        """Whether commits that no name points to are in the list."""
        self._changes = 0
        """Changes of the notebook that were begun here."""
        self._unwritten = 0
        """Those of them that are not in the file yet."""
        self._since: Kept | None = None
        """What was kept when the visit began."""
        self._state = State(Overview(), Index(), False, {})
        self._filter: Filter | None = None
        self._reading = True
        self._maker: Maker | None = None

    def compose_body(self) -> Iterable[Widget]:
        """A line of state, the table, the row under the cursor in full."""
        yield Static(READING, id="status", markup=False)
        yield self.query_line
        yield Static(id="detail", markup=False)

    def on_mount(self) -> None:
        """Begin to read."""
        self._maker = Maker(self.reader)
        self.action_reload()

    def on_screen_resume(self) -> None:
        """Read again when the screen is opened again and names have changed: a run may have ended meanwhile."""
        if not self._reading:
            self.work(self._look, "look")

    def _look(self) -> None:
        if self.reader.has_changed():
            self.post_message(self.Changed())

    @on(Changed)
    def _read_changes(self) -> None:
        if not self._reading:
            self.action_reload()

    def on_screen_suspend(self) -> None:
        """Keep how the list looks."""
        self.keep_view()

    def on_unmount(self) -> None:
        """Keep what was seen, for the next visit."""
        if self.notebook is None or not self._state.whole:
            return
        try:
            self.notebook.keep_view(as_mapping(self.view_now))
            self.notebook.keep_visit(datetime.now().astimezone(), self._state.sights.values())
        except InputError:
            # It was said when the file was read, and the app is being left.
            return

    def namespace_of(self, owner: str) -> DOMNode:
        """The filter's language belongs to the line."""
        return self.query_line if owner == "query" else super().namespace_of(owner)

    @property
    def table(self) -> Table:
        """The rows, also while the screen is being taken away."""
        return self.query_line.table

    @property
    def maker(self) -> Maker:
        """What makes rows."""
        assert self._maker is not None
        return self._maker

    @property
    def overview(self) -> Overview:
        """The experiments that are shown, filtered or not."""
        return self.source.overview

    @property
    def metric(self) -> str:
        """The metric that the cells show."""
        return self.source.metric

    # Reading

    def action_reload(self) -> None:
        """Read git again; what is shown stays until the new rows are there."""
        # Two readings at once must not add to one index.
        index = Index() if self._reading else self._state.index.renewed()
        self._reading = True
        self.show_status()
        changes, commits = self._changes, self.commits
        self.work(lambda: self._read(index, changes, commits), "experiments")

    def _read(self, index: Index, changes: int, commits: bool) -> None:
        worker = get_current_worker()
        try:
            self.post_message(self._recall(changes))
            for state in read(self.reader, index, lambda: worker.is_cancelled, commits):
                self.post_message(self.Read(state))
        except InputError as error:
            self.post_message(self.Failed(str(error)))

    def _recall(self, changes: int) -> "ExperimentList.Recalled":
        notebook = self.reader.ask(lambda history: notebook_of(history.repository))
        try:
            return self.Recalled(notebook, notebook.read(), "", changes)
        except InputError as error:
            return self.Recalled(notebook, Kept(), str(error), changes)

    @on(Recalled)
    def _remember(self, event: Recalled) -> None:
        self.notebook = event.notebook
        if event.changes == self._changes and not self._unwritten:
            # What was changed here meanwhile is newer than what was read.
            self.kept = event.kept
        if event.fault:
            self.notify(event.fault, severity="warning", timeout=10, markup=False)
        if self._since is None:
            self._since = event.kept
            self.view = view_of(event.kept.view)
            self.table.take(self.view.arrangement)
            self.query_line.ask(self.view.filter)

    @on(Read)
    def _take(self, event: Read) -> None:
        first = not self._state.whole
        if not (event.state.whole or first):
            return
        self._state = event.state
        self._reading = not event.state.whole
        self.table.empty = EMPTY if event.state.whole else READING
        if event.state.whole:
            self._compare_with_last_visit()
        self.fill()

    def _compare_with_last_visit(self) -> None:
        since = self._since
        if since is None or since.visited is None:
            self.keep(lambda notebook: notebook.keep_visit(datetime.now().astimezone(), self._state.sights.values()))
            return
        self.new = frozenset(key for key, mark in self._state.sights.items() if mark not in since.seen)

    @on(Failed)
    def _fail(self, event: Failed) -> None:
        self._reading = False
        self.table.empty = event.sentence
        self.table.load((), ())
        self.show_status()
        self.keys_changed()

    # Filling

    def fill(self) -> None:
        """Make the rows anew, in a thread."""
        overview = self._state.overview
        metric = self.view.metric if self.view.metric in overview.metrics else overview.primary()
        source = Source(overview, self._state.index, metric, self.kept.notes)
        wanted = Wanted(source, replace(self.view, arrangement=self.table.arrangement), self._filter, self.asides)
        maker = self.maker
        self.work(lambda: self._post(self.Filled(maker.make(wanted))), "fill")

    def _post(self, message: Message) -> None:
        if not get_current_worker().is_cancelled:
            self.post_message(message)

    @property
    def asides(self) -> Asides:
        """What filters may ask beside git."""
        return Asides(self.kept.notes, self.kept.stars, frozenset(self.table.marks), self.new)

    @on(Filled)
    def _show(self, event: Filled) -> None:
        made = event.made
        self.source, self.known = made.source, list(made.columns)
        self.query_line.index = made.source.index
        if self.view.baseline not in self.overview.rows:
            self.view = replace(self.view, baseline="")
        self.show_signs()
        self.table.parents = made.parents
        if made.chosen.filter is self._filter:
            self._narrow(made.chosen)
        else:
            self.choose()
        self.table.show(made.prepared)
        for fault in made.faults:
            self.notify(fault, severity="warning", markup=False)
        if made.faults:
            self.view = replace(self.view, sums=tuple(made.source.sums))
        self.show_detail()
        self.keys_changed()

    def _narrow(self, chosen: Chosen) -> None:
        if chosen.fault is None:
            self.table.kept = chosen.keys
        elif not self._reading:
            self.query_line.refuse(chosen.fault)

    # The filter

    @on(QueryTable.Asked)
    def _ask(self, event: QueryTable.Asked) -> None:
        self._filter = event.filter
        self.choose()

    def choose(self) -> None:
        """Find what the filter chooses, in a thread."""
        if self.view.differing:
            self.fill()
            return
        filter, index, asides = self._filter, self.source.index, self.asides
        self.work(lambda: self._post(self.Answered(choose(filter, index, asides), index)), "choose")

    @on(Answered)
    def _answer(self, event: Answered) -> None:
        if event.chosen.filter is not self._filter:
            return
        if event.index is not self.source.index:
            # Other experiments have come meanwhile.
            self.choose()
            return
        self._narrow(event.chosen)
        self.table.keep(self.table.kept)
        self.show_detail()

    # What is kept

    @property
    def view_now(self) -> View:
        """How the list looks at this moment."""
        return replace(self.view, arrangement=self.table.arrangement, filter=self.query_line.text.strip())

    def keep_view(self) -> None:
        """Keep how the list looks, in a thread."""
        view = as_mapping(self.view_now)
        if self._state.whole and view != self.kept.view:
            self.kept = replace(self.kept, view=view)
            self.keep(lambda notebook: notebook.keep_view(view))

    def keep(self, change: Keeping) -> None:
        """Change the notebook in a thread; where that fails, say why."""
        notebook = self.notebook
        if notebook is None:
            return
        self._changes += 1
        self._unwritten += 1

        def write() -> None:
            fault = ""
            try:
                change(notebook)
            except InputError as error:
                fault = str(error)
            self.post_message(self.Written(fault))

        # None is dropped for a later one: each is a change of its own.
        self.run_worker(write, group="keep", thread=True, exclusive=False)

    @on(Written)
    def _take_written(self, event: Written) -> None:
        self._unwritten -= 1
        if event.fault:
            self.notify(event.fault, severity="warning", markup=False)

    @on(Table.Arranged)
    def _keep_arrangement(self) -> None:
        self.keep_view()

    # What is written around the table

    def show_signs(self) -> None:
        """A letter before what is pinned, at fault, starred or new; the first of these."""
        rows = self.overview.rows
        signs = dict.fromkeys(self.new, NEW)
        signs.update(dict.fromkeys(self.kept.stars, STAR))
        signs.update({key: PROBLEM for key, row in rows.items() if row.problems})
        self.table.signs = {**signs, **({self.view.baseline: BASELINE} if self.view.baseline else {})}

    @on(Table.Moved)
    @on(Table.Marked)
    def _moved(self) -> None:
        self.show_detail()

    def show_detail(self) -> None:
        """The row under the cursor, and the line of state."""
        self.show_status()

    def show_status(self) -> None:
        """The line of state."""
        table, count = self.table, len(self.overview.rows)
        parts = [f"{len(table.shown)} of {count}" if table.narrowed else f"{count} experiments"]
        parts += ["reading ..."] if self._reading else []
        parts += [f"{len(self.new)} new since {self._last_visit()}"] if self.new else []
        parts += [self.metric] if self.metric else []
        pinned = self.overview.rows.get(self.view.baseline)
        parts += [f"baseline {pinned.name}" if pinned else "baseline: its own base"]
        parts += [f"{len(table.marks)} marked"] if table.marks else []
        parts += ["what differs"] if self.view.differing else []
        self.write("status", " · ".join(parts))

    def _last_visit(self) -> str:
        assert self._since is not None and self._since.visited is not None
        then, now = self._since.visited.astimezone(), datetime.now().astimezone()
        if then.date() == now.date():
            return then.strftime("%H:%M")
        return then.strftime("%d %b") if then.year == now.year else then.strftime("%d %b %Y")

    @property
    def chosen(self) -> Row | None:
        """The experiment under the cursor."""
        row = self.table.row
        return self.overview.rows.get(row.key) if row else None
