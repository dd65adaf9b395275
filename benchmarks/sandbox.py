"""Clones of this checkout in which a benchmark may run what it likes: the bundled study as committed, with an empty DVC cache."""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any


def clone(folder: Path) -> Path:
    """A clone of HEAD with the sample in data/, in which nothing has run; its commit lacks dvc.lock and the reports."""
    shell(Path.cwd(), "git", "clone", "--quiet", ".", str(folder))
    for key, value in (("user.name", "Benchmark"), ("user.email", "benchmark@example.org")):
        shell(folder, "git", "config", key, value)
    shell(folder, sys.executable, "-m", "pipeline.corpora.sample", "data")
    shell(folder, sys.executable, "-m", "dvc", "add", "--quiet", "data")
    shell(folder, "git", "rm", "-r", "--quiet", "--ignore-unmatch", "dvc.lock", "reports")
    # The day is part of what makes a commit, and two clones are to have the same.
    day = {"GIT_AUTHOR_DATE": "2026-01-01T00:00:00Z", "GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    shell(folder, "git", "commit", "--quiet", "--message", "The sample, not run", variables=day)
    return folder


def detour(study: Path, *words: str, may_fail: bool = False) -> Any:
    """What `detour WORDS --json` answers; `may_fail` allows the status 1 of a run that has not ended well."""
    return json.loads(
        shell(study, sys.executable, "-P", "-m", "tui", *words, "--json", allowed=(0, 1) if may_fail else (0,))
    )


def shell(
    folder: Path, *command: str, variables: Mapping[str, str] | None = None, allowed: Sequence[int] = (0,)
) -> str:
    """Run a command and return its standard output.

    Raises:
        SystemExit: It ended with a status that is not allowed.
    """
    environment = {**os.environ, **(variables or {})}
    done = subprocess.run(command, cwd=folder, env=environment, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode not in allowed:
        raise SystemExit(f"{' '.join(command)} ended with status {done.returncode}")
    return done.stdout
