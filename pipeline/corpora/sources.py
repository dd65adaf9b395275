"""From the files that a study declares to one table of a corpus.

A source is a file, splits of a data set of the hub (`pipeline.corpora.hub`), or the records of a crawled site.
A path below the tree (`data/...`) is read from the current folder; any other is relative to the main
checkout. A declared sha256 is compared before anything is read. Of each file, the rows that pass `where` are
kept; labels go through `binarise` or `map`; a label that is then not declared is refused or dropped
(`unmapped`). Where rows may be dropped, a row without text is dropped too, and counted; elsewhere it is
refused. A row without an id column is called by its file or split and its line (or row number). `sample` draws rows
stratified by label and language before duplicates are dropped; where fewer exist, all are taken and the
record says so.

Files with `name_pairs` are taken together as one listing of securities, from which sentence pairs are made
(`pipeline.corpora.names`); their pairs follow the rows of other files.

A file may have a companion, whose rows are found by id: `translations` hold its texts in another language (a
row that has none there keeps none), a `listing` other names of the same things, from which sentence pairs are
made (`pipeline.corpora.listings`). Labels by hand (`annotations`) are found by id as well and go through `map` as the
file's own would; a row without one is dropped as a row without a declared label is, or keeps the file's own.

Every fault is an `InputError` and nothing is written.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from pipeline.corpora.annotation.exported import HandLabelsOfCorpus
from pipeline.corpora.cleaning import is_blank
from pipeline.corpora.declared import Texts, companion_texts, declared_parts
from pipeline.corpora.listings import pair_up
from pipeline.corpora.row_reader import RowReader, Tally, fields_of, short, wanted_columns
from pipeline.corpora.schema import Collected
from pipeline.corpora.securities import Line, read_listing, rows_of_lines
from pipeline.corpora.splits import draw
from pipeline.errors import InputError
from pipeline.files import digest
from pipeline.study import Corpus, Listing, SourceFile


def collect(key: str, corpus: Corpus, seed: int) -> tuple[list[Collected], dict[str, Any]]:
    """Read every file of a corpus.

    Args:
        key: The corpus, for sentences and for the order of sampling.
        corpus: Its block of the study.
        seed: Seed of sampling (`split.seed`).

    Returns:
        The rows in the order of the files, and the record: `{"source": [one tally a file],
        "asked": int | None, "notes": [sentences], "rows_sha256": SHA-256 of the rows}`.

    Raises:
        InputError: Any fault of a file; see the module.
    """
    rows: list[Collected] = []
    tallies: list[Tally] = []
    seen: dict[str, str] = {}
    lines: list[Line] = []
    hands = HandLabelsOfCorpus()
    for index, file in enumerate(corpus.source):
        place = f"corpora.{key}.source.{index}"
        if file.name_pairs is not None:
            found_lines, tally = read_listing(place, key, corpus, file, len(tallies))
            lines += found_lines
        else:
            found, tally = _read_file(place, key, corpus, file, seen, seed, hands)
            tally.asked, tally.usable = file.sample, len(found)
            if file.sample is not None:
                found = draw(found, file.sample, seed, "sample")
            tally.kept = len(found)
            rows += found
        tallies.append(tally)
    hands.refuse_lost()
    rows += rows_of_lines(lines, tallies, seen, seed)
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
    record = {
        "source": [asdict(tally) for tally in tallies],
        "asked": corpus.sample,
        "notes": notes,
        "rows_sha256": digest(rows),
    }
    return rows, record


def _read_file(
    place: str, key: str, corpus: Corpus, file: SourceFile, seen: dict[str, str], seed: int, hands: HandLabelsOfCorpus
) -> tuple[list[Collected], Tally]:
    fields = fields_of(place, corpus, file)
    wanted = wanted_columns(place, file, fields, f"corpora.{key}")
    parts, origin = declared_parts(key, place, corpus.source, file, wanted)
    read = sum(len(part.table.numbers) for part in parts)
    tally = Tally(origin.path, origin.sha256, read, hub=origin.hub, site=origin.site)
    others = _companion(place, file, tally)
    by_hand = hands.of(place, file)
    if by_hand is not None:
        told = {"annotations": by_hand.path, "annotations_sha256": by_hand.sha256}
        tally.companion = {**(tally.companion or {}), **told}
    rows: list[Collected] = []
    for part in parts:
        reader = RowReader(place, corpus, file, fields, part, others if file.translations else {}, by_hand)
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


def _read_rows(reader: "RowReader", count: int, tally: Tally, seen: dict[str, str]) -> list[Collected]:
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


def _unused(reader: "RowReader", index: int, row: Collected, seen: dict[str, str]) -> Collected:
    """The row, unless its id was used before."""
    if row.id in seen:
        raise InputError(
            f"{reader.at(index)}: the id '{short(row.id)}' was used before, in {seen[row.id]}; an "
            "id names one row for good: choose other columns under fields.id, or remove a row."
        )
    seen[row.id] = reader.at(index)
    return row


def _rows_of_listing(
    reader: "RowReader", texts: Sequence[str], listing: Listing, others: Mapping[str, str], tally: Tally, seed: int
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
