"""`detour prioritise`: which of the waiting runs begins first."""

import json
from typing import Annotated

import typer

from pipeline.errors import InputError
from tui.checkout import find_checkout
from tui.output import say


def prioritise(
    run: Annotated[str, typer.Argument(metavar="RUN", help="Its id, the beginning of its id, or its name.")],
    priority: Annotated[int, typer.Argument(metavar="N", help="Higher ones start first; runs have 0 by default.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print the queue as JSON.")] = False,
) -> None:
    """Give a run that waits another priority and show the queue. A negative one is written behind `--`."""
    from tui.runs import queue
    from tui.runs.following import find_run
    from tui.runs.limits import limit_of_slots
    from tui.runs.story import read_story

    checkout = find_checkout()
    folder = find_run(checkout, run)
    if not queue.prioritise(checkout, folder.name, priority):
        status = read_story(folder).status
        told = "about to begin" if status == "queued" else status
        raise InputError(f"Run {folder.name} is {told}; only one that waits has a place in the queue.")
    queue.dispatch(checkout, limit_of_slots())
    waiting = [one.order for one in queue.waiting_runs(checkout)]
    if as_json:
        rows = [{"run": order.run, "name": order.name, "priority": order.priority} for order in waiting]
        print(json.dumps({"run": folder.name, "priority": priority, "queue": rows}, indent=1))
        return
    for place, order in enumerate(waiting, start=1):
        say(f"{place:3d}  priority {order.priority:3d}  {order.run}  {order.name}")
    if not waiting:
        say(f"Run {folder.name} begins.")
