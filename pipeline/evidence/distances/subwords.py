"""What a tokenizer makes of a language: fertility, words that it cuts, what it does not know, and pieces shared with another language.

Fertility is pieces a word, and the share of words that are cut is told beside it (Rust et al. 2021, ACL, "How good is your
tokenizer?", section 3); words are what white space parts, so that for Chinese, Japanese or Thai both describe phrases.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tokenizers import Tokenizer


@dataclass(frozen=True)
class Pieces:
    """The words of a language under one tokenizer."""

    words: int
    fertility: float | None
    """Pieces a word; None without words."""
    cut: float | None
    """The share of words that have more than one piece."""
    unknown: float | None
    """The share of pieces that are the unknown piece; None where the tokenizer has none."""
    counts: Mapping[int, int]
    """By piece: how often it occurs."""

    @property
    def as_json(self) -> dict[str, Any]:
        """Plain values without the pieces."""
        return {"words": self.words, "fertility": self.fertility, "cut": self.cut, "unknown": self.unknown}


def read_tokenizer(folder: Path) -> "Tokenizer":
    """The tokenizer of a model folder, without limits of length."""
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer


def pieces_of(tokenizer: "Tokenizer", texts: Sequence[str]) -> Pieces:
    """What a tokenizer makes of texts, each of their words by itself and as it stands within a text."""
    frequencies = Counter(word for text in texts for word in text.split())
    words = sorted(frequencies)
    # Byte-level tokenizers mark the space before a word, which nearly all words have.
    encoded = tokenizer.encode_batch([f" {word}" for word in words], add_special_tokens=False)
    total, several, counts = 0, 0, Counter[int]()
    for word, found in zip(words, encoded, strict=True):
        times = frequencies[word]
        total += times * len(found.ids)
        several += times * (len(found.ids) > 1)
        for piece in found.ids:
            counts[piece] += times
    running = sum(frequencies.values())
    if not running:
        return Pieces(0, None, None, None, {})
    unknown = unknown_piece(tokenizer)
    share = None if unknown is None or not total else counts[unknown] / total
    return Pieces(running, total / running, several / running, share, dict(counts))


def unknown_piece(tokenizer: "Tokenizer") -> int | None:
    """The id of the unknown piece."""
    for name in ("[UNK]", "<unk>"):
        if (number := tokenizer.token_to_id(name)) is not None:
            return int(number)
    return None


def subword_overlap(one: Pieces, other: Pieces) -> float | None:
    """Jaccard's index of the pieces in use; None where neither has any."""
    either = one.counts.keys() | other.counts.keys()
    return len(one.counts.keys() & other.counts.keys()) / len(either) if either else None
