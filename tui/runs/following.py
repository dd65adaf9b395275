"""Following one run as it goes, in a terminal or a pipe: what `detour watch`, `detour logs -f` and `detour run --wait` share."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from pipeline.errors import InputError
from tui.checkout import Checkout, find_checkout
from tui.runs.events import FILE, EventReader
from tui.runs.limits import limit_of_slots
from tui.runs.queue import dispatch
from tui.runs.story import Followed, RunStory, read_story
from tui.runs.telling import line_of

LOOK_SECONDS = 0.2
"""Between two looks at the events of a run that is not over."""

QUEUE_SECONDS = 5.0
"""Between two looks at the queue for a run that waits: who was to begin it may have been killed."""


def find_run(checkout: Checkout, named: str | None) -> Path:
    """The folder of a run by its id, the beginning of its id, or its experiment's name; the newest without any.

    Raises:
        InputError: There is no such run, or several.
    """
    folders = sorted((path.parent for path in checkout.runs.glob(f"*/{FILE}")), reverse=True)
    if not folders:
        raise InputError("There is no run yet; `detour run` launches one.")
    if named is None:
        return folders[0]
    by_id = [folder for folder in folders if folder.name == named] or [f for f in folders if f.name.startswith(named)]
    found = by_id or [folder for folder in folders if read_story(folder).name == named]
    if len(found) == 1 or (found and not by_id):
        # Of several runs of one name the newest is meant.
        return found[0]
    if found:
        raise InputError(f"'{named}' begins the ids of {len(found)} runs; give more of it, such as {found[0].name}.")
    raise InputError(f"There is no run '{named}'; `detour runs` lists those that there are.")


def follow(folder: Path, say: Callable[[str], None], epochs: bool, until: Callable[[RunStory], bool]) -> RunStory:
    """Say the run's lines from its beginning, and go on until its story is as `until` wants it or the run is over."""
    reader, followed, looked = EventReader(folder), Followed(folder), time.monotonic()
    story = followed.read()
    while True:
        events = reader.read()
        for event in events:
            line = line_of(event, story.opened, epochs)
            if line is not None:
                say(line)
        story = followed.read()
        if not events and (story.is_over or until(story)):
            return story
        if not events:
            time.sleep(LOOK_SECONDS)
        if story.status == "queued" and time.monotonic() - looked > QUEUE_SECONDS:
            looked = time.monotonic()
            dispatch(find_checkout(folder.parents[2]), limit_of_slots())


def stage_logs(folder: Path, stage: str | None) -> Sequence[Path]:
    """The logs of a stage, or of all stages, in the order of their beginnings.

    Raises:
        InputError: The stage has printed nothing in this run.
    """
    logs = sorted((folder / "logs").glob("[0-9]*.log"))
    if stage is None:
        return logs
    stem = stage.replace("@", "-")
    found = [path for path in logs if path.stem.partition("-")[2] == stem]
    if not found:
        known = sorted({path.stem.partition("-")[2] for path in logs})
        told = (
            f"those that did: {', '.join(known[:4])}{' ...' if known[4:] else ''}" if known else "nothing has run yet"
        )
        raise InputError(f"{stage} has printed nothing in run {folder.name}; {told}.")
    return found
