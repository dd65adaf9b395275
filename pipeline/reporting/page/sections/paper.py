"""What is odd in the published numbers, and why."""

from pipeline.reporting.oddities import oddities
from pipeline.reporting.page.blocks import Items, Paragraph, Section
from pipeline.reporting.page.inputs import Inputs


def odd(inputs: Inputs) -> Section:
    """The section."""
    title, short = "What is odd in the published numbers", "Oddities"
    said, left_out = oddities(inputs.cells, inputs.cards)
    if not said:
        told = "This study shares no target with the paper, so its numbers are not held against anything here."
        return Section("oddities", title, (Paragraph(told, "missing"),), short)
    told = "Computed from what the paper prints and, where a sentence says so, from this study's own records."
    rest = f"Left out: {'; '.join(left_out)}."
    return Section("oddities", title, (Paragraph(told), Items((*said, *([rest] if left_out else [])))), short)
