"""Rows made from listings of securities: every file with `name_pairs` is one part of one listing (`pipeline.corpora.names`).

Every fault is an `InputError`.
"""

from collections.abc import Sequence
from typing import NamedTuple

from pipeline.corpora.cleaning import is_blank
from pipeline.corpora.declared import declared_parts
from pipeline.corpora.names import Listed, name_pairs
from pipeline.corpora.row_reader import RowReader, Tally, fields_of, short, wanted_columns
from pipeline.corpora.schema import Collected
from pipeline.errors import InputError
from pipeline.study import Corpus, SourceFile


class Line(NamedTuple):
    """A line of a listing, and what its pairs take from its file."""

    file: int
    at: str
    listed: Listed
    language: str
    same: str
    different: str


def read_listing(place: str, key: str, corpus: Corpus, file: SourceFile, number: int) -> tuple[list[Line], Tally]:
    """The lines of one file that are filled and pass `where`; `number` is the file's place among the tallies."""
    fields, block = fields_of(place, corpus, file), file.name_pairs
    assert block is not None
    wanted = wanted_columns(place, file, fields, f"corpora.{key}")
    wanted |= {block.ticker: f"{place}.name_pairs.ticker"}
    wanted |= {block.sector: f"{place}.name_pairs.sector"} if block.sector else {}
    parts, origin = declared_parts(key, place, corpus.source, file, wanted)
    tally = Tally(origin.path, origin.sha256, sum(len(part.table.numbers) for part in parts), hub=origin.hub)
    lines: list[Line] = []
    for part in parts:
        reader, columns = RowReader(place, corpus, file, fields, part, {}, None), part.table.columns
        for index in range(len(part.table.numbers)):
            ticker, name = columns[block.ticker][index].strip(), columns[fields.text][index]
            if not reader.passes(index):
                tally.filtered += 1
            elif is_blank(name) or is_blank(ticker):
                tally.empty += 1
            else:
                listed = Listed(ticker, name, columns[block.sector][index] if block.sector else "")
                about = reader.at(index), listed, reader.language(index), block.same, block.different
                lines.append(Line(number, *about))
    tally.usable = len(lines)
    return lines, tally


def rows_of_lines(lines: Sequence[Line], tallies: Sequence[Tally], seen: dict[str, str], seed: int) -> list[Collected]:
    """The pairs of all listings; of each file, `kept` is how many of its lines are a first text."""
    rows = []
    for pair in name_pairs([line.listed for line in lines], seed):
        line = lines[pair.index]
        label = line.same if pair.same else line.different
        row = Collected(
            f"{line.listed.ticker}-{pair.kind}", pair.text, pair.pair, label, line.language, pair.group, None, None
        )
        if row.id in seen:
            raise InputError(
                f"{line.at}: the ticker '{short(line.listed.ticker)}' of another company was listed in {seen[row.id]}; "
                "remove one of the lines, or leave it out with `where`."
            )
        seen[row.id] = line.at
        tallies[line.file].kept += 1
        rows.append(row)
    return rows
