"""Sentence pairs from two lists of the same things.

Two stock exchanges, say, list a company under names that differ. A row of the first list is paired with the name that its
own id has in the second (`same`), or with the name of another thing (`different`): the nearest one after it in alphabetical
order, since a pair whose first words already differ teaches nothing. Half of the rows become the one, half the other, drawn by
rank. Rows whose id the second list lacks, and rows that both lists name alike, make no pair.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from pipeline.corpora.cleaning import clean, fold
from pipeline.corpora.splits import rank


class Pair(NamedTuple):
    """One sentence pair; `index` is the place of its first text in the list it came from."""

    index: int
    second: str
    same: bool
    group: str
    """The folded second name of the first text's own id: one thing's pairs stay in one part of a split."""


def pair_up(ids: Sequence[str], names: Sequence[str], others: Mapping[str, str], seed: int) -> list[Pair]:
    """Make one pair of every row that both lists have.

    Args:
        ids: Of the rows of the first list.
        names: Their texts, in the same order.
        others: From an id to its text in the second list.
        seed: Another seed makes other rows the pairs of one thing.

    Returns:
        Pairs in the order of the rows; half of them of one thing, to the nearest row. A row that no other thing follows
        in alphabetical order looks for one from the beginning; where every row names one thing, there are no others.
    """
    key_of = {key: fold(clean(name)) for key, name in others.items()}
    usable = [index for index, key in enumerate(ids) if key in others and fold(clean(names[index])) != key_of[key]]
    by_rank = sorted(usable, key=lambda index: rank(seed, "pair", ids[index]))
    same = set(by_rank[: (len(by_rank) + 1) // 2])
    alphabetical = sorted(usable, key=lambda index: (key_of[ids[index]], ids[index]))
    folded = [key_of[ids[index]] for index in alphabetical]
    place = {index: position for position, index in enumerate(alphabetical)}
    pairs = []
    for index in usable:
        own, group = others[ids[index]], key_of[ids[index]]
        if index in same:
            pairs.append(Pair(index, own, True, group))
        elif (next_one := _next_other(folded, place[index])) is not None:
            other = others[ids[alphabetical[next_one]]]
            pairs.append(Pair(index, other, False, group))
    return pairs


def _next_other(folded: Sequence[str], place: int) -> int | None:
    """The first place after `place`, going round, that holds another name."""
    steps = (step % len(folded) for step in range(place + 1, place + len(folded)))
    return next((step for step in steps if folded[step] != folded[place]), None)
