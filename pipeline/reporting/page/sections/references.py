"""Each target against what is published for its texts."""

from pipeline.reporting.page.blocks import Datum, Paragraph, Section, Tone, grid
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.references import Check, reference_checks
from pipeline.reporting.text import DASH, score

TONES: dict[str, Tone] = {"within": "same", "above": "up", "below": "down"}
SHORT = "Published"


def references(inputs: Inputs) -> Section:
    """The section."""
    title, checks = "Against published figures", reference_checks(inputs.cells, inputs.cards)
    if not checks:
        told = "The study has no target, so nothing can be held against what is published."
        return Section("published", title, (Paragraph(told, "missing"),), SHORT)
    told = (
        "The best cell without a detour, and TF-IDF, within, above or below the published band by the 95 % interval. No published "
        "figure has this study's split, so that a score outside of its band is a reason to look and no error. Texts that only "
        "stand for others are held against nothing."
    )
    heads = ["target", "of", "verdict", "published", "this study"]
    table = grid("Targets against published figures", heads, [_row(check) for check in checks], words=3)
    return Section("published", title, (Paragraph(told), table), SHORT)


def _row(check: Check) -> list[Datum]:
    band = check.reference
    ends = "" if check.low is None or check.high is None else f"[{score(check.low)}, {score(check.high)}]"
    return [
        Datum(check.target),
        Datum(f"{band.model}, {band.metric.replace('_', '-').replace('f1', 'F1')}" if band else DASH),
        Datum(check.word, None, check.why, TONES.get(check.word, "quiet")),
        Datum(f"{score(band.low)} to {score(band.high)}" if band else DASH, band.low if band else None),
        Datum(score(check.value), check.value, ends),
    ]
