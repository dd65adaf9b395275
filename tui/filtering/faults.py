"""A text that cannot be understood, with the place of the word that is at fault."""

from collections.abc import Sequence

from rich.cells import cell_len

from pipeline.errors import InputError
from tui.output import visible


class FilterFault(InputError):
    """A sentence about a part of a text.

    Args:
        sentence: What is wrong with the word, and the mend.
        start: Where the word begins in the text, in characters.
        end: Where it ends.
    """

    def __init__(self, sentence: str, start: int, end: int) -> None:
        super().__init__(sentence)
        self.start = start
        self.end = max(end, start + 1)


def caret(text: str, start: int, end: int) -> str:
    """Carets that stand under a part of `text` as a terminal shows it (see `tui.output.visible`)."""
    before = cell_len(visible(text[:start]))
    return " " * before + "^" * max(1, cell_len(visible(text[start:end])))


def either(names: Sequence[str]) -> str:
    """`a, b or c`."""
    return names[0] if len(names) == 1 else ", ".join(names[:-1]) + " or " + names[-1]
