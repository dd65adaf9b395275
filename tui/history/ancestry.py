"""Which experiment stands under which: under the one that it is based on, else under the branch whose history holds its base.

A branch stands under the branch that it grew out of, seen from the main one; a tag under the branch that holds its commit.
"""

from collections.abc import Iterable, Mapping

import pygit2

from tui.history.refs import MAIN, first_parent
from tui.history.rows import History, Row

MOST_COMMITS = 50_000
"""Commits of all branches together that are looked at."""


def parents(history: History, rows: Iterable[Row]) -> Mapping[str, str]:
    """The key of the row above, for each row that has one, by its key."""
    listed = list(rows)
    found: dict[str, str] = {}
    owners = _owners(history, [row for row in listed if row.kind in ("branch", "remote")], found)
    experiments = {row.commit: row.ref for row in listed if row.kind == "experiment"}
    for row in listed:
        if row.kind in ("branch", "remote"):
            continue
        held = row.commit if row.kind == "tag" else row.base
        above = experiments.get(held or "") or owners.get(held or "")
        if above is not None and above != row.ref:
            found[row.ref] = above
    return found


def _owners(history: History, branches: list[Row], found: dict[str, str]) -> Mapping[str, str]:
    """The branch of each commit; what a branch grew out of is put into `found`."""
    owners: dict[str, str] = {}
    order = sorted(branches, key=lambda row: (row.kind != "branch", row.name.rpartition("/")[2] != MAIN, row.name))
    for branch in order:
        commit: str | None = branch.commit
        while commit is not None and commit not in owners and len(owners) < MOST_COMMITS:
            owners[commit] = branch.ref
            commit = _before(history, commit)
        above = owners.get(commit or "")
        if above is not None and above != branch.ref:
            found[branch.ref] = above
    return owners


def _before(history: History, commit: str) -> str | None:
    try:
        held = history.repository[commit]
    except (KeyError, ValueError, pygit2.GitError):
        return None
    return first_parent(held) if isinstance(held, pygit2.Commit) else None
