"""A comparison as `detour compare --json` prints it."""

from typing import Any

from tui.comparing.comparison import Comparison, Contrast, MetricLine, ParamLine
from tui.comparing.measured import Measured
from tui.comparing.sides import Side
from tui.history.diff import ABSENT, UNREADABLE
from tui.sharing import Provenance


def as_mapping(found: Comparison, provenance: Provenance | None = None) -> dict[str, Any]:
    """Columns, parameters and metrics; a column is referred to by its name."""
    baseline, *names = found.names
    return {
        "baseline": _side(found.baseline, baseline),
        "experiments": [_side(side, name) for side, name in zip(found.sides, names, strict=True)],
        "params": [_param(line, found.names) for line in found.params],
        "metrics": [_metric(line, names) for line in found.metrics],
        "provenance": None if provenance is None else vars(provenance),
    }


def _side(side: Side, name: str) -> dict[str, Any]:
    rows = [
        {
            "name": row.name,
            "kind": row.kind,
            "ref": row.ref,
            "commit": row.commit,
            "params_fault": row.params_fault or None,
            "problems": row.problems,
        }
        for row in side.rows
    ]
    return {"name": name, "averaged_over": side.key or None, "experiments": rows}


def _param(line: ParamLine, names: tuple[str, ...]) -> dict[str, Any]:
    """A column without the key, or whose params.yaml cannot be read (`params_fault`), is not in `values`: null is a value."""
    values = zip(names, (line.baseline, *line.values), strict=True)
    return {
        "key": line.key,
        "same": line.same,
        "values": {name: value for name, value in values if value not in (ABSENT, UNREADABLE)},
    }


def _metric(line: MetricLine, names: list[str]) -> dict[str, Any]:
    return {
        "cell": line.scope,
        "metric": line.metric,
        "higher_is_better": line.direction.higher,
        "direction_assumed": line.direction.assumed,
        "same": line.same,
        "baseline": _measured(line.baseline),
        "experiments": {name: _contrast(contrast) for name, contrast in zip(names, line.contrasts, strict=True)},
    }


def _measured(measured: Measured) -> dict[str, Any]:
    return {
        "value": measured.value,
        "sd": measured.sd,
        "n": measured.n,
        "origin": measured.origin,
        "stale": measured.why,
    }


def _contrast(contrast: Contrast) -> dict[str, Any]:
    return {
        **_measured(contrast.measured),
        "difference": contrast.difference,
        "low": contrast.low,
        "high": contrast.high,
        "mark": contrast.mark,
        "provisional": contrast.provisional,
        "why": contrast.why,
    }
