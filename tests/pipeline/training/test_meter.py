"""Operations are counted as torch counts them; peaks are of the right card; a cost is about real tokens."""

import math
import time
from dataclasses import asdict

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

from pipeline.peaks import published_peak
from pipeline.training import meter
from pipeline.training.batches import Encoded, epoch_batches
from pipeline.training.meter import (
    cost_of,
    inference_flops,
    padded_tokens,
    peak_flops,
    training_flops,
)
from pipeline.training.padded import Batch, cut
from tests.pipeline.training.conftest import Toy

CPU = torch.device("cpu")


def counted(model: torch.nn.Module, batch: Batch, backward: bool) -> int:
    """What torch counts of one pass over a batch."""
    with FlopCounterMode(display=False) as counter:
        logits = model(input_ids=batch.tokens, attention_mask=batch.mask, token_type_ids=batch.types).logits
        if backward:
            logits.sum().backward()
    return counter.get_total_flops()


def equally_long(encoded: Encoded) -> np.ndarray:
    """Rows of one length, so that no padding is computed."""
    lengths, counts = np.unique(encoded.lengths, return_counts=True)
    return np.flatnonzero(encoded.lengths == lengths[counts.argmax()])


class TestOperations:
    @pytest.mark.parametrize("backward", [False, True])
    def test_they_are_those_that_torch_counts(self, toy: Toy, architecture: str, backward: bool) -> None:
        model, parts = toy(architecture)
        # Fused attention computes its scores a second time going backward; the plain one multiplies what the
        # formula says, and so agrees to the last operation.
        model.set_attn_implementation("eager")
        model.train()
        rows = equally_long(parts["train"])
        formula = training_flops if backward else inference_flops
        expected = counted(model, cut(parts["train"], rows, CPU), backward)
        assert formula(model.config, parts["train"].lengths[rows]) == expected

    def test_berts_training_takes_six_a_weight_and_token_and_twelve_a_pair_of_tokens(self, toy: Toy) -> None:
        model, _ = toy()
        lengths = np.array([5, 9])
        weights = sum(value.numel() for name, value in model.bert.encoder.named_parameters() if value.dim() == 2)
        head = model.bert.pooler.dense.weight.numel() + model.classifier.weight.numel()
        hidden, layers = model.config.hidden_size, model.config.num_hidden_layers
        expected = 6 * weights * 14 + 6 * head * 2 + 12 * layers * hidden * (25 + 81)
        assert training_flops(model.config, lengths) == expected

    def test_fused_attention_is_not_credited_with_what_it_computes_again(self, toy: Toy) -> None:
        model, parts = toy()
        model.train()
        rows = equally_long(parts["train"])
        lengths = parts["train"].lengths[rows]
        surplus = counted(model, cut(parts["train"], rows, CPU), backward=True) - training_flops(model.config, lengths)
        scores = 2 * model.config.num_hidden_layers * model.config.hidden_size * np.square(lengths).sum()
        assert surplus in (0, scores)

    def test_padding_adds_nothing(self, toy: Toy) -> None:
        model, parts = toy()
        together = training_flops(model.config, parts["train"].lengths)
        alone = sum(training_flops(model.config, parts["train"].lengths[[row]]) for row in range(96))
        assert together == alone


class TestPeaks:
    @pytest.mark.parametrize(
        ("name", "arithmetic", "peak"),
        [
            ("NVIDIA H100 80GB HBM3", "bf16", 989.4e12),
            ("NVIDIA H200", "tf32", 494.7e12),
            ("NVIDIA H100 PCIe", "bf16", 756.5e12),
            ("NVIDIA A100-SXM4-80GB", "fp32", 19.5e12),
            ("NVIDIA A10", "bf16", 125e12),
            ("NVIDIA L4", "bf16", 121e12),
            ("Tesla V100-SXM2-16GB", "fp32", 15.7e12),
        ],
    )
    def test_known_cards_have_their_published_peak(self, name: str, arithmetic: str, peak: float) -> None:
        assert published_peak(name, arithmetic) == peak

    @pytest.mark.parametrize(
        ("name", "arithmetic"),
        [
            ("NVIDIA L40S", "bf16"),
            ("NVIDIA A10G", "bf16"),
            ("NVIDIA H100 NVL", "bf16"),
            ("NVIDIA H200 NVL", "bf16"),
            ("NVIDIA H100 80GB HBM3 MIG 1g.10gb", "bf16"),
            ("Tesla V100-SXM2-16GB", "bf16"),
        ],
    )
    def test_no_card_is_taken_for_another(self, name: str, arithmetic: str) -> None:
        assert published_peak(name, arithmetic) is None

    def test_full_precision_on_a_gpu_is_not_measured_against_its_tensor_cores(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA A100-SXM4-40GB")
        for precision, peak in (("highest", 19.5e12), ("high", 156e12)):
            monkeypatch.setattr(torch, "get_float32_matmul_precision", lambda precision=precision: precision)
            assert peak_flops(torch.device("cuda"), "fp32") == (peak, "published")

    def test_a_cpu_is_measured_once(self) -> None:
        first = peak_flops(CPU, "fp32")
        assert first.source == "measured"
        assert first.flops > 1e8
        assert peak_flops(CPU, "fp32") == first

    def test_a_slow_product_is_measured_too(self, monkeypatch: pytest.MonkeyPatch) -> None:
        multiply = torch.mm

        def slow(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
            time.sleep(0.03)
            return multiply(left, right)

        monkeypatch.setattr(torch, "mm", slow)
        monkeypatch.setattr(meter, "MEASURING_SECONDS", 0.01)
        assert 0 < meter._measured.__wrapped__("cpu", "fp32", 1) < 2 * 384**3 / 0.03


class TestCost:
    def test_fill_is_the_share_of_tokens_that_are_real(self) -> None:
        lengths = np.array([2, 4, 6, 6])
        batches = [np.array([0, 1]), np.array([2, 3])]
        assert padded_tokens(lengths, batches) == 2 * 4 + 2 * 6
        model = type("Config", (), {"model_type": "bert", "num_labels": 2, "num_hidden_layers": 1, "hidden_size": 4})
        model.intermediate_size = 8
        assert cost_of(model, lengths, padded_tokens(lengths, batches), 1.0, CPU, "fp32").fill == 18 / 20

    def test_it_is_flat_and_about_real_tokens(self, toy: Toy, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(meter, "peak_flops", lambda device, arithmetic: meter.Peak(1e9, "measured"))
        model, parts = toy()
        lengths = parts["train"].lengths
        computed = padded_tokens(lengths, epoch_batches(lengths, 8, seed=1, epoch=1))
        cost = cost_of(model.config, lengths, computed, 2.0, CPU, "fp32", joules=3.0)
        assert (cost.examples_per_second, cost.tokens_per_second) == (48, lengths.sum() / 2)
        assert 0.5 < cost.fill <= 1
        assert math.isclose(cost.mfu, training_flops(model.config, lengths) / 2e9)
        assert (cost.allocated_bytes, cost.reserved_bytes, cost.joules) == (None, None, 3.0)
        assert all(isinstance(value, int | float | str | None) for value in asdict(cost).values())
