"""Size: does a larger encoder gain more from the detour, by macro-F1?

Sizes are the operations to train on one example, on a logarithmic scale; they come from the cells' own timings, which know the
model and its texts. Encoders of one architecture are compared: each target, start and architecture has an intercept of its own,
the slope is common, and each gain weighs by its own error (`slopes.weighted_slope`). A gain between cells of which every run
predicts one class only is none by construction, whatever the size: it is told and fits no slope.
"""

import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pipeline.evidence.studies.answer import Answer, Row, counted, level, unsaid
from pipeline.evidence.studies.evidence import Evidence
from pipeline.evidence.studies.slopes import Slope, weighted_slope

ID = "size"
QUESTION = "What is the impact of the size of the pretrained model on English intermediate training across languages, by macro-F1?"
LEAST = 3
"""Sizes of one architecture below which no slope is told: two give a line whatever they are."""
APART = 0.02
"""Decimal logarithms of operations closer than this are one size (5 %)."""


def size(evidence: Evidence) -> Answer:
    """Fit macro-F1 gains along the sizes of the study."""
    rows = [row for row in _rows(evidence) if row["log10_flops"] is not None]
    if not rows:
        return unsaid(ID, QUESTION, "no pair of F and IF has its operations measured")
    learnt = [row for row in rows if not row["collapsed"]]
    empty = (
        f"{counted(len(rows) - len(learnt), 'gain')} of {len(rows)} between models that predict one class only, and so have learnt "
        "nothing"
    )
    if not learnt:
        return unsaid(ID, QUESTION, f"it has {empty}", rows)
    groups = {_group(row) for row in learnt}
    sizes = {group: _sizes([row for row in learnt if _group(row) == group]) for group in groups}
    most = max(sizes.values())
    if most < LEAST:
        reason = (
            f"its encoders of one architecture have {counted(most, 'size')}, and a slope needs {LEAST}; `detour run --study size` "
            "trains four"
        )
        if len(learnt) < len(rows):
            reason = f"it has {empty}, and the others have {counted(most, 'size')}, where a slope needs {LEAST}"
        return unsaid(ID, QUESTION, reason, rows)
    used = [row for row in learnt if sizes[_group(row)] >= 2]
    slope = _slope(used, evidence.alpha)
    if slope is None:
        return unsaid(ID, QUESTION, "too few gains for a slope with an interval", rows)
    summary = {"slope": slope.as_mapping(), "sizes": most, "gains": len(used)}
    return Answer(
        ID,
        QUESTION,
        True,
        _sentence(slope, used, most, evidence.alpha),
        rows,
        summary,
        _notes(used, empty if len(learnt) < len(rows) else None),
    )


def _rows(evidence: Evidence) -> Iterator[Row]:
    for without, cell in evidence.plain_pairs():
        found, flops = cell.over(without, alpha=evidence.alpha), without.timing.flops if without.timing else None
        if found is None:
            continue
        yield {
            "task": cell.task,
            "target": cell.target,
            "start": cell.start,
            "model": cell.model,
            "architecture": evidence.architectures.get(cell.model, "unknown"),
            "flops": flops,
            "log10_flops": math.log10(flops) if flops else None,
            "seeds": len(cell.seeds),
            "collapsed": cell.is_empty_beside(without),
            "gain": found.macro_f1.mean,
            "low": found.macro_f1.low,
            "high": found.macro_f1.high,
            "error": found.macro_f1.standard_error,
            "f_macro_f1": found.f_macro_f1,
            "if_macro_f1": found.if_macro_f1,
        }


def _group(row: Row) -> str:
    return "/".join(str(row[key]) for key in ("task", "target", "start", "architecture"))


def _sizes(rows: Sequence[Row]) -> int:
    """How many sizes are told apart."""
    found = sorted(_number(row["log10_flops"]) for row in rows)
    return 1 + sum(after - before > APART for before, after in itertools.pairwise(found))


def _slope(rows: Sequence[Row], alpha: float) -> Slope | None:
    return weighted_slope(
        np.array([_number(row["log10_flops"]) for row in rows]),
        np.array([_number(row["gain"]) for row in rows]),
        [_group(row) for row in rows],
        np.array([math.nan if row["error"] is None else _number(row["error"]) for row in rows]),
        alpha,
    )


def _sentence(slope: Slope, rows: Sequence[Row], sizes: int, alpha: float) -> str:
    if slope.low > 0:
        word = "gain more"
    elif slope.high < 0:
        word = "gain less"
    else:
        word = "are not shown to gain more or less"
    targets = len({(row["task"], row["target"]) for row in rows})
    counts = ", ".join((counted(len(rows), "gain"), counted(sizes, "size"), counted(targets, "target")))
    return (
        f"Larger encoders {word} from the detour: each tenfold of operations changes the macro-F1 gain by {slope.slope:+.3f} "
        f"({level(alpha)} {slope.low:+.3f} to {slope.high:+.3f}; {counts})."
    )


def _notes(rows: Sequence[Row], empty: str | None) -> list[str]:
    notes = ["Conditional on one intermediate checkpoint for each size, and on the targets at hand."]
    if empty:
        notes.append(f"Left out: {empty}.")
    if any(row["error"] is None or row["error"] == 0 for row in rows):
        notes.append("Some gains have no error of their own, so that all weigh alike.")
    if min(_number(row["seeds"]) for row in rows) < 3:
        notes.append("Fewer than three seeds: provisional.")
    return notes


def _number(value: Any) -> float:
    return float(value)
