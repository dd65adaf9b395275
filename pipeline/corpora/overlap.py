"""Test rows that a start has already seen.

A test row of a target is seen by a start if a training or dev row of the start has the same text, or the same
pair of texts, once both are cleaned, case-folded and white space-folded. Cells are scored without such rows.
"""

from collections.abc import Iterable

from pipeline.corpora.cleaning import fold_pair
from pipeline.corpora.schema import Row


def seen_rows(tests: Iterable[Row], seen: Iterable[Row]) -> list[str]:
    """The ids of the test rows that equal one of the rows seen, in the order of `tests`."""
    contents = {fold_pair(row) for row in seen}
    return [row.id for row in tests if fold_pair(row) in contents]
