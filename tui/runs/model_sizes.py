"""The sizes of encoders, read without loading them: declared, from a config.json at hand, or as published."""

import functools
import importlib.util
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.checkout import main_checkout
from pipeline.study import Encoder, Hub, Local


@dataclass(frozen=True)
class Size:
    """What the cost of an encoder depends on."""

    layers: int
    hidden: int
    feed_forward: int
    projections: int
    """Square matrices of one layer's attention: 4, and 5 with XLNet's relative positions."""
    vocabulary: int | None = None
    heads: int | None = None
    """Of attention; None where nobody says."""

    @property
    def weights(self) -> int:
        """Weights of all layers, without embeddings."""
        return self.layers * (self.projections * self.hidden**2 + 2 * self.hidden * self.feed_forward)

    @property
    def parameters(self) -> int | None:
        """Weights of layers and word embeddings; None where the vocabulary is not known."""
        return None if self.vocabulary is None else self.weights + self.vocabulary * self.hidden

    def work(self, tokens: int) -> float:
        """Multiplications of a forward pass over one text of so many tokens."""
        return float(tokens * (self.weights + 2 * self.layers * tokens * self.hidden))


PUBLISHED = {
    # Devlin et al. 2019, section 3; Liu et al. 2019, section 3.1; Yang et al. 2019 (XLNet), section 3.1 and its repository;
    # Conneau et al. 2020 (XLM-R), section 3, with the vocabulary of its config.json.
    "google-bert/bert-base-uncased": Size(12, 768, 3072, 4, 30522, 12),
    "FacebookAI/roberta-base": Size(12, 768, 3072, 4, 50265, 12),
    "xlnet/xlnet-base-cased": Size(12, 768, 3072, 5, 32000, 12),
    "FacebookAI/xlm-roberta-base": Size(12, 768, 3072, 4, 250002, 12),
}
"""Sizes of models of the hub that are known without asking it."""


def size_of(encoder: Encoder, tree: Path) -> Size | None:
    """The sizes of an encoder; None where they are not known before it is fetched."""
    projections = 5 if encoder.architecture == "xlnet" else 4
    if encoder.build is not None:
        build = encoder.build
        words = _word_list(tree)
        if build.tokenizer is not None:
            theirs = _read(_local_folder(build.tokenizer, tree), projections)
            words = theirs.vocabulary if theirs is not None else None
        return Size(build.layers, build.hidden, build.feed_forward, projections, words, build.heads)
    if encoder.local is not None:
        return _read(_local_folder(encoder.local, tree), projections)
    assert encoder.hub is not None
    return _read(_cached(encoder.hub), projections) or PUBLISHED.get(encoder.hub.id)


_main_checkout = functools.cache(main_checkout)


def _word_list(tree: Path) -> int | None:
    """How many words the tokenizers of built encoders have, about: data/vocabulary.txt of the main checkout has a line for each."""
    try:
        return (_main_checkout(tree) / "data" / "vocabulary.txt").read_bytes().count(b"\n") or None
    except OSError:
        return None


def _local_folder(local: Local, tree: Path) -> Path | None:
    if local.package is None:
        return _main_checkout(tree) / Path(local.folder).expanduser()
    package = importlib.util.find_spec(local.package)
    places = package.submodule_search_locations if package is not None else None
    return Path(next(iter(places))) / local.folder if places else None


def _cached(hub: Hub) -> Path:
    """Where huggingface_hub keeps a snapshot, there or not."""
    home = os.environ.get("HF_HOME") or Path("~/.cache/huggingface").expanduser()
    cache = Path(os.environ.get("HF_HUB_CACHE") or Path(home) / "hub")
    return cache / f"models--{hub.id.replace('/', '--')}" / "snapshots" / hub.revision


def _read(folder: Path | None, projections: int) -> Size | None:
    """The sizes that a folder's config.json names, under BERT's or XLNet's words."""
    try:
        config: dict[str, Any] = json.loads((folder / "config.json").read_text(encoding="utf-8")) if folder else {}
        layers, hidden, feed_forward = (
            int(config.get(ours) or config[theirs])
            for ours, theirs in (
                ("num_hidden_layers", "n_layer"),
                ("hidden_size", "d_model"),
                ("intermediate_size", "d_inner"),
            )
        )
    except (OSError, ValueError, KeyError, TypeError):
        return None
    vocabulary, heads = config.get("vocab_size"), config.get("num_attention_heads") or config.get("n_head")
    known = [value if isinstance(value, int) else None for value in (vocabulary, heads)]
    return Size(layers, hidden, feed_forward, projections, *known)
