"""A figure for each of the studies, as SVG with a text that says the same; none where nothing was measured.

Pure down to the byte like `pipeline.reporting.figure`, whose style and colours it takes: no date, fixed ids, text that stays text.
"""

import io
import textwrap
import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pipeline.evidence.studies.answer import Answer, Row
from pipeline.reporting.figure import COLOURS, MARKERS, STYLE

WIDTH, HEIGHT = 6.4, 3.2
"""Inches."""
LINE = 0.19
"""Inches of a line of a figure whose lines are comparisons."""
MOST_LINES = 40
ZERO: Mapping[str, Any] = {"color": "#999999", "linewidth": 0.8, "zorder": 0}


@dataclass(frozen=True)
class StudyFigure:
    """A drawing and its text alternative."""

    svg: str
    text: str


def study_figure(note: str, answer: Answer) -> StudyFigure | None:
    """Draw an answer's rows; None for an answer without any that can be drawn.

    Args:
        note: what must be read beside the study's numbers; printed below.
        answer: what a study says.
    """
    if answer.id not in DRAWN or (answer.id in SAID and not answer.said):
        return None
    shown, draw, what = DRAWN[answer.id]
    rows = [row for row in answer.rows if shown(row)][:MOST_LINES]
    if not rows:
        return None
    import matplotlib

    with matplotlib.rc_context(), warnings.catch_warnings():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update({**STYLE, "svg.hashsalt": f"study {answer.id}"})
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        return StudyFigure(_svg(note, answer.id, rows, draw), f"{what} {answer.sentence}")


def _svg(note: str, name: str, rows: Sequence[Row], draw: "Draw") -> str:
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    lines = name in BY_LINE
    height = max(HEIGHT, 1.2 + LINE * len(rows)) if lines else HEIGHT
    sheet = Figure(figsize=(WIDTH, height))
    left = 0.46 if lines else 0.1
    axes = sheet.add_axes((left, 0.75 / height, (0.96 if lines else 0.72) - left, 1 - 1.05 / height))
    draw(axes, rows)
    for place, line in enumerate(reversed(textwrap.wrap(note, 125)[:2])):
        sheet.text(0.02, (0.06 + 0.12 * place) / height, line, fontsize=6, color="#555555", va="bottom")
    FigureCanvasSVG(sheet)
    stream = io.StringIO()
    sheet.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Title": name})
    # matplotlib ends some lines in a blank.
    return "\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + "\n"


def _efficiency(axes: Any, rows: Sequence[Row]) -> None:
    shares = sorted(int(key.rsplit("_", 1)[1]) for key in rows[0] if key.startswith("cost_ratio_"))
    for place, row in enumerate(rows):
        plain = _number(row["f_accuracy_a_minute"])
        rates = [_number(row[f"if_accuracy_a_minute_{share}"]) / plain for share in shares]
        axes.plot(shares, rates, **_look(place), label=f"{row['target']} {row['start']} {row['model']}")
    axes.axhline(1, **ZERO)
    axes.set(xscale="log", xlabel="targets that share the intermediate training", ylabel="accuracy a minute, IF over F")
    axes.set_xticks(shares, [str(share) for share in shares])
    axes.set_xticks([], minor=True)
    _key(axes, len(rows))


def _languages(axes: Any, rows: Sequence[Row]) -> None:
    groups = list(dict.fromkeys((str(row["arm"]), str(row["model"])) for row in rows))
    for place, group in enumerate(groups):
        members = [row for row in rows if (row["arm"], row["model"]) == group]
        shift = 0.002 * (place - (len(groups) - 1) / 2)
        _errors(axes, [_number(row["distance"]) + shift for row in members], members, place, " ".join(group))
    _name_languages(axes, rows)
    axes.set(xlabel="distance of the language from English", ylabel="gain in accuracy")
    _key(axes, len(groups))


def _name_languages(axes: Any, rows: Sequence[Row]) -> None:
    top = axes.secondary_xaxis("top")
    places = {str(row["language"]): _number(row["distance"]) for row in rows}
    top.set_xticks(list(places.values()), list(places))


