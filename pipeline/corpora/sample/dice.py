"""Reproducible drawing: the same name gives the same draws on every machine and Python version.

Only `random.Random.random` is used, the one method whose sequence Python promises to keep for a given seed; picking,
shuffling and dealing are built on it here.
"""

import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Dice:
    """Draws from a sequence that `name` alone determines."""

    def __init__(self, name: str) -> None:
        # A string seed goes through SHA-512, never through hash(), which differs between processes.
        self._uniform = random.Random(name).random

    def below(self, limit: int) -> int:
        """An integer from 0 to `limit` - 1."""
        return int(self._uniform() * limit)

    def between(self, low: int, high: int) -> int:
        """An integer from `low` to `high`, both included."""
        return low + self.below(high - low + 1)

    def chance(self, probability: float) -> bool:
        """True with `probability`."""
        return self._uniform() < probability

    def pick(self, choices: Sequence[T]) -> T:
        """One of `choices`, all equally likely."""
        return choices[self.below(len(choices))]

    def shuffled(self, items: Sequence[T]) -> list[T]:
        """`items` in a new order (Fisher and Yates)."""
        order = list(items)
        for last in range(len(order) - 1, 0, -1):
            other = self.below(last + 1)
            order[last], order[other] = order[other], order[last]
        return order

    def deal(self, items: Sequence[T], count: int) -> list[T]:
        """`count` different items of `items`."""
        return self.shuffled(items)[:count]


class Deck:
    """Deals items one after the other, all of them once before any comes again."""

    def __init__(self, dice: Dice, items: Sequence[T]) -> None:
        self._dice = dice
        self._items = list(items)
        self._left: list[T] = []

    def draw(self) -> T:
        """The next item; the deck is shuffled anew when it is empty."""
        if not self._left:
            self._left = self._dice.shuffled(self._items)
        return self._left.pop()


def exact_mask(dice: Dice, count: int, share: float) -> list[bool]:
    """`count` booleans of which exactly round(count * share) are true, in random order."""
    true = round(count * share)
    return dice.shuffled([True] * true + [False] * (count - true))
