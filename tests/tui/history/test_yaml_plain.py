"""The plainest YAML: what is read without the parser is what the parser reads."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from tui.history.yaml_plain import parse_plain

WORDS = [
    "a",
    "b",
    "n",
    "no",
    "Null",
    "null",
    "~",
    "true",
    "True",
    "x/y.z",
    "a_b",
    "1a",
    "-",
    ".5",
    "_",
    "e1",
    "nan",
    ".nan",
]
NUMBERS = [
    "0",
    "-0",
    "00",
    "1",
    "-7",
    "1.",
    "1.50",
    "1e5",
    "1e-5",
    "1.0e-05",
    "1E5",
    "+1",
    "0x1",
    "0o7",
    "1_000",
    "12e-1",
    "9" * 15,
    "9" * 30,
]
FLOWS = [
    "[]",
    "{}",
    "[1, a]",
    "[1,2]",
    "[ 1 ]",
    "{a: 1}",
    "[a, null, 1e-3]",
    "'x'",
    '"x"',
    "a b",
    "a #c",
    "&x 1",
    "*x",
    "!!str 1",
    "|",
    "2026-01-01",
]
TOKENS = st.sampled_from([*WORDS, *NUMBERS, *FLOWS])


@st.composite
def documents(draw: st.DrawFn) -> str:
    """Lines of keys, values and items at indents that may or may not fit together."""
    lines, indent = [], 0
    for _ in range(draw(st.integers(1, 7))):
        indent = draw(st.sampled_from([0, indent, indent + 2, max(0, indent - 2), indent + 1]))
        key, value = draw(st.sampled_from([*WORDS[:11], "key", "other"])), draw(TOKENS)
        lines.append(
            " " * indent + draw(st.sampled_from([f"{key}: {value}", f"{key}:", f"- {value}", f"{key}: {value}"]))
        )
    return "\n".join(lines) + "\n"


def parsed(text: str) -> object:
    try:
        return YAML(typ="safe").load(text)
    except (YAMLError, ValueError, TypeError, AttributeError):
        return "refused"


class TestAgainstTheParser:
    @given(documents())
    def test_what_is_read_is_what_the_parser_reads(self, text: str) -> None:
        found = parse_plain(text)
        assert found is None or repr(found) == repr(parsed(text))

    @given(TOKENS)
    def test_every_scalar_alone(self, token: str) -> None:
        text = f"key: {token}\n"
        found = parse_plain(text)
        assert found is None or repr(found) == repr(parsed(text))


class TestForms:
    @pytest.mark.parametrize(
        ("text", "value"),
        [
            ("a:\n  b: 1e-05\n  c: [1, x]\n", {"a": {"b": 1e-05, "c": [1, "x"]}}),
            ("a:\n- 1\n- x\nb:\n  - 2\n", {"a": [1, "x"], "b": [2]}),
            ("a:\n", {"a": None}),
            ("a: {}\nb: []\n", {"a": {}, "b": []}),
        ],
    )  # fmt: skip
    def test_common_forms_need_no_parser(self, text: str, value: object) -> None:
        assert parse_plain(text) == value == parsed(text)

    @pytest.mark.parametrize(
        "text", ["a: 1\na: 2\n", "a: 'x'\n", "a: 1 # c\n", "a: &x 1\n", "a:\n   b: 1\n  c: 2\n", "a: 1", "", "- 1\n"]
    )
    def test_whatever_is_doubtful_is_left_to_the_parser(self, text: str) -> None:
        assert parse_plain(text) is None
