"""The four studies that follow from the paper, and the controls: pure functions from records to one plain answer each.

`studies` gives efficiency, languages, size, multilingual and controls, whatever the study at hand is: each says what it can, or that it
cannot and why. Nothing is read or drawn here.
"""

from collections.abc import Mapping

from pipeline.evidence.studies.answer import Answer
from pipeline.evidence.studies.controls import controls
from pipeline.evidence.studies.efficiency import efficiency
from pipeline.evidence.studies.evidence import ENGLISH, Cell, Corpus, Evidence, Intermediate, Start, Timing
from pipeline.evidence.studies.languages import languages
from pipeline.evidence.studies.multilingual import multilingual
from pipeline.evidence.studies.size import size

__all__ = ["ENGLISH", "Answer", "Cell", "Corpus", "Evidence", "Intermediate", "Start", "Timing", "studies"]


def studies(evidence: Evidence, distances: Mapping[str, float], source: str) -> list[Answer]:
    """Every answer.

    Args:
        evidence: what was measured.
        distances: from English, by language.
        source: what the distances are.
    """
    return [
        efficiency(evidence),
        languages(evidence, distances, source),
        size(evidence),
        multilingual(evidence),
        controls(evidence),
    ]
