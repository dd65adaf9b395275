"""The paper's claims, checked on its own numbers and on this study's."""

from pipeline.reporting.page.blocks import Datum, Paragraph, Section, Tone, grid, missing
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.text import DASH, look_up

TONES: dict[str, Tone] = {"holds": "up", "fails": "down"}


def claims(inputs: Inputs) -> Section:
    """A row for each claim."""
    title, found = "The paper's claims", inputs.found.get("claims", {}).get("claims")
    if not found:
        said = missing("The claims have not been checked: reports/claims.json is missing.", "claims")
        return Section("claims", title, (said,), "Claims")
    told = (
        "Each claim on the numbers that the paper prints, by their means alone since they have no intervals, and on this study's cells, "
        "where an order counts only if the 95 % interval of the difference excludes 0. Undecided means that the numbers allow both."
    )
    rows = [
        [Datum(str(claim.get("says", DASH))), _finding(claim, "paper"), _finding(claim, "study")] for claim in found
    ]
    heads = ["claim", "on the paper's numbers", "in this study"]
    return Section("claims", title, (Paragraph(told), grid("Claims, checked", heads, rows, words=3)), "Claims")


def _finding(claim: object, where: str) -> Datum:
    word = look_up(claim, where, "word") or DASH
    return Datum(word, None, look_up(claim, where, "numbers") or "", TONES.get(word, ""))
