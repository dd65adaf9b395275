"""How a comparison is worded, alike on the command line and in the app."""

from collections import Counter
from collections.abc import Sequence

from tui.comparing.comparison import Comparison, Contrast, MetricLine, ParamLine
from tui.comparing.measured import Measured
from tui.history.words import MARKS, number, param

MARKS_LEGEND = "^ better  v worse  = equal  ~ the 95 % interval includes 0  ? no interval, or fewer than 3 seeds"
INTERVALS_LEGEND = "Intervals are over new seeds and new test examples, unadjusted for the number of lines."


def change(contrast: Contrast) -> str:
    """`+0.0180 ^`; empty where there is no difference."""
    return "" if contrast.difference is None else f"{contrast.difference:+.4f} {contrast.mark}".rstrip()


def interval(contrast: Contrast) -> str:
    """`[-0.0010, +0.0370]`; empty where there is none."""
    if contrast.low is None or contrast.high is None:
        return ""
    return f"[{contrast.low:+.4f}, {contrast.high:+.4f}]"


def spread(measured: Measured) -> str:
    """`±0.0120 n=3`, or `n=1`; empty where nothing is known of the seeds."""
    sd = f"±{measured.sd:.4f} " if measured.sd is not None else ""
    return f"{sd}n={measured.n}" if measured.n else ""


def verdict(contrast: Contrast) -> str:
    """What a difference is worth, in words."""
    said = MARKS[contrast.mark]
    if contrast.provisional:
        return f"{said.rstrip('?') or 'changed'}, provisional: fewer than 3 seeds"
    if contrast.mark in ("^?", "v?"):
        return f"{said.rstrip('?')} by the numbers alone"
    return {"~": "unclear: the interval includes 0", "": "changed"}.get(contrast.mark, said)


def sentence(line: MetricLine, contrast: Contrast, names: tuple[str, str]) -> str:
    """A cell of the comparison in full: difference, verdict, interval, both values, direction.

    Args:
        line: The metric.
        contrast: The experiment.
        names: Baseline and experiment.
    """
    head = f"{line.scope} {line.metric}"
    sides = f"{names[0]} {_value(line.baseline)}, {names[1]} {_value(contrast.measured)}"
    stale = "".join(
        f" {name} is stale: {side.why}."
        for name, side in zip(names, (line.baseline, contrast.measured), strict=True)
        if side.why
    )
    if contrast.difference is None:
        return f"{head}: {contrast.why}; {sides}.{stale}"
    worth = interval(contrast) or f"no interval: {contrast.why}"
    said = f"{contrast.difference:+.4f} {verdict(contrast)}, {worth}"
    return f"{head}: {said}; {sides}; {line.direction.words}.{stale}"


def _value(measured: Measured) -> str:
    beside = ", ".join(filter(None, (spread(measured), measured.origin if measured.value is not None else "")))
    return f"{number(measured.value)} ({beside})" if beside else number(measured.value)


def param_sentence(line: ParamLine, names: Sequence[str]) -> str:
    """A parameter in every column."""
    values = (line.baseline, *line.values)
    return f"{line.key}: {', '.join(f'{name} {param(value)}' for name, value in zip(names, values, strict=True))}"


def summary(found: Comparison) -> str:
    """How many parameters and lines differ, and what the primary metric says of each experiment."""
    params = sum(not line.same for line in found.params)
    scopes = {line.scope for line in found.metrics}
    differing = {line.scope for line in found.metrics if not line.same}
    what = "cells" if any("@" in scope for scope in scopes) else "metrics files"
    unread = any(row.params_fault for row in found.rows)
    read = " among those that can be read" if unread else ""
    return f"{params} parameter{'s differ' if params != 1 else ' differs'}{read} · {len(differing)} of {len(scopes)} {what} differ"


def verdicts(found: Comparison, place: int) -> str:
    """What the primary metric (or the first) says of an experiment: `accuracy: 3 better, 1 unclear`."""
    metrics = dict.fromkeys(line.metric for line in found.metrics)
    primary = found.primary if found.primary in metrics else next(iter(metrics), "")
    marks = Counter(line.contrasts[place].mark for line in found.metrics if line.metric == primary and not line.same)
    told = [f"{marks[mark]} {word}" for mark, word in MARKS.items() if mark and mark != "=" and marks[mark]]
    return f"{primary}: {', '.join(told)}" if told else ""


def stale(found: Comparison, column: int) -> str:
    """How many cells (or files) of a column are stale, the baseline being column 0; empty for none: records may be the same and
    yet not what the parameters beside them ask for."""
    measured = (
        (line.scope, (line.baseline, *(one.measured for one in line.contrasts))[column]) for line in found.metrics
    )
    scopes = {scope for scope, side in measured if side.origin == "stale"}
    return f"{len(scopes)} stale" if scopes else ""


def remarks(found: Comparison) -> list[str]:
    """What has to be known beside the numbers: groups, and directions that nobody declared."""
    told = [side.about for side in found.columns if side.is_group]
    by_direction: dict[str, list[str]] = {}
    for line in found.assumed:
        by_direction.setdefault(line.direction.words, []).append(line.metric)
    told += [
        f"{', '.join(metrics[:8])}{' ...' if len(metrics) > 8 else ''}: {words}; params.yaml may say "
        "metrics.<name>.higher_is_better."
        for words, metrics in by_direction.items()
        if "no direction" not in words
    ]
    return told
