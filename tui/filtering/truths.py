"""Whether one value fits a term: true, false, or neither.

Neither is what a comparison with something that is not there comes to (`None`): then neither the term nor its negation holds.
That goes for numbers (metrics, gain, date, parameters); a text that is not there (a note, a tag, a host) is an empty one. NaN is
there and is a number that no comparison holds for, so that the negations of comparisons do. `=missing` and `=nan` ask for both.
"""

import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from tui.filtering.dates import Age, Span, moment
from tui.filtering.keys import ORDERS, number_in
from tui.filtering.tree import Term, Value

Truth = bool | None
_COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_NEAR = 1e-9
"""Relative difference within which two numbers are equal: what was computed is rarely the decimal that one types."""


def text_test(term: Term, contains: bool) -> Callable[[str], bool]:
    """A test of a text, without regard to case.

    Args:
        term: `:`, `=` or `~`, with values.
        contains: Whether `:` asks for a part of the text; else, as `=`, for the whole. `*` stands for any letters of a whole.
    """
    tests = [_one_text(term.op, value, contains) for value in term.values]
    if len(tests) == 1:
        return tests[0]
    return lambda text: any(test(text) for test in tests)


def _one_text(op: str, value: Value, contains: bool) -> Callable[[str], bool]:
    wanted = value.text.casefold()
    pattern = "*" in wanted and not value.quoted and op != "~"
    if pattern:
        form = re.compile(".*".join(map(re.escape, wanted.split("*"))), re.DOTALL)
        return lambda text: form.fullmatch(text.casefold()) is not None
    if op == "~" or (op == ":" and contains):
        return lambda text: wanted in text.casefold()
    return lambda text: text.casefold() == wanted


def any_text(test: Callable[[str], bool], texts: Iterable[str]) -> bool:
    """Whether one of several texts fits; of none, an empty one is looked at."""
    return any(map(test, texts or ("",)))


def number_test(term: Term) -> Callable[[float | None], Truth]:
    """A test of a number that may be missing or NaN."""
    tests = [_one_number(term.op, value.text.lower()) for value in term.values]
    return tests[0] if len(tests) == 1 else lambda number: some(test(number) for test in tests)


def _one_number(op: str, text: str) -> Callable[[float | None], Truth]:
    if text == "missing":
        return lambda number: number is None
    if text == "nan":
        return lambda number: None if number is None else math.isnan(number)
    wanted = number_in(text)
    assert wanted is not None
    if op in ORDERS:
        compare = _COMPARE[op]
        return lambda number: None if number is None else compare(number, wanted)
    return lambda number: None if number is None else math.isclose(number, wanted, rel_tol=_NEAR)


def some(truths: Iterable[Truth]) -> Truth:
    """Whether one of several is true; neither where one of them could be."""
    found: Truth = False
    for truth in truths:
        if truth:
            return True
        found = None if truth is None else found
    return found


def date_test(term: Term, now: datetime) -> Callable[[datetime | None], Truth]:
    """A test of a commit's date; days are those of its author's clock."""
    tests = [_one_date(term.op, value, now) for value in term.values]
    return lambda date: some(test(date) for test in tests)


def _one_date(op: str, value: Value, now: datetime) -> Callable[[datetime | None], Truth]:
    if value.text.lower() == "missing":
        return lambda date: date is None
    found = moment(value, now)
    if isinstance(found, Age):
        compare, length = _COMPARE[op], found.length
        return lambda date: None if date is None else compare((now - date).total_seconds(), length.total_seconds())
    return lambda date: None if date is None else _within(op, date.replace(tzinfo=None), found)


def _within(op: str, date: datetime, span: Span) -> bool:
    if op in ("<", "<="):
        return date < (span.begin if op == "<" else span.end)
    if op in (">", ">="):
        return date >= (span.end if op == ">" else span.begin)
    return span.begin <= date < span.end


def param_test(term: Term) -> Callable[[Any], Truth]:
    """A test of a parameter that is there: a number, text, true, false, null or a list."""
    tests = [_one_param(term.op, value) for value in term.values]
    return tests[0] if len(tests) == 1 else lambda found: some(test(found) for test in tests)


def _one_param(op: str, value: Value) -> Callable[[Any], Truth]:
    if op in ORDERS:
        wanted = number_in(value.text)
        assert wanted is not None
        compare = _COMPARE[op]
        return lambda found: compare(found, wanted) if _is_number(found) else None
    if value.text.lower() == "missing" and not value.quoted:
        return lambda found: False
    equal = _equal(op, value)
    return lambda found: equal(found) or (op != "=" and isinstance(found, list) and any(map(equal, found)))


def _equal(op: str, value: Value) -> Callable[[Any], bool]:
    wanted, test = number_in(value.text), _one_text(op, value, contains=False)
    nan = value.text.lower() == "nan" and not value.quoted

    def holds(found: Any) -> bool:
        if _is_number(found) and op != "~":
            return math.isnan(found) if nan else wanted is not None and math.isclose(found, wanted, rel_tol=_NEAR)
        return test(written(found))

    return holds


def written(found: Any) -> str:
    """A parameter as one types it: `true`, `null`, `[1, 2]`, a text as it is."""
    if isinstance(found, bool):
        return "true" if found else "false"
    if found is None:
        return "null"
    if isinstance(found, list):
        return "[" + ", ".join(map(written, found)) + "]"
    return str(found)


def _is_number(found: Any) -> bool:
    return isinstance(found, int | float) and not isinstance(found, bool)
