"""How the list of experiments looks, as a person left it: kept in the notebook beside the repository."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui.widgets.arrangement import LEAST, MOST, Arrangement, SortKey


@dataclass(frozen=True)
class View:
    """Columns, order and filter."""

    choice: Mapping[str, bool] = field(default_factory=dict)
    """Whether a column is shown, by the keys of the columns that somebody chose or took away."""
    sums: tuple[str, ...] = ()
    """Expressions that are columns."""
    arrangement: Arrangement = field(default_factory=Arrangement)
    metric: str = ""
    filter: str = ""
    differing: bool = False
    """Whether parameters that are the same in all rows shown are left out."""
    baseline: str = ""
    """The key of the pinned experiment."""


def as_mapping(view: View) -> dict[str, Any]:
    """A view in JSON's types."""
    stands = view.arrangement
    return {
        "columns": dict(view.choice),
        "expressions": list(view.sums),
        "order": list(stands.order),
        "widths": dict(stands.widths),
        "pinned": stands.pinned,
        "sort": [list(sort) for sort in stands.sort],
        "tree": stands.tree,
        "metric": view.metric,
        "filter": view.filter,
        "differing": view.differing,
        "baseline": view.baseline,
    }


def view_of(kept: Mapping[str, Any]) -> View:
    """The view in a mapping; what cannot be understood is as it is before anybody chooses."""
    pinned = kept.get("pinned")
    arrangement = Arrangement(
        _words(kept.get("order")),
        {key: width for key, width in _mapping(kept.get("widths")).items() if _is_width(width)},
        pinned if isinstance(pinned, int) and not isinstance(pinned, bool) and pinned > 0 else 1,
        tuple(SortKey(*sort) for sort in _list(kept.get("sort")) if _is_sort(sort)),
        kept.get("tree") is True,
    )
    return View(
        {key: shown for key, shown in _mapping(kept.get("columns")).items() if isinstance(shown, bool)},
        _words(kept.get("expressions")),
        arrangement,
        _text(kept.get("metric")),
        _text(kept.get("filter")),
        kept.get("differing") is True,
        _text(kept.get("baseline")),
    )


def _mapping(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _words(value: Any) -> tuple[str, ...]:
    return tuple(word for word in _list(value) if isinstance(word, str))


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _is_width(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and LEAST <= value <= MOST


def _is_sort(value: Any) -> bool:
    return isinstance(value, list) and len(value) == 2 and isinstance(value[0], str) and isinstance(value[1], bool)
