"""The paper's Table 1, replicated: ours beside the paper's, gains with verdicts, and the floors.

`table` is pure. Its Markdown reads as plain text in a terminal of 120 columns: `make demo` prints it. The CSV has
one line for each gain, with every number in full.
"""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline.reporting.lines import (
    MODELS_A_TABLE,
    PRETRAINED,
    Cells,
    Json,
    Line,
    Row,
    best_means,
    cell_parts,
    is_best,
    lines_of,
    rows_of,
)
from pipeline.reporting.paper import SOURCE
from pipeline.reporting.text import DASH, interval, look_up, markdown_table, paragraph, score, spread

DEFAULT_ALPHA = 0.05


class TableText(NamedTuple):
    """The table in both forms, each ending in a line break."""

    markdown: str
    csv: str


def table(study_note: str, gains: Json, cells: Cells) -> TableText:
    """Build the table.

    Args:
        study_note: what must be read beside this study's numbers; printed on top.
        gains: what reports/gains.json holds.
        cells: reports/cells by `<task>/<target>-<start>-<model>`, None for a missing one. Their order is that of the
            rows.
    """
    lines = lines_of(gains, cells)
    parts = ["# Is the detour worth it?", paragraph(study_note, "> ", "> ")]
    parts += [*_accuracies(lines, cells), *_gains(lines, gains), *_floors(lines), *_notes(lines, cells)]
    return TableText("\n\n".join(part for part in parts if part) + "\n", _csv(lines))


def _by_model(
    lines: Sequence[Line],
    lead: Mapping[str, Callable[[Row], str]],
    cell: Callable[[Line, str, Json | None], str],
) -> list[str]:
    """Tables of the paper's layout: targets under their task, an IF and an F column for each model.

    Args:
        lines: the gains.
        lead: the columns before the models', each with its content for a row.
        cell: the content of a model's column, from the line, the start and its record.
    """
    models = list(dict.fromkeys(line.model for line in lines))
    tables = []
    for first in range(0, len(models), MODELS_A_TABLE):
        group = models[first : first + MODELS_A_TABLE]
        header = [*lead, *(f"{model} {form}" for model in group for form in ("IF", "F"))]
        body: list[list[str]] = []
        task = None
        for row in rows_of(lines):
            if row.task != task:
                task = row.task
                body.append([task, *[""] * (len(header) - 1)])
            cells = [content(row) for content in lead.values()]
            for model in group:
                line = row.lines.get(model)
                cells += [cell(line, line.start, line.if_), cell(line, PRETRAINED, line.f)] if line else [DASH, DASH]
            body.append(cells)
        tables.append(markdown_table(header, body))
    return tables


def _accuracies(lines: Sequence[Line], cells: Cells) -> list[str]:
    best = best_means(cells)

    def content(line: Line, start: str, record: Json | None) -> str:
        mean = look_up(record, "accuracy", "mean")
        mark = "**" if is_best(mean, best[line.task, line.target]) else ""
        return f"{mark}{score(mean)}{mark} ({score(line.paper(start), 2)})"

    told = f"Mean over seeds, in brackets the paper's number ({SOURCE}); the best of a target is bold. F is "
    told += "fine-tuned from `pretrained`, IF from an intermediate start."
    return ["## Accuracy", paragraph(told), *_by_model(lines, {"target": lambda row: row.title}, content)]


def _gains(lines: Sequence[Line], gains: Json) -> list[str]:
    family = gains.get("family", {})
    alpha = family.get("alpha", DEFAULT_ALPHA)
    body = []
    for row in rows_of(lines):
        for line in row.lines.values():
            f, if_ = (
                spread(look_up(record, "accuracy", "mean"), look_up(record, "accuracy", "sd"))
                for record in (line.f, line.if_)
            )
            gain = interval(*(look_up(line.gain, name) for name in ("gain", "low", "high")))
            ends = (_verdict(line, lines), score(line.paper_gain, 2, sign=True), score(line.floor("tfidf")))
            body.append([row.title, line.model, f, if_, gain, *ends])
    header = ["target", "model", "F", "IF", f"gain [{100 * (1 - alpha):g} %]", "verdict", "paper", "TF-IDF"]
    told = (
        "Gain: IF minus F; ± deviation over seeds. Intervals, over new seeds and new test rows, are unadjusted; "
        f"verdicts are adjusted by Holm over the {family.get('size', len(lines))} gains of the study at "
        f"{score(alpha, 2)}, equivalent is within {score(family.get('margin'), 2)}."
    )
    return ["## Gains", paragraph(told), markdown_table(header, body)]


def _verdict(line: Line, lines: Sequence[Line]) -> str:
    name = look_up(line.gain, "verdict") or DASH
    if line.refused:
        return f"{name} ({[other.name for other in lines if other.refused].index(line.name) + 1})"
    if look_up(line.gain, "provisional"):
        seeds = look_up(line.gain, "seeds")
        return f"{name}, {seeds} seed{'' if seeds == 1 else 's'}"
    return f"{name}, negligible" if look_up(line.gain, "negligible") else name


