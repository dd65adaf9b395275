"""What a report consists of, whatever it is written as.

Every text is plain: it has no markup of its own, and both writers keep it from having any.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from markupsafe import Markup

Tone: TypeAlias = Literal["", "best", "up", "down", "same", "quiet"]
"""How a cell is set: `best` is bold; `up`, `down` and `same` have a colour and always a word or sign beside it."""


@dataclass(frozen=True)
class Datum:
    """One cell of a table."""

    text: str
    value: float | None = None
    """What it is sorted by; by its text where it has none."""
    beside: str = ""
    """Set smaller below the text: an interval, or the paper's number."""
    tone: Tone = ""


@dataclass(frozen=True)
class Column:
    """One column of a table."""

    head: str
    number: bool = False


@dataclass(frozen=True)
class Grid:
    """A table; its first column heads the rows."""

    caption: str
    columns: tuple[Column, ...]
    rows: tuple[tuple[Datum, ...], ...]


@dataclass(frozen=True)
class Paragraph:
    """Running text."""

    text: str
    kind: Literal["", "answer", "finding", "note", "missing"] = ""


@dataclass(frozen=True)
class Items:
    """A list of sentences."""

    texts: tuple[str, ...]


@dataclass(frozen=True)
class Heading:
    """The title of a part of a section."""

    text: str


@dataclass(frozen=True)
class Command:
    """A line for a shell."""

    text: str


@dataclass(frozen=True)
class Fact:
    """One large number with what it counts."""

    value: str
    label: str


@dataclass(frozen=True)
class Facts:
    """A row of large numbers."""

    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Drawing:
    """One picture with its text alternative."""

    title: str
    description: str
    """What it shows, for who cannot see it."""
    markup: Markup
    """The picture itself, whose texts are escaped."""


@dataclass(frozen=True)
class Figure:
    """Drawings side by side under one caption, with the key of their signs."""

    caption: str
    drawings: tuple[Drawing, ...]
    key: Markup | None = None
    wide: bool = False
    """Whether a drawing takes the whole width."""


Block: TypeAlias = Paragraph | Items | Heading | Command | Facts | Grid | Figure


@dataclass(frozen=True)
class Section:
    """A part of the report."""

    key: str
    """Its anchor: letters and hyphens."""
    title: str
    blocks: tuple[Block, ...]
    short: str = ""
    """Its title in the list of contents."""

    @property
    def link(self) -> str:
        """What the list of contents calls it."""
        return self.short or self.title


def missing(what: str, stage: str) -> Paragraph:
    """The sentence for a part of which nothing is there."""
    return Paragraph(f"{what} dvc repro {stage} makes it.", "missing")


def grid(caption: str, heads: Sequence[str], rows: Sequence[Sequence[Datum]], words: int = 1) -> Grid:
    """A table whose first `words` columns are words and whose others are numbers."""
    columns = tuple(Column(head, place >= words) for place, head in enumerate(heads))
    return Grid(caption, columns, tuple(tuple(row) for row in rows))
