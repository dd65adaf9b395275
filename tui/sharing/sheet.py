"""The value behind every written table: columns, rows of values, notes, and where it came from.

Numbers keep all their digits here; how many are written is a property of the value (`decimals`), so that a form for programs
loses nothing and a form for people stays narrow.
"""

import math
from dataclasses import dataclass

AS_IT_IS = -1
"""Decimals of a number that is written in the fewest digits that read back as the same number (a learning rate)."""
_LARGE = 1e7


@dataclass(frozen=True)
class Value:
    """One cell of a sheet."""

    value: str | float | int | bool | None
    """None is missing, NaN is not a number, 0 is zero."""
    decimals: int = 4
    """Digits behind the point of a float, for people; `AS_IT_IS` for as many as it has."""
    sd: float | None = None
    """Standard deviation over seeds."""
    low: float | None = None
    high: float | None = None
    """Both ends of the interval."""
    mark: str = ""
    """What the value is worth: ^ better, v worse, ~ unclear, = equal, ^? and v? without an interval."""
    best: bool = False
    """Whether it is the best of its kind: bold in LaTeX and Markdown."""
    sign: bool = False
    """Whether a plus is written before a positive number: differences."""


@dataclass(frozen=True)
class Column:
    """One column."""

    key: str
    """Unique in a sheet; the name in CSV and JSON."""
    head: str
    """What stands above it for people."""
    number: bool = False
    """Whether its values are numbers."""


@dataclass(frozen=True)
class Provenance:
    """Where a sheet came from."""

    command: str
    """What makes it again, as a shell reads it."""
    revisions: tuple[tuple[str, str], ...]
    """Name and commit of each experiment in it."""
    lock: str
    """The first digits of the SHA-256 of dvc.lock; by name where the experiments have several."""
    link: str
    """The command that leads back to the experiment: `detour show NAME`."""


@dataclass(frozen=True)
class Sheet:
    """A table."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Value, ...], ...]
    notes: tuple[str, ...] = ()
    """Sentences beneath it: what marks mean, what was assumed."""
    provenance: Provenance | None = None


WORDS = {"^": "better", "v": "worse", "~": "unclear", "=": "equal", "^?": "better?", "v?": "worse?"}
"""What a mark says."""
_MEANINGS = {
    "^": "better",
    "v": "worse",
    "~": "the interval includes 0",
    "=": "equal",
    "^?": "better by the numbers alone (no interval, or fewer than 3 seeds)",
    "v?": "worse by the numbers alone (no interval, or fewer than 3 seeds)",
}


def marks_of(sheet: Sheet) -> dict[str, str]:
    """The marks that a sheet has, with what they mean."""
    used = {value.mark for row in sheet.rows for value in row}
    return {mark: meaning for mark, meaning in _MEANINGS.items() if mark in used}


def number_text(value: float, decimals: int = 4, sign: bool = False) -> str:
    """A number for people: fixed decimals, `NaN`, `inf`, powers of ten where it is very large; never `-0.0000`."""
    if math.isnan(value):
        return "NaN"
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    form = "+" if sign else ""
    if decimals < 0:
        return f"{value:{form}}"
    if abs(value) >= _LARGE:
        return f"{value:{form}.3e}"
    # Adding zero turns a negative zero, which rounding may leave, into a plain one.
    return f"{round(value, decimals) + 0.0:{form}.{decimals}f}"


def plain_text(value: Value) -> str:
    """The value alone, without its deviation, interval and mark; empty for a missing one."""
    held = value.value
    if held is None:
        return ""
    if isinstance(held, bool):
        return "true" if held else "false"
    if isinstance(held, int):
        return f"{held:+d}" if value.sign else str(held)
    if isinstance(held, float):
        return number_text(held, value.decimals, value.sign)
    return held


def told(provenance: Provenance) -> tuple[str, ...]:
    """Where a sheet came from, in lines of `word: text`."""
    lines = [f"Made by: {provenance.command}"] if provenance.command else []
    lines += [f"Revision: {name} {commit}".rstrip() for name, commit in provenance.revisions]
    lines += [f"dvc.lock (SHA-256): {provenance.lock}"] if provenance.lock else []
    lines += [f"Back to it: {provenance.link}"] if provenance.link else []
    return tuple(lines)
