"""A run's driver on the cluster: `python -P -m tui.runs.cluster.driver`, a process beside the supervisor, which stays light.

The first line of standard input is `{"tree", "run", "root", "address", "options"}`; the answer is `{"ready": true}` or
`{"fault": sentence}`. Then come requests, each a line of JSON:

    {"do": "run", "batch": number, "names": [stages], "variables": {}}    any number at once
    {"do": "slots", "batch": number}
    {"do": "stop", "hard": whether}

Answers carry their batch's number and one of the keys of `tui.runs.cluster.worker`, or `here` (a stage whose result is in this machine's
cache now, with `ran`: whether a worker ran it), `slots`, or `done`, after which nothing comes of the batch. A note is nobody's batch's.
At the end of standard input the stages that run are told to stop.
"""

import contextlib
import json
import os
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from tui.runs.cluster.batches import Batches
from tui.runs.cluster.options import ClusterOptions
from tui.runs.dvc import install

KNOCKING_SECONDS = 10.0
"""For a cluster's head to take a connection."""


def main() -> None:
    """Carry out requests to the end of standard input."""
    requests = os.fdopen(os.dup(0), encoding="utf-8")
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    # What Ray and DVC print is no answer.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    guard = threading.Lock()

    def tell(message: Mapping[str, Any]) -> None:
        # Nobody listens where the supervisor is gone.
        with guard, contextlib.suppress(BrokenPipeError):
            print(json.dumps(message), file=answers, flush=True)

    opening = json.loads(requests.readline())
    try:
        connect(opening["address"])
        os.chdir(opening["tree"])
        install()
        options = ClusterOptions.from_mapping(opening["options"])
        batches = Batches(Path(opening["tree"]), Path(opening["root"]), opening["run"], options, tell)
    except InputError as error:
        tell({"fault": str(error)})
        return
    tell({"ready": True})
    threads = [thread for line in requests if (thread := _take(json.loads(line), batches, tell)) is not None]
    batches.stop(is_hard=False)
    for thread in threads:
        thread.join()
    batches.close()


def connect(address: str | None) -> None:
    """Join the cluster.

    Raises:
        InputError: There is none at that address, or it runs other versions of Ray or Python.
    """
    where = address or os.environ.get("RAY_ADDRESS")
    if where is not None and where.startswith("ray://"):
        raise InputError(
            f"{where} is of Ray's client, over which no progress comes; run this on a machine of the cluster and give HOST:PORT."
        )
    # Ray has workers look for modules in the folder that it is begun in, and this may be a study with modules of the same names.
    os.chdir("/")
    # Ray asks for minutes where nobody answers.
    os.environ.setdefault("RAY_NUM_REDIS_GET_RETRIES", "2")
    try:
        if where is not None and ":" in where:
            _knock(where)
        import ray

        ray.init(address=where or "auto", log_to_driver=False, logging_level="ERROR")
    # What it raises depends on how far it came.
    except Exception as error:
        said = " ".join(str(error).split()).rstrip(".")[:300]
        raise InputError(
            f"No Ray cluster can be joined at {where or 'this machine'} ({said}); begin one with `ray start`, or give --address HOST:PORT."
        ) from error


def _knock(address: str) -> None:
    host, _, port = address.rpartition(":")
    if not port.isdigit():
        raise ValueError("the port is no number")
    with socket.create_connection((host.strip("[]"), int(port)), KNOCKING_SECONDS):
        pass


def _take(request: Mapping[str, Any], batches: Batches, tell: Any) -> threading.Thread | None:
    if request["do"] == "stop":
        batches.stop(is_hard=request["hard"])
    elif request["do"] == "slots":
        tell({"batch": request["batch"], "slots": batches.slots(), "done": True})
    else:
        batch = request["batch"], tuple(request["names"]), request["variables"]
        thread = threading.Thread(target=batches.run, args=batch, daemon=True)
        thread.start()
        return thread
    return None


if __name__ == "__main__":
    main()
