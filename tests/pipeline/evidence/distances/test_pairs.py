"""All distances of a pair: near corpora near the floor, far ones above it, small ones a sentence."""

import numpy as np

from pipeline.evidence.distances.pairs import EMBEDDED, LEXICAL, TOO_FEW, Sizes, embedded_distances, lexical_distances

SIZES = Sizes(texts=60, embedded=60, transported=40, repeats=2, seed=1)


def texts(words: str, count: int = 120) -> list[str]:
    rng = np.random.default_rng(len(words))
    return [" ".join(rng.choice(words.split(), 6)) for _ in range(count)]


FILMS, NAMES = "the film was good bad long short actor scene plot", "acme corp inc holdings trust group bank energy"


def test_words_of_one_kind_lie_at_the_floor_and_others_above_it() -> None:
    films, more, names = texts(FILMS), texts(FILMS + " "), texts(NAMES)
    near, far = lexical_distances(films, more, SIZES), lexical_distances(films, names, SIZES)
    assert set(near) == set(LEXICAL)
    for name in LEXICAL:
        assert far[name]["value"] > 0.9
        assert abs(near[name]["above_floor"]) < 0.35 < far[name]["above_floor"]


def test_features_of_one_kind_lie_at_the_floor_and_others_above_it() -> None:
    rng = np.random.default_rng(1)
    labels = np.arange(120) % 2
    one, same = (rng.normal(size=(120, 8)) + 2 * labels[:, None] for _ in range(2))
    other = rng.normal(size=(120, 8)) * [5, 1, 1, 1, 1, 1, 1, 1] - 6
    near, far = (embedded_distances(one, labels, two, labels, SIZES) for two in (same, other))
    assert set(near) == set(EMBEDDED)
    for name in EMBEDDED:
        assert far[name]["above_floor"] > 0.2 > near[name]["above_floor"]


def test_a_corpus_too_small_to_be_halved_is_a_sentence() -> None:
    assert set(lexical_distances(texts(FILMS, 12), texts(NAMES), SIZES).values()) == {TOO_FEW}
