"""The paper's Table 1 beside this study's."""

from pipeline.reporting.lines import PRETRAINED, Json, Line, best_means, is_best, lines_of, rows_of
from pipeline.reporting.page.blocks import Block, Datum, Paragraph, Section, grid
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.paper import SOURCE
from pipeline.reporting.text import DASH, look_up, score, spread


def accuracy(inputs: Inputs) -> Section:
    """Every cell, IF and F by model, the paper's number below ours."""
    lines = lines_of(inputs.gains, inputs.cells)
    models = list(dict.fromkeys(line.model for line in lines))
    best = best_means(inputs.cells)
    rows = []
    for row in rows_of(lines):
        data = [Datum(row.title), Datum(row.task, tone="quiet")]
        for model in models:
            line = row.lines.get(model)
            if line is None:
                data += [Datum(DASH), Datum(DASH)]
                continue
            top = best[line.task, line.target]
            data += [_cell(line, line.start, line.if_, top), _cell(line, PRETRAINED, line.f, top)]
        rows.append(data)
    heads = ["target", "task", *(f"{model} {form}" for model in models for form in ("IF", "F"))]
    told = (
        f"Mean accuracy over seeds ± their deviation; below it the paper's number ({SOURCE}), which it reports once, "
        "without seeds or intervals. The best of a target is bold."
    )
    blocks: list[Block] = [Paragraph(told), grid("Accuracy of every cell beside the paper's", heads, rows, words=2)]
    return Section("table-1", "Table 1 beside the paper's", tuple(blocks), "Table 1")


def _cell(line: Line, start: str, record: Json | None, top: float) -> Datum:
    mean = look_up(record, "accuracy", "mean")
    paper = line.paper(start)
    return Datum(
        spread(mean, look_up(record, "accuracy", "sd")),
        mean,
        f"paper {score(paper, 2)}" if paper is not None else "",
        "best" if is_best(mean, top) else "",
    )
