"""Encoders with a head that predicts tokens, for continued pretraining on texts, and what is left of them for a target.

The folders of a study hold bare encoders, so that the head's own layers are drawn from the seed: BERT's and RoBERTa's dense layer and the
biases over the vocabulary. The vocabulary's weights are the word embeddings, as in pretraining, and XLNet's head has no others.
Written is the encoder alone, in the form of the pretrained one: a target draws its head as F does. Weights that the
objective does not train, such as BERT's pooler, stay those of the pretraining.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import torch

from pipeline.encoders import architecture_of, check_missing, class_of, draw, load_model, load_tokenizer, write_folder
from pipeline.training.masked_language import MaskedLanguage, masked_language

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerFast

KINDS = {"bert": "ForMaskedLM", "roberta": "ForMaskedLM", "xlnet": "LMHeadModel", "xlm_roberta": "ForMaskedLM"}
"""The transformers class of each architecture, after its prefix."""

HEADS = ("cls.", "lm_head.", "lm_loss.")
"""Beginnings of the names of a head's weights."""

_DRAWN = {"bert": "cls.predictions.transform", "roberta": "lm_head.dense", "xlm_roberta": "lm_head.dense"}
"""The head's own layer."""


def load_language_model(folder: Path, seed: int) -> "tuple[PreTrainedModel, PreTrainedTokenizerFast, MaskedLanguage]":
    """An encoder in fp32 with a head that scores its vocabulary, its tokenizer, and the objective of both.

    Args:
        folder: A folder that `pipeline.pretrained` wrote.
        seed: Seed of the draw of the head.

    Raises:
        InputError: If the folder is no such folder, or has no mask token although its model needs one.
    """
    what = f"Checkpoint {folder}"
    architecture = architecture_of(folder, what, None)
    config = class_of(architecture, "Config").from_pretrained(folder)
    # The objective has no other way to the vocabulary.
    config.tie_word_embeddings = True
    model, missing = load_model(folder, class_of(architecture, KINDS[architecture]), config, what)
    check_missing(missing, HEADS, what)
    if architecture in _DRAWN:
        draw(model, [_DRAWN[architecture]], seed)
    with torch.no_grad():
        model.get_output_embeddings().bias.zero_()
    tokenizer = load_tokenizer(folder, what)
    return model, tokenizer, masked_language(model, tokenizer)


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
