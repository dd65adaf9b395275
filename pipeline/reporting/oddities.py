"""What is odd in the paper, computed from its own numbers and held against this study's records.

Each sentence carries its numbers. One whose inputs a partial study has not is left out, and a last line names what is
missing. A study's own texts may be synthetic, so its numbers are always called this study's.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence

from pipeline.reporting.lines import PRETRAINED, Cells, Json, cell_parts
from pipeline.reporting.paper import (
    EXPERIMENTS,
    TABLE_1,
    TIMES_LARGER,
    WORST_MODEL,
    PaperRow,
    StatedSize,
    paper_row,
    stated_size,
)
from pipeline.reporting.text import look_up, paragraph, score

Cards = Mapping[str, Json | None]
"""Cards by corpus, None for a missing one."""
Measured = Sequence[tuple[PaperRow, Sequence[Json]]]
"""Rows of the paper with this study's records of the same target."""


def oddities_text(cells: Cells, cards: Cards) -> str:
    """The section of the report, ending in a line break; empty where the study shares no target with the paper."""
    sentences, missing = oddities(cells, cards)
    if not sentences:
        return ""
    told = [*sentences, *([f"Left out: {'; '.join(missing)}."] if missing else [])]
    return "\n".join(["## What is odd in the paper", "", *(paragraph(said, "- ", "  ") for said in told)]) + "\n"


def oddities(cells: Cells, cards: Cards) -> tuple[list[str], list[str]]:
    """The sentences, and what is missing for others.

    Args:
        cells: reports/cells by `<task>/<target>-<start>-<model>`, None for a missing one.
        cards: cards by corpus.
    """
    names = dict.fromkeys(cell_parts(name)[:2] for name in cells)
    rows = [row for name in names if (row := paper_row(*name))]
    if not rows:
        return [], []
    measured = [(row, found) for row in rows if (found := _records(row, cells))]
    corpora = dict.fromkeys(name for row in rows for name in (row.start, row.target))
    sizes = {key: size for key in corpora if (size := stated_size(key))}
    carded = {key: card for key in sizes if (card := cards.get(key))}
    sentences = [
        *_of_the_paper(),
        *_protocol(measured),
        *_below_majority(measured),
        *_against_tfidf(measured),
        *_sizes(sizes, carded),
    ]
    done = [row.target for row, _ in measured]
    return sentences, _missing([row.target for row in rows if row.target not in done], sizes.keys() - carded.keys())


def _records(row: PaperRow, cells: Cells) -> list[Json]:
    """The measured cells of a target."""
    return [record for name, record in cells.items() if record and cell_parts(name)[:2] == (row.task, row.target)]


def _missing(unmeasured: Sequence[str], uncarded: set[str]) -> list[str]:
    told = []
    if unmeasured:
        told.append(f"floors and optimism of {_listed(unmeasured)}, of which no cell is measured")
    if uncarded:
        told.append(f"sizes of {_listed(sorted(uncarded))}, whose reports/corpora/*.json is missing")
    return told


def _of_the_paper() -> Iterator[str]:
    """What the paper's numbers say of its own sentences."""
    models = len(TABLE_1[0].accuracy)
    count = sum(len(row.scores) for row in TABLE_1)
    yield (
        f"Its {EXPERIMENTS} experiments (Introduction) are {count} cells: {len(TABLE_1)} targets x {models} models, "
        "each with and without the detour."
    )
    gains = [gain for row in TABLE_1 for model in row.accuracy if (gain := row.gain(row.start, model)) is not None]
    up, down = sum(gain > 0 for gain in gains), sum(gain < 0 for gain in gains)
    yield (
        f"Of its {len(gains)} gains (Table 1) {up} are positive and {down} negative; their mean is "
        f"{score(statistics.fmean(gains), sign=True)}, and none has an interval."
    )
    if small := [told for row in TABLE_1 if (told := _times_larger(row))]:
        yield (
            f"Its intermediate corpora, 'at least an order of magnitude larger' than the targets' (Methodology), are "
            f"{_listed(small)}, by the sizes that it states."
        )
    if better := [told for row in TABLE_1 for told in _not_the_worst(row)]:
        yield f"XLNet, 'consistently the worst' (Results and Discussion), is not so on {_listed(better)}."


def _times_larger(row: PaperRow) -> str | None:
    """How many times the intermediate corpus is larger, where that is less than the paper says."""
    start, target = stated_size(row.start), stated_size(row.target)
    if not start or not target or start.rows >= TIMES_LARGER * target.rows:
        return None
    return f"{start.rows / target.rows:.1f} times larger for {row.title} ({start.rows:,} to {target.rows:,})"


