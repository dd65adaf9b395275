"""A collected corpus of reviews, as the tests of labels by hand use it."""

from pipeline.corpora.schema import Collected, write_table

CORPUS = "movie_reviews"
"""Labels negative and positive, which the scheme `sentiment` has."""


def collect(count: int, root: str = ".") -> None:
    """Write the collected corpus."""
    rows = [
        Collected(f"r-{i}", f"review number {i}", None, "negative", "fr" if i % 2 else "es", None, None, None)
        for i in range(count)
    ]
    write_table(f"{root}/corpora/collected/{CORPUS}.parquet", rows, Collected)
