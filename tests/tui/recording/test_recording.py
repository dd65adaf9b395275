"""What is pressed is kept as events and played again."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from textual.events import MouseUp, Paste

from pipeline.errors import InputError
from tests.tui.app.pilot import until, until_text
from tui.app import DetourApp
from tui.recording.events import Happened, head, read_recording
from tui.recording.replay import Replay
from tui.screens.settings import SettingsScreen


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder without a study: the app says so, which is screen enough."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


async def test_keys_clicks_and_pasted_text_are_kept_with_their_screen(outside: Path) -> None:
    file = outside / "session.jsonl"
    app = DetourApp(record=file)
    async with app.run_test(size=(80, 24)) as pilot:
        app.push_screen(SettingsScreen())
        await until_text(pilot, "app.theme")
        await pilot.press("j", "enter")
        await until(pilot, lambda: app.place == "settings")
        # A pilot's own click goes past the app, as no terminal's does.
        app.post_message(MouseUp(None, 3, 4, 0, 0, 1, False, False, False, 3, 4))
        app.post_message(Paste("some\ntext"))
        await pilot.pause()
    found = read_recording(file)
    assert found.version != ""
    kept = [(event.kind, event.value, event.screen) for event in found.events if event.kind != "size"]
    assert kept[0] == ("key", "j", "settings")
    assert ("click", [3, 4]) in [event[:2] for event in kept]
    assert ("paste", "some\ntext") in [event[:2] for event in kept]
    assert [event.at for event in found.events] == sorted(event.at for event in found.events)


def test_a_recording_is_played_with_its_pictures_and_tells_where_it_left(outside: Path) -> None:
    file = outside / "session.jsonl"
    lines = [
        head("1", (80, 24)),
        Happened(0.1, "picture", "start").line(),
        Happened(0.2, "key", "at", "fault").line(),
        Happened(0.3, "picture", "log").line(),
        Happened(0.4, "key", "j", "compare").line(),
    ]
    file.write_text("\n".join(lines) + "\n")
    found = Replay(DetourApp(), read_recording(file), outside / "pictures").run()
    assert [picture.name for picture in found.pictures] == ["start.svg", "log.svg"]
    assert found.pictures[0].read_text() != found.pictures[1].read_text()
    assert "<svg" in found.pictures[0].read_text()
    assert "the recording was on compare" in found.left_at


def test_the_file_of_a_recording_is_never_written_over(outside: Path) -> None:
    (outside / "mine").write_text("x")
    with pytest.raises(InputError, match="is there already"):
        DetourApp(record=outside / "mine")
    assert (outside / "mine").read_text() == "x"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "line 1: this is no recording"),
        ('{"schema": 2, "size": [1, 2]}', "line 1: this is no recording"),
        (head("1", (80, 24)) + '\n{"t": 1}\n{"t": 2, "key": "j"}', "line 2: this is no event"),
        (head("1", (80, 24)) + '\n{"t": 1, "click": ["a", 1]}\n{"t": 2, "key": "j"}', "line 2: this is no event"),
    ],
)
def test_what_is_no_recording_is_told_with_its_line(outside: Path, text: str, says: str) -> None:
    (outside / "file").write_text(text)
    with pytest.raises(InputError, match=says):
        read_recording(outside / "file")


def test_a_half_written_last_line_is_left_out(outside: Path) -> None:
    (outside / "file").write_text(head("1", (80, 24)) + '\n{"t": 1, "key": "j"}\n{"t": 2, "ke')
    assert [event.value for event in read_recording(outside / "file").events] == ["j"]


@given(st.text(min_size=1), st.floats(0, 1e6))
def test_a_line_says_what_happened(tmp_path_factory: pytest.TempPathFactory, text: str, at: float) -> None:
    line = Happened(at, "paste", text).line()
    assert "\n" not in line and json.loads(line)["paste"] == text
