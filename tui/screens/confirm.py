"""Questions before something is done: launching a run, or anything that is answered with yes or no."""

from dataclasses import replace

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.widgets import Button, Input, Label, Static

from pipeline.errors import InputError
from tui import actions
from tui.checkout import Checkout
from tui.output import plain
from tui.runs.draft import Draft
from tui.runs.planning import PlanSummary
from tui.screens.dialog import Dialog, entry


class LaunchDialog(Dialog[Draft]):
    """The run once more, with its name and how many stages run side by side."""

    BINDINGS = actions.bindings("confirm")
    AUTO_FOCUS = "#go"

    def __init__(self, draft: Draft, plan: PlanSummary | None, checkout: Checkout) -> None:
        super().__init__()
        self._draft = draft
        self._plan = plan
        self._checkout = checkout

    def compose(self) -> ComposeResult:
        """What runs, its name, jobs, the command, the buttons."""
        with VerticalScroll(can_focus=False):
            yield Label(plain(self._heading(), "bold"))
            for key, value in self._draft.settings.items():
                yield Label(plain(f"  {key} = {value}"))
            yield Static(self._plan_text(), id="plan")
            with Horizontal():
                yield Label("name", classes="word")
                yield entry(self._draft.name, "name", "the run names itself")
            with Horizontal():
                yield Label("side by side", classes="word")
                yield entry(str(self._draft.jobs), "jobs", "1")
            yield Static(id="command", markup=False)
            yield Static("", classes="fault", markup=False)
            with Horizontal():
                yield Button("Launch", id="go", variant="primary", compact=True)
                yield Button("Cancel", id="no", compact=True)

    def on_mount(self) -> None:
        """Write the command."""
        self._show()

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
    def _show(self) -> None:
        draft = self._read()
        self.query_one("#command", Static).update(plain(f"$ {draft.text()}", "dim") if draft else "")

    def _read(self) -> Draft | None:
        """The draft with what stands in the fields; None where that is no name or number, which is said."""
        name, jobs = self.query_one("#name", Input).value.strip(), self.query_one("#jobs", Input).value.strip()
        fault = self._fault(name, jobs)
        self.query_one(".fault", Static).update(fault)
        return None if fault else replace(self._draft, name=name, jobs=int(jobs))

    def _fault(self, name: str, jobs: str) -> str:
        from tui.runs.record import check_name

        if not (jobs.isdecimal() and 1 <= int(jobs) <= 64):
            return f"'{jobs}' stages cannot run side by side; give a number from 1 to 64."
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
