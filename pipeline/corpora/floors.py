"""What a model has to beat: the majority label, and TF-IDF with logistic regression.

Both are fitted on train and dev. The TF-IDF floor uses word 1-2 grams with sublinear counts, at most
`FEATURES` of them, and a logistic regression for each label against the rest (the one regression where there
are two labels); of a pair, each text has its own block of features. Without duplicates it reaches .988 on SMS
spam, .913 on IMDB (no film in two parts) and .564 on single-label GoEmotions.

One thread, and the same predictions whenever the rows are the same. scikit-learn is imported only where it is
used: it takes longer to load than most samples take to fit.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from pipeline.corpora.folds import TEST
from pipeline.corpora.grams import count_grams
from pipeline.corpora.schema import Row

FEATURES = 200_000
"""The most frequent grams that are kept; 28 labels on all bigrams of a large corpus would need gigabytes."""
INVERSE_PENALTY = 10.0
"""C of the regression; the default, 1, under-fits (.960 in the place of .986 on SMS spam)."""


def floors(fitting: Sequence[Row], test: Sequence[Row], labels: Sequence[str]) -> dict[str, Any]:
    """Predict the test rows by majority and by TF-IDF.

    Args:
        fitting: The rows of train and dev; at least one.
        test: The rows to predict.
        labels: Label names in the order of their ids.

    Returns:
        `{"majority": label id, "tfidf": [label id of each test row]}`; of labels equally frequent the first
        is the majority.
    """
    majority = _majority(fitting, labels)
    return {"majority": majority, "tfidf": _tfidf(fitting, test, list(labels), majority)}


def floors_of_folds(rows: Sequence[Row], division: Sequence[str], labels: Sequence[str]) -> dict[str, Any]:
    """As `floors`, each row predicted from the other folds of a division; the majority is that of all rows.

    Args:
        rows: All rows.
        division: For each fold, one letter a row (`pipeline.corpora.folds`).
        labels: Label names in the order of their ids.
    """
    tfidf = [0] * len(rows)
    for letters in division:
        tested = [place for place, letter in enumerate(letters) if letter == TEST]
        fitting = [row for row, letter in zip(rows, letters, strict=True) if letter != TEST]
        found = floors(fitting, [rows[place] for place in tested], labels)
        for place, label in zip(tested, found["tfidf"], strict=True):
            tfidf[place] = label
    return {"majority": _majority(rows, labels), "tfidf": tfidf}


def _majority(rows: Sequence[Row], labels: Sequence[str]) -> int:
    counts = Counter(row.label for row in rows)
    return max(range(len(labels)), key=lambda label: (counts[labels[label]], -label))


def _tfidf(fitting: Sequence[Row], test: Sequence[Row], labels: list[str], majority: int) -> list[int]:
    from scipy.sparse import hstack
    from sklearn.linear_model import LogisticRegression
    from sklearn.multiclass import OneVsRestClassifier
    from threadpoolctl import threadpool_limits

    present = {row.label for row in fitting}
    with threadpool_limits(1):
        sides = zip(_sides(fitting), _sides(test), strict=True)
        blocks = [block for side, test_side in sides if (block := _features(side, test_side)) is not None]
        if not blocks or not test or len(present) < 2:
            return [majority] * len(test)
        # liblinear draws nothing at random in its primal form; the seed is stated so that this stays so.
        regression: Any = LogisticRegression(C=INVERSE_PENALTY, solver="liblinear", random_state=0)
        model = regression if len(present) == 2 else OneVsRestClassifier(regression)
        model.fit(hstack([ours for ours, _ in blocks], "csr"), [labels.index(row.label) for row in fitting])
        return [int(label) for label in model.predict(hstack([theirs for _, theirs in blocks], "csr"))]


def _sides(rows: Sequence[Row]) -> list[list[str]]:
    """The texts, and the second texts of pairs."""
    sides = [[row.text for row in rows]]
    if any(row.text_pair is not None for row in rows):
        sides.append([row.text_pair or "" for row in rows])
    return sides


def _features(fitting: list[str], test: list[str]) -> tuple[Any, Any] | None:
    """TF-IDF of both parts; None where the fitting texts hold no word."""
    from sklearn.feature_extraction.text import TfidfTransformer

    counts, test_counts = count_grams(fitting, test, FEATURES)
    if not counts.shape[1]:
        return None
    weights = TfidfTransformer(sublinear_tf=True)
    return weights.fit_transform(counts), weights.transform(test_counts)
