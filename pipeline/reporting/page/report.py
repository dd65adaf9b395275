"""All sections in the order in which a reader asks for them."""

from collections.abc import Sequence

from pipeline.reporting.page.blocks import Section
from pipeline.reporting.page.digests import Digest
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.page.sections.accuracy import accuracy
from pipeline.reporting.page.sections.claims import claims
from pipeline.reporting.page.sections.corpora import corpora
from pipeline.reporting.page.sections.curves import curves
from pipeline.reporting.page.sections.distances import distances
from pipeline.reporting.page.sections.efficiency import efficiency
from pipeline.reporting.page.sections.floors import floors
from pipeline.reporting.page.sections.gains import gains
from pipeline.reporting.page.sections.limits import limits
from pipeline.reporting.page.sections.opinions import opinions
from pipeline.reporting.page.sections.paper import odd
from pipeline.reporting.page.sections.prediction import prediction
from pipeline.reporting.page.sections.provenance import provenance
from pipeline.reporting.page.sections.question import question
from pipeline.reporting.page.sections.references import references
from pipeline.reporting.page.sections.studies import studies

TITLE = "Is the detour worth it?"


def report(inputs: Inputs, digests: Sequence[Digest]) -> list[Section]:
    """The sections.

    Args:
        inputs: what was read.
        digests: of everything that was read.
    """
    told = (
        question,
        accuracy,
        gains,
        opinions,
        curves,
        floors,
        claims,
        distances,
        prediction,
        studies,
        efficiency,
        corpora,
        references,
        odd,
        limits,
    )
    return [*(section(inputs) for section in told), provenance(inputs, tuple(digests))]
