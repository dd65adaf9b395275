"""Revisions by name, live runs among them, whose tree is read as it stands."""

from pipeline.errors import InputError
from tui.history.refs import Ref
from tui.history.rows import History, Row


def row_of(history: History, revision: str) -> Row:
    """The row of a branch, tag, experiment, commit, `workspace` or live run.

    Raises:
        InputError: Nothing has that name, or several things have it.
    """
    try:
        return history.row(history.resolve(revision))
    except InputError:
        refs = history.newest()
        live = next((ref for ref in refs if ref.kind == "run" and _names(revision, ref)), None)
        if live is None:
            raise
        return history.row(live, refs)


def _names(text: str, run: Ref) -> bool:
    """Whether a live run has this name or id."""
    return text in (run.name, run.full, run.full.rpartition(":")[2])
