"""Table 1 of a paper, in LaTeX with booktabs.

`latex_table` is pure: no date, so the same inputs give the same bytes, and a comment names the inputs by their digests.
The text is ASCII whatever comes from outside: letters with accents become accent commands and what no standard font
holds becomes its code point, so that the table compiles with any engine.
"""

import textwrap
from collections.abc import Mapping, Sequence

from pipeline.files import digest
from pipeline.letters import escape
from pipeline.reporting.lines import (
    MODELS_A_TABLE,
    PRETRAINED,
    Cells,
    Json,
    Line,
    best_means,
    is_best,
    lines_of,
    rows_of,
)
from pipeline.reporting.paper import SOURCE
from pipeline.reporting.text import look_up, score

COMMAND = "python -m pipeline.stages.report"
NOTHING = "--"

MARKS = {"positive": r"\uparrow", "negative": r"\downarrow", "equivalent": "=", "not comparable": r"\times"}
"""By verdict; an inconclusive gain has none."""


def latex_table(study_note: str, gains: Json, cells: Cells) -> str:
    """Build the table; arguments as for `pipeline.reporting.table.table`."""
    lines = lines_of(gains, cells)
    models = list(dict.fromkeys(line.model for line in lines))
    groups = [models[first : first + MODELS_A_TABLE] for first in range(0, len(models), MODELS_A_TABLE)]
    best = best_means(cells)
    tabulars = [_tabular(lines, group, best) for group in groups or [[]]]
    parts = [
        *_provenance(study_note, gains, cells),
        r"\begin{table*}",
        r"\centering",
        # Three models fit the width of a two-column page.
        r"\footnotesize",
        r"\setlength{\tabcolsep}{3pt}",
        rf"\caption{{{_caption(study_note, gains, lines)}}}",
        r"\label{tab:detour}",
        "\n\n\\bigskip\n".join(tabulars),
        r"\end{table*}",
    ]
    return "\n".join(parts) + "\n"


def _provenance(study_note: str, gains: Json, cells: Cells) -> list[str]:
    """Comment lines: how the table was made and of what."""
    measured = sum(record is not None for record in cells.values())
    told = [
        f"Made by `{COMMAND}` (stage `report` of dvc.yaml); changes by hand are lost. Needs booktabs.",
        f"Study: {escape(study_note) or 'no note'}",
        f"reports/gains.json, sha256 of its canonical JSON: {digest(gains)}",
        f"reports/cells, {measured} of {len(cells)}, sha256 of their canonical JSON: {digest(cells)}",
    ]
    return [
        line
        for text in told
        for line in textwrap.wrap(text, 110, initial_indent="% ", subsequent_indent="%   ", break_on_hyphens=False)
    ]


def _caption(study_note: str, gains: Json, lines: Sequence[Line]) -> str:
    family = gains.get("family", {})
    told = (
        r"Accuracy: mean $\pm$ standard deviation over seeds, in brackets the paper's number "
        f"({escape(SOURCE)}); the best of a target is bold. F is fine-tuned from the pretrained model, IF after "
        "intermediate training. Marks of IF against F: "
        + ", ".join(f"${mark}$ {name}" for name, mark in MARKS.items())
        + "; no mark: inconclusive. "
    )
    if {"alpha", "margin", "size"} <= family.keys():
        told += (
            f"Verdicts are adjusted by Holm over the study's {family['size']} gains at {score(family['alpha'], 2)}; "
            f"equivalent is within {score(family['margin'], 2)}. "
        )
    if any(look_up(line.gain, "provisional") for line in lines):
        told += "With fewer than 3 seeds a verdict is at most inconclusive, provisional. "
    if any(look_up(line.gain, "conditional") for line in lines):
        told += "Gains are conditional on one intermediate checkpoint. "
    return (told + escape(study_note)).strip()


def _tabular(lines: Sequence[Line], models: Sequence[str], best: Mapping[tuple[str, str], float]) -> str:
    """One tabular: targets under their task; an IF and an F column for each model, then the floors."""
    columns = 1 + 2 * len(models) + 2
    spans = [f"\\multicolumn{{2}}{{c}}{{{escape(model)}}}" for model in models]
    rules = [f"\\cmidrule(lr){{{2 * place + 2}-{2 * place + 3}}}" for place in range(len(models))]
    rules.append(f"\\cmidrule(lr){{{columns - 1}-{columns}}}")
    body = [
        rf"\begin{{tabular}}{{l{'r' * (columns - 1)}}}",
        r"\toprule",
        _row(["", *spans, r"\multicolumn{2}{c}{floors}"]),
        "".join(rules),
        _row(["target", *["IF", "F"] * len(models), "majority", "TF-IDF"]),
    ]
    task = None
    for row in rows_of(lines):
        if row.task != task:
            task = row.task
            body += [r"\midrule", rf"\multicolumn{{{columns}}}{{l}}{{\textit{{{escape(task)}}}}} \\"]
        members = list(row.lines.values())
        floors = [
            next((value for line in members if (value := line.floor(name)) is not None), None)
            for name in ("majority", "tfidf")
        ]
        scores = [cell for model in models for cell in _pair(row.lines.get(model), best)]
        body.append(_row([escape(row.title), *scores, *map(_score, floors)]))
    return "\n".join([*body, r"\bottomrule", r"\end{tabular}"])


def _row(cells: Sequence[str]) -> str:
    return " & ".join(cells).strip() + r" \\"


def _pair(line: Line | None, best: Mapping[tuple[str, str], float]) -> tuple[str, str]:
    """The IF and the F cell of a model."""
    if line is None:
        return NOTHING, NOTHING
    mark = MARKS.get(look_up(line.gain, "verdict") or "", "")
    mark += r"\circ" if look_up(line.gain, "negligible") else ""
    top = best[line.task, line.target]
    return _cell(line, line.start, line.if_, top, mark), _cell(line, PRETRAINED, line.f, top)


def _cell(line: Line, start: str, record: Json | None, top: float, mark: str = "") -> str:
    mean, deviation = (look_up(record, "accuracy", name) for name in ("mean", "sd"))
    said = f"\\textbf{{{_score(mean)}}}" if is_best(mean, top) else _score(mean)
    said += f"{{\\tiny $\\pm${_score(deviation)}}}" if deviation is not None else ""
    said += f"$^{{{mark}}}$" if mark else ""
    paper = line.paper(start)
    return said if paper is None else f"{said} ({_score(paper, 2)})"


def _score(value: float | None, places: int = 3) -> str:
    return NOTHING if value is None else score(value, places)
