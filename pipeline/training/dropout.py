"""Dropout on a CPU with four coins from each random number of 64 bits.

torch draws a number for every element, one after another. Here an element is zeroed where its 16 bits fall below a threshold;
the probability is the nearest multiple of 1/65,536 to the one asked for, and what is left is scaled by exactly that probability,
so that the expectation stays (Srivastava et al. 2014, section 10). The bits come from torch's generator, whose state a fit
saves. Elsewhere than on a CPU torch's own kernel is used.
"""

from typing import Any

import torch
from torch.nn.functional import dropout as torch_dropout

_COINS = 1 << 16
_LOWEST = -(1 << 15)
_LOWEST_NUMBER = -(1 << 63)


def dropout(values: torch.Tensor, probability: float, training: bool = True) -> torch.Tensor:
    """`values` with each element zeroed with `probability` and the others scaled up; same shape."""
    if not training or not probability:
        return values
    if values.device.type != "cpu" or probability == 1.0:
        return torch_dropout(values, probability)
    return _Dropout.apply(values, probability)


class _Dropout(torch.autograd.Function):
    """The product with a mask that holds 0 and the scale."""

    @staticmethod
    def forward(context: Any, values: torch.Tensor, probability: float) -> torch.Tensor:
        """The values that are kept, scaled."""
        mask = _mask(values, round(probability * _COINS))
        context.save_for_backward(mask)
        return values * mask

    @staticmethod
    def backward(context: Any, *gradients: torch.Tensor) -> tuple[torch.Tensor, None]:
        """The gradient of the values."""
        (mask,) = context.saved_tensors
        return gradients[0] * mask, None


def _mask(values: torch.Tensor, zeroed: int) -> torch.Tensor:
    """Of the shape of `values`: 0 with a probability of `zeroed` / 65,536, else the inverse of the probability to stay."""
    numbers = torch.empty((values.numel() + 3) // 4, dtype=torch.int64).random_(_LOWEST_NUMBER, None)
    coins = numbers.view(torch.int16)[: values.numel()].view(values.shape)
    return (coins >= _LOWEST + zeroed).to(values.dtype).mul_(_COINS / (_COINS - zeroed))
