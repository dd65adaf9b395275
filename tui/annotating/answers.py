"""What a process of its own answers about labels: `python -m pipeline.corpora.annotation`, so that the app loads no more for it."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pipeline.errors import InputError
from tui.journal import Journal

MODULE = "pipeline.corpora.annotation"


def ask(folder: Path, words: Sequence[str], journal: Journal | None = None) -> Any:
    """The answer to `python -m pipeline.corpora.annotation WORDS` in `folder`.

    Raises:
        InputError: It refused, in its sentence, or ended in another way.
    """
    entry = journal.begin("python", "-m", MODULE, *words) if journal is not None else None
    # -P: this program's own modules, not those of the folder.
    command = [sys.executable, "-P", "-m", MODULE, *words]
    done = subprocess.run(
        command,
        cwd=folder,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
    )
    if entry is not None:
        entry.status = done.returncode
    if done.returncode == 0:
        return json.loads(done.stdout)
    last = next((line.strip() for line in reversed(done.stderr.splitlines()) if line.strip()), "")
    if done.returncode == 2 and last.startswith("error: "):
        raise InputError(last.removeprefix("error: "))
    raise InputError(
        f"`python -m {MODULE} {' '.join(words)}` ended with status {done.returncode}: {last or 'it said nothing'}"
    )
