"""Features of checkpoints against transformers, one example at a time."""

from pathlib import Path

import numpy as np
import pytest
import torch

from pipeline.encoders import load_classifier
from pipeline.errors import InputError
from pipeline.evidence.features import features_of
from pipeline.training.batches import Examples

TEXTS = ["the film was good", "bad", "a b c d e f g", ""]


def examples(pairs: bool = False) -> Examples:
    return Examples(TEXTS, list(reversed(TEXTS)) if pairs else None, np.zeros(len(TEXTS), np.int64))


@pytest.mark.parametrize("pairs", [False, True])
def test_they_are_the_means_of_each_examples_own_tokens(intermediates: Path, architecture: str, pairs: bool) -> None:
    found = features_of(intermediates / architecture, examples(pairs), 3, 20, "head")
    model, tokenizer = load_classifier(intermediates / architecture, 3, "keep", seed=0)
    model.eval()
    for row, text in enumerate(TEXTS):
        second = TEXTS[-1 - row] if pairs else None
        batch = tokenizer([text], None if second is None else [second], return_tensors="pt", return_token_type_ids=True)
        with torch.inference_mode():
            told = model(**batch, output_hidden_states=True)
        assert found.vectors[row] == pytest.approx(told.hidden_states[-1][0].mean(0).numpy(), abs=1e-5)
        assert found.probabilities is not None
        assert found.probabilities[row] == pytest.approx(told.logits[0].softmax(-1).numpy(), abs=1e-5)


def test_a_bare_encoder_has_no_probabilities(encoders: Path) -> None:
    found = features_of(encoders / "bert", examples(), None, 20, "head")
    assert found.probabilities is None
    assert found.vectors.shape == (4, 16)


def test_a_head_that_is_not_there_is_a_sentence(encoders: Path) -> None:
    with pytest.raises(InputError, match="bare encoder"):
        features_of(encoders / "bert", examples(), 3, 20, "head")
