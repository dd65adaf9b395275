"""What the hub says of repositories, as JSON on standard output: the commits of the main branch, or that a commit can be had.

A program of its own (`python -m pipeline.pins`), so that `detour` needs no client of the hub. Standard input: a list of
`{"kind": "model" | "dataset", "id", "place", "revision"}`; output: place to commit. A revision that is `unpinned` is answered
with the commit of the main branch, any other is only looked for. A fault is one sentence on standard error and exit status 2.
"""

import json
import sys

from pipeline.errors import InputError
from pipeline.hub import UNPINNED, Repository, current_commit, reach


def main() -> int:
    """Print the commits and return the exit status."""
    asked = [Repository(one["kind"], one["id"], one["revision"], one["place"]) for one in json.load(sys.stdin)]
    try:
        print(json.dumps({repository.place: _commit(repository) for repository in asked}))
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


def _commit(repository: Repository) -> str:
    if repository.revision == UNPINNED:
        return current_commit(repository)
    reach(repository)
    return repository.revision


if __name__ == "__main__":
    sys.exit(main())
