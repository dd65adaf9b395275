"""Which of the rows that differ are shown: by kind, language, gold and predicted label."""

from collections.abc import Iterable
from dataclasses import dataclass

from pipeline.errors import InputError
from pipeline.study.words import choose
from tui.evidence.flips import KINDS, Flip, Flips


@dataclass(frozen=True)
class Choice:
    """What rows have to be; empty for anything."""

    kind: str = ""
    language: str = ""
    gold: str = ""
    predicted: str = ""
    """A label that any seed of a side gives."""
    seed: str = ""
    """The seed by which the kind is told; empty for the majority."""

    def of(self, flips: Flips) -> list[Flip]:
        """The rows that differ and fit, the surest first.

        Raises:
            InputError: A word is no kind, language, label or seed of these cells.
        """
        self._check(flips)
        ids = {label: id for id, label in enumerate(flips.labels)}
        gold, predicted = ids.get(self.gold), ids.get(self.predicted)
        return [
            flip
            for flip in flips.differing()
            if self._of_kind(flip)
            and self.language in ("", flip.language)
            and gold in (None, flip.gold)
            and (predicted is None or predicted in flip.a or predicted in flip.b)
        ]

    def _of_kind(self, flip: Flip) -> bool:
        kind = flip.kind_of(self.seed)
        if not self.kind:
            # By one seed only what that seed changes; by majority also what one seed alone changes.
            return not self.seed or kind != "same"
        return kind == self.kind

    def _check(self, flips: Flips) -> None:
        languages = sorted({flip.language for flip in flips.rows})
        for name, value, known in (
            ("kind", self.kind, KINDS),
            ("language", self.language, languages),
            ("gold label", self.gold, flips.labels),
            ("predicted label", self.predicted, flips.labels),
            ("seed", self.seed, flips.seeds),
        ):
            if value and value not in known:
                raise InputError(f"'{value}' is no {name} here; {choose(value, _told(known))}")

    @property
    def told(self) -> str:
        """The choice in words, a colon before it; empty where everything is shown."""
        named = {
            "kind": self.kind,
            "language": self.language,
            "gold": self.gold,
            "predicted": self.predicted,
            "seed": self.seed,
        }
        words = [f"{name} {value}" for name, value in named.items() if value]
        return f": {', '.join(words)}" if words else ""


def _told(known: Iterable[str]) -> list[str]:
    return [one for one in known if one]
