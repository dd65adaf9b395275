"""The registry of actions: what it declares is there, is reached, and fits the screen."""

import pytest
from textual.app import App
from textual.dom import DOMNode

from tests.tui.toy import ROOT
from tui import actions
from tui.actions import ACTIONS, Action, footer_width, for_footer
from tui.app import DetourApp
from tui.commands.keys import sheet_of
from tui.screens import SCREENS
from tui.screens.base import DetourScreen
from tui.sharing import as_markdown

FORBIDDEN = {"ctrl+a", "ctrl+b", "ctrl+space", "ctrl+@"}


def screens() -> list[DetourScreen]:
    return [place.open() for place in SCREENS.values()]


def test_ids_are_unique() -> None:
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)


def test_no_key_is_one_that_tmux_or_screen_keep() -> None:
    assert not FORBIDDEN & {key for action in ACTIONS for key in action.keys.split(",")}


def test_the_documented_keys_are_those_of_the_registry() -> None:
    written = (ROOT / "docs" / "keys.md").read_text(encoding="utf-8")
    assert written.endswith(as_markdown(sheet_of(ACTIONS))), "`make docs/keys.md` writes it anew"


def test_a_key_does_one_thing_on_a_screen() -> None:
    for screen in screens():
        mine = actions.of(screen.name_in_registry, "app")
        keys = [key for action in mine for key in action.keys.split(",") if key not in ("", "escape")]
        assert len(keys) == len(set(keys)), screen.name_in_registry


def test_every_action_of_screens_and_app_has_its_method() -> None:
    owners: list[DOMNode] = [DetourApp(), *screens()]
    for owner in owners:
        name = "app" if isinstance(owner, App) else owner.name_in_registry  # type: ignore[attr-defined]
        for action in actions.of(name):
            assert callable(getattr(owner, f"action_{action.method}", None)), action.id


@pytest.mark.parametrize("width", [20, 40, 80, 120])
def test_the_footer_fits_and_keeps_the_first_ranks(width: int) -> None:
    for screen in screens():
        shown = for_footer(actions.of(screen.name_in_registry, *screen.families, "app"), width)
        assert sum(footer_width(action) for action in shown) <= width
        assert shown, screen.name_in_registry


def test_what_does_not_fit_gives_way_to_what_does() -> None:
    long = Action("a.long", "x", "x", "a label that is too long", "", footer=1)
    short = Action("a.short", "y", "y", "short", "", footer=2)
    assert for_footer([long, short], 10) == [short]
