"""A section that is written as Markdown elsewhere, as blocks."""

from pipeline.reporting.page.blocks import Block, Items, Paragraph


def blocks_of(markdown: str) -> list[Block]:
    """Its lists and paragraphs without their line breaks; headings are left out."""
    return [made for part in markdown.split("\n\n") if (made := _block(part.strip("\n")))]


def _block(part: str) -> Block | None:
    if not part or part.startswith("#"):
        return None
    if not part.startswith("- "):
        return Paragraph(" ".join(part.split()))
    return Items(tuple(" ".join(item.split()) for item in part.removeprefix("- ").split("\n- ")))
