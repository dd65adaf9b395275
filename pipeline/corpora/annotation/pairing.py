"""Two annotators side by side: where they agree, where they differ, what waits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.corpora.annotation.labels import Given
from pipeline.corpora.annotation.session import Session
from pipeline.errors import InputError

State = Literal["agreed", "differ", "skipped", "waiting"]


@dataclass(frozen=True)
class Compared:
    """One text as two annotators saw it."""

    id: str
    first: Given | None
    second: Given | None

    @property
    def state(self) -> State:
        """`waiting` until both have looked; `skipped` by both; one label and one skip differ."""
        if self.first is None or self.second is None:
            return "waiting"
        if self.first.label != self.second.label:
            return "differ"
        return "agreed" if self.first.label else "skipped"

    @property
    def labels(self) -> tuple[str, str] | None:
        """Both labels; None unless both gave one."""
        if self.first and self.second and self.first.label and self.second.label:
            return self.first.label, self.second.label
        return None


def compare(session: Session, first: Mapping[str, Given], second: Mapping[str, Given]) -> list[Compared]:
    """Every text of a session, in its order."""
    return [Compared(item.id, first.get(item.id), second.get(item.id)) for item in session.items]


def choose_two(corpus: str, found: Sequence[str], named: Sequence[str]) -> tuple[str, str]:
    """The two annotators that are compared.

    Args:
        corpus: Whose labels.
        found: The annotators who have a file.
        named: Those that were asked for; none means the two there are.

    Raises:
        InputError: There are not two, or more than two and none was named.
    """
    for name in named:
        if name not in found:
            raise InputError(f"'{name}' has no labels of {corpus}; the annotators are {', '.join(found) or 'none'}.")
    chosen = list(dict.fromkeys(named)) or list(found)
    if len(chosen) > 2:
        raise InputError(
            f"{len(chosen)} annotators have labelled {corpus} ({', '.join(chosen)}); name two with --between A --between B."
        )
    if len(chosen) < 2:
        alone = f"only {chosen[0]} has" if chosen else "nobody has"
        raise InputError(
            f"Two annotators are compared, and {alone} labelled {corpus}; the other gives `detour annotate {corpus}`."
        )
    return chosen[0], chosen[1]


def refuse_unfinished(corpus: str, names: tuple[str, str], rows: Sequence[Compared]) -> None:
    """Keep annotators blind to each other while either has texts to go.

    Raises:
        InputError: One has; how many is told.
    """
    left = {
        name: sum(given is None for given in side)
        for name, side in zip(names, ([row.first for row in rows], [row.second for row in rows]), strict=True)
    }
    waiting = [f"{name} has {count} of {len(rows)} texts to go" for name, count in left.items() if count]
    if waiting:
        raise InputError(
            f"{' and '.join(waiting)} in {corpus}, and annotators do not see each other's labels before both are through; "
            "--partial takes what both have looked at."
        )
