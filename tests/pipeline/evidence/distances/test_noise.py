"""The noise floor: corpora of one law lie at it, others above, and it never mixes rows."""

import numpy as np
import pytest

from pipeline.evidence.distances.noise import with_floor


def test_two_corpora_of_one_law_are_as_far_apart_as_halves_of_one() -> None:
    rng = np.random.default_rng(1)
    corpora = [rng.normal(size=400), rng.normal(size=1_000)]
    found = with_floor(lambda a, x, b, y: abs(corpora[a][x].mean() - corpora[b][y].mean()), (400, 1_000), 500, 50, 3)
    assert found is not None
    assert found.rows == 200
    assert found.value == pytest.approx(found.floor, abs=0.05)
    assert found.as_json["above_floor"] == pytest.approx(found.value - found.floor)


def test_other_corpora_stand_above_the_floor() -> None:
    rng = np.random.default_rng(2)
    corpora = [rng.normal(size=200), rng.normal(1.0, size=200)]
    found = with_floor(lambda a, x, b, y: abs(corpora[a][x].mean() - corpora[b][y].mean()), (200, 200), 500, 20, 3)
    assert found is not None and found.value > 0.8 and found.floor < 0.3


def test_halves_never_share_a_row_and_all_sides_are_equally_large() -> None:
    seen = []

    def watch(a: int, x: np.ndarray, b: int, y: np.ndarray) -> float:
        seen.append((a, b))
        assert len(x) == len(y) == 12
        if a == b:
            assert not set(x.tolist()) & set(y.tolist())
        return 0.0

    with_floor(watch, (25, 90), 500, 2, 1)
    assert seen == [(0, 1), (0, 0), (1, 1)] * 2


def test_a_corpus_too_small_to_be_halved_says_nothing() -> None:
    assert with_floor(lambda *_: 0.0, (19, 500), 500, 2, 1) is None
