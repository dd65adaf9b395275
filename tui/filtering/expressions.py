"""Columns that sum up the cells of an experiment: `max dev_macro_f1`, `last loss`, `mean accuracy task:sentiment`.

    FUNCTION NAME [terms about cells]

`NAME` is a metric of the cells' records, each cell being one value, or a column of their curves (reports/curves), each seed of each
cell being a series by epoch. `max`, `min` and `best` take the largest, the smallest, or the better of the two over everything;
`first`, `last` and `mean` take that of each series, and the mean over the series. Loss, error, perplexity and time are better small,
other names as params.yaml's `metrics` says. The terms choose cells as in a filter.

Values that are missing are left out; of nothing the column is missing. NaN is left out by max, min and best where there are numbers
beside it, and makes the others NaN.
"""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from tui.filtering.choosing import near_names, units
from tui.filtering.faults import FilterFault, either
from tui.filtering.index import Entry, Index
from tui.filtering.keys import key_of
from tui.filtering.parser import parse
from tui.filtering.tree import Node, terms
from tui.history.curves import Curve
from tui.history.values import declared_metrics

FUNCTIONS = ("max", "min", "best", "mean", "first", "last")
BETTER_SMALL = ("loss", "error", "perplexity", "time", "seconds", "rmse", "mae", "mse")


@dataclass(frozen=True)
class Expression:
    """A column's expression."""

    text: str
    function: str
    name: str
    where: Node
    """Terms about cells."""
    start: int
    """Where the name begins in the text."""


def parse_expression(text: str) -> Expression:
    """The expression of a text.

    Raises:
        FilterFault: It is none.
    """
    words = text.split(maxsplit=2)
    function = words[0].lower() if words else ""
    place = len(text) - len(text.lstrip())
    if function not in FUNCTIONS:
        raise FilterFault(f"A column begins with {either(FUNCTIONS)}: max dev_macro_f1.", place, place + len(function))
    if len(words) < 2:
        raise FilterFault(f"{function} wants a name: {function} dev_macro_f1.", place, place + len(function))
    start = text.index(words[1], place + len(words[0]))
    rest = text.index(words[2], start + len(words[1])) if len(words) > 2 else len(text)
    where = parse(" " * rest + text[rest:])
    for term in terms(where):
        if key_of(term).level != "cell":
            raise FilterFault("Only terms about cells choose the cells of a column.", term.start, term.end)
    return Expression(" ".join(text.split()), function, words[1], where, start)


class Summaries:
    """Values of expressions.

    Args:
        index: The experiments.
        curves: The curves of an experiment's cells by the cells' names.
    """

    def __init__(self, index: Index, curves: Callable[[Entry], Mapping[str, Curve]]) -> None:
        self._index = index
        self._curves = curves

    def resolve(self, expression: Expression) -> Expression:
        """The expression with the whole name of its metric or curve.

        Raises:
            FilterFault: No experiment has one of that name, or the name could be several.
        """
        name = expression.name
        if name in self._index.metrics():
            return expression
        columns = self._columns()
        found = [name] if name in columns else [other for other in columns if other.endswith(f"_{name}")]
        end = expression.start + len(name)
        if len(found) > 1:
            raise FilterFault(f"{name} may be {either(found)}; write one of them.", expression.start, end)
        if not found:
            near = near_names(name, [*columns, *self._index.metrics()])
            also = f"; did you mean {either(near)}?" if near else "."
            raise FilterFault(f"Neither a metric nor a curve is called {name}{also}", expression.start, end)
        return Expression(expression.text, expression.function, found[0], expression.where, expression.start)

    def _columns(self) -> list[str]:
        """Names of curves: those of the first experiments that have any."""
        found: dict[str, None] = {}
        for entry in self._index.entries.values():
            for curve in self._curves(entry).values():
                found.update(dict.fromkeys(curve))
            if found:
                break
        return list(found)

    def values(self, expression: Expression) -> Mapping[str, float | None]:
        """The value of an expression that has been resolved, for each experiment by its key."""
        chosen = units(expression.where, self._index)
        measured = self._index.values(expression.name) if expression.name in self._index.metrics() else None
        found = {}
        for key, entry in self._index.entries.items():
            held = [unit for unit in entry.units if chosen is None or unit in chosen]
            series = [[measured[unit]] for unit in held] if measured else self._series(entry, held, expression.name)
            known = [[value for value in one if value is not None] for one in series]
            better = partial(self._higher, entry, expression.name)
            found[key] = summed_up(expression.function, [one for one in known if one], better)
        return found

    def _series(self, entry: Entry, held: Iterable[int], name: str) -> Sequence[Sequence[float | None]]:
        curves = self._curves(entry)
        cells = [self._index.units[unit].cell for unit in held]
        return [one for cell in cells if cell for one in curves.get(cell.name, {}).get(name, ())]

    def _higher(self, entry: Entry, name: str) -> bool:
        if any(word in name.split("_") for word in BETTER_SMALL):
            return False
        declared = declared_metrics(entry.row.params)
        ends = [higher for metric, higher in declared.items() if name == metric or name.endswith(f"_{metric}")]
        return ends[0] if ends else True


def summed_up(function: str, series: Sequence[Sequence[float]], higher: Callable[[], bool]) -> float | None:
    """One value of several series of numbers; None of none."""
    if not series:
        return None
    if function in ("max", "min", "best"):
        numbers = [value for one in series for value in one if not math.isnan(value)]
        largest = function == "max" or (function == "best" and higher())
        return (max if largest else min)(numbers) if numbers else math.nan
    return sum(_TAKE[function](one) for one in series) / len(series)


_TAKE: Mapping[str, Callable[[Sequence[float]], float]] = {
    "first": lambda one: one[0],
    "last": lambda one: one[-1],
    "mean": lambda one: sum(one) / len(one),
}
