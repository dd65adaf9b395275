"""One table's values turned into rows, and the count of what became of them; what the study does not allow is refused.

Every fault is an `InputError`.
"""

import difflib
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipeline.corpora.annotation.exported import HandLabels
from pipeline.corpora.cleaning import is_blank
from pipeline.corpora.declared import Rows, Texts, row_columns
from pipeline.corpora.readers import Part
from pipeline.corpora.schema import Collected
from pipeline.errors import InputError
from pipeline.study import Corpus, Fields, SourceFile


@dataclass
class Tally:
    """What became of one file's rows: read = filtered + unmapped + empty + usable; `kept` were drawn."""

    path: str
    sha256: str
    read: int
    filtered: int = 0
    unmapped: int = 0
    empty: int = 0
    usable: int = 0
    asked: int | None = None
    kept: int = 0
    hub: dict[str, Any] | None = None
    """Revision, configuration, splits and files of a data set of the hub, whose id `path` is."""
    companion: dict[str, str] | None = None
    """Path and sha256 of the file's companion, and of its labels by hand."""
    site: dict[str, Any] | None = None
    """What became of the items of a crawled site."""


def fields_of(place: str, corpus: Corpus, file: SourceFile) -> Fields:
    """A file's columns, its own or its corpus's."""
    fields = file.columns or corpus.fields
    if fields is None:
        raise InputError(
            f"{place} declares no fields and neither does its corpus; say which columns hold text and label."
        )
    return fields


def wanted_columns(place: str, file: SourceFile, fields: Fields, block: str) -> dict[str, str]:
    """Every column that is read, with the key that asks for it."""
    owner = f"{place}.fields" if file.columns else f"{block}.fields"
    wanted: dict[str, str] = {}
    for name in ("text", "pair", "label", "language", "group", "translation", "translation_pair"):
        column = getattr(fields, name)
        if column is not None:
            wanted.setdefault(column, f"{owner}.{name}")
    return wanted | row_columns(place, owner, file, fields, wanted)


class RowReader(Rows):
    """Turns one table's values into rows, refusing what the study does not allow."""

    def __init__(
        self,
        place: str,
        corpus: Corpus,
        file: SourceFile,
        fields: Fields,
        part: Part,
        translations: Mapping[str, Texts],
        by_hand: HandLabels | None,
    ) -> None:
        super().__init__(file, fields, part)
        self._place, self._corpus, self._file, self._fields = place, corpus, file, fields
        self._translations = translations
        self._labels: dict[str, str | None] = {}
        self._by_hand = by_hand
        if by_hand is not None:
            by_hand.met.update(map(self._id, range(len(self.table.numbers))))
        # What a file of a corpus that is translated from English holds is English, unless it says otherwise.
        default = "en" if corpus.translation == "from_english" else corpus.language
        self._language = file.language or default or ""

    def label(self, index: int) -> str | None:
        """The declared label; None where the row is to be dropped."""
        raw = self._given(index)
        if raw is None:
            return None
        if raw not in self._labels:
            self._labels[raw] = self._resolve(raw, lambda: self.at(index))
        return self._labels[raw]

    def _given(self, index: int) -> str | None:
        """The label by hand, else the file's own; None where the row has neither."""
        columns, fields = self.table.columns, self._fields
        if self._by_hand is not None:
            pair = columns[fields.pair][index] if fields.pair is not None else None
            given = self._by_hand.label(self._id(index), columns[fields.text][index], pair, self.at(index))
            if given is not None or fields.label is None:
                return given
        assert fields.label is not None, "the study asks for fields.label wherever nothing else makes labels"
        return columns[fields.label][index]

    def _resolve(self, raw: str, at: Callable[[], str]) -> str | None:
        label = _binarised(raw, self._file)
        label = self._file.map.get(raw, raw) if label is None else label
        if label in self._corpus.labels:
            return label
        if self._file.unmapped == "drop":
            return None
        near = difflib.get_close_matches(label, self._corpus.labels, n=1)
        declared = short(", ".join(self._corpus.labels), 80)
        meant = f"correct it (did you mean '{near[0]}'?)" if near else "correct it"
        raise InputError(
            f"{at()}: the label '{short(label)}' is not among the declared ones ({declared}); "
            f"{meant}, map it under {self._place}.map, or let `unmapped: drop` leave such rows out."
        )

    def has_text(self, index: int) -> bool:
        """Whether every text of the row is there; refuses an empty one unless rows may be dropped."""
        for name in ("text", "pair"):
            column = getattr(self._fields, name)
            if column is not None and is_blank(self.table.columns[column][index]):
                if self._file.unmapped == "drop":
                    return False
                raise InputError(
                    f"{self.at(index)}: the column '{column}' is empty; fill it or remove the row "
                    f"(`unmapped: drop` under {self._place} leaves such rows out)."
                )
        return True

    def row(self, index: int, label: str) -> Collected:
        """The row, under a label."""
        fields, columns = self._fields, self.table.columns
        optional = [fields.pair, fields.group, fields.translation, fields.translation_pair]
        pair, group, translation, translation_pair = [
            columns[column][index] if column is not None else None for column in optional
        ]
        key = self._id(index)
        if self._translations:
            translation, translation_pair = self._translations.get(key, (None, None))
        return Collected(
            key,
            columns[fields.text][index],
            pair,
            label,
            self.language(index),
            group or None,
            translation or None,
            translation_pair or None,
        )

    def _id(self, index: int) -> str:
        return self.declared_id(index) if self.ids else f"{self.part.stem}-{self.table.numbers[index]}"

    def language(self, index: int) -> str:
        """The row's language."""
        column = self._fields.language
        language = (self.table.columns[column][index] if column is not None else "") or self._language
        if not language:
            raise InputError(f"{self.at(index)}: the row has no language; fill the column '{column}'.")
        return language


def _binarised(raw: str, file: SourceFile) -> str | None:
    if file.binarise is None:
        return None
    try:
        number = float(raw)
    except ValueError:
        return None
    if not math.isfinite(number):
        return None
    return file.binarise.from_ if number >= file.binarise.at else file.binarise.below


def short(text: str, length: int = 40) -> str:
    """A value for a sentence: one line, cut."""
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= length else text[: length - 3] + "..."
