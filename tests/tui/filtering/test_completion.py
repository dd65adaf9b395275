"""How the word before the cursor goes on."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tui.filtering.rows import cell, index, row
from tui.filtering.choosing import Filter
from tui.filtering.completion import complete

A, B = "classification@sms_spam-imdb-bert", "sentiment@emotions-pretrained-roberta"
PARAMS = {"training": {"target": {"epochs": 6, "rate": 0.1}}, "seeds": [1, 2], "note": "two words"}
MADE = index(
    row("main", cell(A, accuracy=0.5, macro_f1=0.4), kind="branch", base_name="", params=PARAMS),
    row("try", cell(B, accuracy=0.5), base_name="main"),
    row("v1", kind="tag", commit="main"),
)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        ("ta", ["tag:", "target:", "task:"]),
        ("x -ta", ["tag:", "target:", "task:"]),
        ("met", ["metrics."]),
        ("metrics.m", ["metrics.macro_f1"]),
        ("params.tr", ["params.training.target.epochs", "params.training.target.rate"]),
        ("params.ep", ["params.epochs"]),
        ("task:", ["classification", "sentiment"]),
        ("task:S", ["sentiment"]),
        ("-(model:bert|r", ["roberta"]),
        ("stale|ta", ["tag:", "target:", "task:"]),
        ("kind:tag|task:se", ["sentiment"]),
        ("branch:", ["main"]),
        ("tag:", ["v1"]),
        ("cell:cl", [A]),
        ("params.epochs=", ["6"]),
        ("params.note:", ['"two words"']),
        ("st", ["stale", "starred", "start:", "study:"]),
        ("", []),
        ("zzz", []),
        ("gain>", []),
    ],
)  # fmt: skip
def test_keys_and_known_values_are_offered(text: str, options: list[str]) -> None:
    found = complete(text, len(text), MADE)
    assert list(found.options) == options
    for option in options:
        assert option.casefold().startswith(text[found.start : found.end].casefold())


def test_only_the_word_before_the_cursor_counts() -> None:
    found = complete("task:se model:bert", 7, MADE)
    assert (found.start, found.end, found.options) == (5, 7, ("sentiment",))


def test_what_all_options_begin_with() -> None:
    assert complete("params.training", 15, MADE).common == "params.training.target."
    assert complete("zzz", 3, MADE).common == ""
    assert complete("task:s", 6, MADE).common == "sentiment"


@given(
    st.sampled_from(
        ["task:", "branch:", "tag:", "cell:", "params.note:", "params.epochs=", "base:", "kind:", "origin:"]
    )
)
def test_completed_values_are_understood_and_found(text: str) -> None:
    for option in complete(text, len(text), MADE).options:
        chosen = Filter(text + option).choose(MADE)
        assert chosen or option in ("inherited", "stale", "missing"), text + option


@given(st.text(alphabet='tas:k|-( )mp.="e', max_size=15), st.integers(0, 15))
def test_any_text_can_be_completed(text: str, cursor: int) -> None:
    found = complete(text, min(cursor, len(text)), MADE)
    assert 0 <= found.start <= found.end <= len(text)
