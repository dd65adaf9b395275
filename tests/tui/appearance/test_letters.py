"""ASCII in the place of signs, lines and curves."""

from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color

from tui.appearance.letters import AsciiLetters, ascii_for, ascii_text, wants_ascii


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"])))
def test_every_letter_becomes_ascii_and_the_width_stays(text: str) -> None:
    said = "".join(ascii_for(letter) for letter in text)
    assert said.isascii()
    assert len(said) == sum(cell_len(letter) for letter in text)


def test_signs_stay_apart() -> None:
    assert [ascii_text(sign) for sign in "●○!·✗›"] == ["*", "o", "!", ".", "X", ">"]
    assert ascii_text("┌──┬──┐│") == "+--+--+|"
    assert [ascii_text(sign) for sign in "⠀⠁⠂⡀⣿"] == [" ", "'", "-", ".", ":"]


def test_a_line_keeps_its_styles() -> None:
    found = AsciiLetters().apply([Segment("a"), Segment("●"), Segment("日本")], Color(0, 0, 0))
    assert [segment.text for segment in found] == ["a", "*", "????"]


def test_the_locale_and_the_terminal_decide_where_nothing_is_said() -> None:
    assert wants_ascii("ascii", {"LANG": "en_US.UTF-8"})
    assert not wants_ascii("unicode", {"TERM": "linux"})
    assert wants_ascii("auto", {"TERM": "linux", "LANG": "en_US.UTF-8"})
    assert not wants_ascii("auto", {"TERM": "xterm", "LANG": "en_US.UTF-8"})
    assert not wants_ascii("auto", {"TERM": "xterm", "LANG": "C"})
