"""Each claim of the paper as a check, on its own printed numbers and on what a study has measured.

`claims` is pure. A claim *holds*, *fails* or is *undecided*, always with the numbers behind the word: on the paper's numbers, which have
no intervals, by the printed means alone; on a study's cells by 95 % intervals (`pipeline.evidence.statistics.gain`, unadjusted), so
that a claim about an order is decided only where the order is.
"""

from pipeline.evidence.claims.evidence import Cell, Evidence
from pipeline.evidence.claims.finding import Claim, Finding
from pipeline.evidence.claims.ranking import best_after_the_detour, best_of_all, worst_model
from pipeline.evidence.claims.shapes import bert_flat, up_then_down
from pipeline.evidence.claims.transfer import mostly_negative, similar_languages, ten_times_larger

CLAIMS = (
    best_after_the_detour,
    worst_model,
    best_of_all,
    up_then_down,
    bert_flat,
    ten_times_larger,
    mostly_negative,
    similar_languages,
)
"""In the order in which the paper makes them, sizes excepted."""


def claims(evidence: Evidence) -> list[Claim]:
    """Check every claim."""
    return [check(evidence) for check in CLAIMS]


__all__ = ["Cell", "Claim", "Evidence", "Finding", "claims"]
