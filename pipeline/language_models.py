"""Encoders with a head that predicts tokens, for continued pretraining on texts, and what is left of them for a target.

The head is that of the pretraining where the encoder's folder has it. Else its own layer, BERT's and RoBERTa's, is drawn from the seed and
the biases are 0. The weights that score the vocabulary are the word embeddings, as in pretraining, and XLNet's head has no others.
Written is the encoder alone, in the form of the pretrained one: a target draws its head as F does. Weights that the
objective does not train, such as BERT's pooler, stay those of the pretraining.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from pipeline.encoders import (
    ARCHITECTURES,
    LANGUAGE_HEAD,
    architecture_of,
    check_missing,
    class_of,
    draw,
    load_model,
    load_tokenizer,
    load_with_language_head,
    write_folder,
)
from pipeline.errors import InputError
from pipeline.training.masked_language import MaskedLanguage, masked_language

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

_DRAWN = {"bert": "cls.predictions.transform", "roberta": "lm_head.dense", "xlm_roberta": "lm_head.dense"}
"""The head's own layer."""


def load_language_model(folder: Path, seed: int) -> "tuple[PreTrainedModel, PreTrainedTokenizerFast, MaskedLanguage]":
    """An encoder in fp32 with a head that scores its vocabulary, its tokenizer, and the objective of both.

    Args:
        folder: A folder that `pipeline.pretrained` wrote.
        seed: Seed of the draw of the head, where the folder has none.

    Raises:
        InputError: If the folder is no such folder, or has no mask token although its model needs one.
    """
    what = f"Checkpoint {folder}"
    architecture = architecture_of(folder, what, None)
    model, missing = load_with_language_head(folder, architecture, what)
    check_missing(missing, f"{ARCHITECTURES[architecture].language[1]}.", what)
    if (folder / LANGUAGE_HEAD).is_file():
        _load_head(model, folder / LANGUAGE_HEAD)
    else:
        _draw_head(model, architecture, seed)
    tokenizer = load_tokenizer(folder, what)
    if tokenizer.mask_token_id is None and architecture != "xlnet":
        raise InputError(
            f"{what} has a tokenizer without a mask token: choose another encoder, or a start whose objective is labels."
        )
    return model, tokenizer, masked_language(model, tokenizer)


def _load_head(model: "PreTrainedModel", path: Path) -> None:
    from safetensors.torch import load_file

    try:
        unknown = model.load_state_dict(load_file(path), strict=False).unexpected_keys
    except Exception as error:
        raise InputError(f"{path} cannot be loaded ({type(error).__name__}): make the encoder again.") from error
    if unknown:
        raise InputError(f"{path} holds {unknown[0]}, which is no part of its model's head: make the encoder again.")


def _draw_head(model: "PreTrainedModel", architecture: str, seed: int) -> None:
    if architecture in _DRAWN:
        draw(model, [_DRAWN[architecture]], seed)
    with torch.no_grad():
        model.get_output_embeddings().bias.zero_()


def save_encoder(folder: Path, source: Path, model: "PreTrainedModel", tokenizer: "PreTrainedTokenizerFast") -> None:
    """Write the encoder of a trained language model; equal weights give equal bytes.

    Args:
        folder: Where to.
        source: The folder that the model was loaded from, which has the weights that were not trained.
        model: The model, with its head.
        tokenizer: Its tokenizer.
    """
    what = f"Checkpoint {source}"
    architecture = architecture_of(source, what, None)
    config = class_of(architecture, "Config").from_pretrained(source)
    encoder, missing = load_model(source, class_of(architecture, "Model"), config, what)
    unknown = encoder.load_state_dict(model.base_model.state_dict(), strict=False).unexpected_keys
    assert not unknown, unknown
    write_folder(Path(folder), encoder, tokenizer, without=missing)
