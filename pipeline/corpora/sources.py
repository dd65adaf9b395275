"""From the files that a study declares to one table of a corpus.

A source is a file, splits of a data set of the hub (`pipeline.corpora.hub`), or the records of a crawled site.
A path below the tree (`data/...`) is read from the current folder; any other is relative to the main
checkout. A declared sha256 is compared before anything is read. Of each file, the rows that pass `where` are
kept; labels go through `binarise` or `map`; a label that is then not declared is refused or dropped
(`unmapped`). Where rows may be dropped, a row without text is dropped too, and counted; elsewhere it is
refused. A row without an id column is called by its file or split and its line (or row number). `sample` draws rows
stratified by label and language before duplicates are dropped; where fewer exist, all are taken and the
record says so.

A file may have a companion, whose rows are found by id: `translations` hold its texts in another language (a
row that has none there keeps none), a `listing` other names of the same things, from which sentence pairs are
made (`pipeline.corpora.listings`).

Every fault is an `InputError` and nothing is written.
"""

import difflib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from pipeline.corpora.cleaning import is_blank
from pipeline.corpora.declared import Rows, Texts, companion_texts, declared_parts, row_columns
from pipeline.corpora.listings import pair_up
from pipeline.corpora.readers import Part
from pipeline.corpora.schema import Collected
from pipeline.corpora.splits import draw
from pipeline.errors import InputError
from pipeline.study import Corpus, Fields, Listing, SourceFile


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
    """Path and sha256 of the file's companion."""
    site: dict[str, Any] | None = None
    """What became of the items of a crawled site."""


def collect(key: str, corpus: Corpus, seed: int) -> tuple[list[Collected], dict[str, Any]]:
    """Read every file of a corpus.

    Args:
        key: The corpus, for sentences and for the order of sampling.
        corpus: Its block of the study.
        seed: Seed of sampling (`split.seed`).

    Returns:
        The rows in the order of the files, and the record: `{"source": [one tally a file],
        "asked": int | None, "notes": [sentences]}`.

    Raises:
        InputError: Any fault of a file; see the module.
    """
    rows: list[Collected] = []
    tallies: list[Tally] = []
    seen: dict[str, str] = {}
    for index, file in enumerate(corpus.source):
        found, tally = _read_file(f"corpora.{key}.source.{index}", key, corpus, file, seen, seed)
        tally.asked, tally.usable = file.sample, len(found)
        if file.sample is not None:
            found = draw(found, file.sample, seed, "sample")
        tally.kept = len(found)
        rows += found
        tallies.append(tally)
    notes = [
        f"{tally.path}: asked {tally.asked}, {tally.usable} exist"
        for tally in tallies
        if (tally.asked or 0) > tally.usable
    ]
    if corpus.sample is not None:
        if corpus.sample > len(rows):
            notes.append(f"asked {corpus.sample}, {len(rows)} exist")
        rows = draw(rows, corpus.sample, seed, "sample")
    if not rows:
        raise InputError(
            f"corpora.{key}: of {sum(tally.read for tally in tallies)} rows read, none is left: "
            f"{sum(tally.filtered for tally in tallies)} did not pass `where` and "
            f"{sum(tally.unmapped for tally in tallies)} have no declared label; "
            "check `where`, `map` and `labels`."
        )
    record = {"source": [asdict(tally) for tally in tallies], "asked": corpus.sample, "notes": notes}
    return rows, record


def _read_file(
    place: str, key: str, corpus: Corpus, file: SourceFile, seen: dict[str, str], seed: int
) -> tuple[list[Collected], Tally]:
    fields = file.columns or corpus.fields
    if fields is None:
        raise InputError(
            f"{place} declares no fields and neither does its corpus; say which columns hold text and label."
        )
    wanted = _wanted(place, file, fields, f"corpora.{key}")
    parts, origin = declared_parts(key, place, corpus.source, file, wanted)
    read = sum(len(part.table.numbers) for part in parts)
    tally = Tally(origin.path, origin.sha256, read, hub=origin.hub, site=origin.site)
    others = _companion(place, file, tally)
    rows: list[Collected] = []
    for part in parts:
        reader = _RowReader(place, corpus, file, fields, part, others if file.translations else {})
        if file.listing is not None:
            names = {name: text for name, (text, _) in others.items()}
            pairs = _rows_of_listing(reader, part.table.columns[fields.text], file.listing, names, tally, seed)
            rows += [_unused(reader, index, row, seen) for index, row in pairs]
        else:
            rows += _read_rows(reader, len(part.table.numbers), tally, seen)
    return rows, tally


