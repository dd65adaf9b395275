"""What became of a claim."""

from dataclasses import asdict, dataclass
from typing import Any, Literal

Word = Literal["holds", "fails", "undecided"]


@dataclass(frozen=True)
class Finding:
    """A verdict and the numbers behind it."""

    word: Word
    numbers: str
    """One sentence."""


@dataclass(frozen=True)
class Claim:
    """A sentence of the paper, checked twice."""

    id: str
    says: str
    """In our words."""
    where: str
    """The paper's section."""
    paper: Finding
    """On the numbers that the paper prints."""
    study: Finding
    """On what this study has measured."""

    def as_mapping(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def counted(wanted: int, least: int, most: int) -> Word:
    """The word for a claim of exactly `wanted`, where the true count lies between `least` and `most`."""
    if not least <= wanted <= most:
        return "fails"
    return "holds" if least == most else "undecided"


def at_least(wanted: float, least: int, most: int) -> Word:
    """The word for a claim of `wanted` or more, where the true count lies between `least` and `most`."""
    return "holds" if least >= wanted else "fails" if most < wanted else "undecided"


def between(least: int, most: int) -> str:
    """A count that is known, or its two ends."""
    return str(least) if least == most else f"{least} to {most}"
