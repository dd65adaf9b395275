"""The runs: watch them live, read their logs and curves, stop them, compare what they recorded.

Runs are found by their events, whoever launched them. While the screen is open their files are read once a second in a thread;
only what changed is drawn, and nothing at all when no run is live.
"""

import shlex
import time
from collections.abc import Iterable
from pathlib import Path

from rich.text import Text
from textual import on
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Static

from tui import actions
from tui.history.refs import open_repository
from tui.output import plain
from tui.runs.process import terminate
from tui.runs.results import StageResults, read_results
from tui.runs.story import RunFollower, RunStory, StageStory
from tui.runs.tree import forget_run
from tui.screens.base import DetourScreen
from tui.screens.confirm import Question
from tui.screens.fault import FaultScreen
from tui.screens.log import LogScreen
from tui.screens.run_text import in_order, run_line, run_sentence, stage_line
from tui.widgets.curve import CurvePlot
from tui.widgets.lines import Lines

BASELINE = "main"
TAIL = 12
"""Lines of a log beside the stages."""
WIDE = 110
"""Columns from which there is room for the time of each stage."""


class RunsScreen(DetourScreen):
    """Every run of this study."""

    name_in_registry = "runs"
    families = ("lines", "move")
    BINDINGS = actions.bindings("runs")
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (70, "-medium"), (WIDE, "-wide")]  # noqa: RUF012
    DEFAULT_CSS = """
    RunsScreen #runs { height: auto; min-height: 1; max-height: 30%; }
    RunsScreen #about { height: auto; max-height: 4; background: $panel; }
    RunsScreen #detail { height: 1fr; }
    RunsScreen #stages { width: 3fr; }
    RunsScreen #side { width: 2fr; border-left: solid $border; }
    RunsScreen #curve { height: 2fr; display: none; }
    RunsScreen #log { height: 1fr; }
    RunsScreen.-narrow #side { display: none; }
    """
    AUTO_FOCUS = "#runs"

    class Found(Message):
        """The runs as they are now."""

        def __init__(self, stories: list[RunStory]) -> None:
            super().__init__()
            self.stories = stories

    class Results(Message):
        """What the chosen stage has."""

        def __init__(self, results: StageResults) -> None:
            super().__init__()
            self.results = results

    def __init__(self) -> None:
        super().__init__()
        self.stories: list[RunStory] = []
        self.results: StageResults | None = None
        self._follower: RunFollower | None = None
        self._timer: Timer | None = None
        self._reading = False

    def compose_body(self) -> Iterable[Widget]:
        """Runs, a line about the chosen one, its stages beside curve and log."""
        with Vertical(id="body"):
            yield Lines(id="runs")
            yield Static("reading the runs …", id="about", markup=False)
            with Horizontal(id="detail"):
                yield Lines(id="stages")
                with Vertical(id="side"):
                    yield CurvePlot(id="curve")
                    yield Static(id="log", markup=False)

    def on_mount(self) -> None:
        """Begin to look."""
        self._follower = RunFollower(self.detour.checkout.runs)
        self._timer = self.set_interval(1.0, self._look)
        self._look()

    def on_screen_suspend(self) -> None:
        """Nobody looks."""
        if self._timer is not None:
            self._timer.pause()

    def on_screen_resume(self) -> None:
        """Look again."""
        if self._timer is not None:
            self._timer.resume()
            self._draw_run(read=False)
            self._look()

    # Reading

    def _look(self) -> None:
        follower = self._follower
        if follower is None or self._reading:
            return
        self._reading = True
        self.work(lambda: self._post_found(follower), "look")

    def _post_found(self, follower: RunFollower) -> None:
        self.post_message(self.Found(follower.read()))

    @on(Found)
    def _take(self, event: Found) -> None:
        self._reading = False
        changed = [story for story in event.stories if not any(story is other for other in self.stories)]
        gone = len(event.stories) != len(self.stories)
        first = not self.stories
        self.stories = event.stories
        self._follow_launched()
        if changed or gone or first or any(story.status == "running" for story in self.stories):
            self._draw_runs()
            self._draw_run(read=bool(changed))

    def _follow_launched(self) -> None:
        """Choose a run as soon as it is there; say why it is not where `detour run` refused."""
        for launched in list(self.detour.launched):
            story = next((story for story in self.stories if story.process == launched.process), None)
            ended = launched.ended()
            if story is not None and not launched.met:
                launched.met = True
                self._draw_runs()
                self.query_one("#runs", Lines).move_to(story.id)
            if ended is not None:
                self.detour.launched.remove(launched)
                # A run that is refused while it plans was there for a moment.
                if story is None and launched.fault():
                    self.app.push_screen(FaultScreen(launched.fault()))

    @property
    def story(self) -> RunStory | None:
        """The chosen run."""
        key = self._cursor("#runs")
        return next((story for story in self.stories if story.id == key), None)

    @property
    def told(self) -> StageStory | None:
        """The stage whose curve and log are shown: the chosen one, or what runs while that one waits."""
        story, stage = self.story, self.stage
        if story is None or stage is None or stage.state != "waiting":
            return stage
        return next((other for other in story.stages.values() if other.state == "started"), stage)

    @property
    def stage(self) -> StageStory | None:
        """The chosen stage of the chosen run."""
        story = self.story
        return story.stages.get(self._cursor("#stages")) if story else None

    def _cursor(self, lines: str) -> str:
        """The key under a list's cursor; empty before the list is there."""
        return next((found.cursor for found in self.query(lines).results(Lines)), "")

    # Drawing

    def _draw_runs(self) -> None:
        now = time.time()
        self.query_one("#runs", Lines).show([(story.id, run_line(story, now)) for story in self.stories])

    def _draw_run(self, read: bool = True) -> None:
        story = self.story
        self.query_one("#about", Static).update(self._about(story))
        ordered = in_order(story.stages.values()) if story else []
        self.query_one("#stages", Lines).show(
            [(stage.name, stage_line(stage, self.size.width >= WIDE)) for stage in ordered]
        )
        stage = self.told
        if read or (stage is not None and stage.state == "started"):
            self._read_results()
        self.keys_changed()

    def _about(self, story: RunStory | None) -> Text:
        waiting = [launched for launched in self.detour.launched if not launched.met]
        lines = [plain(f"launching: $ {launched.text}", "bold") for launched in waiting]
        if story is not None:
            lines.append(run_sentence(story))
        elif not waiting:
            lines.append(plain("No run yet: 1 goes to launch, where Space marks cells and Enter launches them."))
        return Text("\n").join(lines)

    @on(Lines.Moved, "#runs")
    def _other_run(self) -> None:
        self._draw_run()

    @on(Lines.Moved, "#stages")
    def _other_stage(self) -> None:
        self._read_results()

    def _read_results(self) -> None:
        story, stage, root = self.story, self.told, self.detour.checkout.root
        if story is None or stage is None:
            self._show_results(None)
            return
        self.work(lambda: self._post_results(root, story, stage.name), "results")

    def _post_results(self, root: Path, story: RunStory, stage: str) -> None:
        self.post_message(self.Results(read_results(root, story, stage)))

    @on(Results)
    def _take_results(self, event: Results) -> None:
        story, stage = self.story, self.told
        chosen = (story.id, stage.name) if story is not None and stage is not None else None
        if (event.results.run, event.results.stage) == chosen:
            self._show_results(event.results)

    def _show_results(self, results: StageResults | None) -> None:
        if results == self.results:
            return
        before, self.results = self.results, results
        plot = self.query_one(CurvePlot)
        curve = results.curve if results else None
        plot.display = curve is not None
        if curve is not None and curve != (before.curve if before else None):
            plot.call_after_refresh(plot.show, curve)
        self.query_one("#log", Static).update(_tail(results) if results else "")

    # What can be done

    def is_enabled(self, method: str) -> bool:
        """By the state of the chosen run."""
        story = self.story
        if story is None:
            return method == "reload"
        running = story.status == "running"
        match method:
            case "stop":
                return running
            case "compare":
                return bool(story.experiment)
            case "again":
                return story.status in ("interrupted", "died", "failed")
            case "forget":
                return not running
            case _:
                return True

    def action_stop(self) -> None:
        """Ask, then end the chosen run."""
        story = self.story
        if story is None:
            return

        def stop(yes: bool | None) -> None:
            if yes and not terminate(story.process, story.began):
                self.notify("The run has ended meanwhile.")

        sentence = f"Stop {story.name}? What has finished stays in the cache; launching it again goes on from there."
        self.app.push_screen(Question(sentence, "Stop"), stop)

    def action_compare(self) -> None:
        """Compare with main what the run recorded; with HEAD where there is no main."""
        if self.story is not None:
            self.detour.open_compare(_baseline(self.detour.checkout.root), self.story.experiment)

    def action_again(self) -> None:
        """Launch the same command again."""
        if self.story is not None:
            self.detour.launch(self.story.command[1:])
            self._draw_run(read=False)

    def action_forget(self) -> None:
        """Ask, then remove the run's events and logs."""
        story, checkout = self.story, self.detour.checkout
        if story is None:
            return

        def forget(yes: bool | None) -> None:
            if yes:
                self.work(lambda: forget_run(checkout, story.id), "forget")

        kept = f" The experiment {story.experiment} stays." if story.experiment else ""
        self.app.push_screen(Question(f"Remove the events and logs of {story.name}?{kept}", "Remove"), forget)

    def action_copy(self) -> None:
        """Copy the run's command."""
        if self.story is not None:
            self.detour.copy(shlex.join(self.story.command))

    @on(Lines.Chosen, "#runs")
    def _to_stages(self) -> None:
        self.query_one("#stages", Lines).focus()

    @on(Lines.Chosen, "#stages")
    def action_log(self) -> None:
        """Open the whole log of the chosen stage."""
        story, stage = self.story, self.stage
        if story is not None and stage is not None:
            self.app.push_screen(LogScreen(self.detour.checkout.root, story, stage.name))

    def go_back(self) -> bool:
        """From the stages to the runs."""
        runs = self.query_one("#runs", Lines)
        if runs.has_focus:
            return False
        runs.focus()
        return True

    def action_reload(self) -> None:
        """Look now."""
        self._look()


def _tail(results: StageResults) -> Text:
    """The end of what a stage printed, under its name."""
    lines = [line for line in results.log if line.strip()][-TAIL:]
    return Text("\n").join(
        [plain(results.stage, "bold"), *(plain(line) for line in lines or ["has printed nothing yet"])]
    )


def _baseline(root: Path) -> str:
    """The branch main, else HEAD."""
    return BASELINE if BASELINE in open_repository(root).branches.local else "HEAD"
