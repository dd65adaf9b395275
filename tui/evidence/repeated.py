"""What repeated cross-validation says of the gains of targets in folds, as reports/evidence/second_opinions.json recorded it."""

from collections.abc import Mapping
from typing import Any

from tui.evidence.cells import Parts
from tui.history.rows import History, Row
from tui.history.values import number

SECOND_OPINIONS = "reports/evidence/second_opinions.json"
_SAME = 1e-9

OverFolds = Mapping[str, Any]
"""`repeated_cv` as it was recorded: label, folds, repeats, gain, low, high, p, and the reason where there is no interval."""


Found = Mapping[str, tuple[OverFolds, float | None]]
"""By name of the IF cell, with the gain of the predictions that were asked."""


def over_folds(history: History, row: Row) -> tuple[Found, str]:
    """What is recorded, and a sentence where it cannot be read.

    Empty where no target is in folds, which costs a look at the bytes alone.
    """
    blob = history.files(row).find(SECOND_OPINIONS)
    content = history.store.content(blob) if blob is not None else None
    if blob is None or content is None or b'"repeated_cv"' not in content:
        return {}, ""
    parsed = history.store.json_once(blob, SECOND_OPINIONS)
    if parsed.problem is not None:
        return {}, parsed.problem
    try:
        return {
            _name(entry): (entry["repeated_cv"], _gain(entry)) for entry in parsed.value["gains"] if _has(entry)
        }, ""
    except (KeyError, TypeError):
        return {}, f"{SECOND_OPINIONS} has another form than this version writes; run second_opinions again."


def belonging(found: tuple[OverFolds, float | None] | None, gain: float | None) -> OverFolds | None:
    """What was found, where it was asked of the predictions that have this gain."""
    if found is None or found[1] is None or gain is None or not abs(found[1] - gain) <= _SAME:
        return None
    return found[0]


def _has(entry: Any) -> bool:
    return isinstance(entry, Mapping) and isinstance(entry.get("repeated_cv"), Mapping)


def _name(entry: Mapping[str, Any]) -> str:
    return Parts(*(str(entry[key]) for key in ("task", "target", "start", "model"))).name


def _gain(entry: Mapping[str, Any]) -> float | None:
    return number(entry["bootstrap"]["accuracy"]["gain"])
