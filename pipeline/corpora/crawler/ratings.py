"""From what a page says of a rating to a label."""

import re
from collections.abc import Mapping

STAR, HALF = "★", "½"
NUMBER = re.compile(r"\d+(?:[.,]\d+)?")


def rating_of(text: str) -> float | None:
    """The number that a text names first, or its count of full stars; None where it says neither."""
    if STAR in text:
        return text.count(STAR) + 0.5 * text.count(HALF)
    found = NUMBER.search(text)
    return float(found[0].replace(",", ".")) if found else None


def label_of(rating: float, ratings: Mapping[str, tuple[float, float]]) -> str | None:
    """The label whose range holds the rating, both ends included; None for the middle."""
    return next((label for label, (low, high) in ratings.items() if low <= rating <= high), None)
