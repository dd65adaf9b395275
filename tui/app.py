"""The terminal app: its screens as modes, its colours, and what every screen shares.

Thread workers only post messages; handlers own the state. Nothing blinks and no clock runs, so that an idle app writes nothing.
"""

import asyncio
import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import App
from textual.events import Event, InputEvent, Key, MouseDown, Paste, Resize
from textual.filter import LineFilter
from textual.message import Message
from textual.screen import Screen

from pipeline.errors import InputError
from tui import actions, checkout
from tui.appearance.choice import Choice, read_choice
from tui.appearance.letters import AsciiLetters, wants_ascii
from tui.appearance.stylesheet import KeepingStylesheet
from tui.appearance.themes import DARK, LIGHT, TERMINALS_OWN, suited
from tui.checkout import Checkout, find_checkout
from tui.journal import Journal
from tui.places import config_path
from tui.screens import SCREENS
from tui.screens.base import DetourScreen
from tui.screens.fault import FaultScreen
from tui.tidying import LOOK_S, Tidying
from tui.visits import is_first_visit, remember_tour
from tui.watching import LOOK_SECONDS, Findings, Looked, Watch, sentence_of

if TYPE_CHECKING:
    from tui.annotating.asked import Asked
    from tui.config import Config
    from tui.opening import EarlyCheckout
    from tui.recording.recorder import Recorder


CHANGES = "changes"
"""The value of `app.opens` that opens on what is new."""


