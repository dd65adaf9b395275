"""What a study has to say to its question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

Row = Mapping[str, str | float | int | bool | None]
"""A line of a table: None is what could not be told."""


@dataclass(frozen=True)
class Answer:
    """One plain sentence with its uncertainty, or why nothing can be said, and the numbers behind it."""

    id: str
    question: str
    said: bool
    """False where the present study holds too little; `sentence` then says why."""
    sentence: str
    rows: Sequence[Row] = ()
    """The measurements that the answer is made of, one a pair of cells."""
    summary: Mapping[str, Any] = field(default_factory=dict)
    """Estimates over the rows."""
    notes: Sequence[str] = ()
    """What must be read beside the sentence."""

    def as_mapping(self) -> dict[str, Any]:
        """For JSON."""
        return {
            "question": self.question,
            "said": self.said,
            "sentence": self.sentence,
            "rows": [dict(row) for row in self.rows],
            "summary": dict(self.summary),
            "notes": list(self.notes),
        }


def unsaid(id: str, question: str, reason: str, rows: Sequence[Row] = (), notes: Sequence[str] = ()) -> Answer:
    """An answer that this study is too small for."""
    return Answer(id, question, False, f"It cannot be said from this study: {reason}.", rows, {}, notes)


def counted(number: int, noun: str) -> str:
    """A number with its noun: 1 pair, 3 pairs."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def level(error: float) -> str:
    """How an interval of this error rate is called: 95 % interval."""
    return f"{100 * (1 - error):.3g} % interval"


def listed(words: Sequence[str]) -> str:
    """Words as prose lists them."""
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
