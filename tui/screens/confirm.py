"""Questions before something is done: launching a run, or anything that is answered with yes or no."""

from dataclasses import replace

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widgets import Button, Input, Label, Static

from pipeline.errors import InputError
from tui import actions
from tui.checkout import Checkout
from tui.output import plain
from tui.runs.draft import Draft
from tui.runs.planning import PlanSummary
from tui.runs.tree import changed_files
from tui.screens.dialog import Dialog, Tick, entry


class LaunchDialog(Dialog[Draft]):
    """The run once more: its name, its question, its share of the machine, what goes along."""

    BINDINGS = actions.bindings("confirm")
    AUTO_FOCUS = "#go"
    DEFAULT_CSS = """
    LaunchDialog Tick { display: none; }
    LaunchDialog .half { width: 1fr; }
    """

    class Counted(Message):
        """How many files differ from HEAD."""

        def __init__(self, files: int) -> None:
            super().__init__()
            self.files = files

    def __init__(self, draft: Draft, plan: PlanSummary | None, checkout: Checkout) -> None:
        super().__init__()
        self._draft = draft
        self._plan = plan
        self._checkout = checkout

    def compose(self) -> ComposeResult:
        """What runs, the fields, the command, the buttons."""
        with VerticalScroll(can_focus=False):
            yield Label(plain(self._heading(), "bold"))
            for key, value in self._draft.settings.items():
                yield Label(plain(f"  {key} = {value}"))
            yield Static(self._plan_text(), id="plan")
            with Horizontal():
                yield Label("name", classes="word")
                yield entry(self._draft.name, "name", "the run names itself")
            with Horizontal():
                yield Label("question", classes="word")
                yield entry(self._draft.note, "note", "what the run is to answer; kept with it")
            with Horizontal():
                yield Label("side by side", classes="word")
                yield entry(str(self._draft.jobs), "jobs", "1")
                yield Label("priority", classes="word")
                yield entry(str(self._draft.priority), "priority", "0")
            yield Tick("", self._draft.carry, id="carry", compact=True)
            yield Static(id="command", markup=False)
            yield Static("", classes="fault", markup=False)
            with Horizontal():
                yield Button("Launch", id="go", variant="primary", compact=True)
                yield Button("Cancel", id="no", compact=True)

    def on_mount(self) -> None:
        """Write the command, and count what could go along."""
        self._show()
        self.run_worker(lambda: self.post_message(self.Counted(changed_files(self._checkout))), thread=True)

    @on(Counted)
    def _offer_changes(self, event: Counted) -> None:
        if event.files:
            noun = "1 changed file" if event.files == 1 else f"{event.files} changed files"
            box = self.query_one(Tick)
            box.label = f"take {noun} of the working tree along"
            box.display = True

    def show_plan(self, plan: PlanSummary | None) -> None:
        """Take the plan that was still being made when the dialog opened."""
        self._plan = plan
        self.query_one("#plan", Static).update(self._plan_text())

    def _plan_text(self) -> Text:
        return plain(self._plan.sentence() if self._plan else "still planning; the run plans for itself")

    def _heading(self) -> str:
        cells = len(self._draft.marked)
        return f"Launch {cells} of {len(self._draft.cells)} cells"

    @on(Input.Changed)
    @on(Tick.Changed)
    def _show(self) -> None:
        draft = self._read()
        self.query_one("#command", Static).update(plain(f"$ {draft.text()}", "dim") if draft else "")

    def _read(self) -> Draft | None:
        """The draft with what stands in the fields; None where that is no name or number, which is said."""
        name, note, jobs, priority = (
            self.query_one(f"#{id}", Input).value.strip() for id in ("name", "note", "jobs", "priority")
        )
        fault = self._fault(name, jobs, priority)
        self.query_one(".fault", Static).update(fault)
        if fault:
            return None
        carry = self.query_one(Tick).value
        return replace(self._draft, name=name, note=note, jobs=int(jobs), priority=int(priority), carry=carry)

    def _fault(self, name: str, jobs: str, priority: str) -> str:
        from tui.runs.record import check_name

        if not (jobs.isdecimal() and 1 <= int(jobs) <= 64):
            return f"'{jobs}' stages cannot run side by side; give a number from 1 to 64."
        if not priority.removeprefix("-").isdecimal():
            return f"'{priority}' is no priority; give a whole number, such as 1 to start before other runs that wait."
        try:
            if name:
                check_name(self._checkout, name)
        except InputError as error:
            return str(error)
        return ""

    @on(Input.Submitted)
    @on(Button.Pressed, "#go")
    def action_launch(self) -> None:
        """Launch it."""
        draft = self._read()
        if draft is not None:
            self.dismiss(draft)


class Question(Dialog[bool]):
    """Yes or no; no is where the cursor stands."""

    BINDINGS = actions.bindings("question")
    AUTO_FOCUS = "#no"

    def __init__(self, sentence: str, yes: str) -> None:
        super().__init__()
        self._sentence = sentence
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The sentence and two buttons."""
        with VerticalScroll(can_focus=False):
            yield Static(plain(self._sentence))
            with Horizontal():
                yield Button(f"{self._yes} (y)", id="yes", variant="warning", compact=True)
                yield Button("No (n)", id="no", compact=True)

    @on(Button.Pressed, "#yes")
    def action_yes(self) -> None:
        """Do it."""
        self.dismiss(True)
