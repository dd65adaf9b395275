"""Distances of words against scipy, sets and explicit counts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.distance import jensenshannon

from pipeline.evidence.distances.lexical import jensen_shannon, number_words, unknown_words, vocabulary_distance

counts = st.lists(st.integers(0, 9), min_size=4, max_size=4).map(np.array)


@given(counts, counts)
def test_divergence_equals_scipy(one: np.ndarray, other: np.ndarray) -> None:
    if one.sum() and other.sum():
        assert jensen_shannon(one, other) == pytest.approx(jensenshannon(one, other, base=2) ** 2, abs=1e-12)


def test_a_side_without_words_is_as_far_as_can_be_and_two_are_alike() -> None:
    nothing, something = np.zeros(3, int), np.array([1, 0, 2])
    assert jensen_shannon(nothing, something) == 1.0
    assert (
        jensen_shannon(nothing, nothing)
        == vocabulary_distance(nothing, nothing)
        == unknown_words(nothing, nothing)
        == 0
    )


TEXTS = [["The film was good", "a bad FILM, é!", ""], ["a good day", "der Film"]]


def test_words_are_counted_together_over_the_rows_that_are_asked_for() -> None:
    words, size = number_words(TEXTS)
    assert size == len({"the", "film", "was", "good", "a", "bad", "é", "day", "der"})
    all_rows = words[0].counts(np.arange(3), size)
    assert all_rows.sum() == 8 and all_rows.max() == 2
    assert words[0].counts(np.array([2]), size).sum() == 0
    assert (words[0].counts(np.array([1, 1]), size) == 2 * words[0].counts(np.array([1]), size)).all()


def test_vocabularies_and_unknown_words_equal_sets() -> None:
    words, size = number_words(TEXTS)
    one, other = (part.counts(np.arange(len(part.offsets) - 1), size) for part in words)
    # Shared: a, good, film; of the target's five words der and day are unknown.
    assert vocabulary_distance(one, other) == pytest.approx(1 - 3 / 9)
    assert unknown_words(one, other) == pytest.approx(2 / 5)