def _companion(place: str, file: SourceFile, tally: Tally) -> dict[str, Texts]:
    """The texts of a file's companion by id; empty where it has none."""
    for name, companion in (("translations", file.translations), ("listing", file.listing)):
        if companion is not None:
            found, origin = companion_texts(f"{place}.{name}", companion)
            tally.companion = {"path": origin.path, "sha256": origin.sha256}
            return found
    return {}


def _read_rows(reader: "_RowReader", count: int, tally: Tally, seen: dict[str, str]) -> list[Collected]:
    rows: list[Collected] = []
    for index in range(count):
        if not reader.passes(index):
            tally.filtered += 1
        elif (label := reader.label(index)) is None:
            tally.unmapped += 1
        elif not reader.has_text(index):
            tally.empty += 1
        else:
            rows.append(_unused(reader, index, reader.row(index, label), seen))
    return rows


def _unused(reader: "_RowReader", index: int, row: Collected, seen: dict[str, str]) -> Collected:
    """The row, unless its id was used before."""
    if row.id in seen:
        raise InputError(
            f"{reader.at(index)}: the id '{_short(row.id)}' was used before, in {seen[row.id]}; an "
            "id names one row for good: choose other columns under fields.id, or remove a row."
        )
    seen[row.id] = reader.at(index)
    return row


def _rows_of_listing(
    reader: "_RowReader", texts: Sequence[str], listing: Listing, others: Mapping[str, str], tally: Tally, seed: int
) -> list[tuple[int, Collected]]:
    """Sentence pairs of a file and its listing, with the places of their rows."""
    rows = [index for index in range(len(texts)) if reader.passes(index)]
    tally.filtered += len(texts) - len(rows)
    named = [index for index in rows if not is_blank(texts[index])]
    tally.empty += len(rows) - len(named)
    pairs = pair_up([reader.declared_id(index) for index in named], [texts[index] for index in named], others, seed)
    tally.unmapped += len(named) - len(pairs)
    rows_of_pairs = []
    for pair in pairs:
        index, label = named[pair.index], listing.same if pair.same else listing.different
        texts_and_rest = (texts[index], pair.second, label, reader.language(index), pair.group, None, None)
        rows_of_pairs.append((index, Collected(reader.declared_id(index), *texts_and_rest)))
    return rows_of_pairs


def _wanted(place: str, file: SourceFile, fields: Fields, block: str) -> dict[str, str]:
    """Every column that is read, with the key that asks for it."""
    owner = f"{place}.fields" if file.columns else f"{block}.fields"
    wanted: dict[str, str] = {}
    for name in ("text", "pair", "label", "language", "group", "translation", "translation_pair"):
        column = getattr(fields, name)
        if column is not None:
            wanted.setdefault(column, f"{owner}.{name}")
    return wanted | row_columns(place, owner, file, fields, wanted)


class _RowReader(Rows):
    """Turns one table's values into rows, refusing what the study does not allow."""

    def __init__(
        self,
        place: str,
        corpus: Corpus,
        file: SourceFile,
        fields: Fields,
        part: Part,
        translations: Mapping[str, Texts],
    ) -> None:
        super().__init__(file, fields, part)
        self._place, self._corpus, self._file, self._fields = place, corpus, file, fields
        self._translations = translations
        self._labels: dict[str, str | None] = {}
        # What a file of a corpus that is translated from English holds is English, unless it says otherwise.
        default = "en" if corpus.translation == "from_english" else corpus.language
        self._language = file.language or default or ""

    def label(self, index: int) -> str | None:
        """The declared label; None where the row is to be dropped."""
        assert self._fields.label is not None, "the study asks for fields.label wherever there is no listing"
        raw = self.table.columns[self._fields.label][index]
        if raw not in self._labels:
            self._labels[raw] = self._resolve(raw, lambda: self.at(index))
        return self._labels[raw]

    def _resolve(self, raw: str, at: Callable[[], str]) -> str | None:
        label = _binarised(raw, self._file)
        label = self._file.map.get(raw, raw) if label is None else label
        if label in self._corpus.labels:
            return label
        if self._file.unmapped == "drop":
            return None
        near = difflib.get_close_matches(label, self._corpus.labels, n=1)
        declared = _short(", ".join(self._corpus.labels), 80)
        meant = f"did you mean '{near[0]}'? Correct it" if near else "Correct it"
        raise InputError(
            f"{at()}: the label '{_short(label)}' is not among the declared ones ({declared}); "
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


def _short(text: str, length: int = 40) -> str:
    text = "".join(character if character.isprintable() else "?" for character in text)
    return text if len(text) <= length else text[: length - 3] + "..."
