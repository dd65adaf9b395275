"""Tiny encoders that the tests of encoders and of what is put on them share."""

import hashlib
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file

from pipeline.encoders import ARCHITECTURES, load_classifier, save_classifier
from pipeline.pretrained import BuiltEncoder, build

torch.set_num_threads(1)

WORDS = ["the", "film", "was", "good", "bad", "été", "영화", *"abcdefghijklmnopqrstuvwxyz.,!é영화"]


def build_all(folder: Path) -> None:
    """One tiny encoder of each architecture below `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    words = folder / "words.txt"
    words.write_text("\n".join(WORDS) + "\n", encoding="utf-8")
    for architecture in ARCHITECTURES:
        build(folder / architecture, BuiltEncoder(architecture, 16, 2, 2, 24, 20, 7, words))


def train_all(folder: Path, encoders: Path) -> None:
    """A classifier of three labels for each architecture, all of its weights moved as training would."""
    for architecture in ARCHITECTURES:
        model, tokenizer = load_classifier(encoders / architecture, 3, "reinit", seed=99)
        with torch.no_grad():
            for parameter in model.parameters():
                parameter.add_(0.01)
        save_classifier(folder / architecture, model, tokenizer)


def remove_pooler(folder: Path) -> None:
    """Leave the pooler out of a bare encoder's weights, as some published checkpoints do."""
    weights = load_file(folder / "model.safetensors")
    without = {name: value for name, value in weights.items() if not name.startswith("pooler.")}
    save_file(without, folder / "model.safetensors", {"format": "pt"})


def digests(folder: Path) -> dict[str, str]:
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(folder.iterdir())}


def folder_bytes(folder: Path) -> dict[str, bytes]:
    """The files of a folder by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
