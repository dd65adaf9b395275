"""`detour diff`: parameters and metrics of two experiments, with intervals.

The output is read at 80 columns and without colour: the mark behind each line says better, worse, equal or
unclear (see `tui.history.diff`).
"""

from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tui.history.diff import Difference, MetricDifference, ParamDifference
    from tui.history.rows import History, Row

LEGEND = (
    "B - A with its 95 % interval, unadjusted for the number of cells.",
    "^ better  v worse  = equal  ~ the interval includes 0",
    "? no interval, or fewer than 3 seeds",
)
_STYLES = {"^": "green", "v": "red", "~": "dim", "=": "dim"}


def diff(
    a: Annotated[str, typer.Argument(help="The baseline: branch, tag, experiment, commit or `workspace`.")],
    b: Annotated[
        str | None, typer.Argument(help="What is compared with it. One name alone is compared with HEAD.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print every cell and metric as JSON.")] = False,
    everything: Annotated[bool, typer.Option("--all", help="Show the cells that are the same, too.")] = False,
) -> None:
    """Compare two experiments: B - A, cell by cell."""
    from tui.history.diff import difference
    from tui.history.rows import History
    from tui.output import emit_json

    history = History()
    found = difference(history, *_sides(history, a, b))
    if as_json:
        emit_json(as_mapping(found))
    else:
        _print(found, everything)


def _sides(history: "History", a: str, b: str | None) -> "tuple[Row, Row]":
    """The rows of A and B; one name is B, and A is HEAD, or main where HEAD is that name's commit."""
    from pipeline.errors import InputError

    if b is not None:
        return history.row(history.resolve(a)), history.row(history.resolve(b))
    named, baseline = history.resolve(a), history.head()
    if baseline is not None and named.kind != "workspace" and baseline.commit == named.commit:
        baseline = next((ref for ref in history.refs() if ref.full == "refs/heads/main"), None)
    if baseline is None or (named.kind != "workspace" and baseline.commit == named.commit):
        raise InputError(f"'{a}' is where HEAD is; name a second revision to compare it with.")
    return history.row(baseline), history.row(named)


def as_mapping(found: "Difference") -> dict[str, Any]:
    """A difference as `--json` prints it."""
    return {
        "a": _side(found.a),
        "b": _side(found.b),
        "params": [_param(param) for param in found.params],
        "cells": [
            {
                "cell": cell.name,
                "same": cell.same,
                "a": {"origin": cell.a.kind, "why": cell.a.why},
                "b": {"origin": cell.b.kind, "why": cell.b.why},
                "metrics": [vars(metric) for metric in cell.metrics],
            }
            for cell in found.cells
        ],
        "files": _files(found.a, found.b),
    }


def _files(a: "Row", b: "Row") -> list[dict[str, Any]]:
    """The files of metrics that dvc.yaml declares, where no study is: every value of both sides."""
    from tui.history.leaves import same_value

    if a.is_study or b.is_study:
        return []
    told = []
    for path in dict.fromkeys([*b.files, *a.files]):
        one, two = a.metrics.get(path, {}), b.metrics.get(path, {})
        told.append(
            {
                "file": path,
                "same": one.keys() == two.keys() and all(same_value(one[key], two[key]) for key in one),
                "a": _origin(a, path),
                "b": _origin(b, path),
                "metrics": [_value(key, one, two) for key in dict.fromkeys([*two, *one])],
            }
        )
    return told


def _origin(row: "Row", path: str) -> dict[str, str]:
    origin = row.origins.get(path)
    return {"origin": origin.kind if origin else "missing", "why": origin.why if origin else ""}


def _value(key: str, one: "Mapping[str, Any]", two: "Mapping[str, Any]") -> dict[str, Any]:
    """A side without the value has no `a` or `b`; the difference is B - A, of numbers alone."""
    from math import isfinite

    from tui.history.values import number

    a, b = (number(values.get(key)) for values in (one, two))
    difference = b - a if a is not None and b is not None and isfinite(a) and isfinite(b) else None
    held = {side: values[key] for side, values in (("a", one), ("b", two)) if key in values}
    return {"metric": key, **held, "difference": difference}


