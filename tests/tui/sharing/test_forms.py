"""The written forms of a table: what is read back from each is what was written, and nothing in it is obeyed."""

import csv
import io
import json
import math
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from pipeline.errors import InputError
from pipeline.reporting.latex import escape as report_escape
from tests.tui.sharing.sheets import TEXTS, sheets
from tui.output import visible
from tui.sharing import Column, Provenance, Sheet, Value, as_csv, as_json, as_latex, as_markdown
from tui.sharing.csv_form import unguarded
from tui.sharing.forms import chosen, write
from tui.sharing.latex import escape
from tui.sharing.sheet import plain_text

THREE = Sheet(
    "Accuracy",
    (Column("name", "name"), Column("accuracy", "accuracy", number=True)),
    (
        (Value("absent"), Value(None)),
        (Value("not a number"), Value(math.nan)),
        (Value("zero"), Value(0.0)),
        (Value("nan"), Value("nan")),
    ),
    ("Every number is a mean.",),
    Provenance("detour compare main try", (("main", "a" * 40), ("try", "b" * 40)), "0123456789ab", "detour show try"),
)
RICH = Sheet(
    "One",
    (Column("accuracy", "accuracy", number=True),),
    ((Value(0.71234, sd=0.0, low=0.7, high=0.725, mark="^", best=True),), (Value(0.5, mark="="),)),
)
MARKDOWN = MarkdownIt("commonmark").enable("table")


def rows_of_csv(text: str) -> list[list[str]]:
    lines = [line for line in text.split("\n") if not line.startswith("# ")]
    return list(csv.reader(io.StringIO("\n".join(lines))))


def rows_of_markdown(text: str) -> list[list[str]]:
    """The cells as a Markdown reader shows them."""
    rows: list[list[str]] = []
    for token in MARKDOWN.parse(text):
        if token.type == "tr_open":
            rows.append([])
        elif token.type == "inline" and rows and token.level > 2:
            assert all(child.type in ("text", "strong_open", "strong_close") for child in token.children or ())
            rows[-1].append("".join(child.content for child in token.children or ()))
    return rows


def bare(sheet: Sheet) -> Sheet:
    """The sheet with nothing beside its values."""
    rows = tuple(tuple(Value(value.value, value.decimals, sign=value.sign) for value in row) for row in sheet.rows)
    return Sheet(sheet.title, sheet.columns, rows, sheet.notes)


class TestMissingNanAndZero:
    def test_markdown(self) -> None:
        assert [row[1] for row in rows_of_markdown(as_markdown(THREE))[1:]] == ["–", "NaN", "0.0000", "nan"]

    def test_csv(self) -> None:
        assert as_csv(THREE).split("\n")[1:5] == ["absent,", "not a number,nan", "zero,0.0", '"nan","nan"']

    def test_latex(self) -> None:
        found = [line.split(" & ")[1] for line in as_latex(THREE).split("\n") if " & " in line][1:]
        assert found == [r"-- \\", r"NaN \\", r"0.0000 \\", r"nan \\"]

    def test_json(self) -> None:
        assert [row["accuracy"] for row in as_json(THREE)["rows"][:3]] == [
            {"value": None}, {"value": "nan"}, {"value": 0.0},
        ]  # fmt: skip


