"""How every stage begins and ends.

`run` reads the study of the current folder, hands it to the stage with the arguments of the command line, prints a fault of
input as one sentence and turns it into exit status 2, an interruption into 130. With the name of a folder in `DETOUR_MODULES`
it writes there, at the end, which modules of the project the stage loaded; a test compares them with the stage's `deps` in
dvc.yaml.
"""

import os
import sys
from collections.abc import Callable
from pathlib import Path

from pipeline.errors import InputError
from pipeline.study import load_study

INTERRUPTED = 130
"""The status of a program that Ctrl-C has ended, as shells tell it: 128 and the signal's number."""


def run(main: Callable[..., None], *names: str) -> None:
    """Run a stage.

    Args:
        main: Called with the study and one string for each name.
        names: What the positional arguments of the command line are called.
    """
    arguments = sys.argv[1:]
    if len(arguments) != len(names):
        stage = Path(sys.argv[0]).stem
        print(f"usage: python -m pipeline.stages.{stage} {' '.join(name.upper() for name in names)}", file=sys.stderr)
        raise SystemExit(2)
    try:
        main(load_study(), *arguments)
    except InputError as error:
        # The sentence may quote a file: nothing in it may speak to the terminal or look like another line.
        said = "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in str(error))
        print(f"error: {said}", file=sys.stderr)
        raise SystemExit(2) from None
    except KeyboardInterrupt:
        print("Interrupted; run it again to go on from what is kept.", file=sys.stderr)
        raise SystemExit(INTERRUPTED) from None
    finally:
        _tell_modules()


def _tell_modules() -> None:
    folder = os.environ.get("DETOUR_MODULES")
    if folder:
        loaded = sorted(name for name in sys.modules if name.split(".")[0] in ("pipeline", "tui"))
        name = "-".join([Path(sys.argv[0]).stem, *sys.argv[1:]])
        Path(folder, name).write_text("\n".join(loaded) + "\n", encoding="utf-8")