def _not_the_worst(row: PaperRow) -> Iterator[str]:
    for form, start in (("IF", row.start), ("F", PRETRAINED)):
        scores = {model: found for model in row.accuracy if (found := row.score(start, model)) is not None}
        model, lowest = min(scores.items(), key=lambda item: item[1])
        if lowest < scores[WORST_MODEL]:
            yield f"{row.title} {form} ({score(scores[WORST_MODEL], 2)} where {model} has {score(lowest, 2)})"


def _protocol(measured: Measured) -> Iterator[str]:
    """What the choices that the paper makes are worth in this study."""
    gaps = [(row, _values(found, "paper", "optimism")) for row, found in measured]
    if every := [gap for _, found in gaps for gap in found]:
        told = [
            f"{row.target} {score(statistics.fmean(found), sign=True)} (at most {score(max(found), sign=True)})"
            for row, found in gaps
            if found
        ]
        yield (
            "It names no dev set: epochs are chosen on the test set (Figure 1). In this study's numbers that buys "
            f"{score(statistics.fmean(every), sign=True)} on average over {len(every)} cells; {', '.join(told)}."
        )
    if spreads := [value for _, found in measured for value in _values(found, "accuracy", "sd")]:
        yield (
            "It reports no seeds: in this study's numbers the deviation over seeds is "
            f"{score(statistics.median(spreads))} in the median of {len(spreads)} cells and "
            f"{score(max(spreads))} at most."
        )


def _below_majority(measured: Measured) -> Iterator[str]:
    """Where the paper's cells do worse than always giving the most frequent label."""
    told = []
    for row, found in measured:
        floor = _floor(found, "majority")
        below = [value for value in row.scores if floor is not None and value < floor]
        if below:
            told.append(f"{len(below)} of {len(row.scores)} on {row.title} ({_span(below)} below {score(floor)})")
    if told:
        yield f"Of its accuracies lie below the majority label's share of this study's test rows: {_listed(told)}."


def _against_tfidf(measured: Measured) -> Iterator[str]:
    """The paper's best of each target against the floor that any model should pass."""
    told = []
    for row, found in measured:
        floor, size = _floor(found, "tfidf"), stated_size(row.target)
        if floor is not None:
            labels = f", {size.labels} labels" if size and size.labels else ""
            told.append(f"{score(max(row.scores), 2)} to {score(floor)} ({row.title}{labels})")
    if told:
        yield f"Its best against this study's TF-IDF with logistic regression: {', '.join(told)}."
    if elsewhere := [f"{row.elsewhere} on {row.title}" for row, _ in measured if row.elsewhere]:
        yield f"Elsewhere {_listed(elsewhere)}."


def _floor(found: Sequence[Json], name: str) -> float | None:
    """The floor of a target, the same for all of its cells."""
    return next(iter(_values(found, "floors", name)), None)


def _sizes(sizes: Mapping[str, StatedSize], carded: Mapping[str, Json]) -> Iterator[str]:
    """Where the paper states more rows than there are."""
    for size in sizes.values():
        if size.published is not None and size.rows > size.published:
            yield (
                f"It samples {size.rows:,} rows of {size.corpus} ({size.section}) from a collection of "
                f"{size.published:,} ({size.published_by})."
            )
    told = [said for key, card in carded.items() if (said := _shortfall(sizes[key], card))]
    if told:
        yield f"Corpora that are smaller in this study's files than the paper states: {'; '.join(told)}."


def _shortfall(size: StatedSize, card: Json) -> str | None:
    """A corpus of which this study's files, or what its duplicates leave of them, hold fewer rows than stated."""
    read, collected, final = (look_up(card, "rows", name) for name in ("read", "collected", "final"))
    if None in (read, collected, final) or (read >= size.rows and (collected < size.rows or final >= size.rows)):
        return None
    sampled = "" if collected == read else f", {collected:,} taken"
    return f"{size.corpus} {size.rows:,} stated, {read:,} in the files{sampled}, {final:,} without duplicates"


def _values(records: Sequence[Json], *path: str) -> list[float]:
    return [value for record in records if (value := look_up(record, *path)) is not None]


def _span(values: Sequence[float]) -> str:
    low, high = score(min(values), 2), score(max(values), 2)
    return low if low == high else f"{low} to {high}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
