"""A comparison as a sheet to be shared: a row for each metric, a value and a difference for each experiment; parameters as notes."""

import math
from collections.abc import Sequence

from tui.comparing.comparison import Comparison, MetricLine
from tui.comparing.measured import Measured
from tui.comparing.words import param_sentence, remarks
from tui.sharing import Column, Provenance, Sheet, Value

DIFFERENCES = "Differences are experiment minus baseline."
INTERVALS = "In brackets the 95 % interval over new seeds and new test examples, unadjusted for the number of rows."
DEVIATIONS = "± is the standard deviation over seeds."
BEST = "The best of a row is bold."
MOST_PARAMS = 12


def sheet_of(found: Comparison, provenance: Provenance | None = None) -> Sheet:
    """The sheet of the lines of a comparison."""
    baseline, *others = found.names
    columns = [Column("cell", "cell"), Column("metric", "metric"), Column(baseline, baseline, number=True)]
    for name in others:
        columns += [Column(name, name, number=True), Column(f"{name} - {baseline}", "difference", number=True)]
    params = [line for line in found.params if not line.same]
    notes = [param_sentence(line, found.names) for line in params[:MOST_PARAMS]]
    notes += [f"{len(params) - MOST_PARAMS} more parameters differ."] if len(params) > MOST_PARAMS else []
    title = f"{', '.join(others)} against {baseline}"
    rows = tuple(_row(line) for line in found.metrics)
    return Sheet(title, tuple(columns), rows, (*_about(rows), *remarks(found), *notes), provenance)


def _about(rows: Sequence[Sequence[Value]]) -> list[str]:
    """Sentences on what the rows hold."""
    values = [value for row in rows for value in row]
    said = {
        DIFFERENCES: bool(values),
        INTERVALS: any(value.low is not None for value in values),
        DEVIATIONS: any(value.sd is not None for value in values),
        BEST: any(value.best for value in values),
    }
    return [sentence for sentence, is_so in said.items() if is_so]


def _row(line: MetricLine) -> tuple[Value, ...]:
    best = _best(line)
    values = [Value(line.scope), Value(line.metric), _value(line.baseline, best)]
    for contrast in line.contrasts:
        values.append(_value(contrast.measured, best))
        values.append(Value(contrast.difference, low=contrast.low, high=contrast.high, mark=contrast.mark, sign=True))
    return tuple(values)


def _value(measured: Measured, best: float | None) -> Value:
    return Value(measured.value, sd=measured.sd, best=best is not None and measured.value == best)


def _best(line: MetricLine) -> float | None:
    """The best value of a line; None where fewer than two can be compared or nothing says what is better."""
    measured: Sequence[Measured] = (line.baseline, *(contrast.measured for contrast in line.contrasts))
    values = [side.value for side in measured if side.value is not None and math.isfinite(side.value)]
    if len(values) < 2 or line.direction.higher is None:
        return None
    return max(values) if line.direction.higher else min(values)
