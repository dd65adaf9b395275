"""What of a test set a start has seen, and how."""

from collections.abc import Callable

from pipeline.corpora.overlap import seen_rows
from pipeline.corpora.schema import Row

LONG = "the " + " ".join(f"word{number}" for number in range(60))
Make = Callable[..., Row]


def test_each_row_stands_under_the_first_kind_that_fits_in_test_order(row: Make) -> None:
    tests = [
        row("1", "new"),
        row("2", "Hello There"),
        row("3", "same"),
        row("4", f"{LONG} end."),
        row("5", "hello there"),
    ]
    seen = [row("9", "same"), row("8", "hello there"), row("7", f"{LONG} END!", label="spam"), row("1", "other")]
    assert seen_rows(tests, seen) == {"exact": ["3", "5"], "folded": ["2"], "near": ["4"]}


def test_a_pair_is_seen_only_as_a_pair(row: Make) -> None:
    tests = [row("1", "a", text_pair="b"), row("2", "a"), row("3", "b", text_pair="a")]
    assert seen_rows(tests, [row("9", "A", text_pair="B")]) == {"folded": ["1"]}


def test_numbers_count_only_where_both_number_alike(row: Make) -> None:
    tests = [row("fr-1", "un", group="1"), row("2", "deux"), row("3", "trois")]
    seen = [row("en-1", "one", group="1"), row("2", "two")]
    assert seen_rows(tests, seen) == {}
    assert seen_rows(tests, seen, numbered_alike=True) == {"pair_id": ["fr-1", "2"]}


def test_nothing_seen_is_no_overlap(row: Make) -> None:
    assert seen_rows([row("1", "a")], []) == {}
