"""Texts from outside in the page and its Markdown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline.reporting.page.blocks import Command, Datum, Fact, Facts, Heading, Items, Paragraph, Section, grid
from pipeline.reporting.page.elsewhere import blocks_of
from pipeline.reporting.page.html import html
from pipeline.reporting.page.markdown import markdown

EMPTY = html("t", [Section("one", "t", ())]).count("<")


def page_of(text: str) -> str:
    blocks = (Paragraph(text), Items((text,)), Heading(text), Command(text), Facts((Fact(text, text),)))
    table = grid(text, [text, text], [[Datum(text), Datum(text, 1.0, text)]])
    return html(text, [Section("one", text, (*blocks, table))])


@given(st.text(max_size=20))
def test_no_text_adds_a_tag(text: str) -> None:
    assert page_of(f"a{text}").count("<") == page_of("a").count("<") > EMPTY


@pytest.mark.parametrize(
    ("told", "shown"), [("-.183 [-.4, +.1]", "−.183 [−.4, +.1]"), ("CC0-1.0", "CC0-1.0"), (".46-.50", ".46-.50")]
)
def test_signs_of_numbers_are_minus_signs(told: str, shown: str) -> None:
    assert shown in page_of(told)


def table_of(text: str) -> str:
    table = grid("c", ["h", "i"], [[Datum(text), Datum("y")]])
    return markdown([Section("one", "t", (table,))])


@given(st.text(alphabet="ab<>*_`[]|\\\n\r\x1b\u202e# -", max_size=20))
def test_markdown_keeps_text_on_its_line_and_without_meaning(text: str) -> None:
    made, other = table_of(f"x{text}"), table_of("x")
    row = made.rstrip("\n").split("\n")[-1]
    assert row.startswith("| x") and made.count("\n") == other.count("\n")
    assert "\x1b" not in made and "\u202e" not in made
    assert row.replace("\\\\", "").replace("\\<", "").count("<") == 0


def test_lists_and_paragraphs_written_elsewhere_become_blocks() -> None:
    made = blocks_of("## Title\n\n- one\n  goes on\n- two\n\nA paragraph\nof two lines.\n")
    assert made == [Items(("one goes on", "two")), Paragraph("A paragraph of two lines.")]
