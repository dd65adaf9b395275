"""Long texts in pieces that a service takes, cut at ends of sentences.

A piece ends with a sentence where one fits, else with a clause, else with a word, else in the middle of one. Pieces hold every
character of the text but the white space between them; their translations are put together again in the same order.
"""

import re
from collections.abc import Callable, Sequence
from itertools import pairwise

Fits = Callable[[str], bool]
"""Whether a service takes a text; what it takes of a text it also takes of the text's beginning."""

# Closing quotes and brackets belong to the sentence. East Asian sentences end without a space; an ASCII stop ends one before a space.
_CLOSING = "[\"'”’»)\\]」』）]*"
_LEVELS = (
    re.compile(f"(?:[.!?…؟।۔]+{_CLOSING}(?=\\s)|[。！？｡]+{_CLOSING})\\s*"),
    re.compile(r"(?:[,;:،؛](?=\s)|[，；：、])\s*"),
    re.compile(r"\s+"),
)
_UNSPACED = frozenset({"zh", "ja", "th", "lo", "km", "my"})
"""Languages written without spaces between sentences."""


def fold(text: str) -> str:
    """The text with white space as single spaces: services lose line ends or translate each line by itself."""
    return " ".join(text.split())


def has_letters(text: str) -> bool:
    """Whether there is anything to translate: figures, signs and emoji are the same in every language."""
    return any(map(str.isalpha, text))


def split(text: str, fits: Fits) -> list[str]:
    """Cut a folded text into pieces that fit; one piece where the whole fits."""
    return [piece.strip() for piece in _cut(text, fits, 0) if piece.strip()]


def sentences(text: str) -> list[str]:
    """The sentences of a folded text."""
    return [part.strip() for part in _parts(text, 0) if part.strip()]


def join(translations: Sequence[str], language: str) -> str:
    """Translated pieces as one text of `language`."""
    return ("" if language.split("-")[0] in _UNSPACED else " ").join(translations)


def _cut(text: str, fits: Fits, level: int) -> list[str]:
    if fits(text.strip()):
        return [text]
    if level == len(_LEVELS):
        length = _longest(text, fits)
        return [text[:length], *_cut(text[length:], fits, level)]
    pieces: list[str] = []
    for part in _parts(text, level):
        if pieces and fits((pieces[-1] + part).strip()):
            pieces[-1] += part
        elif fits(part.strip()):
            pieces.append(part)
        else:
            pieces += _cut(part, fits, level + 1)
    return pieces


def _parts(text: str, level: int) -> list[str]:
    ends = [0, *(match.end() for match in _LEVELS[level].finditer(text)), len(text)]
    return [text[start:end] for start, end in pairwise(ends) if end > start]


def _longest(text: str, fits: Fits) -> int:
    """The length of the longest beginning that fits, at least one character."""
    least, most = 1, len(text)
    while least < most:
        middle = (least + most + 1) // 2
        least, most = (middle, most) if fits(text[:middle]) else (least, middle - 1)
    return least
