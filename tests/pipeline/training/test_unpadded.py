"""Without padding a classifier scores as with it, and its gradients are the same."""

from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy

from pipeline.encoders import load_classifier
from pipeline.training import padded, unpadded
from pipeline.training.batches import Encoded, Examples, encode, sorted_batches
from pipeline.training.objectives import LABELS
from pipeline.training.settings import TrainSettings
from pipeline.training.steps import Steps, TrainingFault, layout_of
from tests.pipeline.training.conftest import Toy, toy_examples

RAGGED = np.array([0, 5, 9, 11, 30])


@pytest.fixture(params=["bert", "roberta", "xlm_roberta"])
def unpaddable(request: pytest.FixtureRequest) -> str:
    return request.param


def classifier(encoders: Path, architecture: str, pairs: bool = False) -> tuple[torch.nn.Module, Encoded]:
    model, tokenizer = load_classifier(encoders / architecture, 3, "reinit", seed=1)
    examples = toy_examples(40, seed=0, labels=3)
    if pairs:
        examples = Examples(examples.texts, examples.texts[::-1], examples.labels)
    return model, encode(tokenizer, examples, 32)


class TestScores:
    @pytest.mark.parametrize("pairs", [False, True])
    def test_scores_are_those_of_the_padded_model(self, encoders: Path, unpaddable: str, pairs: bool) -> None:
        model, encoded = classifier(encoders, unpaddable, pairs)
        model.eval()
        equal = np.flatnonzero(encoded.lengths == encoded.lengths[0])[:4]
        with torch.no_grad():
            for rows in (RAGGED, equal, RAGGED[:1]):
                own, plain = (layout.logits(model, encoded, rows) for layout in (unpadded, padded))
                assert torch.allclose(own, plain, atol=1e-6)

    def test_gradients_are_those_of_the_padded_model(self, encoders: Path, unpaddable: str) -> None:
        gradients = []
        for layout in (unpadded, padded):
            model, encoded = classifier(encoders, unpaddable)
            model.eval()
            loss = cross_entropy(layout.logits(model, encoded, RAGGED), torch.from_numpy(encoded.labels[RAGGED]))
            loss.backward()
            gradients.append({name: p.grad for name, p in model.named_parameters() if p.grad is not None})
        assert gradients[0].keys() == gradients[1].keys()
        for name, own in gradients[0].items():
            assert torch.allclose(own, gradients[1][name], atol=1e-6), name

    def test_dropout_is_at_work_in_training_alone(self, encoders: Path, unpaddable: str) -> None:
        model, encoded = classifier(encoders, unpaddable)
        for training in (True, False):
            model.train(training)
            first, second = (unpadded.logits(model, encoded, RAGGED).detach() for _ in range(2))
            assert torch.equal(first, second) is not training

    def test_attention_drops_too(self, encoders: Path, unpaddable: str) -> None:
        model, encoded = classifier(encoders, unpaddable)
        for name, module in model.named_modules():
            if isinstance(module, torch.nn.Dropout) and not name.endswith("attention.self.dropout"):
                module.p = 0.0
        model.train()
        first, second = (unpadded.logits(model, encoded, RAGGED).detach() for _ in range(2))
        assert not torch.equal(first, second)


class TestChoice:
    def test_xlnet_is_computed_with_padding(self, toy: Toy) -> None:
        model, _ = toy("xlnet")
        assert layout_of(model, "auto") is padded
        with pytest.raises(ValueError, match="xlnet cannot be computed without padding"):
            layout_of(model, "unpadded")

    def test_padding_can_be_asked_for(self, toy: Toy) -> None:
        model, _ = toy("bert")
        assert layout_of(model, "padded") is padded
        assert layout_of(model, "auto") is layout_of(model, "unpadded") is unpadded


class TestMemory:
    """A device whose memory does not suffice is played by a model that refuses large batches."""

    SETTINGS = TrainSettings(epochs=1, learning_rate=1e-3, warmup=0.0, weight_decay=0.0, batch_size=16, max_tokens=32)

    def steps(self, encoders: Path, limit: int | None) -> tuple[Steps, Encoded, list[str]]:
        model, encoded = classifier(encoders, "bert")
        for module in model.modules():
            if isinstance(module, torch.nn.Dropout):
                module.p = 0.0

        def refuse(module: torch.nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
            if limit is not None and len(inputs[0]) > limit:
                raise torch.OutOfMemoryError("CUDA out of memory.")

        model.classifier.register_forward_pre_hook(refuse)
        said: list[str] = []
        return Steps(model, self.SETTINGS, 4, said.append, LABELS), encoded, said

    def test_a_step_in_parts_is_the_same_step(self, encoders: Path) -> None:
        rows, weights = np.arange(15), []
        for limit in (None, 4):
            steps, encoded, said = self.steps(encoders, limit)
            for _ in range(2):
                steps.take(encoded, rows)
            weights.append([value.clone() for value in steps.model.state_dict().values()])
            assert steps.parts == (1 if limit is None else 4)
            assert len(said) == (0 if limit is None else 2)
        assert "computing a step in 4 parts" in said[-1]
        for own, plain in zip(*weights, strict=True):
            assert torch.allclose(own, plain, atol=1e-5)

    def test_one_example_that_does_not_fit_is_a_fault(self, encoders: Path) -> None:
        steps, encoded, _ = self.steps(encoders, 0)
        with pytest.raises(TrainingFault, match=r"one example of \d+ tokens: lower max_tokens"):
            steps.take(encoded, np.arange(3))


def test_prediction_batches_hold_every_row_within_their_tokens() -> None:
    lengths = np.random.default_rng(0).integers(1, 60, 300)
    batches = sorted_batches(lengths, 100)
    assert sorted(row for rows in batches for row in rows) == list(range(300))
    assert all(len(rows) == 1 or len(rows) * lengths[rows].max() <= 100 for rows in batches)
    assert len(batches) < 140
