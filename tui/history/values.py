"""Numbers of a cell's record, by metric.

A metric is a dotted key of the record (`accuracy`, `languages.fr.macro_f1`); where a block stands there, its
`mean` is the value. A value that is not there is None; zero is 0.0 and not-a-number is NaN: three things that
are never shown alike.
"""

from collections.abc import Mapping
from typing import Any

DEFAULT_METRICS: Mapping[str, bool] = {"accuracy": True, "macro_f1": True}
"""Metrics of a study that declares none, with whether higher is better."""


def value_of(record: Mapping[str, Any] | None, metric: str) -> float | None:
    """The value of `metric` in a cell's record; None where the record or the metric is missing or null."""
    if type(record) is not dict:
        at_hand = getattr(record, "number", None)
        if at_hand is not None:
            # A record of which the declared metrics were kept.
            return at_hand(metric)  # type: ignore[no-any-return]
    found: Any = record
    for part in metric.split("."):
        # A dict, as it mostly is, is told faster than a mapping.
        if type(found) is not dict and not isinstance(found, Mapping):
            return None
        found = found.get(part)
    if type(found) is dict or isinstance(found, Mapping):
        found = found.get("mean")
    return found if type(found) is float else number(found)


def number(value: Any) -> float | None:
    """`value` as a float; None where it is no number (true and false are none)."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        return float(value)
    except OverflowError:
        return float("inf") if value > 0 else float("-inf")


def declared_metrics(params: Mapping[str, Any] | None) -> dict[str, bool]:
    """Each metric of params.yaml's `metrics` block with whether higher is better."""
    block = params.get("metrics") if params is not None else None
    if not isinstance(block, Mapping) or not block:
        return dict(DEFAULT_METRICS)
    return {str(name): _higher(settings) for name, settings in block.items()}


def _higher(settings: Any) -> bool:
    return settings.get("higher_is_better", True) is not False if isinstance(settings, Mapping) else True
