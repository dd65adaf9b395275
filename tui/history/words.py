"""How values of history are worded, alike on the command line and in the app."""

import json
import math
from collections.abc import Mapping
from typing import Any

from tui.history.diff import ABSENT, UNREADABLE, Mark
from tui.history.rows import Row
from tui.history.snapshot import Gains

MARKS: Mapping[Mark, str] = {
    "^": "better",
    "v": "worse",
    "~": "unclear",
    "=": "equal",
    "^?": "better?",
    "v?": "worse?",
    "": "",
}
"""What a mark says; the question mark is for a difference without an interval."""


def number(value: float | None) -> str:
    """A value with four decimals; `missing` and `nan` are words."""
    if value is None:
        return "missing"
    if not math.isfinite(value):
        return str(value)
    return f"{value:.4f}" if abs(value) < 10000 else f"{value:.4g}"


def param(value: Any, most: int = 200) -> str:
    """A parameter as YAML's flow style has it, nearly; long ones are cut."""
    if value is ABSENT or value is UNREADABLE:
        return f"({value})"
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= most else text[: most - 3] + "..."


def cells_in_short(counts: Mapping[Any, int]) -> str:
    """Numbers of cells by origin: `3/33/0/0`."""
    return "/".join(str(counts[kind]) for kind in ("measured", "inherited", "stale", "missing"))


def gain_in_short(gains: Gains) -> str:
    """The mean gain and the number of pairs; `-` for none."""
    if gains.mean is None or not math.isfinite(gains.mean):
        return "-"
    return f"{gains.mean:+.3f} ({gains.comparable})"


def side(row: Row) -> str:
    """A revision in one line: `short  (experiment, 67f343dc1, 2026-03-01)`."""
    day = f", {row.date.date().isoformat()}" if row.date else ""
    return f"{row.name}  ({row.kind}, {row.commit[:9] or 'no commit'}{day})"


def problems(row: Row) -> tuple[str, ...]:
    """What could not be read of a revision, a sentence each; of params.yaml also whose it is."""
    whose = "the working folder" if row.kind == "workspace" else row.name
    unread = f"params.yaml of {whose} cannot be read. "
    return tuple(unread + problem if problem == row.params_fault else problem for problem in row.problems)
