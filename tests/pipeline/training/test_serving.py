"""Requests are examples as they are, percentiles are in order, and the best batch size is one that was tried."""

import numpy as np
import pytest
import torch

from pipeline.training import serving
from pipeline.training.batches import Encoded
from pipeline.training.prediction import predict
from pipeline.training.serving import BATCH_SIZES, Throughput, latency, rows_of, throughput
from tests.pipeline.training.conftest import Toy


def test_rows_are_cut_out_whole_and_in_the_order_asked_for(toy: Toy) -> None:
    model, parts = toy()
    rows = np.array([7, 0, 7, 31])
    part, whole = rows_of(parts["dev"], rows), predict(model, parts["dev"], 8)
    assert np.array_equal(part.lengths, parts["dev"].lengths[rows])
    assert np.array_equal(part.labels, parts["dev"].labels[rows])
    assert np.allclose(predict(model, part, 4).probabilities, whole.probabilities[rows], atol=1e-6)


def test_latency_is_of_single_examples_in_turn_and_its_percentiles_are_in_order(
    toy: Toy, monkeypatch: pytest.MonkeyPatch
) -> None:
    model, parts = toy()
    asked: list[list[int]] = []

    def noting(model: object, encoded: Encoded, batch_size: int, precision: str) -> None:
        asked.append(encoded.tokens.tolist())
        predict(model, encoded, batch_size, precision)

    monkeypatch.setattr(serving, "predict", noting)
    found = latency(model, parts["dev"], requests=60)
    assert 0 < found.p50 <= found.p95 <= found.p99
    dev = parts["dev"]
    expected = [dev.tokens[dev.offsets[row % 32] : dev.offsets[row % 32 + 1]].tolist() for row in range(70)]
    assert asked == expected


class TestThroughput:
    def test_the_best_size_is_found_within_the_time(self, toy: Toy) -> None:
        model, parts = toy()
        found = throughput(model, parts["test"], seconds=0.5)
        assert found.batch_size in BATCH_SIZES
        assert found.examples_per_second > 0

    @pytest.mark.parametrize(
        ("rates", "expected"),
        [
            ([50, 100, 190, 300, 290, 280, 1000], Throughput(300, 4)),
            ([50, 100, 80, 300, 290, 400, 390, 380, 1000], Throughput(400, 16)),
            ([50, 100, 190, torch.OutOfMemoryError()], Throughput(190, 2)),
            ([50, 10, 20, 15, 15], Throughput(20, 2)),
        ],
    )
    def test_it_ends_where_doubling_no_longer_helps_or_memory_ends(
        self, toy: Toy, monkeypatch: pytest.MonkeyPatch, rates: list, expected: Throughput
    ) -> None:
        model, parts = toy()
        left = iter(rates)

        def rate(*arguments: object) -> float:
            value = next(left)
            if isinstance(value, Exception):
                raise value
            return value

        monkeypatch.setattr(serving, "_rate", rate)
        assert throughput(model, parts["test"], seconds=60) == expected
