"""DVC as a run asks for it: `python -P -m tui.runs.host` carries out one command after another.

DVC needs a second for a command before it does anything: to be imported, and to read params.yaml, dvc.yaml and dvc.lock. A run
gives it a command for every batch of stages. A request is a line of JSON on standard input:

    {"folder": where, "variables": environment variables to set, "words": DVC's arguments, "end": a word nobody else knows}

What DVC and the stages print comes on standard output as ever, then `END STATUS ANSWER`, where the answer is JSON: null, or
the graph of the folder (`tui.runs.graph`) where the words are `graph` alone, or the sentence that says why there is none.
The process ends when its standard input does, whoever held the other end having closed it or died. One that is at work then asks its
stage to end and to save its state, and kills it after a while: nothing of a run goes on unseen. SIGTERM, which a run that is
stopped sends to the whole process group, is the stage's affair alone; DVC then tells that it failed and frees its locks.
"""

import json
import os
import select
import signal
import sys
import threading
import time
import traceback
from typing import Any

from tui.runs.dvc import install
from tui.runs.graph import describe_folder

GRAPH = ["graph"]
"""In the place of DVC's arguments: the graph is asked for."""

GRACE_SECONDS = 20.0
"""For a stage to save its state when whoever asked for it is gone."""


def main() -> None:
    """Carry out requests to the end of standard input."""
    # A function, since stages would inherit that the signal is ignored.
    signal.signal(signal.SIGTERM, lambda _number, _frame: None)
    # Stages inherit standard input, and none of them may read a request.
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    threading.Thread(target=_end_with, args=(requests.fileno(),), daemon=True).start()
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    install()
    for line in requests:
        request = json.loads(line)
        os.environ.update(request["variables"])
        os.chdir(request["folder"])
        status, answer = _graph() if request["words"] == GRAPH else (_run(request["words"]), None)
        sys.stderr.flush()
        print(request["end"], status, json.dumps(answer), flush=True)
    # Taking DVC's modules apart takes longer than a small stage, and nothing is left to be written.
    os._exit(0)


def _end_with(requests: int) -> None:
    """End this process and its stage once nobody can ask for more."""
    watched = select.poll()
    # A hang-up is told unasked; what is there to read is not told.
    watched.register(requests, 0)
    watched.poll()
    os.killpg(0, signal.SIGTERM)
    time.sleep(GRACE_SECONDS)
    os.killpg(0, signal.SIGKILL)


def _run(words: list[str]) -> int:
    from dvc.cli import main as dvc

    try:
        return int(dvc(words) or 0)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1


def _graph() -> tuple[int, Any]:
    try:
        return 0, describe_folder()
    except Exception as error:
        return 1, " ".join("".join(traceback.format_exception_only(error)).split())


if __name__ == "__main__":
    main()
