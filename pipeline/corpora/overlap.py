"""Test rows that a start has already seen.

A test row of a target is seen by a start if a training or dev row of the start has the same text, or the same pair of texts: as
it stands once cleaned (`exact`), case-folded and white space-folded (`folded`), or as a near-duplicate (`near`, see
`pipeline.corpora.near`), whatever its label; or if it is the same pair by number (`pair_id`), in whatever language, where both
corpora declare one numbering. Cells are scored without such rows.
"""

from collections.abc import Sequence

from pipeline.corpora.cleaning import fold_pair
from pipeline.corpora.near import near_rows
from pipeline.corpora.schema import Row

KINDS = ("exact", "folded", "near", "pair_id")


def seen_rows(tests: Sequence[Row], seen: Sequence[Row], numbered_alike: bool = False) -> dict[str, list[str]]:
    """The ids of the test rows that are among the rows seen, in the order of `tests`.

    Args:
        tests: Rows of a target.
        seen: Rows of a start.
        numbered_alike: Whether both corpora number the same pairs alike.

    Returns:
        By kind, in the order of `KINDS`, each row under the first that fits; kinds without a row are absent.
    """
    if not seen:
        return {}
    exact = {(row.text, row.text_pair) for row in seen}
    folded = {fold_pair(row) for row in seen}
    numbers = {pair_number(row) for row in seen} if numbered_alike else set()
    found: dict[str, list[str]] = {kind: [] for kind in KINDS}
    for row, near in zip(tests, near_rows(tests, seen), strict=True):
        marks = (
            (row.text, row.text_pair) in exact,
            fold_pair(row) in folded,
            near,
            pair_number(row) in numbers,
        )
        if any(marks):
            found[KINDS[marks.index(True)]].append(row.id)
    return {kind: ids for kind, ids in found.items() if ids}


def pair_number(row: Row) -> str:
    """What names a pair in all of its languages: its group, or its id where it has none."""
    return row.group or row.id
