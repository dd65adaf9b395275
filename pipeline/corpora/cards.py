"""The data card: what a ready corpus is and how it came to be.

A card counts every row from the source files to the split, so that its sums can be checked: of each file,
read = filtered + unmapped + empty + usable; of the corpus, collected = exact + folded + near-duplicates + final;
final = train + dev + test. Where a corpus trains or tests in some of its languages alone, collected holds `left_out` as well.
"""

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipeline.corpora.cleaning import Dropped
from pipeline.corpora.folds import TRAIN
from pipeline.corpora.schema import PARTS, Row
from pipeline.files import digest, sha256_of_file
from pipeline.study import Corpus, Split

ROUNDED_ROWS = 2
"""So many rows a part may miss its share by without a remark: shares of few rows are rounded."""
FAR = 0.25
"""What a part may miss of its share without a remark."""


@dataclass(frozen=True)
class Ties:
    """How the rows were divided."""

    owner: Mapping[str, str]
    """By a row's id what it belongs to."""
    divisions: Sequence[Sequence[str]]
    """Of a corpus in folds: for each division, for each fold, one letter a row; else empty."""
    left_out: int = 0
    """Rows of languages that have no place in the part that they fell into (`split.train_in`, `split.test_in`)."""


def card(
    key: str,
    corpus: Corpus,
    split: Split,
    record: Mapping[str, Any],
    dropped: Dropped,
    parts: Mapping[str, Sequence[Row]],
    folder: Path,
    ties: Ties,
) -> dict[str, Any]:
    """Describe a ready corpus.

    Args:
        key: The corpus.
        corpus: Its block of the study.
        split: Shares and seed.
        record: What collecting and translating recorded.
        dropped: Duplicates.
        parts: The rows of train, dev and test.
        folder: Where `<part>.parquet` stand already.
        ties: How the rows were divided.

    Returns:
        JSON values.
    """
    rows = [row for part in PARTS for row in parts[part]]
    return {
        "corpus": key,
        "task": corpus.task,
        "kind": corpus.kind,
        "licence": corpus.licence,
        "citation": corpus.citation,
        "pair_ids": corpus.pair_ids,
        "translation": {"direction": corpus.translation, **record.get("translated", {})},
        "source": record.get("source", []),
        "notes": [*record.get("notes", []), *_remarks(corpus, split, parts, ties)],
        "rows": {
            "asked": record.get("asked"),
            "read": sum(tally["read"] for tally in record.get("source", [])),
            "sha256": record.get("rows_sha256"),
            "collected": len(rows) + ties.left_out + dropped.exact + dropped.folded + dropped.near,
            "dropped": asdict(dropped),
            "final": len(rows),
            **({"left_out": ties.left_out} if corpus.split.train_in or corpus.split.test_in else {}),
        },
        "split": _split(split, corpus, rows, ties),
        # Keys of JSON objects are sorted; the ids of labels are their places in this list.
        "label_order": list(corpus.labels),
        "labels": {label: _by_part(parts, "label", label) for label in corpus.labels},
        "languages": {name: _by_part(parts, "language", name) for name in sorted({row.language for row in rows})},
        "lengths": {"text": _lengths([row.text for row in rows]), **_pair_lengths(rows)},
        "parts": {part: _part(folder / f"{part}.parquet", parts[part]) for part in PARTS},
    }


def _remarks(corpus: Corpus, split: Split, parts: Mapping[str, Sequence[Row]], ties: Ties) -> list[str]:
    """Where the parts are not what was asked for: rows that belong together stay together, and few rows cannot be everywhere."""
    if ties.divisions:
        return []
    in_dev = {row.label for row in parts["dev"]}
    lacking = [
        f"dev, which selects the epoch, has no row of '{label}'" for label in corpus.labels if label not in in_dev
    ]
    if corpus.split.train_in or corpus.split.test_in:
        return [_languages(corpus, ties), *lacking]
    shares = {"train": (1 - split.test) * (1 - split.dev), "dev": (1 - split.test) * split.dev, "test": split.test}
    total = sum(len(parts[part]) for part in PARTS)
    remarks = [
        f"{part} holds {len(parts[part]) / total:.0%} of the rows where {share:.0%} were asked, since rows that belong together "
        "stay in one part"
        for part, share in shares.items()
        if abs(len(parts[part]) - share * total) > max(ROUNDED_ROWS, FAR * share * total)
    ]
    return remarks + lacking


def _languages(corpus: Corpus, ties: Ties) -> str:
    trained, tested = (
        f"in {', '.join(asked)}" if asked else "in every language"
        for asked in (corpus.split.train_in, corpus.split.test_in)
    )
    return (
        f"it is trained {trained} and tested {tested}: {ties.left_out} rows that fell into the other part are left out, so "
        "that what belongs together stays in one part"
    )


def _split(split: Split, corpus: Corpus, rows: Sequence[Row], ties: Ties) -> dict[str, Any]:
    """Shares and seed, groups, how many things stay together and the most rows that one holds; of folds, what they are."""
    sizes = Counter(ties.owner[row.id] for row in rows)
    told = {
        **split.model_dump(),
        "groups": len({row.group for row in rows if row.group}),
        "together": {"things": len(sizes), "largest": max(sizes.values(), default=0)},
        **{
            name: list(asked)
            for name, asked in (("train_in", corpus.split.train_in), ("test_in", corpus.split.test_in))
            if asked
        },
    }
    if not ties.divisions:
        return told
    trained = min(letters.count(TRAIN) for division in ties.divisions for letters in division)
    folds = {"folds": corpus.split.folds, "repeats": corpus.split.repeats, "training_rows": trained}
    return told | folds | {"divisions": digest(ties.divisions)}


def _by_part(parts: Mapping[str, Sequence[Row]], column: str, value: str) -> dict[str, int]:
    return {part: sum(getattr(row, column) == value for row in parts[part]) for part in PARTS}


def _pair_lengths(rows: Sequence[Row]) -> dict[str, Any]:
    pairs = [row.text_pair for row in rows if row.text_pair is not None]
    return {"text_pair": _lengths(pairs)} if pairs else {}


def _lengths(texts: Sequence[str]) -> dict[str, dict[str, float]]:
    return {
        "characters": _summary([len(text) for text in texts]),
        "words": _summary([len(text.split()) for text in texts]),
    }


def _summary(lengths: list[int]) -> dict[str, float]:
    """Median, the smallest length that 95 % of the texts do not exceed, and the longest."""
    ordered = sorted(lengths)
    return {
        "median": statistics.median(ordered),
        "p95": ordered[-(-95 * len(ordered) // 100) - 1],
        "longest": ordered[-1],
    }


def _part(path: Path, rows: Sequence[Row]) -> dict[str, Any]:
    return {
        "rows": len(rows),
        "sha256": sha256_of_file(path),
        "ids": digest([row.id for row in rows]),
        "labels": len(Counter(row.label for row in rows)),
    }
