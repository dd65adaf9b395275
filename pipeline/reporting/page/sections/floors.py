"""Each cell against the floors that any model should pass: the majority label, and TF-IDF with logistic regression."""

from pipeline.reporting.learning import learning_text
from pipeline.reporting.lines import Json, Line, lines_of, rows_of
from pipeline.reporting.page.blocks import Block, Datum, Figure, Paragraph, Section, Tone, grid
from pipeline.reporting.page.elsewhere import blocks_of
from pipeline.reporting.page.floor_drawing import floor_drawing
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.page.keys import floor_key
from pipeline.reporting.table import against_tfidf
from pipeline.reporting.text import DASH, interval, look_up, score

TONES: dict[str, Tone] = {"above": "up", "below": "down"}


def floors(inputs: Inputs) -> Section:
    """The section."""
    drawn = floor_drawing(inputs.targets, inputs.cells, inputs.models)
    title = "Above the floor?"
    if drawn is None:
        return Section(
            "floors", title, (Paragraph("No cell is measured, so none can be above its floor.", "missing"),), "Floors"
        )
    told = (
        "A gain between two cells that stay below TF-IDF with logistic regression compares two failures. The word is above or "
        "below where the 95 % interval of the distance to TF-IDF, on the same test rows, excludes 0, else unclear."
    )
    figure = Figure(
        "Accuracy of each cell beside the floors of its target", (drawn,), floor_key(inputs.models, inputs.models), True
    )
    rows = []
    for row in rows_of(lines_of(inputs.gains, inputs.cells)):
        for line in row.lines.values():
            levels = [Datum(score(line.floor(name)), line.floor(name)) for name in ("majority", "tfidf")]
            rows.append(
                [Datum(row.title), Datum(line.model), *levels, *(_distance(line, form) for form in ("F", "IF"))]
            )
    heads = ["target", "model", "majority", "TF-IDF", "F minus TF-IDF", "IF minus TF-IDF"]
    blocks: list[Block] = [Paragraph(told), figure, grid("Each cell against its floors", heads, rows, words=2)]
    blocks += blocks_of(learning_text(inputs.cells, inputs.curves, inputs.cards))
    return Section("floors", title, tuple(blocks), "Floors")


def _distance(line: Line, form: str) -> Datum:
    record: Json | None = line.f if form == "F" else line.if_
    ends = [look_up(record, "floors", "above_tfidf", part) for part in ("mean", "low", "high")]
    if record is None or ends[0] is None:
        return Datum(DASH)
    word = against_tfidf(record)
    return Datum(interval(*ends), ends[0], word, TONES.get(word, "quiet"))
