"""What an experiment tells of the run that made it: `reports/run.json`, as `tui.runs.runrecord` writes it.

The file comes from git and is data: one that is missing, broken, of another schema or somebody else's is no record, and a value
of another type than expected counts as not told.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tui.history.values import number

PATH = "reports/run.json"
SCHEMA = 1
"""Raised when a key changes its meaning; keys may be added without."""

CELL_STATES = ("measured", "cached", "inherited", "failed", "missing")
"""What a run may say of a cell: trained in this run, out of the run cache, unchanged from its base, failed, not there."""


@dataclass(frozen=True)
class RunRecord:
    """What is shown and searched of a record; empty where it does not say."""

    id: str
    name: str
    note: str
    """The question or note that was given at the launch."""
    outcome: str
    settings: tuple[str, ...]
    """Overrides, `key=value`."""
    study: str
    """The overlay of studies/."""
    who: str
    host: str
    gpus: tuple[str, ...]
    seconds: float | None
    begun: str
    """ISO 8601, in UTC."""
    base: str
    """The commit that the run started from."""
    command: tuple[str, ...]
    cells: Mapping[str, tuple[str, ...]]
    """Names of cells by state."""
    failed: Mapping[str, str]
    """Failed stages with their sentences."""
    versions: Mapping[str, str]
    value: Mapping[str, Any]
    """The whole record."""

    def texts(self) -> Iterator[str]:
        """What a search looks at: name, note, study and settings."""
        yield from (self.name, self.note, self.study, *self.settings)

    def holds(self, text: str) -> bool:
        """Whether one of the texts holds `text`, in whatever case."""
        return any(text.casefold() in told.casefold() for told in self.texts())


def read_run_record(text: str | bytes | None) -> RunRecord | None:
    """The record in a text; None where there is none that this version understands."""
    try:
        value = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(value, dict) or value.get("schema") != SCHEMA or not isinstance(value.get("id"), str):
        return None
    who, machine, cells = (_mapping(value, key) for key in ("who", "machine", "cells"))
    cards = machine.get("gpus")
    return RunRecord(
        id=value["id"],
        name=_text(value, "name"),
        note=_text(value, "note"),
        outcome=_text(value, "outcome"),
        settings=_words(value.get("settings")),
        study=_text(value, "study"),
        who=_text(who, "name") or _text(who, "login"),
        host=_text(machine, "host"),
        gpus=tuple(_text(card, "name") for card in cards if isinstance(card, dict)) if isinstance(cards, list) else (),
        seconds=number(value.get("seconds")),
        begun=_text(value, "begun"),
        base=_text(value, "base"),
        command=_words(value.get("command")),
        cells={state: _words(cells.get(state)) for state in CELL_STATES},
        failed=_texts(_mapping(value, "stages"), "failed"),
        versions=_texts(value, "versions"),
        value=value,
    )


def _mapping(value: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = value.get(key)
    return found if isinstance(found, dict) else {}


def _text(value: Mapping[str, Any], key: str) -> str:
    found = value.get(key)
    return found if isinstance(found, str) else ""


def _texts(value: Mapping[str, Any], key: str) -> Mapping[str, str]:
    return {name: text for name, text in _mapping(value, key).items() if isinstance(text, str)}


def _words(value: Any) -> tuple[str, ...]:
    return tuple(word for word in value if isinstance(word, str)) if isinstance(value, list) else ()
