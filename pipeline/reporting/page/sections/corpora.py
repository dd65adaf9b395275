"""The corpora: where each comes from, what is left of it, and what a start has seen of its test rows."""

from collections.abc import Iterator

from pipeline.reporting.lines import Json
from pipeline.reporting.page.blocks import Block, Datum, Items, Paragraph, Section, grid
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.text import DASH, look_up, one_line

PARTS = ("train", "dev", "test")
DROPPED = ("exact", "folded", "near")
KINDS = ("exact", "folded", "near", "pair_id")


def corpora(inputs: Inputs) -> Section:
    """The section."""
    title = "Corpus cards"
    carded = {key: card for key, card in inputs.cards.items() if card}
    absent = [key for key in inputs.cards if key not in carded]
    blocks: list[Block] = []
    if carded:
        told = "Rows without duplicates (equal, equal but for case and white space, near: Jaccard .9 of runs of three words)."
        rows = [_row(key, card) for key, card in carded.items()]
        heads = ["corpus", "kind", "languages", "rows read", "duplicates", *PARTS, "labels", "largest label"]
        blocks += [Paragraph(told), grid("The corpora of the study", heads, rows, words=3)]
        blocks.append(Items(tuple(_origin(key, card) for key, card in carded.items())))
    if absent:
        blocks.append(Paragraph(f"Not prepared yet, so without a card: {', '.join(absent)}.", "missing"))
    return Section("corpora", title, (*blocks, *_overlap(inputs)), "Corpora")


def _row(key: str, card: Json) -> list[Datum]:
    dropped = [look_up(card, "rows", "dropped", kind) or 0 for kind in DROPPED]
    labels = {name: sum(by.values()) for name, by in (look_up(card, "labels") or {}).items()}
    largest = max(labels.values(), default=0) / max(1, sum(labels.values()))
    languages = ", ".join(look_up(card, "languages") or ())
    direction = look_up(card, "translation", "direction") or "none"
    counts = [look_up(card, "parts", part, "rows") for part in PARTS]
    return [
        Datum(key),
        Datum(str(card.get("kind", DASH)), tone="quiet"),
        Datum(languages or DASH, None, "" if direction == "none" else direction.replace("_", " ")),
        _count(look_up(card, "rows", "read")),
        _count(sum(dropped)),
        *(_count(count) for count in counts),
        _count(len(labels)),
        Datum(f"{100 * largest:.1f} %", largest),
    ]


def _origin(key: str, card: Json) -> str:
    sources = [one_line(str(look_up(source, "path") or DASH)) for source in card.get("source", ())]
    licence, citation = (one_line(str(card.get(name) or DASH)) for name in ("licence", "citation"))
    digest = look_up(card, "rows", "sha256")
    told = f"{key}: {citation.rstrip('.')}. Licence: {licence}. From {', '.join(sources) or DASH}"
    return f"{told}; SHA-256 of its rows {digest[:16]}." if digest else f"{told}."


def _overlap(inputs: Inputs) -> Iterator[Block]:
    if not inputs.overlap:
        yield Paragraph(
            "What starts have seen of the test rows has not been looked for: reports/overlap is empty.", "missing"
        )
        return
    rows, none = [], []
    for target, told in inputs.overlap.items():
        seen = {
            start: kinds for start, kinds in (look_up(told, "starts") or {}).items() if any(map(len, kinds.values()))
        }
        if inputs.kinds.get(target) != "intermediate" and not seen:
            none.append(target)
        rows += [
            [Datum(target), Datum(start), *(_count(len(kinds.get(kind, ()))) for kind in KINDS)]
            for start, kinds in seen.items()
        ]
    if rows:
        heads = ["target", "start", "exact", "but for case and space", "near", "same pair"]
        yield grid("Test rows that a start has seen", heads, rows, words=2)
    said = "Cells are scored without the test rows that a start has seen. What encoders were pretrained on nobody can list."
    yield Paragraph(f"{said}{f' Nothing of {_listed(none)} was seen.' if none else ''}")


def _count(value: float | None) -> Datum:
    return Datum(DASH if value is None else f"{value:,}", value)


def _listed(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
