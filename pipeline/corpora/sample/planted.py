"""What is planted in the sample, as numbers: sizes, known duplicates and overlaps, and what `effect` sets.

Whoever checks a study of the sample against the truth reads it here.
"""

EFFECT = 0.2
"""The default size of the planted gain and loss, in accuracy."""

# Truths: (task, target, start) and the sign of the gain.
HELPED = ("classification", "movie_reviews", "imdb")
HURT = ("classification", "sms_spam", "imdb")
LEFT_ALONE = ("similarity", "stock_names", "paws")

# Rows of every file, known duplicates included.
IMDB_ROWS = 2400
SMS_ROWS = 800
REVIEWS_BY_LANGUAGE = 200
GENRE_ROWS = 1600
GOEMOTIONS_ROWS = 900
EMOTIONS_BY_LANGUAGE = 250
PAWS_ROWS = 1600
PAWSX_ROWS = 500
STOCK_ROWS = 500

SMS_SPAM_SHARE = 0.13
SMS_EXACT_DUPLICATES = 40
"""Messages of sms_spam.csv that repeat an earlier one byte for byte, label included."""
SMS_FOLDED_DUPLICATES = 10
"""Messages of sms_spam.csv that repeat an earlier one but for case and spaces."""

PAWSX_PAWS_EXACT = 30
"""Pairs of pawsx.csv whose English translation is a pair of paws.csv, byte for byte, under the same id."""
PAWSX_PAWS_FOLDED = 10
"""Pairs of pawsx.csv whose English translation is a pair of paws.csv but for case and spaces, under the same id."""

# What stands on the bundled site beside the reviews of movie_reviews, in each language.
SITE_MIDDLING = 20
"""Reviews with three stars."""
SITE_OF_ANOTHER_LANGUAGE = 4
"""Reviews in English."""
SITE_UNRATED = 3
"""Reviews without stars."""

STOCK_LABEL_NOISE = 0.04
"""Share of stock_names.csv with the wrong label."""


def helped_share(effect: float) -> float:
    """Share of movie_reviews whose polarity only the intermediate teaches.

    A model that does not know it is right on half of them, so the share is twice the gain.
    """
    return min(1.0, 2 * effect)


def hurt_share(effect: float) -> float:
    """Share of sms_spam that one sender wrote, all of it ham full of praise.

    Messages of one sender stay together, and the larger group of another one fills train: this one stands in test alone, and is
    1 / 0.3 of its share there. Nothing in train tells a model what praise means; the kept head of the intermediate takes it for its
    class 1, here spam.
    """
    return 0.3 * effect