class TestWhatStandsBesideAValue:
    def test_deviation_interval_mark_and_best_are_written_in_every_form(self) -> None:
        assert "**0.7123** ± 0.0000 \\[0.7000, 0.7250\\] ^" in as_markdown(RICH)
        assert as_csv(RICH).split("\n") == [
            "accuracy,accuracy_sd,accuracy_low,accuracy_high,accuracy_mark",
            "0.71234,0.0,0.7,0.725,better",
            "0.5,,,,equal",
            "",
        ]
        assert (
            r"\textbf{0.7123} {\footnotesize $\pm$ 0.0000} {\footnotesize {[}0.7000, 0.7250]} $\uparrow$"
            in as_latex(RICH)
        )
        assert as_json(RICH)["rows"] == [
            {"accuracy": {"value": 0.71234, "sd": 0.0, "low": 0.7, "high": 0.725, "mark": "^", "best": True}},
            {"accuracy": {"value": 0.5, "mark": "="}},
        ]

    def test_the_marks_that_occur_are_explained_in_the_form_s_own_signs(self) -> None:
        assert as_markdown(RICH).splitlines()[-1] == "^ better, = equal."
        assert r"{\footnotesize $\uparrow$ better, $=$ equal.\par}" in as_latex(RICH)

    @pytest.mark.parametrize(
        ("value", "text"),
        [
            (Value(5e-05), "0.0001"),
            (Value(5e-05, decimals=-1), "5e-05"),
            (Value(-0.00001), "0.0000"),
            (Value(0.018, decimals=3, sign=True), "+0.018"),
            (Value(3, sign=True), "+3"),
            (Value(12345678.9), "1.235e+07"),
            (Value(True), "true"),
            (Value(7), "7"),
        ],
    )
    def test_numbers_for_people(self, value: Value, text: str) -> None:
        assert plain_text(value) == text


class TestProvenance:
    @pytest.mark.parametrize("form", [as_markdown, as_csv, as_latex])
    def test_command_commits_lock_and_the_way_back_are_in_each_text(self, form: Any) -> None:
        text = form(THREE)
        for told in ("detour compare main try", "a" * 40, "b" * 40, "0123456789ab", "detour show try"):
            assert told in text

    def test_in_latex_they_are_comments(self) -> None:
        before = as_latex(THREE).partition(r"\begin{table}")[0]
        assert "detour show try" in before
        assert all(line.startswith("%") for line in before.splitlines())

    def test_in_json_they_are_fields(self) -> None:
        assert as_json(THREE)["provenance"]["revisions"][1] == {"name": "try", "commit": "b" * 40}

    def test_a_name_with_a_line_break_does_not_leave_its_comment(self) -> None:
        sheet = Sheet("x", (), (), provenance=Provenance("detour", (("a\n\\input{x}", "c"),), "", ""))
        assert not any(line.startswith("\\input") for line in as_latex(sheet).splitlines())
        assert all(line.startswith("#") for line in as_csv(sheet).splitlines()[1:])


class TestCsv:
    @given(sheets())
    def test_what_is_read_back_is_what_was_written(self, sheet: Sheet) -> None:
        written = rows_of_csv(as_csv(bare(sheet)))[1:]
        for fields, row in zip(written, sheet.rows, strict=True):
            for field, value in zip(fields, row, strict=True):
                if isinstance(value.value, str):
                    assert unguarded(field) == visible(value.value)
                elif isinstance(value.value, bool):
                    assert field == str(value.value).lower()
                elif value.value is None:
                    assert field == ""
                else:
                    read = float(field)
                    assert read == value.value or (math.isnan(read) and math.isnan(value.value))

    @given(TEXTS)
    def test_no_spreadsheet_runs_a_text(self, text: str) -> None:
        field = rows_of_csv(as_csv(Sheet("", (Column("a", "a"), Column("b", "b")), ((Value(text), Value("x")),))))[1][0]
        assert not field.startswith(("=", "+", "-", "@"))

    def test_a_text_that_looks_like_a_number_stands_in_quotation_marks(self) -> None:
        texts = ["nan", "0", "1e5", "true", "", "x", "1_000"]
        sheet = Sheet("", (Column("a", "a"),), tuple((Value(text),) for text in texts))
        assert as_csv(sheet).split("\n")[1:-1] == ['"nan"', '"0"', '"1e5"', '"true"', '""', "x", '"1_000"']


