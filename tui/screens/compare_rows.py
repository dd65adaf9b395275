"""The lines of a comparison: parameters that differ, then metrics cell by cell, and each one in full.

With one experiment the columns are its value, the difference, verdict and interval; with several each has a column of its own, which
shows differences or values.
"""

from collections.abc import Mapping, Sequence

from tui.comparing.comparison import Comparison, Contrast, MetricLine, ParamLine
from tui.comparing.measured import Measured
from tui.comparing.words import interval, param_sentence, sentence
from tui.history.diff import ABSENT, UNREADABLE, Mark
from tui.history.words import MARKS, param
from tui.widgets.cells import MISSING, STALE, Cell, Column, TableRow, Tone, number_cell, number_text, text_cell
from tui.widgets.cells import UNREADABLE as NOT_READ

WHAT = Column("what", ("parameter or cell",), most=60)
METRIC = Column("metric", ("metric",), most=20)
PAIR = (
    WHAT,
    METRIC,
    Column("a", ("A",), right=True, most=8),
    Column("b", ("B",), right=True, most=8),
    Column("difference", ("B - A",), right=True, most=10),
    Column("verdict", ("verdict",), most=9),
    Column("interval", ("95 % interval",), right=True, most=20),
    Column("note", ("note",), most=60),
)
_NARROW = ("what", "difference", "verdict", "a", "b", "metric", "interval", "note")
"""The order where all cannot be seen: what came of it before the two values."""
_NARROW_BELOW = 64
_DECIMALS = 4
_MOST_NAME = 14
EXPERIMENT = "experiment:"
"""Before the place of an experiment in the key of its column."""
_ARROWS: Mapping[Mark, str] = {"^": "▲", "v": "▼", "~": "~", "=": "=", "^?": "▲", "v?": "▼", "": ""}
_VERDICTS: Mapping[Mark, Tone] = {"^": "better", "v": "worse", "~": "inherited", "=": "inherited"}
_TONES: Mapping[str, Tone] = {"measured": "plain", "inherited": "inherited", "stale": "stale", "missing": "missing"}


def param_key(line: ParamLine) -> str:
    """The key of a parameter's line."""
    return f"param:{line.key}"


def metric_key(line: MetricLine) -> str:
    """The key of a metric's line."""
    return f"cell:{line.scope}:{line.metric}"


def columns_for(found: Comparison, width: int) -> list[Column]:
    """The columns in the order that a terminal of this width shows best."""
    if len(found.sides) == 1:
        by_key = {column.key: column for column in PAIR}
        return [by_key[key] for key in (_NARROW if width < _NARROW_BELOW else by_key)]
    names = found.names
    baseline = Column("a", (names[0],), right=True, most=_MOST_NAME)
    experiments = [
        Column(f"{EXPERIMENT}{place}", (name,), right=True, most=_MOST_NAME) for place, name in enumerate(names[1:])
    ]
    if width < _NARROW_BELOW:
        return [WHAT, *experiments, baseline, METRIC]
    return [WHAT, METRIC, baseline, *experiments]


def rows_of(found: Comparison, columns: Sequence[Column], values: bool) -> list[TableRow]:
    """The lines, parameters first; `values` shows what experiments measured in the place of differences."""
    rows = [(param_key(line), _param_cells(line)) for line in found.params]
    grouped = any(side.is_group for side in found.columns)
    rows += [(metric_key(line), _metric_cells(line, values, grouped)) for line in found.metrics]
    return [TableRow(key, [cells.get(column.key, Cell("")) for column in columns]) for key, cells in rows]


def _param_cells(line: ParamLine) -> dict[str, Cell]:
    cells = {"what": text_cell(line.key, "strong"), "metric": Cell("(param)", "", "inherited")}
    cells["a"], cells["b"] = _param(line.baseline), _param(line.values[0])
    return {**cells, **{f"{EXPERIMENT}{place}": _param(value) for place, value in enumerate(line.values)}}


def _param(value: object) -> Cell:
    if value is UNREADABLE:
        return Cell(NOT_READ, None, "stale")
    return Cell(MISSING, None, "missing") if value is ABSENT else text_cell(param(value))


def _metric_cells(line: MetricLine, values: bool, grouped: bool) -> dict[str, Cell]:
    first = line.contrasts[0]
    verdict = f"{_ARROWS[first.mark]} {MARKS[first.mark]}".strip()
    change = first.difference
    cells = {
        # Without its task, which the target implies: the line under the table has the whole name.
        "what": text_cell(line.scope.partition("@")[2] or line.scope),
        "metric": text_cell(line.metric),
        "a": _value(line.baseline, grouped),
        "b": _value(first.measured, grouped),
        "difference": Cell("") if change is None else number_cell(change, _DECIMALS, _tone(first.mark), sign=True),
        "verdict": Cell(verdict, verdict or None, _tone(first.mark)),
        "interval": Cell(interval(first), first.low),
        "note": text_cell(_note(line, first)),
    }
    for place, contrast in enumerate(line.contrasts):
        shown = _value(contrast.measured, grouped) if values else _change(contrast, grouped)
        cells[f"{EXPERIMENT}{place}"] = shown
    return cells


def _value(measured: Measured, grouped: bool) -> Cell:
    return number_cell(measured.value, _DECIMALS, _dimmed(measured, grouped, _TONES[measured.origin]))


def _change(contrast: Contrast, grouped: bool) -> Cell:
    """`+0.0180 ^ `, the points of a column below each other; a value that cannot be subtracted stands for itself."""
    measured = contrast.measured
    if contrast.difference is None:
        return _value(measured, grouped)
    sign = STALE if measured.origin == "stale" else ""
    text = f"{sign}{number_text(contrast.difference, _DECIMALS, sign=True)} {contrast.mark:<2}"
    return Cell(text, contrast.difference, _dimmed(measured, grouped, _tone(contrast.mark)))


def _dimmed(measured: Measured, grouped: bool, tone: Tone) -> Tone:
    """Beside averages a single seed is grey."""
    return "inherited" if grouped and measured.n == 1 and tone in ("plain", "inherited") else tone


def _tone(mark: Mark) -> Tone:
    return _VERDICTS.get(mark, "plain")


def _note(line: MetricLine, contrast: Contrast) -> str:
    sides = (("A", line.baseline), ("B", contrast.measured))
    stale = [letter for letter, measured in sides if measured.origin == "stale"]
    return contrast.why or (
        "provisional: fewer than 3 seeds" if contrast.provisional else f"{' and '.join(stale)} stale" if stale else ""
    )


def details(found: Comparison) -> dict[tuple[str, int], str]:
    """Every line in full, by its key and the place of the experiment."""
    names = found.names
    told = {
        (param_key(line), place): param_sentence(line, names)
        for line in found.params
        for place in range(len(found.sides))
    }
    for line in found.metrics:
        for place, contrast in enumerate(line.contrasts):
            told[metric_key(line), place] = sentence(line, contrast, (names[0], names[place + 1]))
    return told
