"""What commands do with a filter that cannot be understood: the filter, carets under the word, a sentence; exit status 2."""

from typing import NoReturn

import typer

from tui.filtering.choosing import Filter
from tui.filtering.faults import FilterFault, caret
from tui.filtering.index import Index
from tui.output import complain


def understood(text: str) -> Filter:
    """The filter of a text; exit status 2 where it cannot be understood."""
    try:
        return Filter(text)
    except FilterFault as fault:
        refuse(text, fault)


def checked(filter: Filter, index: Index) -> None:
    """Leave with exit status 2 where the filter names metrics or parameters that no experiment has."""
    try:
        filter.check(index)
    except FilterFault as fault:
        refuse(filter.text, fault)


def refuse(text: str, fault: FilterFault) -> NoReturn:
    """Show which word of `text` is at fault, and leave."""
    complain(text)
    complain(caret(text, fault.start, fault.end))
    complain(str(fault))
    raise typer.Exit(2) from None