class TestMarkdown:
    @given(sheets())
    def test_a_reader_shows_every_text_as_it_is(self, sheet: Sheet) -> None:
        shown = rows_of_markdown(as_markdown(bare(sheet)))[1:]
        for cells, row in zip(shown, sheet.rows, strict=True):
            for cell, value in zip(cells, row, strict=True):
                text = "–" if value.value is None else visible(plain_text(value))
                assert cell.strip() == text.strip()

    @given(sheets())
    def test_bold_and_brackets_add_no_column(self, sheet: Sheet) -> None:
        assert {len(row) for row in rows_of_markdown(as_markdown(sheet))} == {len(sheet.columns)}

    def test_columns_are_padded_and_numbers_end_at_the_right(self) -> None:
        head, rule, first, second = as_markdown(RICH).splitlines()[2:6]
        assert len({len(head), len(rule), len(first), len(second)}) == 1
        assert rule.endswith("-: |")
        assert head.endswith(" accuracy |")
        assert second.endswith("  0.5000 = |")


class TestLatex:
    @given(st.text())
    def test_letters_are_those_of_the_report(self, text: str) -> None:
        ours = escape(text).replace("{[}", "[").replace("-{}-", "--")
        assert ours.replace("-{}-", "--") == report_escape(text)

    @given(TEXTS)
    def test_nothing_is_a_command_and_all_is_ascii(self, text: str) -> None:
        made = escape(text)
        assert made.isascii()
        left = re.sub(r"\\text(backslash|asciitilde|asciicircum|asciigrave|less|greater|bar)\{\}", "", made)
        left = re.sub(
            r"\\texttt\{U\+[0-9A-F]+\}|\\[\"'`^~=.rvcukH]\{\w\}|\\(ss|ae|AE|oe|OE|[oOlLi]|ldots)\{\}", "", left
        )
        left = re.sub(r"\\[&%$#_{}]|\{\[\}|-\{\}|\$(-|\\pm|\\times|\\leq|\\geq|\^\\circ|\\cdot)\$", "", left)
        assert not re.search(r"[\\&%$#_^{}]", left)
        assert "--" not in made or re.search("[–—]", text)

    def test_a_first_cell_in_brackets_is_no_argument_of_the_line_before(self) -> None:
        sheet = Sheet("x", (Column("a", "a"),), ((Value("one"),), (Value("[2pt]"),)))
        assert "{[}2pt] " in as_latex(sheet)

    @given(sheets())
    def test_braces_close_and_every_row_has_its_cells(self, sheet: Sheet) -> None:
        text = re.sub(r"\\[{}&\\]", "", as_latex(sheet).replace(r" \\" + "\n", "\n"))
        assert text.count("{") == text.count("}")
        body = text.split(r"\midrule")[1].split(r"\bottomrule")[0].strip("\n").split("\n")
        assert [line.count("&") for line in body if line or sheet.rows] == [len(sheet.columns) - 1] * len(sheet.rows)


class TestJson:
    @given(sheets())
    def test_what_is_read_back_is_what_was_written(self, sheet: Sheet) -> None:
        read = json.loads(json.dumps(as_json(sheet), allow_nan=False))
        for found, row in zip(read["rows"], sheet.rows, strict=True):
            for column, value in zip(sheet.columns, row, strict=True):
                held = found[column.key]["value"]
                finite = not isinstance(value.value, float) or math.isfinite(value.value)
                assert held == (value.value if finite else str(value.value)) or isinstance(value.value, str)
                assert type(held) is type(value.value) or not finite
                assert found[column.key].get("sd") == value.sd


class TestOptions:
    def test_two_forms_at_once_are_refused_in_one_sentence(self) -> None:
        with pytest.raises(InputError, match=r"^--json and --latex exclude each other; give one of them\.$"):
            chosen(as_json=True, latex=True)

    def test_none_is_for_a_person(self) -> None:
        assert chosen() == "text"
        assert chosen(md=True) == "md"

    def test_each_form_is_printed_whole(self, capsys: pytest.CaptureFixture[str]) -> None:
        write(THREE, "csv")
        assert capsys.readouterr().out == as_csv(THREE)
        write(THREE, "json")
        assert json.loads(capsys.readouterr().out) == as_json(THREE)
