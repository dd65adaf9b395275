"""Text from outside is data: nothing printed can steer a terminal, and nothing readable is lost."""

import json
import math
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.output import console, emit_json, jsonable, plain, say, table, visible


class TestVisible:
    @pytest.mark.parametrize(
        ("text", "shown"),
        [
            ("\x1b[31mred\x1b[0m", r"\x1b[31mred\x1b[0m"),
            ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
            ("a\nb\rc\td", r"a\nb\rc\td"),
            ("\x9b2J\x7f", r"\x9b2J\x7f"),
            ("abc\u202edcba", r"abc\u202edcba"),
            ("\u2066x\u2069\u200f\ufeff\u200b", r"\u2066x\u2069\u200f\ufeff\u200b"),
            ("a\u2028b", r"a\u2028b"),
            ("\udcff", r"\udcff"),
            ("\ue000", r"\ue000"),
        ],
    )
    def test_what_a_terminal_obeys_or_hides_is_an_escape(self, text: str, shown: str) -> None:
        assert visible(text) == shown

    @pytest.mark.parametrize(
        "text", ["plain", "Grüße", "ניסוי", "تجربة", "می‌خواهم", "実験", "👩‍🔬", "a [bold]b[/]", "e\u0301"]
    )
    def test_letters_of_every_script_stay(self, text: str) -> None:
        assert visible(text) == text

    @given(st.text())
    def test_no_control_character_is_left(self, text: str) -> None:
        assert not any(ord(letter) < 32 or 127 <= ord(letter) < 160 for letter in visible(text))


class TestTables:
    def test_markup_and_emoji_names_are_shown_as_they_are(self, capsys: pytest.CaptureFixture[str]) -> None:
        shown = table("name")
        shown.add_row(plain("[red]x[/red] :smile: [link=http://a]b[/link]"))
        console().print(shown)
        assert "[red]x[/red] :smile: [link=http://a]b[/link]" in capsys.readouterr().out

    def test_a_long_name_is_folded_and_loses_no_letter(
        self, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("COLUMNS", "40")
        name = "".join(chr(ord("a") + number % 26) for number in range(300))
        shown = table("name", "n", right=["n"], whole=["n"])
        shown.add_row(plain(name), plain("12"))
        console().print(shown)
        lines = capsys.readouterr().out.splitlines()
        assert max(map(len, lines)) <= 40
        assert "".join(line[:36].strip() for line in lines[2:]).replace("12", "") == name


class TestJson:
    def test_nan_infinity_and_nothing_are_three_things(self, capsys: pytest.CaptureFixture[str]) -> None:
        emit_json({"a": math.nan, "b": -math.inf, "c": None, "d": 0.0})
        assert json.loads(capsys.readouterr().out) == {"a": "nan", "b": "-inf", "c": None, "d": 0.0}

    def test_other_types_become_text(self) -> None:
        value = {1: date(2026, 3, 1), "p": Path("a"), "t": (1, True), "o": object}
        assert jsonable(value) == {"1": "2026-03-01", "p": "a", "t": [1, True], "o": "<class 'object'>"}

    @given(st.text())
    def test_any_text_is_ascii_json_that_reads_back(self, text: str) -> None:
        line = json.dumps(jsonable(text))
        assert line.isascii()
        assert json.loads(line) == text.encode("utf-8", "replace").decode("utf-8")


def test_a_terminal_of_an_old_encoding_gets_escapes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    with (tmp_path / "out").open("w", encoding="ascii") as stream:
        monkeypatch.setattr("sys.stdout", stream)
        say("Grüße")
    assert (tmp_path / "out").read_text() == "Gr\\xfc\\xdfe\n"
