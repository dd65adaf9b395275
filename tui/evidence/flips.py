"""Test rows on which two cells differ: fixed, broken or changed from A to B, by the majority of the seeds and by each seed.

Rows pair up by their place among the scored rows of one test set, which the hash that both records hold vouches for. By majority a
side is right where more than half of its seeds are, wrong where more than half are wrong, and *split* where it is neither, as two
seeds are of which one is right. A seed pairs with the same seed of the other side.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, get_args

from pipeline.errors import InputError
from tui.evidence.mcnemar import McNemar, exact_binomial, mcnemar
from tui.evidence.predicted import Ids, Predicted

Kind = Literal["fixed", "broken", "changed", "split", "same"]
KINDS: tuple[Kind, ...] = get_args(Kind)
SIGNS: Mapping[Kind, str] = {"fixed": "^", "broken": "v", "changed": "~", "split": "?", "same": "="}
MEANINGS: Mapping[Kind, str] = {
    "fixed": "A wrong, B right",
    "broken": "A right, B wrong",
    "changed": "both wrong, with different labels",
    "split": "half of a side's seeds are right",
    "same": "both alike",
}


@dataclass(frozen=True)
class Flip:
    """One test row in both cells."""

    row: int
    """Its place among the scored rows, from 0."""
    language: str
    gold: int
    a: Ids
    """A's predicted label ids in the order of A's seeds."""
    b: Ids
    a_majority: int | None
    """The label of more than half of A's seeds; None where there is none."""
    b_majority: int | None
    kind: Kind
    """By majority."""
    by_seed: Mapping[str, Kind]
    """By each seed that both sides have."""

    def counts(self) -> Mapping[Kind, int]:
        """Number of seeds by what they do on this row."""
        found = Counter(self.by_seed.values())
        return {kind: found[kind] for kind in KINDS if found[kind]}

    def kind_of(self, seed: str) -> Kind:
        """By one seed, or by majority where `seed` is empty."""
        return self.by_seed[seed] if seed else self.kind


@dataclass(frozen=True)
class Flips:
    """Every scored test row of two cells."""

    labels: tuple[str, ...]
    a_seeds: tuple[str, ...]
    b_seeds: tuple[str, ...]
    rows: tuple[Flip, ...]

    @property
    def seeds(self) -> tuple[str, ...]:
        """Seeds that both sides have."""
        return tuple(seed for seed in self.a_seeds if seed in self.b_seeds)

    @property
    def warning(self) -> str:
        """What a reader must know of the seeds; empty where both sides have the same."""
        if self.a_seeds == self.b_seeds:
            return ""
        if not self.seeds:
            return f"The sides share no seed (A {_told(self.a_seeds)}; B {_told(self.b_seeds)}): only majorities are compared."
        return f"Seeds differ (A {_told(self.a_seeds)}; B {_told(self.b_seeds)}): each seed is compared where both have it."

    def counts(self, seed: str = "") -> Mapping[Kind, int]:
        """Number of rows by kind, by one seed or by majority."""
        found = Counter(flip.kind_of(seed) for flip in self.rows)
        return {kind: found[kind] for kind in KINDS}

    def differing(self) -> list[Flip]:
        """The rows that differ by majority or by any seed: broken first, then fixed, the surest of each on top."""
        order = {kind: place for place, kind in enumerate(("broken", "fixed", "changed", "split", "same"))}

        def rank(flip: Flip) -> tuple[int, int, int]:
            return order[flip.kind], -sum(kind != "same" for kind in flip.by_seed.values()), flip.row

        return sorted((flip for flip in self.rows if _differs(flip)), key=rank)

    @cached_property
    def by_seed(self) -> Mapping[str, McNemar]:
        """McNemar's exact test for each seed that both sides have."""
        found = {}
        for seed in self.seeds:
            counts = self.counts(seed)
            found[seed] = mcnemar(counts["fixed"], counts["broken"])
        return found

    @cached_property
    def pooled(self) -> McNemar:
        """All seeds together, each row counted once: by whether more seeds fix it or break it.

        A row that two seeds predict is no two rows: counting it twice would halve the p-value for nothing.
        """
        balances = [_balance(flip) for flip in self.rows]
        fixed, broken = sum(one > 0 for one in balances), sum(one < 0 for one in balances)
        return McNemar(fixed, broken, exact_binomial(fixed, broken))


