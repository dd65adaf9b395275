"""What the language check makes of real reviews."""

import csv
import lzma
import os
from pathlib import Path

import pytest

from pipeline.checkout import main_checkout
from pipeline.corpora.crawler.languages import language_of

DATA = Path(os.environ.get("DETOUR_REAL_DATA") or main_checkout(Path(__file__).parent).parent / "shared" / "data")


@pytest.mark.real
@pytest.mark.skipif(not DATA.is_dir(), reason=f"the public corpora are not at {DATA}; set DETOUR_REAL_DATA")
@pytest.mark.parametrize(
    ("file", "column", "language"),
    [
        ("movie_reviews_fr/allocine_films_sample.csv.xz", "text", "fr"),
        ("movie_reviews_es/muchocine.csv.xz", "body", "es"),
    ],
)
def test_real_reviews_are_in_the_language_that_they_are_in(file: str, column: str, language: str) -> None:
    with lzma.open(DATA / file, "rt", encoding="utf-8", newline="") as opened:
        texts = [row[column] for _, row in zip(range(1000), csv.DictReader(opened), strict=False)]
    assert all(language_of(text, language, ("fr", "es")) == language for text in texts)
    others = [text for text in texts if len(text) > 60]
    assert sum(language_of(text, "en", ("en",)) is None for text in others) > 0.98 * len(others)
