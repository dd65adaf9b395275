"""The word list from which the sample's tokenizers are built.

Training a WordPiece or Unigram tokenizer gives other ids in every run; a list in a fixed order does not.
"""

import re
from collections import Counter
from collections.abc import Iterable

# A word is a run of letters, digits and combining marks; every other visible character stands alone, as in BERT's basic tokenizer.
_PIECE = re.compile(r"[^\W_]+|[^\w\s]|_")


def pieces(text: str) -> list[str]:
    """The lower-cased words and symbols of `text` in order."""
    return _PIECE.findall(text.lower())


def vocabulary(texts: Iterable[str]) -> list[str]:
    """Every word and symbol of `texts`, the most frequent first and equals by the alphabet, then the other single characters."""
    counts = Counter(piece for text in texts for piece in pieces(text))
    words = sorted(counts, key=lambda piece: (-counts[piece], piece))
    characters = sorted({character for word in words for character in word} - set(words))
    return words + characters
