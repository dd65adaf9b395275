"""The memory as JSON on standard output: `python -m pipeline.corpora.translation counts|snapshot SNAPSHOT LIVE`.

A program of its own, so that `detour` needs nothing of this room. `counts` counts, `snapshot` writes the live memory's entries into the
snapshot first and tells what it added. A fault is one sentence on standard error and exit status 2.
"""

import json
import sys
from pathlib import Path

from pipeline.corpora.translation.live import LiveMemory
from pipeline.corpora.translation.snapshot import counts, write_snapshot
from pipeline.errors import InputError


def main(what: str, snapshot: str, live: str) -> int:
    """Print the answer and return the exit status."""
    memory = LiveMemory(Path(live), lambda line: print(line, file=sys.stderr))
    try:
        print(json.dumps((write_snapshot if what == "snapshot" else counts)(Path(snapshot), memory)))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
