"""A sheet as JSON: columns in order, and each row as a mapping from a column's key to its value.

    {"title": "...", "columns": [{"key": "accuracy", "head": "accuracy", "number": true}],
     "rows": [{"accuracy": {"value": 0.91, "sd": 0.01, "low": 0.9, "high": 0.93, "mark": "^", "best": true}}],
     "notes": ["..."], "provenance": {"command": "...", "revisions": [{"name": "main", "commit": "..."}], "lock": "...",
     "link": "detour show main"}}

Of a value only what it has is written; `value` always is.
"""

from typing import Any

from tui.output import jsonable
from tui.sharing.sheet import Provenance, Sheet, Value


def as_json(sheet: Sheet) -> Any:
    """A value for `json.dumps`, every number finite (see `tui.output.jsonable`)."""
    keys = [column.key for column in sheet.columns]
    return jsonable(
        {
            "title": sheet.title,
            "columns": [vars(column) for column in sheet.columns],
            "rows": [dict(zip(keys, map(_value, row), strict=True)) for row in sheet.rows],
            "notes": sheet.notes,
            "provenance": _provenance(sheet.provenance) if sheet.provenance else None,
        }
    )


def _value(value: Value) -> dict[str, Any]:
    beside = {"sd": value.sd, "low": value.low, "high": value.high, "mark": value.mark or None}
    told = {key: found for key, found in beside.items() if found is not None}
    return {"value": value.value, **told, **({"best": True} if value.best else {})}


def _provenance(provenance: Provenance) -> dict[str, Any]:
    revisions = [{"name": name, "commit": commit} for name, commit in provenance.revisions]
    return {**vars(provenance), "revisions": revisions}
