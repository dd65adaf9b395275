"""The runs: watch them live, read their logs and curves, steer them (`tui.screens.steering`).

Runs are found by their events, whoever launched them. The app looks at them once a second while this screen is open; only what
changed is drawn, and nothing at all when no run is live.
"""

import time
from collections.abc import Iterable
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from tui import actions
from tui.checkout import NO_STUDY
from tui.output import plain
from tui.runs.pace import run_seconds_left, seconds_left, share_done
from tui.runs.results import StageResults, read_results
from tui.runs.stage_story import StageStory
from tui.runs.story import RunStory
from tui.screens.log import LogScreen
from tui.screens.run_text import in_order, log_tail, run_about, run_line, stage_head, stage_line
from tui.screens.steering import SteeringScreen
from tui.watching import RunsRead
from tui.widgets.curve import CurvePlot
from tui.widgets.lines import Lines

NONE_YET = "No run yet: 1 goes to launch, where Space marks cells and Enter launches them."
NONE_EVER = f"{NO_STUDY} Runs train the cells of a study, so there are none; 3 lists its experiments, 4 compares them."
WIDE = 110
"""Columns from which there is room for the time of each stage."""


class RunsScreen(SteeringScreen):
    """Every run of this study."""

    families = ("lines", "move")
    shows_runs = True
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (70, "-medium"), (WIDE, "-wide")]  # noqa: RUF012
    DEFAULT_CSS = """
    RunsScreen #runs { height: auto; min-height: 1; max-height: 30%; }
    RunsScreen #about { height: auto; max-height: 4; background: $panel; }
    RunsScreen #detail { height: 1fr; }
    RunsScreen #stages { width: 3fr; }
    RunsScreen #side { width: 2fr; border-left: solid $border; }
    RunsScreen #curve { height: 2fr; min-height: 8; display: none; }
    RunsScreen #head { height: auto; max-height: 4; }
    RunsScreen #log { height: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    RunsScreen #log.wrapped { text-wrap: wrap; }
    RunsScreen.-narrow #side { display: none; }
    """
    AUTO_FOCUS: ClassVar[str] = "#runs"

    class Results(Message):
        """What the chosen stage has."""

        def __init__(self, results: StageResults) -> None:
            super().__init__()
            self.results = results

    def __init__(self) -> None:
        super().__init__()
        self.results: StageResults | None = None
        # Asked for many times a second, these two are not looked up in the tree of widgets.
        self._runs, self._stages = Lines(id="runs"), Lines(id="stages")
        self._written: dict[str, Text] = {}
        self._drawn: tuple[RunStory, str] | None = None
        """The run and the stage whose results were read last."""
        self._keys: list[actions.Action] = []
        self._none = NONE_YET
        self._is_due = False
        """Whether runs and stages are to be drawn when the results come."""

    def compose_body(self) -> Iterable[Widget]:
        """Runs, lines about the chosen one, its stages beside curve and log."""
        with Vertical(id="body"):
            yield self._runs
            yield Static("reading the runs …", id="about", markup=False)
            with Horizontal(id="detail"):
                yield self._stages
                with Vertical(id="side"):
                    yield CurvePlot(id="curve")
                    yield Static(id="head", markup=False)
                    yield Static(id="log", markup=False)

    def on_mount(self) -> None:
        """Be told of every look, and look now."""
        self._none = NONE_YET if self.detour.checkout.is_study else NONE_EVER
        self.detour.runs.listeners.append(self)
        self.detour.look()

    def on_unmount(self) -> None:
        """Nobody listens."""
        self.detour.runs.listeners.remove(self)

    def on_screen_resume(self) -> None:
        """Look again."""
        if self.detour.runs.looked:
            self._draw()
        self.detour.look()

    # What is chosen

    @property
    def stories(self) -> list[RunStory]:
        """Every run, in the order of the list."""
        return list(self.detour.runs.stories)

    @property
    def story(self) -> RunStory | None:
        """The chosen run."""
        key = self._runs.cursor
        return next((story for story in self.stories if story.id == key), None)

    @property
    def stage(self) -> StageStory | None:
        """The chosen stage of the chosen run."""
        story = self.story
        return story.stages.get(self._stages.cursor) if story else None

    @property
    def told(self) -> StageStory | None:
        """The stage whose curve and log are shown: the chosen one, or what runs while that one waits."""
        story, stage = self.story, self.stage
        if story is None or stage is None or stage.state != "waiting":
            return stage
        return next((other for other in story.stages.values() if other.state == "started"), stage)

    # Drawing

    @on(RunsRead)
    def _hear(self) -> None:
        """While a stage prints, what it printed is drawn with the rest: a second is drawn once."""
        stage, watch = self.told, self.detour.runs
        shown = self.results is not None and stage is not None and stage.name == self.results.stage
        if shown and stage is not None and stage.state == "started" and not watch.launched:
            self._is_due = True
            self._read_results()
        else:
            self._draw()

    def _draw(self) -> None:
        self._is_due = False
        self._draw_runs()
        self._choose_launched()
        self._draw_run()

    def _choose_launched(self) -> None:
        watch = self.detour.runs
        if watch.launched and any(story.id == watch.launched for story in watch.stories):
            self._runs.move_to(watch.launched)
            watch.launched = ""

    def _draw_runs(self) -> None:
        now, watch = time.time(), self.detour.runs
        waiting = [story.id for story in watch.stories if story.status == "queued"]
        lines = []
        for story in watch.stories:
            seeds = watch.seeds.get(story.id)
            left = run_seconds_left(story, seeds, now) if seeds is not None else None
            place = waiting.index(story.id) + 1 if story.id in waiting else 0
            lines.append((story.id, run_line(story, now, left, place)))
        self._runs.show(lines)

    def _draw_run(self) -> None:
        self._draw_stages()
        self._read_results()

    def _draw_stages(self) -> None:
        story = self.story
        self._write("about", self._about(story))
        ordered = in_order(story.stages.values()) if story else []
        self._stages.show([(stage.name, self._stage_line(stage)) for stage in ordered])
        if ordered and not self._stages.has_focus:
            # Nobody has chosen one: what failed or runs comes first.
            self._stages.move_to(ordered[0].name)
        if self._keys != (keys := self.available()):
            self._keys = keys
            self.keys_changed()

    def _stage_line(self, stage: StageStory) -> Text:
        share, left = self._pace(stage)
        return stage_line(stage, self.size.width >= WIDE, share, left)

    def _pace(self, stage: StageStory) -> tuple[float | None, float | None]:
        """The part of a stage that is through, and the seconds that are left."""
        seeds = self.detour.runs.seeds.get(self._runs.cursor)
        if seeds is None or stage.progress is None:
            return None, None
        return share_done(stage, seeds), seconds_left(stage, seeds, time.time())

    def _about(self, story: RunStory | None) -> Text:
        lines = [plain(f"$ {given.text} …", "bold") for given in self.detour.runs.given]
        if story is not None:
            lines.append(run_about(story))
        elif not lines:
            lines.append(plain(self._none))
        return Text("\n").join(lines)

    def _write(self, id: str, text: Text) -> None:
        """Write into a box; what stands there already is not laid out again."""
        if self._written.get(id) != text:
            before, self._written[id] = self._written.get(id), text
            grows = id == "about" or (id == "head" and _shape(text) != _shape(before))
            self.query_one(f"#{id}", Static).update(text, layout=grows)

    @on(Lines.Moved)
    def _other(self) -> None:
        self._draw_run()

    def _read_results(self) -> None:
        """Again where the story is new, and while the stage prints."""
        story, stage = self.story, self.told
        if story is None or stage is None:
            self._drawn = None
            self._show_results(None)
            return
        before, self._drawn = self._drawn, (story, stage.name)
        is_same = before is not None and before[0] is story and before[1] == stage.name
        if not is_same or stage.state == "started":
            self.work(lambda: self._post_results(story, stage.name), "results")

    def _post_results(self, story: RunStory, stage: str) -> None:
        self.post_message(self.Results(read_results(self.detour.checkout.root, story, stage)))

    @on(Results)
    def _take_results(self, event: Results) -> None:
        story, stage = self.story, self.told
        chosen = (story.id, stage.name) if story is not None and stage is not None else None
        is_chosen = (event.results.run, event.results.stage) == chosen
        if self._is_due and is_chosen:
            self._is_due = False
            self._draw_runs()
            self._draw_stages()
        elif self._is_due:
            self._draw()
        if is_chosen:
            self._show_results(event.results)

    def _show_results(self, results: StageResults | None) -> None:
        before, self.results = self.results, results
        self._write_log()
        plot = self.query_one(CurvePlot)
        curve = results.curve if results else None
        had_room = plot.display and plot.size.area > 0
        plot.display = curve is not None
        if curve is None or curve == (before.curve if before else None):
            return
        if had_room:
            # With the rest, so that a second is drawn once.
            plot.show(curve)
        else:
            plot.call_after_refresh(plot.show, curve)
            # The curve takes room that the log had.
            self.call_after_refresh(self._write_log)

    def on_resize(self) -> None:
        """As many lines as there is room for."""
        self.call_after_refresh(self._write_log)

    def _write_log(self) -> None:
        results, stage = self.results, self.told
        self._write("head", stage_head(stage, self._pace(stage)[1]) if stage is not None else Text())
        if results is None or stage is None:
            self._write("log", Text())
            return
        box = self.query_one("#log")
        box.set_class(stage.state == "failed", "wrapped")
        self._write("log", log_tail(results, stage, box.size.width, box.size.height))

    # Going on

    @on(Lines.Chosen, "#runs")
    def _to_stages(self) -> None:
        self._stages.focus()

    @on(Lines.Chosen, "#stages")
    def action_log(self) -> None:
        """Open the whole log of the chosen stage."""
        story, stage = self.story, self.told
        if story is not None and stage is not None:
            self.app.push_screen(LogScreen(self.detour.checkout.root, story, stage.name))

    def go_back(self) -> bool:
        """From the stages to the runs."""
        if self._runs.has_focus:
            return False
        self._runs.focus()
        return True


def _shape(head: Text | None) -> tuple[str, int]:
    """What the height of a stage's head depends on: its name and how many lines it has."""
    lines = head.plain.split("\n") if head is not None else [""]
    return lines[0], len(lines)
