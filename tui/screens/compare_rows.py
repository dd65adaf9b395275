"""The lines of a comparison: parameters that differ, then metrics cell by cell, and each one in full."""

from collections import Counter
from collections.abc import Mapping, Sequence

from tui.history.diff import ABSENT, CellDifference, Difference, Mark, MetricDifference, ParamDifference
from tui.history.origin import Origin
from tui.history.overview import Overview
from tui.history.words import MARKS, number, param
from tui.widgets.cells import MISSING, Cell, Column, TableRow, Tone, number_cell, text_cell

COLUMNS = (
    Column("what", ("parameter or cell",), most=60),
    Column("metric", ("metric",), most=20),
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
_ARROWS: Mapping[Mark, str] = {"^": "▲", "v": "▼", "~": "~", "=": "=", "^?": "▲", "v?": "▼", "": ""}
_VERDICTS: Mapping[Mark, Tone] = {"^": "better", "v": "worse", "~": "inherited", "=": "inherited"}
_TONES: Mapping[str, Tone] = {"measured": "plain", "inherited": "inherited", "stale": "stale", "missing": "missing"}


def param_key(found: ParamDifference) -> str:
    """The key of a parameter's line."""
    return f"param:{found.key}"


def metric_key(cell: CellDifference, metric: MetricDifference) -> str:
    """The key of a metric's line."""
    return f"cell:{cell.name}:{metric.metric}"


def columns_for(width: int) -> list[Column]:
    """The columns in the order that a terminal of this width shows best."""
    by_key = {column.key: column for column in COLUMNS}
    return [by_key[key] for key in (_NARROW if width < _NARROW_BELOW else by_key)]


def in_order(row: TableRow, columns: Sequence[Column]) -> TableRow:
    """A line's cells in the order of `columns`."""
    by_key = {column.key: cell for column, cell in zip(COLUMNS, row.cells, strict=True)}
    return TableRow(row.key, [by_key[column.key] for column in columns])


def rows_of(found: Difference, everything: bool) -> list[TableRow]:
    """The lines: parameters first; cells and metrics that are the same only where everything is asked for."""
    rows = [_param_row(param) for param in found.params]
    for cell in found.cells:
        rows += [_metric_row(cell, metric) for metric in cell.metrics if everything or _differs(cell, metric)]
    return rows


def _differs(cell: CellDifference, metric: MetricDifference) -> bool:
    return not cell.same and metric.mark != "=" and not (metric.a is None and metric.b is None)


def _param_row(found: ParamDifference) -> TableRow:
    cells = [text_cell(found.key, "strong"), Cell("(param)", "", "inherited"), _value(found.a), _value(found.b)]
    return TableRow(param_key(found), [*cells, *[Cell("")] * 4])


def _value(value: object) -> Cell:
    return Cell(MISSING, None, "missing") if value is ABSENT else text_cell(param(value))


def _metric_row(cell: CellDifference, metric: MetricDifference) -> TableRow:
    verdict = f"{_ARROWS[metric.mark]} {MARKS[metric.mark]}".strip()
    change = metric.difference
    return TableRow(
        metric_key(cell, metric),
        [
            # Without its task, which the target implies: the line under the table has the whole name.
            text_cell(cell.name.partition("@")[2] or cell.name),
            text_cell(metric.metric),
            number_cell(metric.a, _DECIMALS, _TONES[cell.a.kind]),
            number_cell(metric.b, _DECIMALS, _TONES[cell.b.kind]),
            Cell("") if change is None else number_cell(change, _DECIMALS, _tone(metric.mark), sign=True),
            Cell(verdict, verdict or None, _tone(metric.mark)),
            Cell(interval(metric), metric.low),
            text_cell(metric.why or _stale(cell)),
        ],
    )


def _tone(mark: Mark) -> Tone:
    return _VERDICTS.get(mark, "plain")


def _stale(cell: CellDifference) -> str:
    sides = [letter for letter, origin in (("A", cell.a), ("B", cell.b)) if origin.kind == "stale"]
    return f"{' and '.join(sides)} stale" if sides else ""


def interval(metric: MetricDifference) -> str:
    """The interval of a difference; empty where there is none."""
    if metric.low is None or metric.high is None:
        return ""
    return f"[{metric.low:+.4f}, {metric.high:+.4f}]"


def details(found: Difference) -> dict[str, str]:
    """Every line in full, by its key."""
    params = {param_key(one): f"{one.key}: {param(one.a)} -> {param(one.b)}" for one in found.params}
    metrics = {
        metric_key(cell, metric): _metric_detail(cell, metric) for cell in found.cells for metric in cell.metrics
    }
    return {**params, **metrics}


def _metric_detail(cell: CellDifference, metric: MetricDifference) -> str:
    better = "higher" if metric.higher_is_better else "lower"
    sides = f"A {number(metric.a)} ({cell.a.kind}), B {number(metric.b)} ({cell.b.kind})"
    change = "" if metric.difference is None else f"B - A {metric.difference:+.4f} {MARKS[metric.mark]} "
    reason = interval(metric) or (f"no interval: {metric.why}" if change else metric.why)
    stale = "".join(_why(letter, origin) for letter, origin in (("A", cell.a), ("B", cell.b)))
    return f"{cell.name} {metric.metric}: {change}{reason}; {sides}; {better} is better.{stale}"


def _why(letter: str, origin: Origin) -> str:
    return f" {letter} is stale: {origin.why}." if origin.why else ""


def summary(found: Difference) -> str:
    """How many parameters and cells differ, and what the primary metric says of the cells."""
    overview = Overview()
    overview.add([found.b, found.a])
    primary = overview.primary()
    differing = [cell for cell in found.cells if not cell.same]
    marks = Counter(metric.mark for cell in differing for metric in cell.metrics if metric.metric == primary)
    verdicts = [f"{marks[mark]} {word}" for mark, word in MARKS.items() if mark and marks[mark]]
    told = f" ({primary}: {', '.join(verdicts)})" if verdicts else ""
    params = len(found.params)
    return (
        f"{params} parameter{'s differ' if params != 1 else ' differs'} · "
        f"{len(differing)} of {len(found.cells)} cells differ{told}"
    )
