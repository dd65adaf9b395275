"""Exact tests of whether two sets of checkpoints err equally on the same test rows.

They speak of these checkpoints only: with other seeds the same recipe gives other checkpoints, and where seeds vary such a test finds
a difference in 22 to 51 of 100 comparisons of a recipe with itself. What may be said of a recipe is the gain's verdict.
"""

import math
from dataclasses import dataclass

SCOPE = "these checkpoints only"
CAVEAT = "It says nothing of other seeds: the gain's interval and verdict do."


@dataclass(frozen=True)
class McNemar:
    """Rows that only one side gets right, and the probability of a split at least as uneven where both err equally."""

    fixed: int
    """Rows that A gets wrong and B right."""
    broken: int
    """Rows that A gets right and B wrong."""
    p: float
    """Two-sided."""


def mcnemar(fixed: int, broken: int) -> McNemar:
    """McNemar's test without approximation: the rows that differ are coins (McNemar 1947, Psychometrika 12:153)."""
    return McNemar(fixed, broken, exact_binomial(fixed, broken))


def exact_binomial(one: int, other: int) -> float:
    """The two-sided p-value of `one` heads and `other` tails of a fair coin; 1 without any toss.

    In whole numbers up to the last division, so that it keeps its digits far out.
    """
    tosses, fewer = one + other, min(one, other)
    if 2 * fewer == tosses:
        return 1.0
    term = total = 1
    for heads in range(fewer):
        term = term * (tosses - heads) // (heads + 1)
        total += term
    return min(1.0, _ratio(2 * total, tosses))


def _ratio(numerator: int, power: int) -> float:
    """`numerator` over 2 to the `power`; 0 where that is smaller than any number."""
    excess = max(0, numerator.bit_length() - 64)
    return math.ldexp(numerator >> excess, excess - power)
