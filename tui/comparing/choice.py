"""A part of a comparison: some cells, some metrics, only what differs."""

import difflib
from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from pipeline.errors import InputError
from tui.comparing.comparison import Comparison, MetricLine, cell_line
from tui.history.rows import History


def chosen_cells(found: Comparison, globs: Sequence[str]) -> Comparison:
    """The lines of the cells (or metrics files) whose name fits a pattern, with its task or without.

    Raises:
        InputError: A pattern fits nothing.
    """
    if not globs:
        return found
    scopes = dict.fromkeys(line.scope for line in found.metrics)
    for glob in globs:
        if not any(_fits(scope, glob) for scope in scopes):
            raise InputError(f"No cell fits '{glob}'{_near(glob, list(scopes))}")
    lines = tuple(line for line in found.metrics if any(_fits(line.scope, glob) for glob in globs))
    return replace(found, metrics=lines)


def chosen_metrics(history: History, found: Comparison, metrics: Sequence[str]) -> Comparison:
    """The lines of some metrics; of cells also those that params.yaml does not declare.

    Raises:
        InputError: No experiment has a metric.
    """
    if not metrics:
        return found
    lines: list[MetricLine] = []
    known = dict.fromkeys(line.metric for line in found.metrics)
    for scope in dict.fromkeys(line.scope for line in found.metrics):
        lines += _of_scope(history, found, scope, metrics, known)
    for metric in metrics:
        if not any(line.metric == metric for line in lines):
            raise InputError(f"None of the experiments has a metric '{metric}'{_near(metric, list(known))}")
    return replace(found, metrics=tuple(lines))


def _of_scope(
    history: History, found: Comparison, scope: str, metrics: Sequence[str], known: dict[str, None]
) -> list[MetricLine]:
    lines = [line for line in found.metrics if line.scope == scope and line.metric in metrics]
    if "@" in scope and any(row.cells for row in found.rows):
        others = (cell_line(history, found, scope, metric) for metric in metrics if metric not in known)
        lines += [line for line in others if _has_value(line)]
    return lines


def _has_value(line: MetricLine) -> bool:
    return any(side.value is not None for side in (line.baseline, *(one.measured for one in line.contrasts)))


def only_changed(found: Comparison) -> Comparison:
    """Without the parameters and metrics that are the same in all columns."""
    return replace(
        found,
        params=tuple(line for line in found.params if not line.same),
        metrics=tuple(line for line in found.metrics if not line.same),
    )


def _fits(scope: str, glob: str) -> bool:
    return fnmatchcase(scope, glob) or fnmatchcase(scope.partition("@")[2], glob)


def _near(text: str, names: Sequence[str]) -> str:
    near = [name for name in names if text.strip("*?") and text.strip("*?") in name][:3]
    near = near or difflib.get_close_matches(text, names, n=3, cutoff=0.4)
    return f"; there are {', '.join(near or list(names)[:5])}." if names else "; nothing is measured."
