"""Where a sheet of experiments came from: commits, the hash of dvc.lock, and the way back to each."""

import hashlib
import shlex
from collections.abc import Sequence

from tui.history.rows import History, Row
from tui.history.snapshot import LOCK
from tui.output import visible
from tui.sharing.sheet import Provenance

DIGITS = 12


def provenance_of(history: History, command: Sequence[str], rows: Sequence[Row]) -> Provenance:
    """The provenance of a sheet.

    Args:
        history: The repository.
        command: The words that make the sheet again, `detour` first.
        rows: The experiments in it, in order.
    """
    locks = {row.name: lock_hash(history, row) for row in rows}
    different = len(set(locks.values())) > 1
    lock = ", ".join(f"{name} {found or 'none'}" for name, found in locks.items()) if different else ""
    names = {row.name: pasted(row.name, row.commit) for row in rows}
    return Provenance(
        shlex.join(names.get(word, word) for word in command),
        tuple((row.name, row.commit) for row in rows),
        lock or next(iter(locks.values()), ""),
        "; ".join(link_to(row) for row in rows),
    )


def link_to(row: Row) -> str:
    """The command that leads back to an experiment."""
    return shlex.join(["detour", "show", pasted(row.name, row.commit)])


def pasted(name: str, commit: str) -> str:
    """What to call an experiment in a command that is copied: its commit where its name holds characters that are never shown as
    they are, so that what stands there would be another name."""
    return name if visible(name) == name else commit


def lock_hash(history: History, row: Row) -> str:
    """The first digits of the SHA-256 of an experiment's dvc.lock; empty where it has none or this clone lacks it."""
    blob = history.files(row).find(LOCK)
    content = history.store.content(blob) if blob is not None else None
    return hashlib.sha256(content).hexdigest()[:DIGITS] if content is not None else ""
