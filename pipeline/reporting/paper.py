"""What the paper prints, as data: Table 1, the sizes of its corpora, and claims that can be checked against them.

Source: S. Mohapatra and S. Mohapatra, "The (In)Effectiveness of Intermediate Task Training For Domain Adaptation
and Cross-Lingual Transfer Learning", arXiv 2210.01091v2, Table 1: accuracy with intermediate training (IF) and
without (F). Targets stand in the paper's order under the keys of the sample study. What is
odd in it is computed from here by `pipeline.reporting.oddities`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

SOURCE = "arXiv 2210.01091v2, Table 1"

EXPERIMENTS = 18
"""'In total, we have eighteen experiments' (Introduction)."""
TIMES_LARGER = 10
"""'at least an order of magnitude larger' than the target's is each intermediate corpus (Methodology)."""
WORST_MODEL = "xlnet"
"""'consistently the worst performing model in all of our experiments' (Results and Discussion)."""


@dataclass(frozen=True)
class PaperRow:
    """One target of the paper's Table 1."""

    task: str
    target: str
    title: str
    """The target's name in the paper."""
    kind: str
    start: str
    """The paper's intermediate corpus for this task."""
    accuracy: Mapping[str, tuple[float, float]]
    """By model: IF and F, to two places as printed."""
    elsewhere: str | None = None
    """What is published for this target elsewhere."""

    @property
    def scores(self) -> list[float]:
        """All accuracies of the row as printed: each model's IF, then its F."""
        return [score for pair in self.accuracy.values() for score in pair]

    def score(self, start: str, model: str) -> float | None:
        """The printed accuracy from a start (`pretrained` for F); None where the paper has no such cell."""
        if model not in self.accuracy or start not in (self.start, "pretrained"):
            return None
        return self.accuracy[model][0 if start == self.start else 1]

    def gain(self, start: str, model: str) -> float | None:
        """IF minus F of the printed accuracies, to two places."""
        with_detour, without = self.score(start, model), self.score("pretrained", model)
        if start != self.start or with_detour is None or without is None:
            return None
        return round(with_detour - without, 2)


def _row(names: tuple[str, str, str, str, str], *scores: float, elsewhere: str | None = None) -> PaperRow:
    """A row from its names and the six numbers in the printed order: BERT, RoBERTa, XLNet, each IF then F."""
    models = dict(zip(("bert", "roberta", "xlnet"), zip(scores[::2], scores[1::2], strict=True), strict=True))
    return PaperRow(*names, accuracy=models, elsewhere=elsewhere)


TABLE_1 = (
    _row(
        ("classification", "sms_spam", "SMS Spam", "domain", "imdb"),
        *(0.62, 0.71, 0.55, 0.73, 0.48, 0.58),
        elsewhere="BERT reaches .986-.993",
    ),
    _row(
        ("classification", "movie_reviews", "French/Spanish Movie Reviews", "crosslingual", "imdb"),
        *(0.67, 0.63, 0.51, 0.58, 0.46, 0.44),
    ),
    _row(
        ("sentiment", "goemotions", "GoEmotions", "domain", "imdb_genres"),
        *(0.89, 0.83, 0.76, 0.71, 0.62, 0.59),
        elsewhere="BERT reaches a macro-F1 of .46-.50",
    ),
    _row(
        ("sentiment", "emotions", "French/German Emotions", "crosslingual", "imdb_genres"),
        *(0.61, 0.68, 0.66, 0.72, 0.53, 0.57),
    ),
    _row(
        ("similarity", "stock_names", "Stock Ticker", "domain", "paws"),
        *(0.52, 0.67, 0.67, 0.72, 0.47, 0.55),
    ),
    _row(
        ("similarity", "pawsx", "PAWS-X", "crosslingual", "paws"),
        *(0.61, 0.67, 0.71, 0.74, 0.62, 0.58),
        elsewhere="multilingual BERT reaches about .82",
    ),
)


@dataclass(frozen=True)
class StatedSize:
    """How many rows the paper says that a corpus has."""

    corpus: str
    rows: int
    section: str
    labels: int | None = None
    """How many labels it says that the corpus has."""
    published: int | None = None
    """Rows of the whole collection that the paper samples from."""
    published_by: str = ""


SIZES = (
    StatedSize("imdb", 50_000, "Text classification", 2),
    StatedSize("sms_spam", 5_600, "Text classification", 2, 5_574, "Almeida, Hidalgo and Yamakami 2011"),
    # 100 of each language.
    StatedSize("movie_reviews", 200, "Text classification", 2),
    StatedSize("imdb_genres", 49_000, "Sentiment analysis", 27),
    StatedSize("goemotions", 5_200, "Sentiment analysis", 28),
    StatedSize("emotions", 1_700, "Sentiment analysis", 13),
    StatedSize("paws", 49_000, "Sentence similarity"),
    StatedSize("stock_names", 2_100, "Sentence similarity"),
    StatedSize("pawsx", 4_000, "Sentence similarity"),
)


def paper_row(task: str, target: str) -> PaperRow | None:
    """The paper's row of a target; None for a target that the paper does not have."""
    return next((row for row in TABLE_1 if (row.task, row.target) == (task, target)), None)


def stated_size(corpus: str) -> StatedSize | None:
    """What the paper says of a corpus; None for one that it does not have."""
    return next((size for size in SIZES if size.corpus == corpus), None)