def _side(row: "Row") -> dict[str, Any]:
    return {
        "name": row.name,
        "kind": row.kind,
        "ref": row.ref,
        "commit": row.commit,
        "base": row.base,
        "params_fault": row.params_fault or None,
        "problems": row.problems,
    }


def _param(param: "ParamDifference") -> dict[str, Any]:
    """A side without the key has no `a` or `b`: null is a value."""
    from tui.history.diff import ABSENT

    sides = {"a": param.a, "b": param.b}
    return {"key": param.key, **{side: value for side, value in sides.items() if value is not ABSENT}}


def _print(found: "Difference", everything: bool) -> None:
    from tui.history.words import problems, side
    from tui.output import console, plain, say

    for letter, row in (("A", found.a), ("B", found.b)):
        say(f"{letter}  {side(row)}")
        for problem in problems(row):
            say(f"   (!) {problem}")
    say("")
    _print_params(found)
    shown = [cell for cell in found.cells if everything or not cell.same]
    paper = console()
    for cell in shown:
        say("")
        paper.print(plain(cell.name, "bold"), soft_wrap=True)
        say(f"  A {cell.a.kind}, B {cell.b.kind}")
        for letter, origin in (("A", cell.a), ("B", cell.b)):
            if origin.why:
                say(f"  {letter} is stale: {origin.why}")
        for metric in cell.metrics:
            for line in line_of(metric).split("\n"):
                paper.print(plain(line, _STYLES.get(metric.mark, "")), soft_wrap=True)
    same = sum(cell.same for cell in found.cells)
    say("")
    if same and not everything:
        say(f"{same} {'cell is' if same == 1 else 'cells are'} the same in both (--all shows them).")
    _tell_of_files(found.a, found.b)
    for line in LEGEND if shown else ():
        say(line)


def _tell_of_files(a: "Row", b: "Row") -> None:
    """Where no study is, numbers stand in files of metrics, which `compare` shows."""
    from tui.history.leaves import same_value
    from tui.output import say

    if a.is_study or b.is_study:
        return
    one, two = (
        {(path, key): value for path, leaves in row.metrics.items() for key, value in leaves.items()} for row in (a, b)
    )
    count = sum(
        key not in one or key not in two or not same_value(one[key], two[key]) for key in one.keys() | two.keys()
    )
    if count:
        say(
            f"{count} {'metric differs' if count == 1 else 'metrics differ'} in files of metrics; `detour compare` shows them."
        )


def _print_params(found: "Difference") -> None:
    from tui.history.words import param as worded
    from tui.output import say

    unread = [letter for letter, row in (("A", found.a), ("B", found.b)) if row.params_fault]
    if unread:
        say(f"Parameters: unreadable in {' and '.join(unread)}, so those of params.yaml are not compared.")
    elif not found.params:
        say("Parameters: none differ.")
    if found.params:
        say(f"Parameters: {len(found.params)} differ{'s' if len(found.params) == 1 else ''}.")
    for param in found.params:
        say(f"  {param.key}: {worded(param.a)} -> {worded(param.b)}")


def line_of(metric: "MetricDifference") -> str:
    """One metric: A, B, B - A, mark, and the interval or the reason why there is none."""
    from tui.history.words import number

    values = f"  {metric.metric:<10} {number(metric.a):>8} {number(metric.b):>8}"
    if metric.difference is None:
        return _with_reason(values, metric.why)
    change = f"{values} {metric.difference:>+9.4f}  {metric.mark:<2}"
    if metric.low is not None and metric.high is not None:
        return f"{change}  [{metric.low:+.4f}, {metric.high:+.4f}]"
    return _with_reason(change, f"no interval: {metric.why}")


def _with_reason(line: str, reason: str) -> str:
    """A reason behind a line, or below it where both are wider than a narrow terminal."""
    return f"{line}  {reason}" if len(line) + len(reason) + 2 <= 80 else f"{line.rstrip()}\n      {reason}"