def find_flips(a: Predicted, b: Predicted) -> Flips:
    """Compare two cells row by row.

    Raises:
        InputError: They did not score the same test rows with the same labels.
    """
    if why := _unlike(a, b):
        raise InputError(why)
    a_columns, b_columns = ([tuple(row) for row in zip(*side.by_seed.values(), strict=True)] for side in (a, b))
    rows = [_flip(row, a, b, ids_a, ids_b) for row, (ids_a, ids_b) in enumerate(zip(a_columns, b_columns, strict=True))]
    return Flips(a.labels, a.seeds, b.seeds, tuple(rows))


def _unlike(a: Predicted, b: Predicted) -> str:
    """What keeps two cells from being compared row by row; empty where nothing does."""
    if a.labels != b.labels:
        return (
            f"Labels differ: A has {len(a.labels)} ({_few(a.labels)}) and B {len(b.labels)} ({_few(b.labels)}); only cells of one "
            "target and one list of labels are compared row by row."
        )
    if a.gold != b.gold or a.test != b.test:
        return (
            f"Test rows differ: A is scored on {len(a.gold)} rows and B on {len(b.gold)} that are not the same, so that no row of one "
            "stands for a row of the other."
        )
    return ""


def _flip(row: int, a: Predicted, b: Predicted, ids_a: Ids, ids_b: Ids) -> Flip:
    gold = a.gold[row]
    of_a, of_b = dict(zip(a.seeds, ids_a, strict=True)), dict(zip(b.seeds, ids_b, strict=True))
    by_seed = {seed: kind_of(gold, of_a[seed], of_b[seed]) for seed in a.seeds if seed in of_b}
    kind = _kind_by_majority(gold, ids_a, ids_b)
    return Flip(row, a.languages[row], gold, ids_a, ids_b, majority(ids_a), majority(ids_b), kind, by_seed)


def kind_of(gold: int, a: int, b: int) -> Kind:
    """What becomes of a row from A's label to B's."""
    if a == b:
        return "same"
    if b == gold:
        return "fixed"
    return "broken" if a == gold else "changed"


def _kind_by_majority(gold: int, ids_a: Ids, ids_b: Ids) -> Kind:
    a, b = is_right(gold, ids_a), is_right(gold, ids_b)
    if a is None or b is None:
        return "same" if sorted(ids_a) == sorted(ids_b) else "split"
    if a is b:
        return "same" if a or _alike(ids_a, ids_b) else "changed"
    return "fixed" if b else "broken"


def is_right(gold: int, ids: Ids) -> bool | None:
    """Whether more than half of the seeds are right; None where exactly half are."""
    twice = 2 * sum(id == gold for id in ids)
    return None if twice == len(ids) else twice > len(ids)


def _alike(a: Ids, b: Ids) -> bool:
    """Whether two wrong sides err with the same label: that of their majorities, or of all their seeds where one has none."""
    one, other = majority(a), majority(b)
    return sorted(a) == sorted(b) if one is None or other is None else one == other


def majority(ids: Sequence[int]) -> int | None:
    """The label of more than half of the seeds; None where there is none."""
    label, count = Counter(ids).most_common(1)[0]
    return label if 2 * count > len(ids) else None


def _differs(flip: Flip) -> bool:
    return flip.kind != "same" or any(kind != "same" for kind in flip.by_seed.values())


def _balance(flip: Flip) -> int:
    kinds = Counter(flip.by_seed.values())
    return kinds["fixed"] - kinds["broken"]


def _told(seeds: Sequence[str]) -> str:
    return f"seed{'' if len(seeds) == 1 else 's'} {', '.join(seeds)}"


def _few(labels: Sequence[str]) -> str:
    return ", ".join(labels[:3]) + (", ..." if len(labels) > 3 else "")
