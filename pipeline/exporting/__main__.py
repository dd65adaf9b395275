"""One seed's model as a folder, asked for in the root of a tree that holds the cell's inputs:

    python -m pipeline.exporting CELL SEED FOLDER [--fold N] [--experiment NAME]

`detour export` asks this in a process of its own. What there is to tell on the way goes to standard error, the answer to standard
output as one line of JSON. Exit status: 0 done, 1 refused (`ExportFault`), 2 a fault of input, 130 and 143 interrupted: a training
keeps its state and goes on next time. It ends with whoever began it.
"""

import argparse
import contextlib
import json
import os
import signal
import sys
from pathlib import Path

from pipeline.errors import InputError
from pipeline.processes import die_with_parent
from pipeline.training.stopping import heeding

INTERRUPTED = 130


def main() -> None:
    """Export, tell and exit."""
    die_with_parent(os.getppid(), signal.SIGTERM)
    asked = _parser().parse_args()
    try:
        with heeding(), contextlib.redirect_stdout(sys.stderr):
            told = _export(asked)
    except KeyboardInterrupt:
        print("Interrupted; the same command goes on from what is kept.", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
    print(json.dumps(told))


def _export(asked: argparse.Namespace) -> object:
    # Here, so that whoever is refused because of a wrong word does not wait for torch.
    from pipeline.exporting.export import Asked, export
    from pipeline.exporting.faults import ExportFault
    from pipeline.study import load_study

    try:
        wish = Asked(asked.cell, asked.seed, asked.fold, Path(asked.folder), asked.experiment)
        return export(load_study(), wish)
    except ExportFault as fault:
        print(f"error: {fault}", file=sys.stderr)
        raise SystemExit(1) from None
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        raise SystemExit(2) from None


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m pipeline.exporting")
    parser.add_argument("cell")
    parser.add_argument("seed", type=int)
    parser.add_argument("folder")
    parser.add_argument("--fold", type=int)
    parser.add_argument("--experiment", default="HEAD")
    return parser


if __name__ == "__main__":
    main()
