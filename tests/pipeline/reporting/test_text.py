"""Numbers and tables as text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reporting.text import interval, markdown_table, one_line, paragraph, score, spread


@pytest.mark.parametrize(
    "value, places, sign, expected",
    [
        (0.7119, 3, False, ".712"),
        (1.0, 3, False, "1.000"),
        (0.9999, 3, False, "1.000"),
        (0.0, 3, False, ".000"),
        (-0.041, 3, True, "-.041"),
        (0.018, 3, True, "+.018"),
        (-0.0001, 3, True, "+.000"),
        (-1.0, 3, True, "-1.000"),
        (0.05, 2, False, ".05"),
        (None, 3, True, "–"),
    ],
)
def test_scores(value, places, sign, expected):
    assert score(value, places, sign) == expected


def test_a_spread_or_interval_that_cannot_be_told_is_left_out():
    assert (spread(0.7, 0.02), spread(0.7, None), spread(None, None)) == (".700 ±.020", ".700", "–")
    assert interval(0.1, -0.2, 0.4) == "+.100 [-.200, +.400]"
    assert (interval(0.1, None, None), interval(None, None, None)) == ("+.100", "–")


def test_columns_are_padded_to_line_up():
    assert markdown_table(["a", "long name"], [["1", "x"], ["wide cell", "–"]]) == (
        "| a         | long name |\n|-----------|-----------|\n| 1         | x         |\n| wide cell | –         |"
    )


@given(st.lists(st.lists(st.text(), min_size=2, max_size=2), min_size=1, max_size=4))
def test_no_content_breaks_out_of_its_cell(rows):
    lines = markdown_table(["a", "b"], rows).split("\n")
    assert len(lines) == 2 + len(rows)
    assert len({len(line) for line in lines}) == 1
    for line in lines:
        bars = line.replace("\\\\", "").replace("\\|", "").count("|")
        assert bars == 3
        assert line.isprintable() or not any(ord(char) < 32 or ord(char) == 127 for char in line)


def test_control_characters_do_not_reach_the_terminal():
    assert one_line("a\x1b[31mred\n\tb\r\u202e") == "a [31mred b"


def test_paragraphs_stay_within_110_columns():
    lines = paragraph("word " * 60, "- ", "  ").split("\n")
    assert lines[0].startswith("- ") and all(line.startswith("  ") for line in lines[1:])
    assert max(map(len, lines)) <= 110
    assert paragraph(" ") == ""
