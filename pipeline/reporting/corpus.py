"""The page of a corpus: its card, what the starts of its task have seen of it, and how much of it the models do not read.

A page is made of what there is. A part of a study that has not run is named, not guessed.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline.reporting.text import DASH, look_up, markdown_table, one_line, paragraph

Json = Mapping[str, Any]
KINDS = ("exact", "folded", "near", "pair_id")
PARTS = ("train", "dev", "test")


def corpus_page(
    key: str, card: Json | None, overlap: Json | None, cuts: Mapping[str, Json], starts: Sequence[str]
) -> str:
    """The page of one corpus as Markdown, ending in a line break.

    Args:
        key: The corpus.
        card: What reports/corpora holds of it.
        overlap: What reports/overlap holds of it.
        cuts: By model, `max_tokens`, `rows` and how many are `cut`.
        starts: The starts of its task, `pretrained` excepted.
    """
    parts = [f"# {key}"]
    if card is None:
        parts.append(f"It has not been prepared: there is no reports/corpora/{key}.json.")
    elif "near" not in card["rows"]["dropped"]:
        parts.append(f"Its card is of an earlier form; `dvc repro prepare@{key}` writes it anew.")
    else:
        parts += [*_origin(card), *_rows(card), *_division(card), *_counts(card), *_lengths(card)]
    if card is None or card["kind"] != "intermediate":
        parts += _overlap(overlap, starts)
    parts += _truncation(cuts)
    return "\n\n".join(parts) + "\n"


def _origin(card: Json) -> Iterator[str]:
    yield paragraph(f"{card['task']}, {card['kind']}. Licence: {_text(card['licence'])}. {_text(card['citation'])}")
    rows = []
    for tally in card["source"]:
        hub = tally.get("hub") or {}
        revision = (
            f"{hub['revision']} ({hub.get('config') or 'default'}: {', '.join(hub['split'])})"
            if hub
            else tally["sha256"]
        )
        counts = (tally[name] for name in ("read", "filtered", "unmapped", "empty", "kept"))
        rows.append([_text(tally["path"]), revision, *(f"{count:,}" for count in counts)])
    yield "## Source"
    yield markdown_table(
        ["source", "revision or sha256", "read", "filtered", "unmapped", "empty", "kept"], rows, escaped=True
    )
    for tally in card["source"]:
        if companion := tally.get("companion"):
            yield paragraph(
                f"{_text(tally['path'])} is joined with {_text(companion['path'])} ({companion['sha256']})."
            )
    yield from (paragraph(_text(note), "- ", "  ") for note in card["notes"])
    direction = look_up(card, "translation", "direction")
    if direction != "none":
        found = ", ".join(
            f"{card['translation'][name]:,} {name}"
            for name in ("column", "memory", "untranslated")
            if name in card["translation"]
        )
        yield paragraph(f"Translation {direction}: {found}.")


def _rows(card: Json) -> Iterator[str]:
    rows, dropped = card["rows"], card["rows"]["dropped"]
    yield "## Rows"
    counts = [
        ["read", rows["read"]],
        ["taken", rows["collected"]],
        ["exact duplicates dropped", dropped["exact"]],
        ["folded duplicates dropped (case, white space)", dropped["folded"]],
        ["near-duplicates dropped (Jaccard .9 of runs of three words, same label)", dropped["near"]],
        *(
            [["in languages that have no place in the part they fell into", rows["left_out"]]]
            if "left_out" in rows
            else []
        ),
        ["left", rows["final"]],
    ]
    yield markdown_table(["rows", "count"], [[name, f"{count:,}"] for name, count in counts])
    yield paragraph(
        f"Of the exact and folded duplicates {dropped['conflicting']:,} had another label than the row that was kept; "
        f"{dropped['contrasts']:,} rows stay beside a near-duplicate of another label. SHA-256 of the rows taken: {rows['sha256']}."
    )


def _division(card: Json) -> Iterator[str]:
    split = card["split"]
    yield "## Split"
    if "folds" in split:
        told = (
            f"{split['folds']} folds, {split['repeats']} times; {split['training_rows']:,} rows at least to train on in a fold, "
            f"{split['dev']:g} of the others select its epoch; seed {split['seed']}; divisions {split['divisions']}."
        )
    else:
        told = f"test {split['test']:g}, dev {split['dev']:g} of the rest, seed {split['seed']}."
    together = split["together"]
    told += (
        f" {together['things']:,} things that stay together (groups, pairs that share a sentence), the largest of "
        f"{together['largest']:,} rows."
    )
    yield paragraph(told)
    # Groups that stay together may leave the parts far from what was asked for.
    parts = [(part, card["parts"][part]) for part in PARTS]
    yield markdown_table(
        ["part", "rows", "share", "ids (sha256)", "file (sha256)"],
        [
            [part, f"{of['rows']:,}", _share(of["rows"], card["rows"]["final"]), of["ids"], of["sha256"]]
            for part, of in parts
        ],
    )


def _counts(card: Json) -> Iterator[str]:
    labels = [(label, card["labels"][label]) for label in card["label_order"]]
    for name, counts in (("label", labels), ("language", list(card["languages"].items()))):
        yield f"## By {name}"
        yield markdown_table(
            [name, *PARTS, "all", "share"],
            [
                [
                    _text(value),
                    *(f"{by[part]:,}" for part in PARTS),
                    f"{sum(by.values()):,}",
                    _share(sum(by.values()), card["rows"]["final"]),
                ]
                for value, by in counts
            ],
            escaped=True,
        )


def _lengths(card: Json) -> Iterator[str]:
    yield "## Lengths"
    rows = []
    for side, lengths in card["lengths"].items():
        for unit, found in lengths.items():
            rows.append([side, unit, *(f"{found[name]:g}" for name in ("median", "p95", "longest"))])
    yield markdown_table(["text", "unit", "median", "95 % have at most", "longest"], rows)


def _overlap(overlap: Json | None, starts: Sequence[str]) -> Iterator[str]:
    yield "## Test rows that a start has seen"
    if overlap is None:
        yield "The overlap has not been looked for."
        return
    if not all(isinstance(kinds, Mapping) for kinds in overlap["starts"].values()):
        yield f"The list of overlap is of an earlier form; `dvc repro overlap@{overlap['target']}` writes it anew."
        return
    found = {start: overlap["starts"].get(start, {}) for start in starts}
    yield markdown_table(
        ["start", *(kind.replace("_", " ") for kind in KINDS)],
        [[start, *(f"{len(kinds.get(kind, ())):,}" for kind in KINDS)] for start, kinds in found.items()],
    )
    yield paragraph(
        "Each row under the first that fits: equal as cleaned, equal but for case and white space, near-duplicate (Jaccard .9 of "
        "runs of three words), the same pair by number. Cells are scored without these rows. What encoders were pretrained on "
        "nobody can list."
    )


def _truncation(cuts: Mapping[str, Json]) -> Iterator[str]:
    yield "## Longer than the models read"
    if not cuts:
        yield "No cell and no intermediate training of this corpus has run, so its tokens were not counted."
        return
    rows = [
        [model, f"{cut['max_tokens']:,}", f"{cut['rows']:,}", f"{cut['cut']:,}", _share(cut["cut"], cut["rows"])]
        for model, cut in cuts.items()
    ]
    yield markdown_table(["model", "max_tokens", "rows", "cut", "share"], rows)


def _share(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else DASH


def _text(value: str) -> str:
    """Text from outside, on one line and without meaning to Markdown or HTML."""
    told = one_line(str(value))
    for mark in "\\`*_<[":
        told = told.replace(mark, f"\\{mark}")
    return told
