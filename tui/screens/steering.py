"""What can be done with a run: stop it, let it go on, record it, move it in the queue, make a branch, compare, remove.

Everything that changes a run is a `detour` command, given in a process of its own and noted in the command log.
"""

import shlex
from collections.abc import Mapping
from pathlib import Path

from pipeline.errors import InputError
from tui import actions
from tui.history.refs import open_repository
from tui.runs.stopping import can_resume
from tui.runs.story import RunStory
from tui.runs.telling import finished
from tui.runs.tree import forget_run
from tui.screens.base import DetourScreen
from tui.screens.confirm import Question
from tui.screens.fields import Blank, FieldsDialog
from tui.screens.run_text import can_record
from tui.screens.stopping import StopDialog

BASELINE = "main"


class SteeringScreen(DetourScreen):
    """A screen on which a run is chosen."""

    name_in_registry = "runs"
    BINDINGS = actions.bindings("runs")

    @property
    def story(self) -> RunStory | None:
        """The chosen run."""
        raise NotImplementedError

    def is_enabled(self, method: str) -> bool:
        """By the state of the chosen run."""
        story = self.story
        if story is None:
            return method == "reload"
        match method:
            case "stop":
                return not story.is_over
            case "go_on":
                return _way_on(story) != ""
            case "record":
                return can_record(story)
            case "sooner" | "later":
                return story.status == "queued"
            case "compare" | "branch":
                return bool(story.experiment) and story.is_over
            case "forget":
                return story.is_over
            case "log":
                return bool(story.stages)
            case _:
                return True

    def action_stop(self) -> None:
        """Ask how, then stop the chosen run; one that waits is taken out of the queue."""
        story = self.story
        if story is None:
            return

        def stop(options: list[str] | None) -> None:
            if options is not None:
                self.detour.give(["stop", story.id, *options])

        if story.status == "queued":
            question = Question(f"Take {story.name} out of the queue? R puts it back.", "Take it out")
            self.app.push_screen(question, lambda yes: stop([] if yes else None))
        else:
            told = finished(story)
            self.app.push_screen(StopDialog(f"Stop {story.name}? {told[:1].upper()}{told[1:]}."), stop)

    def action_go_on(self) -> None:
        """Go on with a run that stopped or died; run again what failed of one that is recorded."""
        if self.story is not None:
            self.detour.give([_way_on(self.story), self.story.id])

    def action_record(self) -> None:
        """Record what is finished of a run that stopped or died."""
        if self.story is not None:
            self.detour.give(["stop", self.story.id, "--record"])

    def action_sooner(self) -> None:
        """Raise the priority of a run that waits."""
        self._move(1)

    def action_later(self) -> None:
        """Lower the priority of a run that waits."""
        self._move(-1)

    def _move(self, by: int) -> None:
        if self.story is not None:
            self.detour.give(["prioritise", self.story.id, "--", str(self.story.priority + by)])

    def action_branch(self) -> None:
        """Ask for a name, then make a branch of what the run recorded."""
        story = self.story
        if story is None:
            return

        def make(fields: Mapping[str, str] | None) -> None:
            if fields and fields["branch"]:
                done = f"Branch {fields['branch']} is experiment {story.experiment}; 3 lists it, 4 compares it."
                self.detour.give(["branch", story.commit, fields["branch"]], done)

        heading = f"$ detour branch {shlex.quote(story.experiment)} BRANCH"
        self.app.push_screen(FieldsDialog(heading, [Blank("branch", story.experiment)], "Make the branch"), make)

    def action_compare(self) -> None:
        """Compare with main what the run recorded; with HEAD where there is no main."""
        if self.story is not None:
            self.detour.open_compare(_baseline(self.detour.checkout.root), self.story.experiment)

    def action_forget(self) -> None:
        """Ask, then remove the run's events and logs."""
        story, checkout = self.story, self.detour.checkout
        if story is None:
            return

        def remove() -> None:
            try:
                forget_run(checkout, story.id)
            except InputError as error:
                self.post_message(self.Refused(str(error)))
            self.app.call_from_thread(self.detour.look)

        kept = f"The experiment {story.experiment} stays." if story.experiment else "Nothing of it was recorded."
        question = Question(f"Remove the events and logs of {story.name}? {kept}", "Remove")

        def answer(yes: bool | None) -> None:
            if yes:
                self.work(remove, "forget")

        self.app.push_screen(question, answer)

    def action_copy(self) -> None:
        """Copy the run's command."""
        if self.story is not None:
            self.detour.copy(shlex.join(self.story.command))

    def action_reload(self) -> None:
        """Look now."""
        self.detour.look()


def _way_on(story: RunStory) -> str:
    """The command by which a run goes on; empty where it does not."""
    if can_resume(story):
        return "resume"
    return "retry" if story.status == "failed" and story.experiment else ""


def _baseline(root: Path) -> str:
    """The branch main, else HEAD."""
    return BASELINE if BASELINE in open_repository(root).branches.local else "HEAD"
