"""What is no commit of a name yet: the trees of live runs, and what waits or has failed in DVC's own queue."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pygit2

from tui.history.refs import Kind, Ref

RUN = "run:"
"""What the whole name of a live run begins with, before the run's id."""
_QUEUES: tuple[tuple[str, Kind], ...] = (("stash", "queued"), ("failed", "failed"))
# Old id, new id, who and when, then what DVC says of the experiment (dvc.repo.experiments.stash, DVC 3.67).
_ENTRY = re.compile(r"[0-9a-f]+ ([0-9a-f]{40,64}) [^\t]*\t(?:commit: )?dvc-exp:[0-9a-f]+:([0-9a-f]+):([^:]*)")


@dataclass(frozen=True)
class LiveRun:
    """A run that is not over."""

    ref: Ref
    tree: Path
    """Its working tree."""


def live_runs(runs: Path) -> Iterator[LiveRun]:
    """The runs in the folder `runs` that are not over and have a tree."""
    try:
        folders = sorted((folder for folder in runs.iterdir() if (folder / "tree" / ".git").exists()), reverse=True)
    except OSError:
        return
    for folder in folders:
        # What runs are, and how they end, is known there.
        from tui.runs.story import read_story

        story = read_story(folder)
        commit = None if story.is_over else _head(folder / "tree")
        if commit is not None:
            yield LiveRun(Ref(story.name or folder.name, "run", RUN + folder.name, commit, commit), folder / "tree")


def _head(tree: Path) -> str | None:
    try:
        return str(pygit2.Repository(str(tree)).head.target)
    except (pygit2.GitError, KeyError):
        return None


def queued(common: Path) -> list[Ref]:
    """What `dvc exp run --queue` put by, as the logs of DVC's stashes tell: waiting, or failed."""
    found = []
    for name, kind in _QUEUES:
        log = common / "logs" / "refs" / "exps" / "celery" / name
        try:
            lines = log.read_text(encoding="utf-8", errors="backslashreplace").splitlines()
        except OSError:
            continue
        entries = filter(None, map(_ENTRY.match, lines))
        found += [Ref(entry[3] or entry[1][:9], kind, "", entry[1], entry[2]) for entry in entries]
    return found
