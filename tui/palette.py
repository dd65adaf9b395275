"""The command palette: every action that can be done on the present screen, found by its words."""

from collections.abc import AsyncIterator
from functools import partial
from typing import cast

from textual.await_complete import AwaitComplete
from textual.command import CommandList, CommandPalette, DiscoveryHit, Hit, Hits, Provider
from textual.events import Mount
from textual.widgets import Input

from tui.actions import Action
from tui.screens.base import DetourScreen


class Palette(CommandPalette):
    """The palette over the registry of actions."""

    def __init__(self) -> None:
        super().__init__(providers=[Actions], placeholder="what do you want to do?")
        self._is_late = False

    def dismiss(self, result: None = None) -> AwaitComplete:
        """Close; Enter twice, faster than the palette goes, would otherwise close the screen below."""
        return super().dismiss(result) if self.is_active else AwaitComplete()

    def _action_command_list(self, action: str) -> None:
        """Move in the list, where there is room for a line of it: Textual's own pages through none only to fail."""
        shown = self.query_one(CommandList)
        if shown.option_count and shown.scrollable_content_region:
            super()._action_command_list(action)

    def on_mount(self, event: Mount) -> None:
        """Begin, unless a key was quicker and went to another screen: then the screen below, whose actions these are, is not there."""
        # A blinking cursor writes to an idle terminal.
        self.query_one(Input).cursor_blink = False
        if self.app.screen is not self:
            self._is_late = True
            event.prevent_default()

    def on_screen_resume(self) -> None:
        """Leave where it came too late."""
        if self._is_late:
            self.dismiss()


class Actions(Provider):
    """The registry of actions as commands."""

    _is_done = False

    def _available(self) -> list[Action]:
        screen = cast(DetourScreen, self.screen)
        return [
            action
            for action in screen.available()
            if action.owner not in ("move", "form") and not _is_told_only(action)
        ]

    async def discover(self) -> Hits:
        """Everything, before a letter is typed."""
        for action in self._available():
            yield DiscoveryHit(_words(action), partial(self._run, action), help=None)

    async def search(self, query: str) -> AsyncIterator[Hit]:
        """What matches the letters."""
        matcher = self.matcher(query)
        for action in self._available():
            score = matcher.match(_words(action))
            if score > 0:
                yield Hit(score, matcher.highlight(_words(action)), partial(self._run, action))

    async def _run(self, action: Action) -> None:
        """Once: Enter twice, faster than the palette goes, asks for it twice."""
        if self._is_done:
            return
        self._is_done = True
        await cast(DetourScreen, self.screen).give(action)


def _is_told_only(action: Action) -> bool:
    """Whether the keys are read by the screen itself, so that there is nothing to run."""
    return bool(action.shown) and not action.keys


def _words(action: Action) -> str:
    return f"{action.help}  ({action.shown})" if action.shown else action.help
