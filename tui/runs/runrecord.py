"""The record of a run, written into its tree as `reports/run.json` before the experiment is recorded.

It says who asked what, on which machine, with which versions, how long it took, and of every cell of the study where its numbers
come from. Nothing of the training stack is imported for it: versions come from the packages' metadata. It is read back by
`tui.history.runrecord`.
"""

import getpass
import json
import os
import platform
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from pipeline.files import write_text
from tui.checkout import GitFault, git
from tui.history.runrecord import CELL_STATES, PATH, SCHEMA
from tui.runs.hardware import Machine

PACKAGES = ("dvc", "torch", "transformers")
"""Whose versions are told, beside Detour's and Python's."""


@dataclass(frozen=True)
class RunFacts:
    """What a run's supervisor knows at its end."""

    id: str
    name: str
    """The experiment's."""
    outcome: str
    begun: float
    """Seconds since 1970, as `ended`."""
    ended: float
    base: str
    """The commit that the run started from."""
    declared: tuple[str, ...]
    """Every cell of the study as the run had it."""
    chosen: tuple[str, ...]
    """The cells that were asked for."""
    ran: Collection[str]
    """Stages whose command really ran in this run, in any of its attempts."""
    cached: Collection[str]
    """Stages that DVC took from the run cache."""
    failed: Mapping[str, str]
    """Failed stages with their sentences."""
    skipped: Collection[str] = ()
    """Stages that depend on a failed one."""
    note: str = ""
    """The question or note given at the launch."""
    command: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    """Overrides, `key=value`."""
    study: str = ""
    """The overlay of studies/; empty for none."""
    engine: str = "local"
    attempts: int = 1
    """One more for each resumption and retry."""
    carried: bool = False
    """Whether uncommitted changes of the working tree were carried along, so that the base is not all of the inputs."""


@dataclass(frozen=True)
class Person:
    """Who launched the run."""

    name: str
    """git's; empty where it knows none, as `email`."""
    email: str
    login: str


def run_record(
    facts: RunFacts, person: Person, machine: Machine, versions: Mapping[str, str | None], present: Collection[str]
) -> dict[str, Any]:
    """The record as JSON's types.

    Args:
        facts: The run.
        person: Who launched it.
        machine: Where it ran.
        versions: By package; None for one that is not installed.
        present: The cells whose record stands in the tree (`cells_in`).
    """
    return {
        "schema": SCHEMA,
        "id": facts.id,
        "name": facts.name,
        "note": facts.note,
        "outcome": facts.outcome,
        "who": asdict(person),
        "machine": {**asdict(machine), "gpus": [asdict(gpu) for gpu in machine.gpus]},
        "begun": _moment(facts.begun),
        "ended": _moment(facts.ended),
        "seconds": round(max(0.0, facts.ended - facts.begun), 1),
        "attempts": facts.attempts,
        "command": list(facts.command),
        "settings": list(facts.settings),
        "study": facts.study or None,
        "engine": facts.engine,
        "base": facts.base,
        "carried": facts.carried,
        "cells": {"chosen": list(facts.chosen), **cells_by_state(facts, present)},
        "stages": {
            "ran": sorted(facts.ran),
            "cached": sorted(facts.cached),
            "failed": dict(sorted(facts.failed.items())),
            "skipped": sorted(facts.skipped),
        },
        "versions": dict(versions),
    }


def cells_by_state(facts: RunFacts, present: Collection[str]) -> dict[str, list[str]]:
    """Every declared cell under where its numbers come from (`tui.history.runrecord.CELL_STATES`), in the study's order.

    A cell that stands in the tree and neither ran nor came out of the run cache is the base's.
    """
    found: dict[str, list[str]] = {state: [] for state in CELL_STATES}
    for cell in facts.declared:
        if cell in facts.failed:
            state = "failed"
        elif cell not in present:
            state = "missing"
        else:
            state = "measured" if cell in facts.ran else "cached" if cell in facts.cached else "inherited"
        found[state].append(cell)
    return found


def cells_in(tree: Path, cells: Iterable[str]) -> set[str]:
    """Those of the cells whose record stands in a run's tree."""
    return {cell for cell in cells if (tree / "reports" / "cells" / f"{cell.replace('@', '/', 1)}.json").is_file()}


def write_run_record(tree: Path, record: Mapping[str, Any]) -> Path:
    """Write a record into a run's tree, in the place of its base's; returns the file."""
    path = tree / PATH
    write_text(path, json.dumps(record, indent=1, ensure_ascii=False) + "\n")
    return path


def person_of(folder: Path) -> Person:
    """git's identity in a folder, and the user of the machine."""
    try:
        # `Ada Lovelace <ada@example.org> 1700000000 +0100`
        name, _, rest = git(folder, "var", "GIT_AUTHOR_IDENT").rpartition(" <")
        email = rest.partition(">")[0]
    except GitFault:
        name = email = ""
    return Person(name, email, _login())


def _login() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run under a number that has no name.
        return str(os.getuid())


def versions_here() -> dict[str, str | None]:
    """Versions of Detour, Python and the packages that results depend on; None for one that is not installed."""
    return {
        "detour": _version("detour"),
        "python": platform.python_version(),
        **{each: _version(each) for each in PACKAGES},
    }


def _version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _moment(seconds: float) -> str:
    """ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds")
