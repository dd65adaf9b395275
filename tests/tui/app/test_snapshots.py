"""How the screens look, as SVG: a narrow terminal in the app's own colours and a wide one in the terminal's 16.

`pytest --snapshot-update tests/tui/app/test_snapshots.py` takes new pictures; look at them before they are committed.
"""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.app.browsing import settle
from tests.tui.app.evidence import new_evidence
from tests.tui.app.pilot import until_text
from tests.tui.history.repository import Repository, params
from tui.app import DetourApp
from tui.appearance.choice import Choice

Snap = Callable[..., bool]
TERMINALS = [
    pytest.param("dark", (80, 24), id="80x24-truecolor"),
    pytest.param("terminal-dark", (120, 36), id="120x36-ansi"),
]


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    """The same commits wherever and whenever it is made."""
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm-256color")
    made = new_evidence(tmp_path / "study")
    made.experiment("later", {"params.yaml": str(params(models=["bert"]))}, "Another run")
    return made


@pytest.fixture
def look(repository: Repository, snap_compare: Snap) -> Callable[[str, tuple[int, int], "Walk"], bool]:
    """Open the app, walk to where the picture is taken, compare."""

    def compare(theme: str, size: tuple[int, int], walk: "Walk") -> bool:
        app = DetourApp(repository.root, choice=Choice(theme=theme, letters="unicode", opens="experiments"))

        async def before(pilot: Pilot[Any]) -> None:
            await settle(app, pilot)
            await walk(pilot)
            await settle(app, pilot)

        return snap_compare(app, terminal_size=size, run_before=before)

    return compare


Walk = Callable[[Pilot[Any]], Awaitable[None]]
Look = Callable[[str, tuple[int, int], Walk], bool]


async def _go(pilot: Pilot[Any], key: str, text: str) -> None:
    await pilot.press(key)
    await until_text(pilot, text)


@pytest.mark.parametrize(("theme", "size"), TERMINALS)
class TestLooks:
    def test_experiments_have_their_cells_in_columns(self, look: Look, theme: str, size: tuple[int, int]) -> None:
        assert look(theme, size, lambda pilot: until_text(pilot, "2 experiments"))

    def test_a_comparison_says_better_and_worse_with_signs(self, look: Look, theme: str, size: tuple[int, int]) -> None:
        async def walk(pilot: Pilot[Any]) -> None:
            await until_text(pilot, "2 experiments")
            await pilot.press("space", "space", "c")
            await until_text(pilot, "differ")

        assert look(theme, size, walk)

    def test_gains_stand_above_the_papers(self, look: Look, theme: str, size: tuple[int, int]) -> None:
        assert look(theme, size, lambda pilot: _go(pilot, "5", "paper"))

    def test_flips_name_both_cells_and_their_test(self, look: Look, theme: str, size: tuple[int, int]) -> None:
        async def walk(pilot: Pilot[Any]) -> None:
            await _go(pilot, "5", "paper")
            await pilot.press("f")
            await until_text(pilot, "McNemar")

        assert look(theme, size, walk)

    def test_help_lists_the_keys_of_the_screen(self, look: Look, theme: str, size: tuple[int, int]) -> None:
        async def walk(pilot: Pilot[Any]) -> None:
            await until_text(pilot, "2 experiments")
            await _go(pilot, "question_mark", "Keys: experiments")

        assert look(theme, size, walk)

    def test_the_tour_fits(self, look: Look, theme: str, size: tuple[int, int]) -> None:
        async def walk(pilot: Pilot[Any]) -> None:
            await until_text(pilot, "2 experiments")
            pilot.app.action_tour()  # type: ignore[attr-defined]
            await until_text(pilot, "Any key goes on")

        assert look(theme, size, walk)
