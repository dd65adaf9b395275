"""Token ids are what the tokenizer gives, and batches cover them evenly and reproducibly."""

from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.encoders import load_classifier
from pipeline.errors import InputError
from pipeline.training.batches import Encoded, Examples, encode, epoch_batches
from pipeline.training.padded import cut

CPU = torch.device("cpu")
length_lists = st.lists(st.integers(1, 60), min_size=1, max_size=400)


def some(texts: list[str], pairs: list[str] | None = None) -> Examples:
    return Examples(texts, pairs, np.zeros(len(texts), dtype=np.int64))


def rows_of(encoded: Encoded, values: np.ndarray) -> list[list[int]]:
    return [list(values[a:b]) for a, b in zip(encoded.offsets, encoded.offsets[1:], strict=False)]


class TestEncoding:
    def test_pairs_are_pairs(self, encoders: Path, architecture: str) -> None:
        _, tokenizer = load_classifier(encoders / architecture, 2, "reinit", 1)
        encoded = encode(tokenizer, some(["the film", "it"], ["was good", "is so odd"]), 32)
        for row, texts in enumerate([("the film", "was good"), ("it", "is so odd")]):
            expected = tokenizer(*texts, return_token_type_ids=True)
            assert rows_of(encoded, encoded.tokens)[row] == expected["input_ids"]
            assert rows_of(encoded, encoded.types)[row] == expected["token_type_ids"]
        joined = encode(tokenizer, some(["the film was good"]), 32)
        assert rows_of(joined, joined.tokens)[0] != rows_of(encoded, encoded.tokens)[0]

    def test_xlnet_has_its_three_token_types_and_pads_on_the_left(self, encoders: Path) -> None:
        _, tokenizer = load_classifier(encoders / "xlnet", 2, "reinit", 1)
        encoded = encode(tokenizer, some(["the film", "it"], ["was good", "is"]), 32)
        assert rows_of(encoded, encoded.types) == [[0, 0, 0, 1, 1, 1, 2], [0, 0, 1, 1, 2]]
        batch = cut(encoded, np.array([0, 1]), CPU)
        assert batch.mask.tolist() == [[1] * 7, [0, 0, 1, 1, 1, 1, 1]]
        assert batch.tokens[1, :2].tolist() == [tokenizer.pad_token_id] * 2
        assert batch.tokens[:, -1].tolist() == [tokenizer.cls_token_id] * 2

    def test_empty_texts_and_pairs_are_examples_too(self, encoders: Path, architecture: str) -> None:
        model, tokenizer = load_classifier(encoders / architecture, 2, "reinit", 1)
        for examples in (some(["", "good"]), some(["", "good"], ["", "bad"])):
            encoded = encode(tokenizer, examples, 32)
            assert len(encoded) == 2
            assert encoded.lengths.min() >= 2
            batch = cut(encoded, np.array([0, 1]), CPU)
            logits = model(input_ids=batch.tokens, attention_mask=batch.mask, token_type_ids=batch.types).logits
            assert torch.isfinite(logits).all()

    def test_no_examples_are_no_tokens(self, encoders: Path) -> None:
        _, tokenizer = load_classifier(encoders / "bert", 2, "reinit", 1)
        encoded = encode(tokenizer, some([]), 32)
        assert len(encoded) == len(encoded.lengths) == len(encoded.tokens) == 0

    def test_the_longer_text_of_a_pair_is_cut_first(self, encoders: Path) -> None:
        _, tokenizer = load_classifier(encoders / "bert", 2, "reinit", 1)
        encoded = encode(tokenizer, some(["good " * 30], ["bad film"]), 12)
        assert encoded.lengths.tolist() == [12]
        assert rows_of(encoded, encoded.types)[0] == [0] * 9 + [1] * 3

    def test_head_and_tail_keep_the_beginning_and_the_end(self, encoders: Path, architecture: str) -> None:
        _, tokenizer = load_classifier(encoders / architecture, 2, "reinit", 1)
        words = [
            "good",
            "bad",
            "fine",
            "poor",
            "odd",
            "weird",
            "the",
            "film",
            "was",
            "and",
            "is",
            "so",
            "then",
            "we",
            "saw",
            "it",
        ]
        long, short = " ".join(words), "good film"
        whole = tokenizer(long, return_token_type_ids=True)
        special = tokenizer(long, return_special_tokens_mask=True)["special_tokens_mask"]
        encoded = encode(tokenizer, some([long, short]), 10, "head_tail")
        content = [place for place, is_special in enumerate(special) if not is_special]
        room = 10 - sum(special)
        head = round(room / 4)
        dropped = content[head : len(content) - (room - head)]
        kept = [place for place in range(len(special)) if place not in dropped]
        assert rows_of(encoded, encoded.tokens)[0] == [whole["input_ids"][place] for place in kept]
        assert rows_of(encoded, encoded.types)[0] == [whole["token_type_ids"][place] for place in kept]
        assert encoded.lengths[0] == 10
        assert rows_of(encoded, encoded.tokens)[1] == tokenizer(short)["input_ids"]

    def test_pairs_are_cut_at_their_ends_whatever_is_asked_for(self, encoders: Path) -> None:
        _, tokenizer = load_classifier(encoders / "bert", 2, "reinit", 1)
        examples = some(["good " * 30], ["bad film"])
        head, both = (encode(tokenizer, examples, 12, truncation) for truncation in ("head", "head_tail"))
        assert head.tokens.tolist() == both.tokens.tolist()

    def test_more_tokens_than_the_encoder_reads_are_refused(self, encoders: Path) -> None:
        _, tokenizer = load_classifier(encoders / "bert", 2, "reinit", 1)
        with pytest.raises(InputError, match="max_tokens is 41, more than the 40 tokens"):
            encode(tokenizer, some(["good"]), 41)


