"""Proxy A-distance: how well a linear classifier tells two corpora apart.

Ben-David, Blitzer, Crammer and Pereira 2007 (NIPS), "Analysis of representations for domain adaptation", section 4: 2 (1 - 2 e), where e
is the held-out error; 0 where they cannot be told apart, 2 where they always can. The classifier is a logistic regression on hashed word
1-2 grams; each half of the rows is predicted by the other, so that every row is held out once.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

FEATURES = 2**18
"""Buckets of the hashed grams: of 5,000 reviews with 600,000 bigrams few that matter collide."""


def gram_features(texts: Sequence[str]) -> Any:
    """A sparse matrix, texts x `FEATURES`, rows of length 1."""
    from sklearn.feature_extraction.text import HashingVectorizer

    hashed = HashingVectorizer(n_features=FEATURES, ngram_range=(1, 2), token_pattern=r"\w+", alternate_sign=False)
    return hashed.transform(texts)


def proxy_a_distance(one: Any, other: Any) -> float:
    """The distance of two matrices of features (dense or sparse) with as many rows each, in any order of theirs.

    Chance alone makes e differ from 1/2 on either side: below 0 the distance is 0.
    """
    from scipy.sparse import csr_matrix, vstack
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    rows = one.shape[0]
    features = vstack([csr_matrix(one), csr_matrix(other)], "csr")
    corpus = np.repeat([0, 1], rows)
    half = np.tile(np.arange(rows) % 2, 2)
    wrong = 0
    with threadpool_limits(1):
        for held_out in (0, 1):
            fitted = half != held_out
            # liblinear draws nothing at random in its primal form.
            model = LogisticRegression(solver="liblinear", random_state=0).fit(features[fitted], corpus[fitted])
            wrong += int(np.sum(model.predict(features[~fitted]) != corpus[~fitted]))
    return a_distance_of(wrong / (2 * rows))


def a_distance_of(error: float) -> float:
    """2 (1 - 2 e), and 0 for a classifier that is no better than chance."""
    return max(0.0, 2 * (1 - 2 * error))
