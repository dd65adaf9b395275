"""Pick cells, change parameters, launch a run.

Nothing is written to the working tree: marks, values and the name stay here until they become the arguments of `detour run`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from rich.text import Text
from textual import on
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static

from pipeline.errors import InputError
from tui import actions
from tui.checkout import NO_STUDY
from tui.history.values import value_of
from tui.output import plain, visible
from tui.runs.draft import Draft
from tui.runs.planning import PlanSummary, read_plan
from tui.runs.spawn import Spawned, spawn
from tui.screens.base import DetourScreen
from tui.watching import RunsRead
from tui.widgets.adviceline import AdviceLine
from tui.widgets.form import Form, Knob
from tui.widgets.grid import CellGrid, Shown

if TYPE_CHECKING:
    from tui.history.snapshot import CellRecord
    from tui.history.standing import Standing

SIGNS = {"measured": "●", "inherited": "○", "stale": "!", "missing": "·"}
LEGEND = "● measured  ○ inherited  ! stale  · missing  x marked"
WIDE = 110
"""Columns from which the fields stand beside the cells."""
LOW = 16
"""Lines below which the summary gives way to the cells."""
PLAN_AFTER_SECONDS = 0.6
"""Marks and values that are changed in a row are planned once."""


class LaunchScreen(DetourScreen):
    """The first screen."""

    name_in_registry = "launch"
    families = ("grid", "move")
    BINDINGS = actions.bindings("launch")
    DEFAULT_CSS = """
    LaunchScreen #form { width: 1fr; max-width: 56; }
    LaunchScreen #summary { height: auto; max-height: 40%; background: $background; border-top: solid $border; }
    LaunchScreen #summary Static { height: auto; }
    LaunchScreen.low #summary { border-top: none; max-height: 3; }
    LaunchScreen.low #about { max-height: 1; }
    LaunchScreen.low.advised #summary { max-height: 5; }
    """
    AUTO_FOCUS = "#grid"

    class Read(Message):
        """The study and its history were read."""

        def __init__(self, standing: "Standing") -> None:
            super().__init__()
            self.standing = standing

    class Checked(Message):
        """Changed values were checked."""

        def __init__(self, settings: Mapping[str, str], faults: Mapping[str, str]) -> None:
            super().__init__()
            self.settings = settings
            self.faults = faults

    class Planned(Message):
        """The plan of a draft was made, or the sentence says why not."""

        def __init__(self, draft: Draft, plan: PlanSummary | None, fault: str) -> None:
            super().__init__()
            self.draft = draft
            self.plan = plan
            self.fault = fault

    def __init__(self) -> None:
        super().__init__()
        self.standing: Standing | None = None
        self.draft = Draft(())
        self.faults: Mapping[str, str] = {}
        self.plan: PlanSummary | None = None
        self.plan_fault = ""
        self._checked: Mapping[str, str] = {}
        """The values that `faults` is about."""
        self._asked_to_launch = False
        """Whether the dialog opens when the values are checked."""
        self._told_left_over = ""
        self._planning: Spawned | None = None
        self._plan_timer: Timer | None = None

    def compose_body(self) -> Iterable[Widget]:
        """Grid and form, the summary below."""
        with Horizontal(id="body"):
            yield CellGrid(id="grid")
            yield Form(id="form")
        with VerticalScroll(id="summary", can_focus=False):
            yield Static("reading the study …", id="about", markup=False)
            yield AdviceLine(self.detour.checkout.here, self.detour.journal, id="advice")
            yield Static(id="plan", markup=False)
            yield Static(id="command", markup=False)

    def on_mount(self) -> None:
        """Read the study and its history; runs that can go on are told of."""
        self.detour.runs.listeners.append(self)
        # A thread that imports takes turns with the one that draws.
        self.call_after_refresh(self.action_reload)

    def on_unmount(self) -> None:
        """End a plan that is being made; its tree goes with it."""
        self.detour.runs.listeners.remove(self)
        if self._planning is not None:
            self._planning.end()

    # Reading

    def action_reload(self) -> None:
        """Read the study and its history again."""
        checkout = self.detour.checkout

        def read() -> None:
            # Their imports take longer than the first frame may.
            from tui.history.rows import History
            from tui.history.standing import read_standing

            try:
                if not checkout.is_study:
                    raise InputError(
                        f"{NO_STUDY} There is nothing to launch; 3 lists its experiments, 4 compares them."
                    )
                self.post_message(self.Read(read_standing(History(checkout.here), checkout.here)))
            except InputError as error:
                self.post_message(self.Refused(str(error)))

        self.work(read, "read")

    @on(Read)
    async def _take_standing(self, event: Read) -> None:
        self.standing = event.standing
        self.query_one(AdviceLine).forget()
        cells = tuple(event.standing.study.cells())
        names = {cell.name for cell in cells}
        self.draft = replace(self.draft, cells=cells, marked=self.draft.marked & names)
        self.query_one(CellGrid).marked = self.draft.marked
        self.query_one(CellGrid).show(cells, {name: _shown(cell) for name, cell in event.standing.cells.items()})
        from tui.runs.knobs import knob_values

        knobs = knob_values(event.standing.study)
        await self.query_one(Form).show(tuple(Knob(key, value) for key, value in knobs.items()))
        self.refresh_summary()
        self.keys_changed()

    @on(RunsRead)
    def _tell_runs(self) -> None:
        if self._left_over() != self._told_left_over:
            self._show_about()

    # Marking and changing

    @on(CellGrid.Toggled)
    def _toggle(self, event: CellGrid.Toggled) -> None:
        self._change(self.draft.toggled(event.cells))

    @on(CellGrid.Moved)
    def _tell_cell(self) -> None:
        self._show_about()
        self._advise()

    def action_advice(self) -> None:
        """Say whether the detour is worth it, or no longer."""
        advice = self.query_one(AdviceLine)
        advice.toggle()
        self.set_class(advice.wanted, "advised")
        self._advise()

    def _advise(self) -> None:
        from tui.evidence.cells import parts_of

        self.query_one(AdviceLine).follow(parts_of(self.query_one(CellGrid).cursor))

    @on(Form.Changed)
    def _take_settings(self) -> None:
        self._check()

    def _check(self) -> None:
        """Take what stands in the fields, and have it checked in a thread where that was not done yet."""
        settings = self.query_one(Form).settings()
        if settings != self.draft.settings:
            self._change(replace(self.draft, settings=settings))
        standing = self.standing
        if standing is not None and settings != self._checked:
            self.work(lambda: self._post_checked(standing.params, settings), "check")

    def _post_checked(self, params: str, settings: Mapping[str, str]) -> None:
        from tui.runs.knobs import faults_of

        self.post_message(self.Checked(settings, faults_of(params, settings)))

    @on(Checked)
    def _take_checked(self, event: Checked) -> None:
        # An answer to what was typed before the last key comes late.
        if event.settings != self.query_one(Form).settings():
            return
        self.faults, self._checked = event.faults, event.settings
        self.query_one(Form).show_faults(event.faults)
        self._change(self.draft)
        if self._asked_to_launch:
            self.action_launch()

    def _change(self, draft: Draft) -> None:
        self.draft = draft
        self.query_one(CellGrid).marked = draft.marked
        self._plan_soon()
        self.refresh_summary()
        self.keys_changed()

    def action_mark_wanting(self) -> None:
        """Mark every cell that is stale or missing."""
        cells = self.standing.cells.values() if self.standing else ()
        wanting = {cell.name for cell in cells if cell.origin.kind in ("stale", "missing")}
        if wanting:
            self._change(replace(self.draft, marked=self.draft.marked | wanting))
        else:
            self.notify("No cell is stale or missing.")

    def action_clear(self) -> None:
        """Take all marks and changes back."""
        self.query_one(Form).reset()
        self._change(replace(self.draft, marked=frozenset(), name=""))

    def action_parameters(self) -> None:
        """Go to the fields."""
        self._arrange(editing=True)
        self.query_one(Form).focus_first()

    def on_resize(self) -> None:
        """Cells and fields stand beside each other where there is room."""
        self._arrange(editing=isinstance(self.focused, Input))
        self.set_class(self.size.height < LOW, "low")

    def _arrange(self, editing: bool) -> None:
        wide = self.size.width >= WIDE
        self.query_one(Form).display = wide or editing
        self.query_one(CellGrid).display = wide or not editing

    def go_back(self) -> bool:
        """From the fields to the grid."""
        if self.query_one(CellGrid).has_focus:
            return False
        self._arrange(editing=False)
        self.set_focus(self.query_one(CellGrid))
        return True

    def available(self) -> list[actions.Action]:
        """Letters are text while a field is edited."""
        if isinstance(self.focused, Input):
            return [*actions.of("form"), *(action for action in actions.of("app") if "ctrl+" in action.keys)]
        known = super().available()
        return known if self.draft.cells else [action for action in known if action.owner != "grid"]

    @property
    def has_rows(self) -> bool:
        """Whether there are cells to mark."""
        return bool(self.draft.cells)

    def is_enabled(self, method: str) -> bool:
        """A run needs marks, and values without a fault."""
        if method in ("launch", "copy"):
            return bool(self.draft.marked) and not self.faults
        if method == "advice":
            return bool(self.draft.cells)
        return True

    # The plan

    def _plan_soon(self) -> None:
        if self._plan_timer is not None:
            self._plan_timer.stop()
        self.plan, self.plan_fault = None, ""
        if self.is_enabled("launch"):
            self._plan_timer = self.set_timer(PLAN_AFTER_SECONDS, self._plan_now)

    def _plan_now(self) -> None:
        if self._planning is not None:
            self._planning.end()
        words = [*self.draft.words("plan"), "--json"]
        made = self._planning = spawn(self.detour.checkout.here, words)
        entry, draft = self.detour.journal.begin("detour", *words), self.draft

        def wait() -> None:
            entry.status, said, complained = made.wait()
            self.post_message(self.Planned(draft, *read_plan(entry.status, said, complained)))

        # Not exclusive: a thread whose process was ended comes back by itself, and its answer is not wanted any more.
        self.run_worker(wait, group="plan", thread=True)

    @on(Planned)
    def _take_plan(self, event: Planned) -> None:
        from tui.screens.confirm import LaunchDialog

        if event.draft == self.draft:
            self.plan, self.plan_fault = event.plan, event.fault
            self.refresh_summary()
            if isinstance(self.app.screen, LaunchDialog):
                self.app.screen.show_plan(event.plan)

    # The summary

    def refresh_summary(self) -> None:
        """Write what a run would be."""
        self._show_about()
        marked = bool(self.draft.marked)
        self.query_one("#plan", Static).update(self._plan_text() if marked else plain(LEGEND, "dim"))
        self.query_one("#command", Static).update(plain(f"$ {self.draft.text()}") if marked else Text())

    def _show_about(self) -> None:
        standing = self.standing
        if standing is None:
            return
        cell = standing.cells.get(self.query_one(CellGrid).cursor)
        lines = [plain(_sentence(cell))] if cell is not None else []
        if standing.edited:
            lines.append(
                plain("! params.yaml has changes that are not committed; a run begins at HEAD without them.", "bold")
            )
        lines += [plain(f"! {problem}", "bold") for problem in standing.problems[:1]]
        self._told_left_over = self._left_over()
        lines += [plain(self._told_left_over, "bold")] if self._told_left_over else []
        self.query_one("#about", Static).update(Text("\n").join(lines))

    def _left_over(self) -> str:
        """The runs that wait for somebody to let them go on, after a reboot for instance."""
        left = self.detour.runs.resumable
        if not left:
            return ""
        more = f" (and {len(left) - 1} more)" if left[1:] else ""
        return f"- Run {left[0].name} {'died' if left[0].status == 'died' else 'was stopped'}{more}: 2, then R, goes on with it."

    def _plan_text(self) -> Text:
        draft = self.draft
        told = f"{len(draft.marked)} of {len(draft.cells)} cells"
        if draft.settings:
            told += ", " + ", ".join(f"{key.rpartition('.')[2]} {value}" for key, value in draft.settings.items())
        if self.faults:
            return plain(f"{told}: a value does not fit (p shows it)", "bold")
        if self.plan_fault:
            return plain(f"{told}: {self.plan_fault}", "bold")
        return plain(f"{told}: {self.plan.sentence() if self.plan else 'planning …'}")

    # Launching

    def action_copy(self) -> None:
        """Copy the command."""
        self.detour.copy(self.draft.text())

    def action_launch(self) -> None:
        """Look at the run once more, as soon as the values that were typed are checked."""
        # The first frame does not wait for its widgets.
        from tui.screens.confirm import LaunchDialog

        self._check()
        self._asked_to_launch = self.draft.settings != self._checked
        if not self._asked_to_launch and not self.faults and self.app.screen is self:
            self.app.push_screen(LaunchDialog(self.draft, self.plan, self.detour.checkout), self._launch)

    def _launch(self, draft: Draft | None) -> None:
        if draft is None:
            return
        self.draft = draft
        self.detour.launch(draft.words("run"))
        self._change(replace(draft, marked=frozenset(), name="", note="", carry=False))


def _shown(cell: "CellRecord") -> Shown:
    value = value_of(cell.value, "accuracy")
    text = "" if value is None else f"{value:.3f}".lstrip("0") if 0 <= value < 1 else f"{value:.2f}"
    return Shown(SIGNS[cell.origin.kind], text, cell.origin.kind)


def _sentence(cell: "CellRecord") -> str:
    """The cell under the cursor in words."""
    value = cell.value.get("accuracy") if cell.value else None
    interval = ""
    if isinstance(value, Mapping):
        low, high = value_of(cell.value, "accuracy.low"), value_of(cell.value, "accuracy.high")
        interval = f" [{low:.3f}, {high:.3f}]" if low is not None and high is not None else ""
    mean = value_of(cell.value, "accuracy")
    told = f", accuracy {mean:.3f}{interval}" if mean is not None else ""
    why = f": {cell.origin.why}" if cell.origin.why else ""
    return visible(f"{cell.name}  {cell.origin.kind}{told}{why}")