class TestBatches:
    @settings(deadline=None)
    @given(length_lists, st.integers(1, 20), st.integers(0, 5), st.integers(1, 5))
    def test_each_example_is_in_one_batch(self, lengths: list[int], size: int, seed: int, epoch: int) -> None:
        batches = epoch_batches(np.array(lengths), size, seed, epoch)
        assert sorted(row for batch in batches for row in batch) == list(range(len(lengths)))
        assert sorted(len(batch) for batch in batches)[1:] == [size] * (len(batches) - 1)
        again = epoch_batches(np.array(lengths), size, seed, epoch)
        assert [list(batch) for batch in batches] == [list(batch) for batch in again]

    def test_the_order_changes_with_the_seed_and_the_epoch_alone(self) -> None:
        lengths = np.random.default_rng(0).integers(5, 60, 300)
        orders = [
            np.concatenate(epoch_batches(lengths, 8, seed, epoch)).tolist() for seed, epoch in ((1, 1), (1, 2), (2, 1))
        ]
        assert len({tuple(order) for order in orders}) == 3
        np.random.seed(4)
        assert np.concatenate(epoch_batches(lengths, 8, 1, 1)).tolist() == orders[0]

    def test_shuffled_batches_are_of_any_lengths(self) -> None:
        lengths = np.random.default_rng(0).geometric(0.05, 4000)
        spread = [
            np.mean([np.ptp(lengths[batch]) for batch in epoch_batches(lengths, 16, 1, 1, order)])
            for order in ("buckets", "shuffled")
        ]
        assert spread[0] < spread[1] / 10

    def test_padding_is_bounded(self) -> None:
        lengths = np.random.default_rng(0).geometric(0.05, 4000)
        batches = epoch_batches(lengths, 16, seed=1, epoch=1)
        padded = sum(len(batch) * lengths[batch].max() for batch in batches)
        rows = np.random.default_rng(1).permutation(len(lengths)).reshape(-1, 16)
        assert padded / lengths.sum() < 1.1
        assert lengths[rows].max(axis=1).sum() * 16 / lengths.sum() > 2.5

    def test_lengths_have_no_fixed_place_in_the_epoch(self) -> None:
        lengths = np.arange(1, 1601)
        means = [lengths[batch].mean() for batch in epoch_batches(lengths, 16, seed=1, epoch=1)]
        assert abs(np.corrcoef(means, np.arange(len(means)))[0, 1]) < 0.3

    @settings(deadline=None)
    @given(st.lists(st.integers(1, 12), min_size=1, max_size=30), st.booleans(), st.randoms())
    def test_a_batch_holds_its_rows_and_padding_alone(self, lengths: list[int], left: bool, random) -> None:
        offsets = np.concatenate([[0], np.cumsum(lengths)])
        tokens = np.arange(1, offsets[-1] + 1, dtype=np.int32)
        encoded = Encoded(tokens, (tokens % 3).astype(np.int8), offsets, np.arange(len(lengths)), 0, left)
        rows = np.array(random.sample(range(len(lengths)), random.randint(1, len(lengths))))
        batch = cut(encoded, rows, CPU)
        longest = max(lengths[row] for row in rows)
        for row, ids, types in zip(rows, batch.tokens.tolist(), batch.types.tolist(), strict=True):
            own = list(range(offsets[row] + 1, offsets[row + 1] + 1))
            padding = [0] * (longest - len(own))
            assert ids == (padding + own if left else own + padding)
            assert types == [token % 3 for token in ids]
        mask = torch.ones_like(batch.tokens) if batch.mask is None else batch.mask
        assert mask.tolist() == (batch.tokens > 0).long().tolist()
        assert (batch.mask is None) == (len({lengths[row] for row in rows}) == 1)
