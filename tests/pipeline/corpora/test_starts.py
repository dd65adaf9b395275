"""The rows of a start: fewer, or with shuffled labels."""

from collections import Counter
from collections.abc import Callable

import pytest

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
