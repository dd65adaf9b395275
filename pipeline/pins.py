"""The commits that repositories of the hub stand at now, as JSON on standard output.

A program of its own (`python -m pipeline.pins`), so that `detour` needs no client of the hub. Standard input: a list of
`{"kind": "model" | "dataset", "id", "place"}`; output: place to commit. A fault is one sentence on standard error and exit
status 2.
"""

import json
import sys

from pipeline.errors import InputError
from pipeline.hub import UNPINNED, Repository, current_commit


def main() -> int:
    """Print the commits and return the exit status."""
    asked = [Repository(one["kind"], one["id"], UNPINNED, one["place"]) for one in json.load(sys.stdin)]
    try:
        print(json.dumps({repository.place: current_commit(repository) for repository in asked}))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
