"""demo.*: how long the bundled study takes from an empty cache, and what a change makes it do again.

The study runs in a clone of this checkout's HEAD with an empty DVC cache, two jobs, no network, as `make demo` runs it
after installation. With `DETOUR_BENCH_COLD=1` it is run a second time with cold starts, in a clone of its own.
"""

import contextlib
import ctypes
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.report import Row, run

MINUTES = 2.0
PR_SET_CHILD_SUBREAPER = 36
"""Of Linux's prctl(2)."""
COLD = "DETOUR_BENCH_COLD"
"""The variable that asks for the study with cold starts as well, which takes several times as long."""


def measure(quick: bool) -> Sequence[Row]:
    """Run the study, and once more with all of it in the cache; `quick` runs a single group."""
    groups = ["similarity"] if quick else []
    with _clone() as study:
        cells, minutes, used = _first(study, groups)
        again = time.monotonic()
        _run(study, groups)
        seconds_again = time.monotonic() - again
    how = f"{cells} cells x 2 seeds and the report from an empty cache in a fresh clone, two jobs"
    budget, holds = (None, None) if quick else (f"<= {MINUTES:g}", minutes <= MINUTES)
    rows = [
        Row("demo.minutes", minutes, "minutes", budget, holds, f"{how}, warm starts"),
        Row("demo.cpu_s", used, "CPU-s", None, None, "user and system time of the whole process tree of the same run"),
        Row("demo.again_s", seconds_again, "s", None, None, "the same run again, every training from the cache"),
    ]
    if os.environ.get(COLD):
        with _clone() as study:
            _, minutes, used = _first(study, ["--cold", *groups])
        rows += [
            Row("demo.cold_minutes", minutes, "minutes", None, None, f"{how}, cold starts"),
            Row("demo.cold_cpu_s", used, "CPU-s", None, None, "user and system time of the same run"),
        ]
    return rows


@contextmanager
def _clone() -> Iterator[Path]:
    """A clone that knows who commits, in a folder of its own."""
    with tempfile.TemporaryDirectory() as folder:
        study = Path(folder) / "a study"
        _shell(Path.cwd(), "git", "clone", "--quiet", ".", str(study))
        for key, value in (("user.name", "Benchmark"), ("user.email", "benchmark@example.org")):
            _shell(study, "git", "config", key, value)
        yield study


def _first(study: Path, words: Sequence[str]) -> tuple[int, float, float]:
    """Make the sample and run the study: its cells, minutes, and CPU seconds of all processes."""
    _adopt()
    begun, before = time.monotonic(), os.times()
    _python(study, "-m", "pipeline.corpora.sample", "data")
    _python(study, "-m", "dvc", "add", "--quiet", "data")
    cells = _run(study, words)
    minutes = (time.monotonic() - begun) / 60
    _reap()
    after = os.times()
    used = after.children_user + after.children_system - before.children_user - before.children_system
    return cells, minutes, used


def _adopt() -> None:
    """From here on, processes whose parent has ended are this one's children, so that their CPU time is counted: a run's supervisor."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _reap() -> None:
    """Wait for all that is left of the run."""
    with contextlib.suppress(ChildProcessError):
        while True:
            os.waitpid(-1, 0)


def _run(study: Path, words: Sequence[str]) -> int:
    """Run the study; the number of its cells."""
    return len(json.loads(_python(study, "-m", "tui", "run", "--wait", "--jobs", "2", "--json", *words))["cells"])


def _python(folder: Path, *arguments: str) -> str:
    return _shell(folder, sys.executable, *arguments)


def _shell(folder: Path, *command: str) -> str:
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {done.returncode}")
    return done.stdout


if __name__ == "__main__":
    sys.exit(run("demo", measure, ["dvc", "torch", "transformers"]))