def _floors(lines: Sequence[Line]) -> list[str]:
    body = []
    for row in rows_of(lines):
        for line in row.lines.values():
            floors = (score(line.floor(name)) for name in ("majority", "tfidf"))
            body.append([row.title, line.model, *floors, _distance(line.f), _distance(line.if_)])
    header = ["target", "model", "majority", "TF-IDF", "F - TF-IDF [95 %]", "IF - TF-IDF [95 %]"]
    told = "Each cell against TF-IDF with logistic regression on the same test rows: above it, below it, or unclear "
    told += "where the interval of the difference holds 0 (not distinguishable)."
    return ["## Floors", paragraph(told), markdown_table(header, body)]


def _distance(record: Json | None) -> str:
    """How far a cell is above TF-IDF, with interval and word; a dash without one."""
    above = interval(*(look_up(record, "floors", "above_tfidf", part) for part in ("mean", "low", "high")))
    return f"{above} {against_tfidf(record)}" if record else DASH


def against_tfidf(record: Json | None) -> str:
    """`above`, `below` or `unclear`, by the interval of a cell's distance to TF-IDF; a dash without an interval."""
    low, high = (look_up(record, "floors", "above_tfidf", end) for end in ("low", "high"))
    if low is None or high is None:
        return DASH
    return "above" if low > 0 else "below" if high < 0 else "unclear"


def _notes(lines: Sequence[Line], cells: Cells) -> list[str]:
    refused = [line for line in lines if line.refused]
    notes = [f"({place}) {line.name}: {look_up(line.gain, 'reason')}" for place, line in enumerate(refused, 1)]
    notes += _seed_notes(cells) + _gain_notes(lines) + _cell_notes(cells)
    return ["## Notes", "\n".join(paragraph(note, "- ", "  ") for note in notes)] if notes else []


def _seed_notes(cells: Cells) -> list[str]:
    counts = sorted({len(look_up(record, "accuracy", "seeds") or {}) for record in cells.values() if record})
    return [f"Seeds a cell: {', '.join(map(str, counts))}; below 3 every verdict is provisional."] if counts else []


def _gain_notes(lines: Sequence[Line]) -> list[str]:
    """The notes of the gains, each once, with the gains that it holds for."""
    holders: dict[str, list[str]] = {}
    for line in lines:
        for note in filter(None, (look_up(line.gain, "note") or "").split("; ")):
            holders.setdefault(note, []).append(line.name)
    compared = sum(line.gain is not None and not line.refused for line in lines)
    return [
        f"{note[0].upper()}{note[1:]}: {'every gain' if len(names) == compared else ', '.join(names)}."
        for note, names in holders.items()
    ]


def _cell_notes(cells: Cells) -> list[str]:
    collapsed, left_out = [], {}
    for name, record in cells.items():
        _, target, start, model = cell_parts(name)
        if seeds := look_up(record, "collapsed"):
            collapsed.append(f"{target} {start} {model} ({', '.join(map(str, seeds))})")
        if rows := look_up(record, "with_overlap", "rows"):
            left_out[target] = rows
    notes = [f"Runs that predict one class only, by seed: {', '.join(collapsed)}."] if collapsed else []
    return notes + [
        f"{rows} test rows of {target} were seen by a start and left out." for target, rows in left_out.items()
    ]


def _csv(lines: Sequence[Line]) -> str:
    text = io.StringIO()
    blank = Line("", "", "", "", None, None, None)
    writer = csv.DictWriter(text, list(_csv_values(blank)), lineterminator="\n")
    writer.writeheader()
    writer.writerows(_csv_values(line) for line in lines)
    return text.getvalue()


def _csv_values(line: Line) -> dict[str, Any]:
    measured = (
        *("comparable", "reason", "gain", "low", "high", "p", "p_holm", "equivalence_p", "equivalence_p_holm", "df"),
        *("verdict", "provisional", "negligible", "conditional", "seeds", "test_rows", "note"),
    )
    return {
        **{name: getattr(line, name) for name in ("task", "target", "start", "model")},
        **{f"f_{name}": look_up(line.f, "accuracy", name) for name in ("mean", "sd", "low", "high")},
        **{f"if_{name}": look_up(line.if_, "accuracy", name) for name in ("mean", "sd", "low", "high")},
        **{name: look_up(line.gain, name) for name in measured},
        **{f"macro_f1_{name}": look_up(line.gain, "macro_f1", name) for name in ("f", "if", "gain", "low", "high")},
        **{f"paper_protocol_{name}": look_up(line.gain, "paper", name) for name in ("f", "if", "gain")},
        "paper_f": line.paper(PRETRAINED),
        "paper_if": line.paper(line.start),
        "paper_gain": line.paper_gain,
        "majority": line.floor("majority"),
        "tfidf": line.floor("tfidf"),
        "f_against_tfidf": against_tfidf(line.f),
        "if_against_tfidf": against_tfidf(line.if_),
    }
