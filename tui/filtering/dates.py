"""Days and ages as a filter has them: `2026-11-01`, `2026-11`, `2026`, `today`, `7d`."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from tui.filtering.faults import FilterFault
from tui.filtering.tree import Value

_AGE = re.compile(r"(\d{1,5}(?:\.\d{1,3})?)(h|d|w|m|y)")
_DAYS = {"h": 1 / 24, "d": 1.0, "w": 7.0, "m": 30.0, "y": 365.0}
_FORMS = (
    ("%Y-%m-%dT%H:%M", timedelta(minutes=1)),
    ("%Y-%m-%d %H:%M", timedelta(minutes=1)),
    ("%Y-%m-%d", timedelta(days=1)),
)
_MONTH = re.compile(r"(\d{4})(?:-(\d{1,2}))?")


@dataclass(frozen=True)
class Age:
    """How long ago."""

    length: timedelta


@dataclass(frozen=True)
class Span:
    """From a moment to before another, on the clock of whoever made a commit."""

    begin: datetime
    end: datetime


def moment(value: Value, now: datetime | None = None) -> Age | Span:
    """What a date is compared with.

    Args:
        value: As it was typed.
        now: For `today` and `yesterday`; the present where absent.

    Raises:
        FilterFault: It is neither a day, a month, a year nor an age.
    """
    text = value.text.lower()
    age = _AGE.fullmatch(text)
    if age is not None:
        return Age(timedelta(days=float(age[1]) * _DAYS[age[2]]))
    found = _named(text, now) or _written(value.text) or _month(text)
    if found is None:
        wanted = "2026-11-01, 2026-11, 2026-11-01T12:00, today or an age such as 7d, 12h, 2w, 3m, 1y"
        raise FilterFault(f"'{value.text}' is no date; write {wanted}.", value.start, value.end)
    return found


def _named(text: str, now: datetime | None) -> Span | None:
    if text not in ("today", "yesterday"):
        return None
    today = (now or datetime.now()).replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=None)
    begin = today - timedelta(days=text == "yesterday")
    return Span(begin, begin + timedelta(days=1))


def _written(text: str) -> Span | None:
    for form, length in _FORMS:
        try:
            begin = datetime.strptime(text, form)
            return Span(begin, begin + length)
        except (ValueError, OverflowError):
            continue
    return None


def _month(text: str) -> Span | None:
    found = _MONTH.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= 9998 or not 1 <= int(found[2] or 1) <= 12:
        return None
    year, month = int(found[1]), int(found[2] or 1)
    after = (year, month + 1) if found[2] and month < 12 else (year + 1, 1)
    return Span(datetime(year, month, 1), datetime(*after, 1))
