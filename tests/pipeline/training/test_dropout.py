"""Dropout with few random bits: the field's expectation, its gradient, and torch's generator."""

import math

import pytest
import torch

from pipeline.training.dropout import dropout

PROBABILITY = 0.1


def test_elements_are_zeroed_as_often_as_asked_and_the_others_scaled() -> None:
    torch.manual_seed(1)
    dropped = dropout(torch.ones(1000, 1001), PROBABILITY)
    zeroed = (dropped == 0).double().mean().item()
    # Five standard errors of a share.
    assert abs(zeroed - PROBABILITY) < 5 * math.sqrt(PROBABILITY * (1 - PROBABILITY) / dropped.numel())
    (scale,) = dropped[dropped != 0].unique().tolist()
    assert scale == pytest.approx(1 / (1 - PROBABILITY), rel=1e-4)


def test_coins_of_neighbours_are_independent() -> None:
    torch.manual_seed(2)
    kept = dropout(torch.ones(4 * 100_000), 0.5).view(-1, 4) != 0
    correlations = torch.corrcoef(kept.T.double()) - torch.eye(4)
    assert correlations.abs().max() < 5 / math.sqrt(len(kept))


def test_the_gradient_passes_where_the_value_did() -> None:
    values = torch.randn(33, 7, requires_grad=True)
    dropped = dropout(values, PROBABILITY)
    dropped.sum().backward()
    assert torch.equal(values.grad * values.detach(), dropped.detach())


def test_the_same_state_of_torchs_generator_gives_the_same_coins() -> None:
    values = torch.randn(5, 3)
    torch.manual_seed(3)
    first, second = dropout(values, 0.5), dropout(values, 0.5)
    torch.manual_seed(3)
    assert torch.equal(dropout(values, 0.5), first)
    assert not torch.equal(first, second)


@pytest.mark.parametrize(("probability", "training"), [(0.0, True), (0.5, False)])
def test_nothing_is_drawn_where_nothing_is_dropped(probability: float, training: bool) -> None:
    before = torch.get_rng_state()
    values = torch.randn(2, 2, generator=torch.Generator().manual_seed(1))
    assert dropout(values, probability, training) is values
    assert torch.equal(torch.get_rng_state(), before)


def test_everything_may_be_dropped() -> None:
    assert torch.equal(dropout(torch.ones(3), 1.0), torch.zeros(3))
