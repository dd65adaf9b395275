"""Stopping a run, and letting one go on."""

import contextlib
import os
import signal
import time
from pathlib import Path

from pipeline.errors import InputError
from tui.checkout import Checkout
from tui.runs.order import read_order
from tui.runs.process import is_alive
from tui.runs.queue import How, enqueue, is_live, withdraw
from tui.runs.story import RESUMABLE, RunStory, read_story

OPENING_SECONDS = 60.0
"""Until a supervisor that was begun has opened its run, on a machine that is very busy."""


def stop_run(checkout: Checkout, folder: Path, now: bool = False, with_record: bool = False) -> bool:
    """Ask a run to stop; False where it is over already.

    Args:
        checkout: The study.
        folder: The run's.
        now: Kill its stages; what they learned since their last state is lost.
        with_record: Record what is finished; a run that is over is let go on for that alone.
    """
    if withdraw(checkout, folder.name):
        return True
    numbers = [signal.SIGUSR1 if with_record else signal.SIGTERM, *([signal.SIGUSR2] if now else [])]
    end = time.monotonic() + OPENING_SECONDS
    while is_live(folder) and time.monotonic() < end:
        story = read_story(folder)
        if is_alive(story.process, story.began) and not story.waiting:
            with contextlib.suppress(ProcessLookupError):
                for number in numbers:
                    os.kill(story.process, number)
            return True
        time.sleep(0.05)
    return False


def go_on(checkout: Checkout, folder: Path, how: How) -> None:
    """Put a run that is over back into the queue.

    Raises:
        InputError: It is not over, or there is nothing of it to go on with.
    """
    story = read_story(folder)
    if not story.is_over or is_live(folder):
        raise InputError(f"Run {story.id} is {story.status}; detour stop {story.id} stops it first.")
    fault = _fault(story, how)
    if fault:
        raise InputError(fault)
    enqueue(checkout, read_order(folder), how)


def _fault(story: RunStory, how: How) -> str:
    """Why a run cannot go on in that way; empty where it can."""
    if how == "retry" and (story.status != "failed" or not story.experiment):
        mend = f"; detour resume {story.id} goes on with it" if can_resume(story) else ""
        return f"Run {story.id} is {story.status} and recorded no failure to try again{mend}."
    if how in ("resume", "record") and not can_resume(story):
        mend = (
            f"; detour retry {story.id} runs what failed"
            if story.status == "failed"
            else "; launch it anew with detour run"
        )
        return f"Run {story.id} is {story.status}, so there is nothing to go on with{mend}."
    return ""


def can_resume(story: RunStory) -> bool:
    """Whether something is left of a run that can go on."""
    return story.status in RESUMABLE or (story.status == "failed" and not story.experiment)
