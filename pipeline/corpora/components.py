"""Rows that must not be parted by a split: those of one group, and sentence pairs that share a sentence.

Such rows hang together through others too (a pair that shares one sentence with each of two pairs holds all three), so what stays
together are connected components.
"""

from collections.abc import Iterator, Sequence

from pipeline.corpora.cleaning import fold
from pipeline.corpora.schema import Row


def owners(rows: Sequence[Row], by_sentence: bool) -> dict[str, str]:
    """What each row belongs to, by its id: rows of one owner stay together.

    Args:
        rows: Rows with unique ids.
        by_sentence: Whether pairs that share a sentence, once folded, stay together; single texts never do.
    """
    root: dict[str, str] = {}

    def find(name: str) -> str:
        while (above := root.setdefault(name, name)) != name:
            # Halving the way up keeps long chains short.
            root[name] = root[above]
            name = root[name]
        return name

    for row in rows:
        for name in _ties(row, by_sentence):
            one, other = sorted((find(f"row {row.id}"), find(name)))
            root[other] = one
    return {row.id: find(f"row {row.id}") for row in rows}


def _ties(row: Row, by_sentence: bool) -> Iterator[str]:
    # "group" sorts before "row" and "text", so that a component with a group is called by one.
    if row.group:
        yield f"group {row.group}"
    if by_sentence and row.text_pair is not None:
        yield f"text {fold(row.text)}"
        yield f"text {fold(row.text_pair)}"
