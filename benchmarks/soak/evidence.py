"""What is looked at when a tormented run is over: its records beside those of an undisturbed one, its epochs, and what it left behind."""

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tui.checkout import Checkout, git, git_lines
from tui.runs.events import EventReader
from tui.runs.hosting import Host
from tui.runs.locks import is_held
from tui.runs.machine import FOLDER
from tui.runs.tree import add_tree, new_id, remove_tree

SAVED_SECONDS = 2.0
"""After an epoch is told its state is saved within much less; one that lived so long was saved."""


def records(study: Path, commit: str) -> dict[str, tuple[str, ...]]:
    """The blobs of every cell's record and predicted labels in an experiment, by the cell's place in reports/cells."""
    found: dict[str, tuple[str, ...]] = {}
    for entry in git_lines(study, "ls-tree", "-r", "-z", commit, "reports/cells", "reports/predicted"):
        told, _, path = entry.partition("\t")
        cell = path.split("/", 2)[2]
        found[cell] = (*found.get(cell, ()), told.split()[2])
    return found


def identical(undisturbed: Mapping[str, Any], tormented: Mapping[str, Any]) -> int:
    """How many cells have the same bytes in both."""
    return sum(tormented.get(cell) == blobs for cell, blobs in undisturbed.items())


def trained_twice(folder: Path, kills: Sequence[float]) -> list[str]:
    """Epochs that were trained once more although a state of theirs, or of a later one, was there.

    A killed training may tell an epoch again whose state it had no time to save, and no other: an epoch is told just before that. It
    was saved where a later epoch of its seed was told, or where nothing was killed for a while after it.

    Args:
        folder: The run's.
        kills: When something was killed, in seconds since 1970, in their order.
    """
    last: dict[tuple[str, int], tuple[int, float]] = {}
    found = []
    for event in EventReader(folder).read():
        if event["event"] != "epoch":
            continue
        training = event["stage"], event["seed"]
        epoch, told = last.get(training, (0, 0.0))
        first_kill = next((moment for moment in kills if moment >= told), event["time"])
        if event["epoch"] < epoch or (event["epoch"] == epoch and first_kill - told > SAVED_SECONDS):
            found.append(f"{event['stage']} seed {event['seed']} epoch {event['epoch']}")
        last[training] = max((epoch, told), (event["epoch"], event["time"]))
    return found


def held_locks(study: Path) -> list[Path]:
    """Lock files of a study and of the machine that somebody still holds, and DVC's that still name somebody."""
    places = [
        *study.glob(".detour/**/lock"), *study.glob(".detour/locks/*"), *machine().glob("slot-*"), *study.glob(".dvc/tmp/lock"),
    ]  # fmt: skip
    named = [
        path for path in study.glob(".dvc/tmp/rwlock") if any(json.loads(path.read_text(encoding="utf-8")).values())
    ]
    return [*(path for path in places if path.is_file() and is_held(path)), *named]


def machine() -> Path:
    """The folder that all runs of this machine share."""
    return Path(os.environ.get("DETOUR_MACHINE") or FOLDER)


def disorder(study: Path, commit: str, stages: Sequence[str]) -> Iterator[str]:
    """What git says of the main checkout, worktrees that are left, and what DVC says of the stages in a tree of the experiment.

    Nothing where all is well.
    """
    yield from git(study, "status", "--porcelain").splitlines()
    yield from git(study, "worktree", "list", "--porcelain").split("\n\n")[1:]
    checkout = Checkout(study, study)
    with Host() as host:
        tree = add_tree(checkout, new_id(), commit, host)
        try:
            status, said = host.ask(tree.path, "status", *stages)
        finally:
            remove_tree(tree)
    if status or said != ["Data and pipelines are up to date."]:
        yield from said
