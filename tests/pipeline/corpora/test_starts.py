"""The rows of a start: fewer, or with shuffled labels."""

from collections import Counter
from collections.abc import Callable

import pytest

from pipeline.corpora.overlap import seen_rows
from pipeline.corpora.schema import Row
from pipeline.corpora.starts import training_rows
from pipeline.study import Start


@pytest.fixture
def train(row: Callable[..., Row]) -> list[Row]:
    return [row(str(i), f"text {i}", "ham" if i % 4 else "spam") for i in range(400)]


class TestTrainingRows:
    def test_all_rows_are_used_by_default(self, train: list[Row]) -> None:
        assert training_rows(Start(task="classification", corpus="x"), train, 1) == train

    def test_examples_limits_them_by_label(self, train: list[Row]) -> None:
        rows = training_rows(Start(task="classification", corpus="x", examples=100), train, 1)
        assert Counter(row.label for row in rows) == {"ham": 75, "spam": 25}
        assert rows != training_rows(Start(task="classification", corpus="x", examples=100), train, 2)
        assert rows == [row for row in train if row in rows]

    def test_more_examples_than_there_are_means_all(self, train: list[Row]) -> None:
        assert training_rows(Start(task="classification", corpus="x", examples=1000), train, 1) == train

    def test_shuffled_labels_keep_texts_and_frequencies_and_nothing_more(self, train: list[Row]) -> None:
        rows = training_rows(Start(task="classification", corpus="x", labels="shuffled"), train, 1)
        assert [row._replace(label="") for row in rows] == [row._replace(label="") for row in train]
        assert Counter(row.label for row in rows) == Counter(row.label for row in train)
        agreement = sum(ours.label == theirs.label for ours, theirs in zip(rows, train, strict=True)) / len(rows)
        assert agreement == pytest.approx(0.75**2 + 0.25**2, abs=0.08)
        assert rows == training_rows(Start(task="classification", corpus="x", labels="shuffled"), train, 1)
        assert rows != training_rows(Start(task="classification", corpus="x", labels="shuffled"), train, 2)


class TestOverlap:
    def test_equal_and_folded_texts_are_found_in_test_order(self, row: Callable[..., Row]) -> None:
        tests = [row("1", "new"), row("2", "Hello There"), row("3", "same")]
        assert seen_rows(tests, [row("9", "same"), row("8", "hello there"), row("7", "other")]) == ["2", "3"]

    def test_a_pair_is_seen_only_as_a_pair(self, row: Callable[..., Row]) -> None:
        tests = [row("1", "a", text_pair="b"), row("2", "a"), row("3", "b", text_pair="a")]
        assert seen_rows(tests, [row("9", "A", text_pair="B")]) == ["1"]

    def test_two_test_rows_with_one_text_are_both_seen(self, row: Callable[..., Row]) -> None:
        assert seen_rows([row("1", "a"), row("2", "A")], [row("9", "a")]) == ["1", "2"]
