"""The report as Markdown, for a terminal, a repository's page or an editor: the same sections without the drawings."""

from collections.abc import Iterator, Sequence

from pipeline.reporting.page.blocks import (
    Block,
    Command,
    Datum,
    Facts,
    Figure,
    Grid,
    Heading,
    Items,
    Paragraph,
    Section,
)
from pipeline.reporting.text import markdown_table, one_line, paragraph

MARKS = "\\`*_<["
"""Characters that could mean something to Markdown or HTML."""


def markdown(sections: Sequence[Section]) -> str:
    """The report, ending in a line break."""
    parts: list[str] = []
    for place, section in enumerate(sections):
        level = 2 if place else 1
        parts.append(f"{'#' * level} {plain(section.title)}")
        parts += [told for block in section.blocks for told in _block(block, level + 1)]
    return "\n\n".join(parts) + "\n"


def plain(text: str) -> str:
    """Text from outside, on one line and without meaning to Markdown or HTML."""
    told = one_line(text)
    for mark in MARKS:
        told = told.replace(mark, f"\\{mark}")
    return told


def _block(block: Block, level: int) -> Iterator[str]:
    match block:
        case Paragraph(text, kind):
            yield paragraph(plain(text), *(("> ", "> ") if kind in ("note", "answer", "finding") else ("", "")))
        case Items(texts):
            yield "\n".join(paragraph(plain(text), "- ", "  ") for text in texts)
        case Heading(text):
            yield f"{'#' * level} {plain(text)}"
        case Command(text):
            yield f"```sh\n{one_line(text)}\n```"
        case Facts(facts):
            yield "\n".join(f"- {plain(fact.label)}: {plain(fact.value)}" for fact in facts)
        case Grid():
            yield f"**{plain(block.caption)}**"
            heads = [plain(column.head) for column in block.columns]
            yield markdown_table(heads, [[_datum(cell) for cell in row] for row in block.rows], escaped=True)
        case Figure(caption, drawings):
            # A picture's description stands in its place; the caption says that there is one.
            yield f"**{plain(caption)}** (drawn in reports/index.html)"
            if not block.wide:
                yield "\n".join(paragraph(plain(f"{one.title}: {one.description}"), "- ", "  ") for one in drawings)


def _datum(cell: Datum) -> str:
    text = plain(cell.text)
    text = f"**{text}**" if cell.tone == "best" else text
    return f"{text} ({plain(cell.beside)})" if cell.beside else text
