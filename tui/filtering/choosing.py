"""Which experiments a filter chooses.

Terms about cells choose them jointly: an experiment is shown when at least one of its cells satisfies all of them together.
Put exactly: a filter is true, false or neither of an experiment and one cell; the experiment is shown when it is true with one of
its cells, or, where no term asks about cells, without any.

Negations are pushed down to the terms first (neither stays neither), which leaves terms that hold or fail joined by *all* and
*some*. Experiments that agree in the terms about experiments ask the same question of their cells, and cells of one name and origin
agree in all but metrics: each question is answered once, as a set of units, and ten thousand experiments are as many looks into sets.
"""

import difflib
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from operator import and_, or_

from tui.filtering.faults import FilterFault, either
from tui.filtering.index import Index, Unit
from tui.filtering.keys import METRICS, PARAMS, key_of
from tui.filtering.parser import parse
from tui.filtering.row_tests import Asides, matching, row_test
from tui.filtering.tree import All, Node, Not, Term, terms
from tui.filtering.truths import Truth, number_test, text_test

_NEAR_NAMES = 3


@dataclass(frozen=True)
class _Literal:
    """A term that has to hold, or to fail."""

    term: Term
    holds: bool


@dataclass(frozen=True)
class _Joined:
    """Forms of which every one has to hold, or one."""

    every: bool
    parts: tuple["_Form", ...]


_Form = _Literal | _Joined


