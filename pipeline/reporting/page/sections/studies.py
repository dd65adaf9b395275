"""The four questions that follow from the paper, and the controls: an answer to each, with its figure."""

import base64
from collections.abc import Iterator, Mapping
from typing import Any

from pipeline.reporting.lines import Json
from pipeline.reporting.page.blocks import (
    Block,
    Datum,
    Drawing,
    Figure,
    Grid,
    Heading,
    Items,
    Paragraph,
    Section,
    grid,
    missing,
)
from pipeline.reporting.page.inputs import Inputs
from pipeline.reporting.page.svg import element
from pipeline.reporting.text import DASH, look_up, score

TITLES = {
    "efficiency": "Efficiency",
    "languages": "Languages",
    "size": "Size",
    "multilingual": "Several languages or English alone",
    "controls": "Controls",
}
COLUMNS = {
    "efficiency": (
        "target",
        "start",
        "model",
        "gain",
        "f_p50",
        "if_p50",
        "cost_ratio_1",
        "cost_ratio_10",
        "break_even",
    ),
    "languages": ("target", "model", "arm", "language", "distance", "gain", "low", "high"),
    "size": ("target", "start", "model", "log10_flops", "gain", "low", "high"),
    "multilingual": ("target", "model", "english", "multilingual", "difference", "low", "high"),
    "controls": ("kind", "target", "model", "of", "against", "verdict", "difference", "low", "high"),
}
"""What of a study's rows is shown; the others are in reports/studies.json."""
HEADS = {
    "f_p50": "F p50 ms",
    "if_p50": "IF p50 ms",
    "cost_ratio_1": "training, 1 target",
    "cost_ratio_10": "training, 10 targets",
    "break_even": "break-even targets",
    "log10_flops": "log10 FLOPs",
}
SIGNED = frozenset({"gain", "low", "high", "difference"})
MOST_ROWS = 60


def studies(inputs: Inputs) -> Section:
    """The section."""
    title, found = "Four questions that follow, and controls", look_up(inputs.found.get("studies"), "studies")
    if not found:
        said = missing("The follow-up questions have not been asked: reports/studies.json is missing.", "studies")
        return Section("studies", title, (said,), "Studies")
    told = (
        "Each answer is made of whatever this study holds; where that is too little it says so, and the named overlay of studies/ trains "
        "what is needed (detour run --study NAME)."
    )
    blocks: list[Block] = [Paragraph(told)]
    for key in dict.fromkeys([*TITLES, *found]):
        if isinstance(answer := found.get(key), Mapping):
            blocks += _answer(inputs, key, answer)
    return Section("studies", title, tuple(blocks), "Studies")


def _answer(inputs: Inputs, key: str, answer: Json) -> Iterator[Block]:
    yield Heading(TITLES.get(key, key))
    yield Paragraph(str(answer.get("question", "")))
    yield Paragraph(_plain(answer.get("sentence")), "finding" if answer.get("said") else "missing")
    if (svg := inputs.drawings.get(key)) and answer.get("figure"):
        yield _figure(TITLES.get(key, key), str(answer.get("figure_text") or answer.get("sentence", "")), svg)
    if table := _rows(key, answer):
        yield table
    if notes := answer.get("notes"):
        yield Items(tuple(_plain(note) for note in notes))


def _plain(text: object) -> str:
    """A sentence that quotes commands as Markdown does, without the quotes."""
    return str(text or "").replace("`", "")


def _figure(title: str, told: str, svg: bytes) -> Figure:
    """The picture stands in the page as an image: nothing in it can run, and its names meet no others."""
    source = f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}"
    image = element("img", src=source, alt=told)
    return Figure(title, (Drawing(title, told, image),), wide=True)


def _rows(key: str, answer: Json) -> Grid | None:
    held = [row for row in answer.get("rows") or () if isinstance(row, Mapping)]
    names = [name for name in COLUMNS.get(key, ()) if any(name in row for row in held)]
    if not names:
        return None
    words = [name for name in names if all(not _is_number(row.get(name)) for row in held)]
    columns = [*words, *(name for name in names if name not in words)]
    rows = [[_datum(name, row.get(name)) for name in columns] for row in held[:MOST_ROWS]]
    more = f", the first {MOST_ROWS} of {len(held)} rows" if len(held) > MOST_ROWS else ""
    heads = [HEADS.get(name, name.replace("_", " ")) for name in columns]
    return grid(f"{TITLES.get(key, key)}: what the answer is made of{more}", heads, rows, words=len(words))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _datum(name: str, value: Any) -> Datum:
    if value is None:
        return Datum(DASH)
    if not _is_number(value):
        return Datum(str(value))
    if name in SIGNED:
        return Datum(score(value, sign=True), value)
    return Datum(f"{value:,.2f}", value)
