"""What near-duplicates have in common: runs of words, and the share of them that two texts both hold.

A text's shingles are its runs of `LENGTH` words (Broder 1997, On the resemblance and containment of documents), taken from the
folded text. A word is a run of letters, marks and digits; an emoji is a word, and so is each character of a script that puts no
spaces between words. Punctuation counts for nothing. A text of fewer words has one shingle, all of them; a text without
words has itself. Runs of words, not words alone: PAWS is about sentences that differ in the order of two names.
"""

import unicodedata

LENGTH = 3
APART, INSIDE, ALONE = 0, 1, 2
"""What a character is: between words, a part of one, or one by itself."""
UNSPACED = (
    (0x0E00, 0x0EFF),  # Thai, Lao
    (0x1000, 0x109F),  # Burmese
    (0x1780, 0x17FF),  # Khmer
    (0x3040, 0x30FF),  # kana
    (0x3400, 0x9FFF),  # Chinese characters
    (0xF900, 0xFAFF),
    (0x20000, 0x3FFFF),
)
WRITTEN = 0x40000
"""From here on no character is written: variation selectors, private use and unassigned planes."""

Shingle = tuple[str, ...]


def kind(code: int) -> int:
    """What the character of a code point is."""
    if code >= WRITTEN:
        return APART
    category = unicodedata.category(chr(code))
    if category[0] not in "LMN":
        return ALONE if category == "So" else APART
    return ALONE if any(first <= code <= last for first, last in UNSPACED) else INSIDE


class _Spaced(dict[int, str]):
    """What stands for a character where words are parted by spaces, for `str.translate`."""

    def __missing__(self, code: int) -> str:
        self[code] = found = (" ", chr(code), f" {chr(code)} ")[kind(code)]
        return found


_SPACED = _Spaced()


def words(text: str) -> list[str]:
    """The words of a folded text; the text itself where it has none."""
    return text.translate(_SPACED).split() or [text]


def shingles(text: str) -> set[Shingle]:
    """The runs of `LENGTH` words of a folded text; never empty."""
    found = words(text)
    return {tuple(found[place : place + LENGTH]) for place in range(max(1, len(found) - LENGTH + 1))}


def jaccard(one: set[Shingle], other: set[Shingle]) -> float:
    """The share of the shingles of either that both hold (Jaccard 1901)."""
    common = len(one & other)
    return common / (len(one) + len(other) - common)
