"""Labelling one text after the other: where one stands, what a key does, how it is taken back.

Every change is in the file before the next text is shown. In adjudication the texts are those on which two annotators differ, and
what they gave is at hand; in labelling it is not, and a text that was adjudicated keeps the label that it had.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from pipeline.corpora.annotation.labels import Given, LabelFile
from pipeline.corpora.annotation.pairing import Compared
from pipeline.corpora.annotation.scheme import Scheme


@dataclass(frozen=True)
class Text:
    """A text, or a pair of texts, to label."""

    id: str
    text: str
    pair: str | None
    language: str | None


@dataclass(frozen=True)
class Change:
    """What a key did, for undo and for the line that tells it."""

    id: str
    before: Given | None
    after: Given | None
    at: int
    """Where one stood."""


class Labelling:
    """One annotator's way through the texts, or an adjudicator's.

    Args:
        texts: The texts, in the session's order.
        scheme: What can be given.
        file: Where it is kept.
        rulings: The adjudicated file, whose texts keep their labels; None in adjudication itself.
        sides: What the two annotators gave, by id; in adjudication alone.
        by: Who adjudicates.
    """

    def __init__(
        self,
        texts: Sequence[Text],
        scheme: Scheme,
        file: LabelFile,
        rulings: LabelFile | None = None,
        sides: Mapping[str, Compared] | None = None,
        by: str = "",
    ) -> None:
        self.texts, self.scheme, self.file = texts, scheme, file
        self.rulings, self.sides, self.by = rulings, sides or {}, by
        self.done: list[Change] = []
        """What can be taken back, the newest last."""
        self.at = self._next(-1) or 0

    # What is there

    @property
    def text(self) -> Text:
        """The text at hand."""
        return self.texts[self.at]

    @property
    def given(self) -> Given | None:
        """What was given to it."""
        return self.file.rows.get(self.text.id)

    @property
    def adjudicates(self) -> bool:
        """Whether the two annotators' labels are at hand."""
        return self.rulings is None

    @property
    def is_settled(self) -> bool:
        """Whether the text at hand was adjudicated, so that its labels stay."""
        return self._is_settled(self.text.id)

    def _is_settled(self, id: str) -> bool:
        if self.rulings is None:
            return False
        # Somebody may have adjudicated meanwhile.
        self.rulings.read()
        return id in self.rulings.rows

    def count(self) -> tuple[int, int]:
        """Texts with a label, and texts that were skipped."""
        rows = [row for text in self.texts if (row := self.file.rows.get(text.id)) is not None]
        labelled = sum(bool(row.label) for row in rows)
        return labelled, len(rows) - labelled

    @property
    def left(self) -> int:
        """Texts that nobody has looked at."""
        return sum(text.id not in self.file.rows for text in self.texts)

    # What keys do

    def give(self, label: str) -> Change | None:
        """Give the text a label and go on to the next; None where it was adjudicated."""
        return self._put(Given(self.text.id, label, self._note(), self.by), forward=True)

    def skip(self) -> Change | None:
        """Leave the text without a label and go on; None where it has one, which stays, or was adjudicated."""
        if self.given is not None and self.given.label:
            self._forward()
            return None
        return self._put(Given(self.text.id, "", self._note(), self.by), forward=True)

    def clear(self) -> Change | None:
        """Take label and note away; the text counts as not looked at."""
        return self._put(None, forward=False)

    def note(self, words: str) -> Change | None:
        """Write a note beside the label, or take it away; a text without a label counts as skipped."""
        words = " ".join(words.encode("utf-8", "replace").decode().split())
        present = self.given
        if present is None and not words:
            return None
        return self._put(replace(present or Given(self.text.id, "", by=self.by), note=words), forward=False)

    def undo(self) -> Change | None:
        """Take the last change back and go to its text; None where there is none, or its text was adjudicated since."""
        if not self.done:
            return None
        change = self.done[-1]
        if self._is_settled(change.id):
            return None
        self.file.put(change.id, change.before)
        self.done.pop()
        self.at = change.at
        return change

    def _note(self) -> str:
        return self.given.note if self.given else ""

    def _put(self, given: Given | None, forward: bool) -> Change | None:
        if self.is_settled:
            return None
        change = Change(self.text.id, self.file.put(self.text.id, given), given, self.at)
        if change.before != change.after:
            self.done.append(change)
        if forward:
            self._forward()
        return change

    def _forward(self) -> None:
        following = self._next(self.at)
        self.at = following if following is not None else min(self.at + 1, len(self.texts) - 1)

    # Where one goes

    def go(self, step: int) -> None:
        """To another text."""
        self.at = max(0, min(self.at + step, len(self.texts) - 1))

    def go_to(self, id: str) -> None:
        """To a text by its id, where it is among them."""
        self.at = next((index for index, text in enumerate(self.texts) if text.id == id), self.at)

    def go_open(self, backwards: bool = False) -> bool:
        """To the next text without a label, the skipped ones after those that nobody has looked at; False where there is none."""
        found = self._next(self.at, backwards)
        if found is None:
            return False
        self.at = found
        return True

    def _next(self, at: int, backwards: bool = False) -> int | None:
        """The next open text around the end; in adjudication, a text that was left out is decided."""
        count = len(self.texts)
        around = [(at + step) % count for step in range(1, count + 1)]
        around = [index for index in (around[-2::-1] if backwards else around) if index != at]
        rows = [self.file.rows.get(self.texts[index].id) for index in around]
        fresh = [index for index, row in zip(around, rows, strict=True) if row is None]
        skipped = [index for index, row in zip(around, rows, strict=True) if row is not None and not row.label]
        return next(iter(fresh or ([] if self.adjudicates else skipped)), None)
