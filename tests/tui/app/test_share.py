"""The dialog that copies and writes what a screen shows."""

import json
import math
import subprocess
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.tui.app.browsing import Browsed, new_repository, notices, opened, press, settle
from tests.tui.app.pilot import screen_text
from tests.tui.history.repository import F, Repository, record, study
from tui.app import DetourApp
from tui.screens.share import ShareScreen
from tui.sharing import Column, Provenance, Sheet, Value, as_csv, as_latex, as_markdown

SHEET = Sheet(
    "Gains of <b>one</b>",
    (Column("name", "name"), Column("accuracy", "accuracy", number=True)),
    ((Value("=x"), Value(0.5)), (Value("b"), Value(math.nan))),
    provenance=Provenance("detour compare main <try>", (("main", "a" * 40),), "0123", "detour show main"),
)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Repository:
    monkeypatch.delenv("TMUX", raising=False)
    made = new_repository(tmp_path / "a study")
    made.commit(study(cells={F: record(0.8)}))
    return made


async def share(browsed: Browsed, sheet: Sheet | None = SHEET, name: str = "main", line: str = "the row") -> DetourApp:
    app, pilot = browsed
    app.push_screen(ShareScreen(sheet, name=name, line=line))
    await settle(app, pilot)
    return app


@pytest.mark.parametrize(
    ("keys", "copied"),
    [
        (["enter"], as_markdown(SHEET)),
        (["j", "enter"], as_csv(SHEET)),
        (["l"], as_latex(SHEET)),
        (["n"], "main"),
        (["r"], "the row"),
        (["b"], "detour show main"),
    ],
    ids=["markdown", "csv", "latex", "name", "row", "link"],
)
async def test_enter_and_letters_copy_and_the_way_is_told(repository: Repository, keys: list[str], copied: str) -> None:
    async with opened(repository, (80, 24)) as browsed:
        app = await share(browsed)
        await press(browsed, *keys)
        assert app.clipboard == copied
        assert notices(app) == ["Copied through the terminal (OSC 52)."]
        assert not isinstance(app.screen, ShareScreen)


async def test_json_reads_back(repository: Repository) -> None:
    async with opened(repository) as browsed:
        app = await share(browsed)
        await press(browsed, "o")
        assert json.loads(app.clipboard)["rows"][1]["accuracy"] == {"value": "nan"}


async def test_w_writes_a_new_file_and_escape_writes_nothing(repository: Repository) -> None:
    async with opened(repository, (80, 24)) as browsed:
        app = await share(browsed)
        await press(browsed, "escape")
        for _ in range(2):
            await share(browsed)
            await press(browsed, "w")
        assert sorted(path.name for path in repository.root.glob("*.md")) == ["main-2.md", "main.md"]
        assert (repository.root / "main.md").read_text() == as_markdown(SHEET)
        assert notices(app)[-1] == "Written to main-2.md in the study's folder."


async def test_the_picture_is_of_the_screen_below_and_says_the_way_back(repository: Repository) -> None:
    async with opened(repository, (80, 24)) as browsed:
        app = await share(browsed)
        await press(browsed, "p")
        await settle(app, browsed[1])
        text = (repository.root / "main.svg").read_text()
        root = ElementTree.fromstring(text)
        assert "Back to it: detour show main" in (root[0].text or "")
        shown = "".join(root.itertext()).replace("\xa0", " ")
        assert "m/i/s/-" in shown
        assert "Enter or its letter copies" not in shown
        assert "https://cdnjs" not in text


async def test_a_folder_that_cannot_be_written_into_is_a_sentence(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    async with opened(repository) as browsed:
        app = await share(browsed)
        monkeypatch.setattr(Path, "open", refuse)
        await press(browsed, "w")
        assert "cannot be written (Permission denied)" in notices(app)[-1]


async def test_what_a_terminal_may_refuse_is_told(repository: Repository) -> None:
    rows = tuple((Value("x" * 60), Value(0.5)) for _ in range(1000))
    async with opened(repository) as browsed:
        app = await share(browsed, Sheet("large", SHEET.columns, rows))
        await press(browsed, "m")
        assert any("a terminal may refuse more than 74" in notice for notice in notices(app))


async def test_through_tmux_the_words_say_so(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[str] = []

    def run(words: list[str], **settings: str) -> subprocess.CompletedProcess[str]:
        given.append(settings.get("input", ""))
        return subprocess.CompletedProcess(words, 0, "", "")

    async with opened(repository) as browsed:
        app = await share(browsed)
        monkeypatch.setenv("TMUX", "/tmp/tmux,1,0")
        monkeypatch.setattr("tui.clipboard.subprocess.run", run)
        await press(browsed, "n")
        assert given == ["main"]
        assert notices(app) == ["Copied into tmux's buffer (prefix ] pastes it) and to the terminal (OSC 52)."]


async def test_without_a_table_there_are_a_name_and_a_picture(repository: Repository) -> None:
    async with opened(repository, (40, 10)) as browsed:
        app = await share(browsed, None, line="")
        await press(browsed, "m", "c", "o", "l")
        assert isinstance(app.screen, ShareScreen)
        assert "SVG" in screen_text(browsed[1])
        await press(browsed, "enter")
        assert app.clipboard == "main"