def _size(axes: Any, rows: Sequence[Row]) -> None:
    groups = list(dict.fromkeys((str(row["target"]), str(row["start"]), str(row["architecture"])) for row in rows))
    for place, group in enumerate(groups):
        members = [row for row in rows if (row["target"], row["start"], row["architecture"]) == group]
        _errors(axes, [_number(row["log10_flops"]) for row in members], members, place, " ".join(group))
    axes.set(xlabel="operations to train on one example, decimal logarithm", ylabel="gain in macro-F1")
    _key(axes, len(groups))


def _errors(axes: Any, x: Sequence[float], rows: Sequence[Row], place: int, label: str) -> None:
    y = [_number(row["gain"]) for row in rows]
    ends = [
        [middle - _number(row["low"]) if row["low"] is not None else 0.0 for middle, row in zip(y, rows, strict=True)],
        [
            _number(row["high"]) - middle if row["high"] is not None else 0.0
            for middle, row in zip(y, rows, strict=True)
        ],
    ]
    look = {**_look(place), "linestyle": "none"}
    axes.errorbar(x, y, yerr=[[max(0.0, end) for end in side] for side in ends], elinewidth=0.8, **look, label=label)
    axes.axhline(0, **ZERO)


def _multilingual(axes: Any, rows: Sequence[Row]) -> None:
    def name(row: Row) -> str:
        equal = [arm for arm in ("examples", "steps", "tokens") if row.get(f"equal_{arm}")]
        return f"{row['target']} {row['model']}: {row['multilingual']} (equal {', '.join(equal) or 'in nothing'})"

    _dots(axes, rows, [name(row) for row in rows], "several languages minus English alone, in accuracy")


def _controls(axes: Any, rows: Sequence[Row]) -> None:
    names = [f"{row['target']} {row['model']}: {row['of']} - {row['against']} ({row['kind']})" for row in rows]
    _dots(axes, rows, names, "difference in accuracy")


def _dots(axes: Any, rows: Sequence[Row], names: Sequence[str], label: str) -> None:
    kinds = list(dict.fromkeys(str(row.get("kind", "")) for row in rows))
    for line, row in enumerate(rows):
        colour = COLOURS[kinds.index(str(row.get("kind", ""))) % len(COLOURS)]
        if row["low"] is not None and row["high"] is not None:
            axes.plot([_number(row["low"]), _number(row["high"])], [line, line], color=colour, linewidth=1.2)
        axes.plot([_number(row["difference"])], [line], marker="o", markersize=3.5, color=colour)
    axes.axvline(0, **ZERO)
    axes.set_yticks(range(len(rows)), [name[:58] for name in names], fontsize=6.5)
    axes.set(xlabel=label, ylim=(len(rows) - 0.5, -0.5))


def _look(place: int) -> dict[str, Any]:
    colour = COLOURS[place % len(COLOURS)]
    return {"color": colour, "marker": MARKERS[place % len(MARKERS)], "markersize": 4, "linewidth": 1.2}


def _key(axes: Any, lines: int) -> None:
    size = 6.5 if lines <= 14 else 4.5
    axes.legend(loc="upper left", bbox_to_anchor=(1.02, 1), borderaxespad=0, fontsize=size, handlelength=1.6)


def _number(value: Any) -> float:
    return float(value)


Draw = Callable[[Any, Sequence[Row]], None]
DRAWN: Mapping[str, tuple[Callable[[Row], bool], Draw, str]] = {
    "efficiency": (
        lambda row: row.get("cost_ratio_1") is not None,
        _efficiency,
        "Accuracy for each minute of training, with the detour over without it, against the number of targets that share the detour.",
    ),
    "languages": (
        lambda row: row["distance"] is not None,
        _languages,
        "Gains by language with their intervals, against the distance of the language from English.",
    ),
    "size": (
        lambda row: row["log10_flops"] is not None,
        _size,
        "Macro-F1 gains with their intervals, against the operations to train on one example.",
    ),
    "multilingual": (
        lambda row: True,
        _multilingual,
        "Differences in accuracy between intermediate training in several languages and in English alone, with intervals.",
    ),
    "controls": (
        lambda row: True,
        _controls,
        "Differences in accuracy between each start and its control, with intervals.",
    ),
}
"""By study: which rows can be drawn, how, and what the drawing shows."""
SAID = frozenset({"size"})
"""Figures that would show a slope where none can be told, and are drawn for an answer alone."""
BY_LINE = frozenset({"multilingual", "controls"})
"""Figures with a line for each row."""
