"""What every screen has: one line of screens above, its body, one line of keys below.

A screen sets `name_in_registry` (its key in SCREENS and its owner in `tui.actions`) and yields its widgets from `compose_body`.
Work that takes longer than a key press runs in a thread worker (`self.work`), which only posts messages; handlers own the state.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar, cast

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.dom import DOMNode
from textual.events import Click
from textual.message import Message
from textual.screen import Screen
from textual.widget import Widget
from textual.widgets import Static
from textual.worker import Worker

from tui import actions
from tui.appearance.keymap import bound

if TYPE_CHECKING:
    from tui.app import DetourApp


class DetourScreen(Screen[None]):
    """The base of every screen."""

    name_in_registry: ClassVar[str] = ""
    """The screen's key in SCREENS, and its owner in the registry of actions."""
    families: ClassVar[tuple[str, ...]] = ()
    """Owners of its widgets' actions (`move`), for footer and help."""
    shows_runs: ClassVar[bool] = False
    """Whether runs are looked at once a second while it is open."""

    DEFAULT_CSS = """
    DetourScreen { layout: vertical; background: $background; }
    DetourScreen > #body { height: 1fr; }
    TopLine, KeyLine { height: 1; width: 100%; background: $panel; color: $foreground; }
    """
    AUTO_FOCUS = "#body *"

    class Refused(Message):
        """A worker met a fault of input."""

        def __init__(self, sentence: str) -> None:
            super().__init__()
            self.sentence = sentence

    @property
    def detour(self) -> "DetourApp":
        """The app, by its own type."""
        return cast("DetourApp", self.app)

    def compose(self) -> ComposeResult:
        """The line of screens, the body, the line of keys."""
        yield TopLine()
        yield from self.compose_body()
        yield KeyLine()

    def compose_body(self) -> Iterable[Widget]:
        """The widgets between the two lines; one of them has the id `body`."""
        raise NotImplementedError

    def action_reload(self) -> None:
        """Read again what the screen shows."""

    def go_back(self) -> bool:
        """Undo what is half done; False where nothing is, so that the app may close the screen."""
        return False

    @on(Refused)
    def _refuse(self, event: Refused) -> None:
        from tui.screens.fault import FaultScreen

        self.app.push_screen(FaultScreen(event.sentence, self.action_reload))

    def is_enabled(self, method: str) -> bool:
        """Whether the screen's action can be done now; what cannot is left out of the footer and greyed in help."""
        return True

    @property
    def has_rows(self) -> bool:
        """Whether its widgets hold anything that their keys could move over, filter, sort or mark."""
        return True

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Textual's question before it runs an action of this screen."""
        known = f"{self.name_in_registry}.{action}" in {entry.id for entry in actions.ACTIONS}
        return self.is_enabled(action) if known else True

    def on_descendant_focus(self) -> None:
        """What keys do depends on where the focus is."""
        self.keys_changed()

    def available(self) -> list[actions.Action]:
        """The actions of this screen and of the app that can be done now."""
        own = [action for action in actions.of(self.name_in_registry) if self.is_enabled(action.method)]
        others = [action for action in actions.of("app") if self.app.check_action(action.method, ())]
        # Keys of widgets are told when a widget takes them.
        families = self.families if self.focused is not None and self.has_rows else ()
        return [bound(action, self.detour.keymap) for action in (*own, *actions.of(*families), *others)]

    async def give(self, action: actions.Action) -> None:
        """Do what an action's key does: for mouse and palette."""
        await self.app.run_action(action.call, default_namespace=self.namespace_of(action.owner))

    def namespace_of(self, owner: str) -> DOMNode:
        """Whose method an action of that owner is: the app's, the screen's, or the widget's of that family."""
        if owner == "app":
            return self.app
        if owner == self.name_in_registry or not isinstance(self.focused, Widget):
            return self
        return self.focused

    def keys_changed(self) -> None:
        """Draw the line of keys anew, after something became possible or impossible."""
        for line in self.query(KeyLine):
            line.refresh()

    def work(self, task: Callable[[], None], group: str) -> "Worker[None]":
        """Run `task` in a thread; an older task of the same group that has not begun to matter is dropped."""
        return self.run_worker(task, group=group, exclusive=True, thread=True, exit_on_error=True)


class ClickedLine(Static):
    """One line of words that do something when they are clicked."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[tuple[int, actions.Action]] = []
        """Where each word ends, and its action."""

    async def on_click(self, event: Click) -> None:
        """Do what the word under the mouse says."""
        hit = next((action for end, action in self.places if event.x < end), None)
        if hit is not None:
            await cast(DetourScreen, self.screen).give(hit)


class TopLine(ClickedLine):
    """The screens with their keys, the open one marked."""

    def render(self) -> Text:
        """One line, shortened to the open screen where the terminal is narrow."""
        screen = cast(DetourScreen, self.screen)
        keymap = screen.detour.keymap
        shown = {action.argument: bound(action, keymap) for action in actions.APP if action.method == "go"}
        full = sum(len(action.shown) + len(name) + 3 for name, action in shown.items()) <= self.size.width
        line, self.places = Text(no_wrap=True, overflow="ellipsis"), []
        for name, action in shown.items():
            here = name == screen.app.current_mode
            line.append(
                f" {action.shown} {name} " if full or here else f" {action.shown} ", "reverse bold" if here else ""
            )
            self.places.append((line.cell_len, action))
        return line


class KeyLine(ClickedLine):
    """The most useful keys of the screen, as many as fit."""

    def render(self) -> Text:
        """`key label` pairs; the keys are bold."""
        screen = cast(DetourScreen, self.screen)
        line, self.places = Text(no_wrap=True, overflow="ellipsis"), []
        for action in actions.for_footer(screen.available(), self.size.width):
            line.append(action.shown, style="bold").append(f" {action.label}  ")
            self.places.append((line.cell_len, action))
        return line
