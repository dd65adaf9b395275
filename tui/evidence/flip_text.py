"""How flips are worded, alike on the command line and in the app."""

from collections import Counter
from collections.abc import Sequence
from typing import Literal

from tui.evidence.comparison import Comparison
from tui.evidence.flips import SIGNS, Flip, Flips, Kind
from tui.evidence.mcnemar import CAVEAT, SCOPE, McNemar
from tui.evidence.predicted import Ids
from tui.history.words import side

SHOWN: tuple[Kind, ...] = ("fixed", "broken", "changed", "split")


def head(found: Comparison) -> list[str]:
    """Both sides and how many rows there are of each kind."""
    a, b = found.a, found.b
    lines = [f"A  {a.cell.name} of {side(a.row)}", f"B  {b.cell.name} of {side(b.row)}", summary(found.flips)]
    stale = [f"{name} is stale" for name, one in (("A", a), ("B", b)) if one.cell.origin.kind == "stale"]
    return [*lines, *([f"(!) {' and '.join(stale)}: its values are of earlier parameters."] if stale else []),
            *([f"(!) {found.flips.warning}"] if found.flips.warning else [])]  # fmt: skip


def summary(flips: Flips, seed: str = "") -> str:
    """How many rows there are of each kind: `^ 3 fixed  v 30 broken  ...  of 142, by majority of 2 seeds`."""
    counts = flips.counts(seed)
    kinds = "  ".join(f"{SIGNS[kind]} {counts[kind]} {kind}" for kind in SHOWN if kind != "split" or not seed)
    if seed:
        by = f"seed {seed}"
    elif flips.a_seeds == flips.b_seeds:
        by = f"majority of {len(flips.a_seeds)} seed{'' if len(flips.a_seeds) == 1 else 's'}"
    else:
        by = f"majority of {len(flips.a_seeds)} and {len(flips.b_seeds)} seeds"
    return f"{kinds}  of {len(flips.rows)}, by {by}"


def kind_words(flip: Flip) -> str:
    """The kind with its sign; for one that is the same by majority, what its seeds do."""
    if flip.kind not in ("same", "split") or not flip.by_seed:
        return f"{SIGNS[flip.kind]} {flip.kind}"
    parts = [f"{SIGNS[kind]}{count}" for kind, count in flip.counts().items() if kind != "same"]
    return f"{SIGNS[flip.kind]} {flip.kind} {' '.join(parts)}".rstrip()


def predictions(found: Comparison, flip: Flip, which: Literal["a", "b"]) -> str:
    """What the seeds of a side predict: one label where all agree, else each with its seeds."""
    flips = found.flips
    seeds, ids = (flips.a_seeds, flip.a) if which == "a" else (flips.b_seeds, flip.b)
    return labels_by_seed(flips.labels, seeds, ids)


def labels_by_seed(labels: Sequence[str], seeds: Sequence[str], ids: Ids) -> str:
    """`spam`, or `ham (1, 3) spam (2)` where seeds differ."""
    counts = Counter(ids)
    if len(counts) == 1:
        return labels[ids[0]]
    order = sorted(counts, key=lambda id: (-counts[id], id))
    held = {id: ", ".join(seed for seed, one in zip(seeds, ids, strict=True) if one == id) for id in order}
    return " ".join(f"{labels[id]} ({told})" for id, told in held.items())


def mcnemar_lines(flips: Flips) -> list[str]:
    """McNemar's test by seed and pooled, with what it is about."""
    if not flips.seeds:
        return ["McNemar: no seed is on both sides, so there is no pair to test."]
    told = [f"seed {seed}: {test_words(test)}" for seed, test in flips.by_seed.items()]
    lines = [f"McNemar, exact ({SCOPE}): {'; '.join(told)}."]
    if len(flips.seeds) > 1:
        lines.append(f"All seeds, each row once by what most of its seeds do: {test_words(flips.pooled)}.")
    return [*lines, CAVEAT]


def mcnemar_in_short(flips: Flips) -> list[str]:
    """The tests for a narrow line each: all seeds, then seed by seed."""
    if not flips.seeds:
        return mcnemar_lines(flips)
    told = [f"seed {seed} {_signed(test)}" for seed, test in flips.by_seed.items()]
    if len(told) == 1:
        return [f"McNemar, {SCOPE}: {told[0]}"]
    return [f"McNemar, {SCOPE}: all seeds, each row once, {_signed(flips.pooled)}", "; ".join(told)]


def _signed(test: McNemar) -> str:
    return f"{SIGNS['fixed']}{test.fixed} {SIGNS['broken']}{test.broken} p {test.p:.2g}"


def test_words(test: McNemar) -> str:
    """`3 fixed, 30 broken, p 1.4e-06`."""
    return f"{test.fixed} fixed, {test.broken} broken, p {test.p:.2g}"
