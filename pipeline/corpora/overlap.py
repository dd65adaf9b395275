"""Test rows that a start has already seen.

A test row of a target is seen by a start if a training or dev row of the start has the same text, or the same
pair of texts, once both are cleaned, case-folded and white space-folded. Cells are scored without such rows.
"""

from collections.abc import Iterable, Mapping

from pipeline.corpora.cleaning import fold_pair
from pipeline.corpora.schema import Row

Content = tuple[str, str | None]


class TestRows:
    """The test rows of every target of a task, found by their folded content."""

    __test__ = False  # Not a collection of tests, whatever pytest makes of the name.

    def __init__(self, targets: Mapping[str, Iterable[Row]]) -> None:
        """Index the rows; `targets` maps each target to its test rows."""
        self._ids: dict[Content, list[tuple[str, str]]] = {}
        self._targets = {target: list(rows) for target, rows in targets.items()}
        for target, rows in self._targets.items():
            for row in rows:
                self._ids.setdefault(fold_pair(row), []).append((target, row.id))

    def seen_by(self, rows: Iterable[Row]) -> dict[str, list[str]]:
        """By target, the ids of its test rows that equal one of `rows`, in the order of the test file."""
        hits = {entry for row in rows for entry in self._ids.get(fold_pair(row), ())}
        return {
            target: [row.id for row in tests if (target, row.id) in hits] for target, tests in self._targets.items()
        }