class Filter:
    """A filter that has been understood.

    Args:
        text: As it was typed.

    Raises:
        FilterFault: It cannot be understood.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = parse(text)

    def choose(self, index: Index, asides: Asides | None = None, now: datetime | None = None) -> list[str]:
        """Keys of the experiments that are shown, in the order of the index."""
        return _Choice(index, asides or Asides(), now or datetime.now(UTC)).choose(self.tree)

    def check(self, index: Index) -> None:
        """Refuse names of metrics and parameters that no experiment has.

        Raises:
            FilterFault: One of them is unknown.
        """
        for term in terms(self.tree):
            _check_name(term, index)


def units(tree: Node, index: Index) -> Set[int] | None:
    """The units that a tree of terms about cells chooses; None for all."""
    form = _form(tree)
    answer = _Choice(index, Asides(), datetime.now(UTC)).units_of(form)
    return None if answer is True else answer if answer is not False else frozenset()


def _check_name(term: Term, index: Index) -> None:
    for prefix, noun, known in ((METRICS, "metric", index.metrics), (PARAMS, "parameter", index.params)):
        name = term.key.removeprefix(prefix)
        if name == term.key or (prefix == PARAMS and matching(name, index.params())):
            continue
        if prefix == METRICS and matching(name, index.metrics()):
            continue
        near = near_names(name, list(known()))
        also = f"; did you mean {either([prefix + other for other in near])}?" if near else "."
        raise FilterFault(f"No experiment has a {noun} {name}{also}", term.start, term.end)


def near_names(name: str, known: Sequence[str]) -> list[str]:
    """Names that may have been meant."""
    ends = [other for other in known if other.rpartition(".")[2] == name.rpartition(".")[2]]
    close = difflib.get_close_matches(name, known, n=_NEAR_NAMES, cutoff=0.5)
    return list(dict.fromkeys([*ends, *close, *(other for other in known if name in other)]))[:_NEAR_NAMES]


def _form(node: Node, holds: bool = True) -> _Form:
    """The tree with every negation at a term."""
    if isinstance(node, Term):
        return _Literal(node, holds)
    if isinstance(node, Not):
        return _form(node.inner, not holds)
    return _Joined(isinstance(node, All) is holds, tuple(_form(part, holds) for part in node.parts))


class _Choice:
    """One evaluation."""

    def __init__(self, index: Index, asides: Asides, now: datetime) -> None:
        self._index = index
        self._asides = asides
        self._now = now
        self._groups = list(index.groups.items())
        self._known: dict[tuple[_Literal, int], frozenset[int]] = {}

    def choose(self, tree: Node) -> list[str]:
        form = _form(tree)
        literals = list(dict.fromkeys(_literals(form)))
        of_rows = [literal for literal in literals if key_of(literal.term).level == "row"]
        tests = [(row_test(literal.term, self._index, self._asides, self._now), literal.holds) for literal in of_rows]
        of_cells = [literal for literal in literals if literal not in of_rows]
        answers: dict[tuple[bool, ...], bool | Set[int]] = {}
        shown = []
        for entry in list(self._index.entries.values()):
            facts = tuple([test(entry) is holds for test, holds in tests])
            if facts not in answers:
                answers[facts] = self._answer(_decided(form, dict(zip(of_rows, facts, strict=True))), of_cells)
            answer = answers[facts]
            if answer is True or (answer is not False and not answer.isdisjoint(entry.units)):
                shown.append(entry.key)
        return shown

    def units_of(self, form: _Form) -> bool | Set[int]:
        """What terms about cells choose: everything, nothing, or some units."""
        return self._answer(_decided(form, {}), list(dict.fromkeys(_literals(form))))

    def _answer(self, form: bool | _Form, literals: Sequence[_Literal]) -> bool | Set[int]:
        """Whether experiments are shown whatever their cells, or the units of which they need one."""
        if isinstance(form, bool):
            return form
        named = [literal for literal in literals if not literal.term.key.startswith(METRICS)]
        tests = [(literal, _unit_test(literal.term)) for literal in named]
        found: set[int] = set()
        for place, (_, units) in enumerate(self._groups):
            first = self._index.units[units[0]]
            left = _decided(form, {literal: test(first) is literal.holds for literal, test in tests})
            if left is True:
                found.update(units)
            elif left is not False:
                found |= self._holding(left, place)
        return found

    def _holding(self, form: _Form, place: int) -> Set[int]:
        """The units of a group that terms about metrics choose."""
        if isinstance(form, _Joined):
            sets = [self._holding(part, place) for part in form.parts]
            return reduce(and_ if form.every else or_, sets)
        if (form, place) not in self._known:
            test, values = number_test(form.term), self._index.values(form.term.key.removeprefix(METRICS))
            units, holds = self._groups[place][1], form.holds
            self._known[form, place] = frozenset([unit for unit in units if test(values[unit]) is holds])
        return self._known[form, place]


def _decided(form: _Form, facts: Mapping[_Literal, bool]) -> bool | _Form:
    """The form with what is known of its terms put in."""
    if isinstance(form, _Literal):
        return facts.get(form, form)
    left: list[_Form] = []
    for part in form.parts:
        found = _decided(part, facts)
        if not isinstance(found, bool):
            left.append(found)
        elif found is not form.every:
            return found
    return _Joined(form.every, tuple(left)) if left else form.every


def _literals(form: _Form) -> list[_Literal]:
    if isinstance(form, _Literal):
        return [form]
    return [literal for part in form.parts for literal in _literals(part)]


def _unit_test(term: Term) -> Callable[[Unit], Truth]:
    """A test of a cell by name or origin; metrics that are no cell's have neither."""
    if not term.op:
        return lambda unit: None if unit.cell is None else unit.cell.origin.kind == term.key
    test = text_test(term, contains=False)
    places = {"target": 0, "start": 1, "model": 2}
    if term.key in places:
        place = places[term.key]
        return lambda unit: None if unit.cell is None else test(unit.parts[place])
    read: Mapping[str, Callable[[Unit], str]] = {
        "task": lambda unit: unit.cell.task if unit.cell else "",
        "cell": lambda unit: unit.cell.name if unit.cell else "",
        "origin": lambda unit: unit.cell.origin.kind if unit.cell else "",
    }
    chosen = read[term.key]
    return lambda unit: None if unit.cell is None else test(chosen(unit))
