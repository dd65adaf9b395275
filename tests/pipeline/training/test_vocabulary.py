"""Training on the words in use ends where training on the whole table does."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from pipeline.training import fit as module
from pipeline.training.batches import Encoded
from pipeline.training.fit import fit
from pipeline.training.vocabulary import Vocabulary
from tests.pipeline.training.conftest import Toy
from tests.pipeline.training.test_fit import SETTINGS


class _Whole:
    """Stands for `Vocabulary` and leaves the table as it is."""

    def __init__(self, model: object, parts: object):
        pass

    def of(self, part: Encoded) -> Encoded:
        return part

    def restore(self, rates: object, weight_decay: float) -> None:
        pass


def test_the_whole_table_ends_the_same(toy: Toy, architecture: str, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = replace(SETTINGS, epochs=2, weight_decay=0.5, patience=2)
    models, results = [], []
    for kind in (Vocabulary, _Whole):
        monkeypatch.setattr(module, "Vocabulary", kind)
        model, parts = toy(architecture)
        before = model.get_input_embeddings().weight.detach().clone()
        results.append(fit(model, **parts, settings=settings, seed=1))
        models.append(model)
    assert np.allclose(results[0].test.probabilities, results[1].test.probabilities, atol=1e-4)
    tables = [model.get_input_embeddings().weight.detach() for model in models]
    used = np.unique(np.concatenate([part.tokens for part in parts.values()]))
    unused = np.setdiff1d(np.arange(len(before)), [*used, *range(parts["train"].padding + 1)])
    assert len(unused)
    assert torch.allclose(tables[0][unused], tables[1][unused], rtol=1e-5, atol=0)
    assert not torch.equal(tables[0][unused], before[unused])
    assert torch.allclose(tables[0], tables[1], atol=1e-4)


def test_a_failed_fit_leaves_the_whole_table(toy: Toy) -> None:
    model, parts = toy()
    shape = model.get_input_embeddings().weight.shape

    def interrupt(record: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fit(model, **parts, settings=SETTINGS, seed=1, on_epoch=interrupt)
    assert model.get_input_embeddings().weight.shape == shape


def test_only_words_in_use_are_trained(toy: Toy) -> None:
    model, parts = toy()
    rows = model.get_input_embeddings().weight.shape[0]
    vocabulary = Vocabulary(model, list(parts.values()))
    assert model.get_input_embeddings().weight.shape[0] < rows
    part = vocabulary.of(parts["train"])
    assert part.tokens.max() < model.get_input_embeddings().weight.shape[0]
