"""Texts as models read them, and corpora without duplicates.

Cleaning brings text into Unicode NFC, removes terminal escape sequences, control characters and zero-width
characters, turns HTML line breaks into spaces and folds white space. Two zero-width characters shape what
stands around them, in Indic and Persian script and in emoji: the joiner and non-joiner stay between two
characters beyond ASCII and go everywhere else. Control characters of the range 80-9f, mostly mis-decoded
dashes and quotes, become spaces, so that no two words grow together.

Duplicates are dropped before splitting, the first of each kept: first texts (for pairs, both texts) that are
equal as they stand, then those that are equal once cleaned, case-folded and white space-folded. A dropped row
whose label differs from the kept row's is also counted as conflicting. Which copy is kept depends on the
rows' order.
"""

import re
import unicodedata
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from pipeline.corpora.schema import Row
from pipeline.errors import InputError

ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x1b\x07]*(?:\x07|\x1b\\)|[ -/]*[0-~])?")
# Controls but white space, then what is invisible: soft hyphen, zero-width space, marks of direction, word
# joiner, byte order mark, tags.
INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f\u00ad\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb"
    "\U000e0000-\U000e007f]"
)
MISDECODED = re.compile("[\x80-\x9f]")
JOINERS = re.compile("(?<![^\x00-\x7f])[\u200c\u200d]+|[\u200c\u200d]+(?![^\x00-\x7f])")
BREAKS = re.compile(r"<br\s*/?\s*>", re.IGNORECASE)


@dataclass(frozen=True)
class Dropped:
    """How many duplicates went."""

    exact: int
    folded: int
    conflicting: int
    """Of the exact and folded: those that had another label than the row that was kept."""
    near: int = 0
    """Near-duplicates of a row with the same label; see `pipeline.corpora.near`."""
    contrasts: int = 0
    """Rows that stay although they are near-duplicates of a row with another label."""


def clean(text: str) -> str:
    """Clean one text; cleaning a clean text changes nothing."""
    if not text.isascii():
        text = unicodedata.normalize("NFC", text)
    text = INVISIBLE.sub("", ESCAPES.sub("", text) if "\x1b" in text else text)
    if "<" in text:
        # Taking out one break can make another: `<br<br>>`.
        while (shorter := BREAKS.sub(" ", text)) != text:
            text = shorter
    if text.isascii():
        return " ".join(text.split())
    text = " ".join(MISDECODED.sub(" ", text).split())
    text = " ".join(JOINERS.sub("", text).split())
    return unicodedata.normalize("NFC", text)


def is_blank(text: str) -> bool:
    """Whether cleaning leaves nothing; only a text that begins with nothing is cleaned whole."""
    return not clean(text[:64]) and not clean(text)


def fold(text: str) -> str:
    """What two clean texts share that differ in case or joiners alone."""
    folded = text.casefold()
    if folded.isascii():
        return folded
    folded = folded.replace("\u200c", "").replace("\u200d", "")
    return " ".join(unicodedata.normalize("NFC", folded).split())


def fold_pair(row: Row) -> tuple[str, str | None]:
    """The folded text, or pair of texts, of a clean row."""
    return fold(row.text), None if row.text_pair is None else fold(row.text_pair)


def cleaned(key: str, rows: Sequence[Row]) -> tuple[list[Row], Dropped]:
    """Clean every text of a corpus and drop its duplicates.

    Args:
        key: The corpus, for sentences.
        rows: Its rows; the first of several duplicates is kept.

    Returns:
        The remaining rows in their order, and how many were dropped.

    Raises:
        InputError: A text is empty once cleaned.
    """
    distinct, exact, conflicts = _first_of_each(rows, lambda row: (row.text, row.text_pair))
    tidy = [_clean_row(key, row) for row in distinct]
    remaining, folded, more = _first_of_each(tidy, fold_pair)
    return remaining, Dropped(exact, folded, conflicts + more)


def _first_of_each(rows: Sequence[Row], content: Callable[[Row], Hashable]) -> tuple[list[Row], int, int]:
    kept: dict[Hashable, Row] = {}
    conflicting = 0
    for row in rows:
        first = kept.setdefault(content(row), row)
        conflicting += first.label != row.label
    return list(kept.values()), len(rows) - len(kept), conflicting


def _clean_row(key: str, row: Row) -> Row:
    texts = [
        None if text is None else clean(text)
        for text in (row.text, row.text_pair, row.source_text, row.source_text_pair)
    ]
    if "" in texts:
        raise InputError(f"corpora.{key}: a text of row '{row.id}' is empty once cleaned; mend or remove that row.")
    text, pair, source, source_pair = texts
    return Row(row.id, text or "", pair, row.label, row.language, row.group, source, source_pair, row.translated_by)
