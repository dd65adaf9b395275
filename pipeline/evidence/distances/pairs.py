"""All distances of one start's corpus and one target, as reports/evidence/distances.json holds them.

Every distance is higher where the corpora are farther apart, and stands beside its noise floor (`noise`).
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipeline.evidence.distances.domains import gram_features, proxy_a_distance
from pipeline.evidence.distances.embedded import centroid_distance, principal, spread_distance
from pipeline.evidence.distances.lexical import (
    jensen_shannon,
    number_words,
    unknown_words,
    vocabulary_distance,
)
from pipeline.evidence.distances.noise import Distance, Measured, with_floor
from pipeline.evidence.distances.transport import DIMENSIONS, dataset_distance
from pipeline.evidence.statistics import Floats, Ids

LEXICAL = {
    "jensen_shannon": "Jensen-Shannon divergence of unigrams in bits (Lin 1991), 0 to 1",
    "vocabulary": "1 - Jaccard's index of the vocabularies, 0 to 1",
    "unknown_words": "share of the target's running words that the start's corpus lacks, 0 to 1",
    "proxy_a": "proxy A-distance of a linear classifier on word 1-2 grams (Ben-David et al. 2007), 0 to 2",
}
EMBEDDED = {
    "centroid": "1 - cosine of mean features of the pretrained encoder, 0 to 2",
    "spread": "1 - linear CKA over the encoder's dimensions (Kornblith et al. 2019), 0 to 1",
    "otdd": "optimal transport between the labelled corpora (Alvarez-Melis and Fusi 2020), in units of the features' spread",
}
TOO_FEW = "one of the corpora is too small to be halved"


@dataclass(frozen=True)
class Sizes:
    """How many rows are looked at."""

    texts: int
    """Rows of a corpus whose words are counted, at most."""
    embedded: int
    """Rows of a corpus that the encoder reads, at most."""
    transported: int
    """Rows of a side in optimal transport, at most: its time grows with their third power."""
    repeats: int
    """Draws of samples."""
    seed: int


def lexical_distances(start: Sequence[str], target: Sequence[str], sizes: Sizes) -> dict[str, Any]:
    """The distances of `LEXICAL`; the two texts of a pair come as one text."""
    corpora = (_first(start, sizes), _first(target, sizes))
    words, size = number_words(corpora)

    def of_counts(compare: Callable[[Ids, Ids], float]) -> Distance:
        return lambda a, rows, b, others: compare(words[a].counts(rows, size), words[b].counts(others, size))

    grams = [gram_features(texts) for texts in corpora]

    def proxy_a(a: int, rows: Ids, b: int, others: Ids) -> float:
        return proxy_a_distance(grams[a][rows], grams[b][others])

    measures: dict[str, Distance] = {
        "jensen_shannon": of_counts(jensen_shannon),
        "vocabulary": of_counts(vocabulary_distance),
        "unknown_words": of_counts(unknown_words),
        "proxy_a": proxy_a,
    }
    return _told(measures, (len(corpora[0]), len(corpora[1])), sizes.texts, sizes)


def embedded_distances(start: Floats, labels: Ids, target: Floats, target_labels: Ids, sizes: Sizes) -> dict[str, Any]:
    """The distances of `EMBEDDED` of n x d and m x d features with their label ids."""
    vectors, kinds = (start, target), (labels, target_labels)
    reduced = principal([start, target], DIMENSIONS)
    # In units of the features' own spread, so that encoders of other scales can be compared.
    scale = float(np.sqrt(np.concatenate(reduced).var(0).sum())) or 1.0
    measures: dict[str, Distance] = {
        "centroid": lambda a, rows, b, others: centroid_distance(vectors[a][rows], vectors[b][others]),
        "spread": lambda a, rows, b, others: spread_distance(vectors[a][rows], vectors[b][others]),
    }
    lengths = (len(start), len(target))
    told = _told(measures, lengths, sizes.embedded, sizes)

    def otdd(a: int, rows: Ids, b: int, others: Ids) -> float:
        return dataset_distance(reduced[a][rows] / scale, kinds[a][rows], reduced[b][others] / scale, kinds[b][others])

    return told | _told({"otdd": otdd}, lengths, sizes.transported, sizes)


def _first(texts: Sequence[str], sizes: Sizes) -> Sequence[str]:
    """A sample of the texts, of which two halves are enough for every draw."""
    if len(texts) <= 2 * sizes.texts:
        return texts
    rows = np.random.default_rng(sizes.seed).choice(len(texts), 2 * sizes.texts, replace=False)
    return [texts[row] for row in np.sort(rows)]


def _told(measures: dict[str, Distance], lengths: tuple[int, int], most: int, sizes: Sizes) -> dict[str, Any]:
    found: dict[str, Measured | None] = {
        name: with_floor(measure, lengths, most, sizes.repeats, sizes.seed) for name, measure in measures.items()
    }
    return {name: TOO_FEW if one is None else one.as_json for name, one in found.items()}
