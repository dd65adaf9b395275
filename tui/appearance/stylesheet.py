"""Textual's style sheet, which parses what it has parsed already only when a colour is another.

Textual parses the styles of all widgets anew whenever a screen opens for the first time, and keeps what it has parsed of 64 of them,
which are fewer than the app has: 60 ms in which no key is seen.
"""

from textual.cache import LRUCache
from textual.css.stylesheet import Stylesheet

_SOURCES = 1024
"""More than there are classes of widgets with styles of their own."""


class KeepingStylesheet(Stylesheet):
    """Keeps every parsed source as long as the variables are the same."""

    def __init__(self, *, variables: dict[str, str] | None = None) -> None:
        super().__init__(variables=variables)
        self._parse_cache = LRUCache(_SOURCES)
        self._is_other = False
        """Whether a variable has another value than when the sources were parsed."""

    def set_variables(self, variables: dict[str, str]) -> None:
        """Set the variables; the same ones change nothing."""
        if variables != self._variables:
            super().set_variables(variables)
            self._is_other = True

    def reparse(self) -> None:
        """Parse all sources if a variable has another value, else those that are new."""
        if self._is_other:
            super().reparse()
            self._is_other = False
        else:
            self.parse()
