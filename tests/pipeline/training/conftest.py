"""Tiny encoders and a toy task that they learn in seconds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.encoders import ARCHITECTURES, load_classifier
from pipeline.pretrained import BuiltEncoder, build
from pipeline.training.batches import Encoded, Examples, encode

torch.set_num_threads(1)

MARKERS = (("good", "fine"), ("bad", "poor"), ("odd", "weird"))
FILLERS = ("the", "film", "was", "and", "is", "so", "then", "we", "saw", "it")

Toy = Callable[..., tuple[object, dict[str, Encoded]]]


def build_encoders(folder: Path) -> None:
    """One tiny encoder of each architecture below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [*FILLERS, *(word for pair in MARKERS for word in pair), *"abcdefghijklmnopqrstuvwxyz"]
    (folder / "words.txt").write_text("\n".join(words) + "\n", encoding="utf-8")
    for architecture in ARCHITECTURES:
        build(folder / architecture, BuiltEncoder(architecture, 32, 1, 2, 64, 40, 7, folder / "words.txt"))


def toy_examples(rows: int, seed: int, labels: int = 2) -> Examples:
    """Texts of fillers with one word that gives the label away."""
    generator = np.random.default_rng(seed)
    gold = generator.integers(0, labels, rows)
    texts = []
    for label in gold:
        words = list(generator.choice(FILLERS, generator.integers(1, 9)))
        words.insert(generator.integers(0, len(words) + 1), generator.choice(MARKERS[label]))
        texts.append(" ".join(words))
    return Examples(texts, None, gold)


def echo_examples(rows: int, seed: int) -> Examples:
    """Texts of one word six times, so that a hidden word can be told from the others; labels mean nothing."""
    generator = np.random.default_rng(seed)
    words = ("good", "bad", "odd", "the")
    texts = [" ".join([words[index]] * 6) for index in generator.integers(0, len(words), rows)]
    return Examples(texts, None, generator.integers(0, 2, rows))


def toy_parts(tokenizer: object, labels: int = 2) -> dict[str, Encoded]:
    """96 training, 32 dev and 40 test examples."""
    sizes = {"train": 96, "dev": 32, "test": 40}
    return {
        name: encode(tokenizer, toy_examples(rows, seed, labels), 32) for seed, (name, rows) in enumerate(sizes.items())
    }


@pytest.fixture(scope="session")
def encoders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("encoders")
    build_encoders(folder)
    return folder


@pytest.fixture(params=list(ARCHITECTURES))
def architecture(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def toy(encoders: Path) -> Toy:
    """A fresh model and the encoded toy task: `toy(architecture, labels)`."""

    def make(architecture: str = "bert", labels: int = 2) -> tuple[object, dict[str, Encoded]]:
        model, tokenizer = load_classifier(encoders / architecture, labels, "reinit", seed=1)
        return model, toy_parts(tokenizer, labels)

    return make
