"""The texts behind the scored test rows of a cell, as JSON on standard output.

    python -m pipeline.evidence.examples --test HASH [--sha256 HASH] TABLE... < WISH

A record of predicted ids (reports/predicted) has labels and no texts: row i is the i-th row of test.parquet that no start of the
task has seen. That is checked and never assumed: HASH is the record's own hash over ids and labels of those rows in their order,
and only a table that gives it is read. Of several tables (the working tree's, one of the DVC cache) the first that also has the
SHA-256 of the corpus's card is taken, so that the wording is the one that was tested; without such a table, the first that fits, and
`exact` says false.

WISH is a JSON object: `overlap`, the content of reports/overlap/<task>/<target>.json (none: no row was seen), and `rows`, the places
of the rows that are wanted (none: all). A fault of input is one sentence on standard error and exit status 2.
"""

import argparse
import json
import sys
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pipeline.corpora.schema import Row, read_table
from pipeline.errors import InputError
from pipeline.files import digest, sha256_of_file

TOLD = ("id", "text", "text_pair", "label", "language", "source_text", "source_text_pair", "translated_by")


@dataclass(frozen=True)
class Found:
    """The scored rows of one table."""

    table: Path
    exact: bool | None
    """Whether the file is the one that was tested, byte for byte; None where that is not known."""
    rows: Sequence[Row]


def find_examples(
    tables: Sequence[Path], test: str, overlap: Mapping[str, Any] | None = None, sha256: str | None = None
) -> Found:
    """The scored rows, in the order of the record.

    Args:
        tables: Where test.parquet may be.
        test: The record's hash over ids and labels of its rows.
        overlap: The test rows that starts of the task have seen, as reports/overlap tells them.
        sha256: The hash of the file that was tested.

    Raises:
        InputError: No table is there, or none holds those rows.
    """
    seen = seen_rows(overlap)
    there = [table for table in tables if table.is_file()]
    found: Found | None = None
    for table in there:
        rows = [row for row in read_table(table, Row)[0] if row.id not in seen]
        if digest({"ids": [row.id for row in rows], "labels": [row.label for row in rows]}) != test:
            continue
        exact = None if sha256 is None else sha256_of_file(table) == sha256
        if exact is not False:
            return Found(table, exact, rows)
        found = found or Found(table, exact, rows)
    if found is not None:
        return found
    if there:
        raise InputError(f"{' and '.join(map(str, there))} {_verb(there)} other test rows than those that were scored.")
    raise InputError(f"The test rows are not at hand: {' and '.join(map(str, tables)) or 'no table'} does not exist.")


def _verb(tables: Sequence[Path]) -> str:
    return "holds" if len(tables) == 1 else "hold"


def seen_rows(overlap: Mapping[str, Any] | None) -> Collection[str]:
    """Ids of the test rows that any start of the task has seen."""
    starts = (overlap or {}).get("starts") or {}
    return {str(row) for kinds in starts.values() for ids in kinds.values() for row in ids}


def main() -> None:
    """Answer, and exit."""
    parser = argparse.ArgumentParser(prog="python -m pipeline.evidence.examples")
    parser.add_argument("tables", nargs="+", type=Path, metavar="TABLE")
    parser.add_argument("--test", required=True)
    parser.add_argument("--sha256")
    asked = parser.parse_args()
    try:
        wish = _wish(sys.stdin.read())
        found = find_examples(asked.tables, asked.test, wish.get("overlap"), asked.sha256)
        answer = _answer(found, wish.get("rows"))
    except InputError as error:
        said = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in str(error))
        print(f"error: {said}", file=sys.stderr)
        raise SystemExit(2) from None
    print(json.dumps(answer, allow_nan=False))


def _wish(text: str) -> Mapping[str, Any]:
    try:
        wish = json.loads(text or "{}")
        _ = seen_rows(wish.get("overlap")), [int(row) for row in wish.get("rows") or ()]
    except (ValueError, TypeError, AttributeError) as error:
        raise InputError(f"Standard input is no wish ({error}); give an object with `overlap` and `rows`.") from None
    return dict(wish)


def _answer(found: Found, wanted: Sequence[int] | None) -> dict[str, Any]:
    places = range(len(found.rows)) if wanted is None else wanted
    if outside := [place for place in places if not 0 <= place < len(found.rows)]:
        raise InputError(f"There is no row {outside[0]} among the {len(found.rows)} that were scored.")
    rows = {str(place): {name: getattr(found.rows[place], name) for name in TOLD} for place in places}
    return {"table": str(found.table), "exact": found.exact, "rows": rows}


if __name__ == "__main__":
    main()