class DetourApp(App[None]):
    """`detour` without arguments.

    Args:
        start: The folder of the study; the current one where absent.
        asked: Labels to open at once.
        choice: What the user's configuration says of the app; the defaults where absent.
        tour: Whether to show the tour over the first screen.
        record: Where to keep what is pressed; nowhere where absent.
        early: The study, where it is being looked for already.
    """

    TITLE = "Detour"
    ENABLE_COMMAND_PALETTE = False
    MODES: ClassVar[dict[str, str | Callable[[], Screen[None]]]] = {name: place.open for name, place in SCREENS.items()}
    BINDINGS = actions.bindings("app")
    CSS = """
    * { scrollbar-size-vertical: 1; }
    """

    class Heard(Message):
        """Something is new since the last visit."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    def __init__(
        self,
        start: Path | None = None,
        asked: "Asked | None" = None,
        choice: Choice | None = None,
        tour: bool = False,
        record: Path | None = None,
        early: "EarlyCheckout | None" = None,
    ) -> None:
        choice = choice or Choice()
        theme = suited(choice.theme)
        super().__init__(ansi_color=True if theme in TERMINALS_OWN else None)
        self.keymap: Mapping[str, str] = choice.keys
        """Keys of one's own by the id of their action."""
        self.letters = AsciiLetters(enabled=wants_ascii(choice.letters))
        """Writes ASCII alone where it is turned on."""
        for own in (DARK, LIGHT):
            self.register_theme(own)
        self.theme = theme
        self.stylesheet = KeepingStylesheet(variables=self.get_css_variables())
        # Over SSH each step of an animation is a screenful.
        self.animation_level = "none"
        self.set_keymap(choice.keys)
        self.start = start
        self._tour = tour
        self._touched = False
        """Whether a key or button of the mouse was pressed."""
        self._early = early
        self._tidying = Tidying()
        self._opens = choice.opens
        self._recorder = _recorder(record) if record else None
        self.found: Checkout | None = None
        self.journal = Journal()
        self._runs: Watch | None = None
        self.asked = asked
        """What the annotate screen opens first."""
        self.annotator: str | None = asked.annotator if asked else None
        """Under which name texts are labelled; None for git's user.name."""

    @property
    def checkout(self) -> Checkout:
        """The study; screens open when there is one."""
        assert self.found is not None
        return self.found

    @property
    def runs(self) -> Watch:
        """The runs of the study."""
        assert self._runs is not None
        return self._runs

    def on_mount(self) -> None:
        """Open the first screen, or the sentence that says why there is none."""
        checkout.heard.append(self.journal.heard)
        self.open_study()

    def on_unmount(self) -> None:
        """Stop listening."""
        checkout.heard.remove(self.journal.heard)
        self._tidying.end()
        if self._recorder:
            self._recorder.close()

    @property
    def place(self) -> str:
        """The open screen's name in the registry of actions, or that of a dialog's class."""
        screen = self.screen
        named = screen.name_in_registry if isinstance(screen, DetourScreen) else ""
        return named or type(screen).__name__

    async def on_event(self, event: Event) -> None:
        """Keep what comes from the terminal, where that is asked for."""
        if isinstance(event, Key | MouseDown):
            self._touched = True
            self._tidying.touched()
        if self._recorder and isinstance(event, InputEvent | Paste | Resize) and not event.is_forwarded:
            self._recorder.take(event, self.place)
        await super().on_event(event)

    def open_study(self) -> None:
        """Find the study and open its first screen."""
        try:
            self.found = self._find()
        except InputError as error:
            self.push_screen(FaultScreen(str(error), self.open_study))
            return
        self._runs = Watch(self.found, self.journal)
        # In a repository that is no study nothing can be launched.
        usual = next(iter(SCREENS)) if self.found.is_study else "experiments"
        first = self._opens if self._opens in SCREENS else usual
        self.switch_mode("annotate" if self.asked else first)
        self.set_interval(LOOK_SECONDS, self._look_in_time)
        if self._tour:
            self.call_after_refresh(self.action_tour)
        self.call_after_refresh(self._settle)

    def _find(self) -> Checkout:
        early, self._early = self._early, None
        if early is None:
            return find_checkout(self.start, browsing=True)
        found = early.result()
        for words, status in early.commands:
            self.journal.heard(words, status)
        return found

    # How it looks

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's filters, and the one that writes ASCII."""
        return [*super().get_line_filters(), *([self.letters] if self.letters.enabled else [])]

    def look_like(self, theme: str, letters: str) -> None:
        """Take on a theme and letters, as the configuration names them."""
        self.letters.enabled = wants_ascii(letters)
        self.ansi_color = suited(theme) in TERMINALS_OWN
        self.theme = suited(theme)
        # Lines that are drawn already are kept in the letters of before.
        self.refresh_css(animate=False)

    def take_config(self, config: "Config") -> None:
        """Take on what a configuration says of the app."""
        self.keymap = config.app.keys
        self.set_keymap(config.app.keys)
        self.look_like(config.app.theme, config.app.letters)

    # What keys do everywhere

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Screens open once there is a study."""
        return self.found is not None if action == "go" else True

    async def action_go(self, name: str) -> None:
        """Open a screen; keys that are pressed meanwhile reach it."""
        if self.current_mode != name:
            await asyncio.to_thread(SCREENS[name].load)
            self.switch_mode(name)

    async def action_back(self) -> None:
        """Close what lies on top of a screen, or what is half done on it."""
        screen = self.screen
        went_back = isinstance(screen, DetourScreen) and screen.go_back()
        if not went_back and len(self.screen_stack) > 1 and self.found is not None:
            await self.pop_screen()

    def action_help(self) -> None:
        """Open the keys of the present screen."""
        from tui.screens.help import HelpScreen

        if isinstance(self.screen, DetourScreen) and not isinstance(self.screen, HelpScreen):
            self.push_screen(HelpScreen(self.screen))

    def action_tour(self) -> None:
        """Show what is where."""
        from tui.screens.tour import TourScreen

        self.push_screen(TourScreen(), lambda _: self._say_fault(remember_tour()))

    def action_journal(self) -> None:
        """Open the command log."""
        from tui.screens.journal import JournalScreen

        if not isinstance(self.screen, JournalScreen):
            self.push_screen(JournalScreen())

    def action_palette(self) -> None:
        """Find an action by its words."""
        from tui.palette import Palette

        if isinstance(self.screen, DetourScreen):
            self.push_screen(Palette())

    def _settle(self) -> None:
        """Behind the first frame: look for cycles of objects again, those of now excepted, and check the configuration."""
        self._tidying.begin()
        self.set_interval(LOOK_S, self._tidying.look)
        self._check_config()
        if self._opens == CHANGES and self.asked is None:
            self.run_worker(self._post_news, thread=True, group="news")

    def _post_news(self) -> None:
        from tui.news import read_news

        news = read_news(self.checkout.here)
        if news is not None:
            self.post_message(self.Heard(news.sentence))

    @on(Heard)
    async def _open_changes(self, event: Heard) -> None:
        """Open on what changed, unless a key was pressed meanwhile: nobody wants the screen taken away."""
        if not self._touched and self.current_mode == next(iter(SCREENS)) and not self.screen.is_modal:
            # Which says by itself what is new.
            await self.action_go("experiments")
        else:
            self.notify(event.sentence, timeout=10, markup=False)

    def _check_config(self) -> None:
        """Say what is wrong with the user's configuration: until here it was only read."""
        if not config_path().exists():
            return

        def check() -> None:
            from tui.config import load_config
            from tui.configuring import check_keys

            try:
                check_keys(load_config(), config_path())
            except InputError as error:
                self.call_from_thread(self._say_fault, str(error))

        self.run_worker(check, thread=True, group="config")

    def _say_fault(self, sentence: str) -> None:
        if sentence:
            self.notify(sentence, severity="warning", timeout=10, markup=False)

    # What screens ask of the app

    def copy(self, text: str) -> None:
        """Copy a text, and say which way it went."""
        from tui.clipboard import load_tmux

        self.copy_to_clipboard(text)
        if "TMUX" not in os.environ:
            self.notify("Copied through the terminal (OSC 52).", markup=False)
            return

        def load() -> None:
            said = load_tmux(text, self.journal)
            self.call_from_thread(self.notify, said, markup=False)

        self.run_worker(load, thread=True, group="copy")

    def launch(self, words: Sequence[str]) -> None:
        """Start `detour WORDS`, whose run the runs screen chooses."""
        self.give(words)
        if self.current_mode != "runs":
            self.switch_mode("runs")

    def give(self, words: Sequence[str], done: str = "") -> None:
        """Start `detour WORDS`; where it ends well, `done` is said, else its sentence."""
        self.runs.give(words, done)
        self.look()

    def _base_of(self, mode: str) -> Screen[object]:
        """Go to the screen of a mode itself; what was left open over it, the help say, is closed."""
        self.switch_mode(mode)
        while len(self.screen_stack) > 1:
            self.pop_screen()
        return self.screen

    def open_compare(self, baseline: str, *others: str) -> None:
        """Open the compare screen over revisions by name."""
        from tui.screens.compare import CompareScreen

        screen = self._base_of("compare")
        assert isinstance(screen, CompareScreen)
        screen.call_after_refresh(screen.show_against, baseline, *others)

    def open_gains(self, revision: str) -> None:
        """Open the gains screen over a revision by name."""
        from tui.screens.gains import GainsScreen

        screen = self._base_of("gains")
        assert isinstance(screen, GainsScreen)
        screen.call_after_refresh(screen.show, revision)

    def open_flips(
        self, left_revision: str, right_revision: str, left_cell: str, right_cell: str | None = None
    ) -> None:
        """Open the flips screen over two cells: one cell in two revisions, or two cells of one or two revisions."""
        from tui.screens.flips import FlipsScreen

        screen = self._base_of("flips")
        assert isinstance(screen, FlipsScreen)
        screen.call_after_refresh(screen.show_pair, left_revision, right_revision, left_cell, right_cell)

    def open_cell(self, revision: str, cell_name: str) -> None:
        """Open the page of a cell on top of the present screen."""
        from tui.screens.cell import CellScreen

        self.push_screen(CellScreen(revision, cell_name))

    # Runs, whoever launched them

    def look(self) -> None:
        """Look at the runs now, in a thread."""
        if self.runs.begin():
            self.run_worker(self._post_look, group="look", thread=True)

    def _look_in_time(self) -> None:
        if not self.screen_stack:
            # The app is being left, and its screens are gone already.
            return
        shown = isinstance(self.screen, DetourScreen) and self.screen.shows_runs
        if self.runs.is_due(shown):
            self.look()

    def _post_look(self) -> None:
        self.post_message(Looked(self.runs.look()))

    @on(Looked)
    def _take_look(self, event: Looked) -> None:
        self._answer()
        fault = self.runs.take(event.findings)
        self._announce(event.findings)
        for sentence in filter(None, (event.findings.fault, fault)):
            self.notify(sentence, severity="warning", timeout=10, markup=False)

    def _answer(self) -> None:
        """Say what became of the commands that were given."""
        for given in self.runs.answers():
            fault = given.fault()
            if fault:
                self.push_screen(FaultScreen(fault))
            elif given.launches:
                self.runs.launched = given.run()
            elif given.done:
                self.notify(given.done, markup=False)

    def _announce(self, findings: Findings) -> None:
        """Ring, and say what ended."""
        if findings.ring and self._driver is not None and not self.is_headless:
            # Between two frames: the driver writes whole texts in their order.
            self._driver.write(findings.ring)
            self._driver.flush()
        for story in findings.ended:
            then = "; B makes a branch of it." if story.experiment else "."
            well = story.status in ("done", "stopped")
            self.notify(
                f"{sentence_of(story)}{then}", severity="information" if well else "warning", timeout=10, markup=False
            )


def _recorder(path: Path) -> "Recorder":
    from tui.recording.recorder import Recorder
    from tui.remote import own_version

    columns, lines = shutil.get_terminal_size()
    return Recorder(path, own_version(), (columns, lines))


def open_app(asked: "Asked | None" = None, record: Path | None = None, early: "EarlyCheckout | None" = None) -> int:
    """Run the app until it is left, from its first screen or from labels that were asked for; the exit status."""
    tour = asked is None and is_first_visit()
    app = DetourApp(asked=asked, choice=read_choice(), tour=tour, record=record, early=early)
    app.run()
    return app.return_code or 0
