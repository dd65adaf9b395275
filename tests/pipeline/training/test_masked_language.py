"""Training on texts alone: which tokens are hidden, what is learnt from them, and what is left of it for a target."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertForMaskedLM, XLNetLMHeadModel

from pipeline.encoders import load_classifier
from pipeline.errors import InputError
from pipeline.language_models import load_language_model, save_encoder
from pipeline.training import padded, unpadded
from pipeline.training.batches import Encoded, Examples, encode
from pipeline.training.fit import States, fit
from pipeline.training.masked_language import MaskedLanguage
from pipeline.training.masks import SHARE, Hidden, Words, can_be_chosen, masked, permuted
from pipeline.training.selection import EpochRecord, select_epoch
from pipeline.training.steps import TrainingFault
from tests.pipeline.training.conftest import FILLERS, echo_examples, toy_examples
from tests.pipeline.training.test_fit import SETTINGS, fingerprint

ENOUGH = replace(SETTINGS, epochs=10)


def made(rows: int, lengths: tuple[int, int], seed: int = 1) -> tuple[Encoded, Words]:
    """Random texts of 995 words between two special tokens, and the words; ids 0 to 4 are special."""
    generator = np.random.default_rng(seed)
    texts = [[1, *generator.integers(5, 1000, generator.integers(*lengths)), 2] for _ in range(rows)]
    offsets = np.cumsum([0, *map(len, texts)])
    tokens = np.concatenate(texts).astype(np.int32)
    labels = np.zeros(rows, dtype=np.int64)
    encoded = Encoded(tokens, np.zeros(len(tokens), dtype=np.int8), offsets, labels, padding=0, left=False)
    return encoded, Words(mask=4, special=(0, 1, 2, 3, 4), size=1000)


def model_of(encoders: Path, architecture: str, rows: int = 40) -> tuple[Any, MaskedLanguage, Hidden]:
    """A language model with weights large enough to tell words apart, its objective and some texts with their choices."""
    model, tokenizer, objective = load_language_model(encoders / architecture, seed=1)
    with torch.no_grad():
        for weights in model.parameters():
            weights.mul_(3)
    model.eval()
    return model, objective, objective.fixed(objective.read(encode(tokenizer, toy_examples(rows, 1), 32)))


def echoes(encoders: Path, architecture: str) -> tuple[Any, dict[str, Encoded], MaskedLanguage]:
    model, tokenizer, objective = load_language_model(encoders / architecture, seed=3)
    sizes = {"train": 96, "dev": 32, "test": 40}
    parts = {name: encode(tokenizer, echo_examples(rows, seed), 32) for seed, (name, rows) in enumerate(sizes.items())}
    return model, parts, objective


class TestMasks:
    def test_of_fifteen_in_a_hundred_tokens_eighty_are_masked_ten_random_and_ten_kept(self) -> None:
        encoded, words = made(3000, (8, 60))
        hidden = masked(encoded, words, np.random.default_rng(7))
        seen, truth = hidden.tokens[hidden.chosen], encoded.tokens[hidden.chosen]
        count = len(truth)
        assert count / can_be_chosen(encoded, words).sum() == pytest.approx(SHARE, abs=0.003)
        # Four standard errors of a share; a random token is the true one once in 995 times.
        error = 4 * np.sqrt(0.8 * 0.2 / count)
        assert np.mean(seen == words.mask) == pytest.approx(0.8, abs=error)
        assert np.mean(seen == truth) == pytest.approx(0.1, abs=error)
        replaced = seen[(seen != words.mask) & (seen != truth)]
        assert len(replaced) / count == pytest.approx(0.1, abs=error)
        # So many draws of 995 words hit so many of them.
        assert len(np.unique(replaced)) == pytest.approx(995 * (1 - np.exp(-len(replaced) / 995)), rel=0.05)

    @pytest.mark.parametrize("choose", [masked, permuted])
    def test_special_tokens_are_never_chosen_and_never_drawn_and_every_text_has_a_choice(self, choose: Any) -> None:
        encoded, words = made(500, (1, 9))
        hidden = choose(encoded, words, np.random.default_rng(7))
        assert not np.isin(hidden.targets, words.special).any()
        assert not np.isin(hidden.tokens[hidden.chosen], [0, 1, 2, 3]).any()
        assert (hidden.counts(np.arange(500)) >= 1).all()
        assert np.array_equal(hidden.targets, encoded.tokens[hidden.chosen])
        elsewhere = np.setdiff1d(np.arange(len(encoded.tokens)), hidden.chosen)
        assert np.array_equal(hidden.tokens[elsewhere], encoded.tokens[elsewhere])

    def test_a_permutation_chooses_a_sixth_in_spans_and_changes_no_token(self) -> None:
        encoded, words = made(500, (60, 120))
        hidden = permuted(encoded, words, np.random.default_rng(7))
        assert np.array_equal(hidden.tokens, encoded.tokens)
        assert len(hidden.chosen) / can_be_chosen(encoded, words).sum() == pytest.approx(1 / 6, abs=0.01)
        neighbours = np.mean(np.diff(hidden.chosen) == 1)
        assert neighbours > 0.6

    def test_every_epoch_and_seed_hides_others_and_dev_the_same(self, encoders: Path) -> None:
        _, tokenizer, objective = load_language_model(encoders / "bert", seed=1)
        part = objective.read(encode(tokenizer, toy_examples(60, 1), 32))
        first, again, next_epoch, other_seed = (
            objective.for_epoch(part, *which).tokens.tolist() for which in ((1, 1), (1, 1), (1, 2), (2, 1))
        )
        assert first == again
        assert first not in (next_epoch, other_seed)
        assert objective.fixed(part).tokens.tolist() == objective.fixed(part).tokens.tolist()


class TestScores:
    @pytest.mark.parametrize("name", ["bert", "roberta", "xlm_roberta"])
    def test_without_padding_they_are_those_of_the_padded_model(self, encoders: Path, name: str) -> None:
        model, objective, hidden = model_of(encoders, name)
        rows = np.array([5, 0, 17, 3, 30])
        with torch.inference_mode():
            (with_padding, targets), (without, same) = (
                objective.scores(model, layout, hidden, rows) for layout in (padded, unpadded)
            )
        assert np.array_equal(targets, same)
        assert with_padding.shape == (len(targets), model.config.vocab_size)
        assert torch.allclose(with_padding, without, atol=1e-5)

    def test_they_are_those_of_transformers_own_model_at_the_masked_places(self, encoders: Path) -> None:
        model, objective, hidden = model_of(encoders, "bert")
        row = 7
        tokens = hidden.tokens[hidden.offsets[row] : hidden.offsets[row + 1]]
        with torch.inference_mode():
            ours, targets = objective.scores(model, unpadded, hidden, np.array([row]))
            assert isinstance(model, BertForMaskedLM)
            theirs = model(torch.tensor(tokens[None]).long()).logits[0]
        places = hidden.chosen[hidden.firsts[row] : hidden.firsts[row + 1]] - hidden.offsets[row]
        assert torch.allclose(ours, theirs[places], atol=1e-5)
        assert len(targets) == len(places)

    def test_a_permutation_sees_of_the_chosen_those_alone_that_come_before(self, encoders: Path) -> None:
        model, objective, hidden = model_of(encoders, "xlnet")
        assert isinstance(model, XLNetLMHeadModel)
        # A row with several choices, beside a longer one, so that it is padded on its left.
        counts = hidden.counts(np.arange(len(hidden)))
        shorter = hidden.lengths < hidden.lengths.max()
        row = int(np.flatnonzero((counts >= 2) & shorter)[0])
        rows = np.array([int(hidden.lengths.argmax()), row])
        mine = slice(int(counts[rows[0]]), None)
        ranks = hidden.ranks[hidden.choices(np.array([row]))]
        places = hidden.chosen[hidden.choices(np.array([row]))]

        def scores(tokens: Any) -> torch.Tensor:
            with torch.inference_mode():
                return objective.scores(model, padded, replace(hidden, tokens=tokens), rows)[0][mine]

        before = scores(hidden.tokens)
        for number, place in enumerate(places):
            tokens = hidden.tokens.copy()
            tokens[place] = tokens[place] + 1
            changed = (scores(tokens) - before).abs().amax(1) > 1e-6
            assert np.array_equal(changed.numpy(), ranks > ranks[number])

    def test_a_change_of_the_context_is_seen_by_every_choice(self, encoders: Path, architecture: str) -> None:
        model, objective, hidden = model_of(encoders, architecture)
        layout = padded if architecture == "xlnet" else unpadded
        row = int(hidden.lengths.argmax())
        inside = np.arange(hidden.offsets[row], hidden.offsets[row + 1])
        context = [place for place in inside if place not in hidden.chosen and hidden.tokens[place] > 6]
        tokens = hidden.tokens.copy()
        tokens[context[0]] += 1
        with torch.inference_mode():
            before, after = (
                objective.scores(model, layout, one, np.array([row]))[0]
                for one in (hidden, replace(hidden, tokens=tokens))
            )
        assert ((after - before).abs().amax(1) > 1e-6).all()


class TestTraining:
    def test_what_texts_repeat_is_learnt_beyond_the_frequencies_of_words(
        self, encoders: Path, architecture: str
    ) -> None:
        model, parts, objective = echoes(encoders, architecture)
        result = fit(model, **parts, settings=ENOUGH, seed=1, objective=objective)
        first, selected = result.curves[0], result.curves[result.epoch - 1]
        assert selected.dev_loss < 0.5 * first.dev_loss
        assert result.curves[-1].train_loss < 0.5 * first.train_loss
        assert selected.dev_accuracy > objective.floor(parts["train"], parts["dev"]) + 0.2
        assert selected.dev_loss == min(record.dev_loss for record in result.curves)
        assert selected.test_accuracy is not None
        assert selected.dev_macro_f1 is None
        again = objective.measure(model, objective.read(parts["dev"]), ENOUGH.on(torch.device("cpu")))
        assert again.loss == selected.dev_loss

    def test_labels_are_not_read(self, encoders: Path, tmp_path: Path) -> None:
        decided = []
        for turn in (0, 1):
            model, parts, objective = echoes(encoders, "bert")
            changed = {name: replace(part, labels=np.roll(part.labels, turn) + turn) for name, part in parts.items()}
            settings = replace(SETTINGS, epochs=2)
            result = fit(model, **changed, settings=settings, seed=1, states=States(tmp_path), objective=objective)
            decided.append(fingerprint(model, result))
        assert decided[0] == decided[1]
        # Other labels are the same training, which is found finished.
        assert not result.trained

    def test_the_objective_is_part_of_what_a_state_is_known_by(self, encoders: Path, tmp_path: Path) -> None:
        for spoken in (5, 6):
            model, parts, objective = echoes(encoders, "bert")
            other = replace(objective, words=replace(objective.words, special=(*objective.words.special, spoken)))
            fit(model, **parts, settings=replace(SETTINGS, epochs=1), seed=1, states=States(tmp_path), objective=other)
        assert len(list(tmp_path.iterdir())) == 2

    def test_the_lowest_loss_selects_whatever_the_accuracy(self) -> None:
        curves = [
            EpochRecord(epoch, 0.0, loss, accuracy, None, None, 0.0, 0.0)
            for epoch, (loss, accuracy) in enumerate([(2.0, 0.5), (1.0, 0.1), (1.5, 0.9), (1.0, 0.9)], start=1)
        ]
        assert select_epoch(curves, None, "loss").epoch == 2
        assert select_epoch(curves, None).epoch == 4

    def test_a_corpus_without_a_word_is_refused_and_empty_texts_are_passed_over(self, encoders: Path) -> None:
        _, tokenizer, objective = load_language_model(encoders / "bert", seed=1)
        empty = encode(tokenizer, Examples(["", "嗨"], None, np.zeros(2)), 32)
        with pytest.raises(TrainingFault, match=r"No text of a part has a token that could be predicted: give another"):
            objective.read(empty)
        some = encode(tokenizer, Examples(["", "the film", "嗨", "good"], None, np.ones(4)), 32)
        read = objective.read(some)
        assert read.lengths.tolist() == [4, 3]
        assert read.labels.tolist() == [0, 0]


class TestModel:
    def test_the_same_seed_draws_the_same_head(self, encoders: Path, architecture: str) -> None:
        torch.manual_seed(5)
        first = load_language_model(encoders / architecture, seed=1)[0].state_dict()
        torch.manual_seed(6)
        second, other = (load_language_model(encoders / architecture, seed)[0].state_dict() for seed in (1, 2))
        assert all(torch.equal(value, second[name]) for name, value in first.items())
        differing = {name.split(".")[0] for name, value in first.items() if not torch.equal(value, other[name])}
        assert differing == ({"cls"} if architecture == "bert" else set() if architecture == "xlnet" else {"lm_head"})

    def test_what_is_written_starts_a_target_as_a_pretrained_encoder_does(
        self, encoders: Path, architecture: str, tmp_path: Path
    ) -> None:
        model, parts, objective = echoes(encoders, architecture)
        fit(model, **parts, settings=replace(SETTINGS, epochs=1), seed=1, objective=objective)
        tokenizer = load_language_model(encoders / architecture, seed=1)[1]
        for name in ("first", "second"):
            save_encoder(tmp_path / name, encoders / architecture, model, tokenizer)
        files = {path.name: path.read_bytes() for path in (tmp_path / "first").iterdir()}
        assert files == {path.name: path.read_bytes() for path in (tmp_path / "second").iterdir()}
        assert files.keys() == {path.name for path in (encoders / architecture).iterdir()}
        ours = load_classifier(tmp_path / "first", 3, "reinit", seed=5)[0].state_dict()
        theirs = load_classifier(encoders / architecture, 3, "reinit", seed=5)[0].state_dict()
        trained = dict(model.base_model.named_parameters())
        encoder = model.base_model_prefix
        for name, value in ours.items():
            inside = name.removeprefix(f"{encoder}.")
            # The head is drawn as F's; BERT's pooler stays that of the pretraining.
            assert torch.equal(value, trained[inside] if inside in trained else theirs[name])
        with pytest.raises(InputError, match="is a bare encoder and has no head to keep"):
            load_classifier(tmp_path / "first", 3, "keep", seed=5)

    def test_an_encoder_without_a_mask_token_is_refused(self, encoders: Path, tmp_path: Path) -> None:
        folder = tmp_path / "unmasked"
        folder.mkdir()
        for path in (encoders / "bert").iterdir():
            text = path.read_bytes()
            if path.name == "tokenizer_config.json":
                text = text.replace(b'"mask_token": "[MASK]"', b'"mask_token": null')
            (folder / path.name).write_bytes(text)
        with pytest.raises(
            InputError, match=r"unmasked has a tokenizer without a mask token: choose another encoder, or"
        ):
            load_language_model(folder, seed=1)


def test_fillers_are_words_of_the_encoders(encoders: Path) -> None:
    """Otherwise most of the toy texts would be unknown tokens, which are never chosen."""
    _, tokenizer, objective = load_language_model(encoders / "bert", seed=1)
    ids = tokenizer(" ".join(FILLERS), add_special_tokens=False)["input_ids"]
    assert not set(ids) & set(objective.words.special)
