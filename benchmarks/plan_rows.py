"""runs.plan*: what `detour plan` costs for 10,000 cells, and for the study of this checkout.

The 10,000 cells are those of a toy study (100 targets, 10 starts, 10 models, one dependency and two parameters a cell), of which none has
run; DVC's own reading of that graph stands beside it. `benchmarks.runs` measures them with the rest of its group.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from benchmarks.report import Row, run
from tests.tui.toy import large_params, make_toy

PLAN_S = 10.0
SIZES = 100, 10, 10

INDEX = """\
from dvc.repo import Repo
with Repo(".") as repo:
    print(len(repo.index.graph))
"""


class _Cost(NamedTuple):
    seconds: float
    cpu: float


def rows(quick: bool) -> Sequence[Row]:
    """Plan the large toy and this checkout's study."""
    times = 1 if quick else 3
    targets, starts, models = SIZES
    with tempfile.TemporaryDirectory() as folder:
        study = make_toy(Path(folder) / "large", large_params(*SIZES))
        plans = [_measured([sys.executable, "-P", "-m", "tui", "plan", "--json"], study) for _ in range(times)]
        index = [_measured([sys.executable, "-c", INDEX], study) for _ in range(times)]
    here = [_measured([sys.executable, "-P", "-m", "tui", "plan", "--json"], Path.cwd()) for _ in range(times)]
    median, ours = f"median of {times}", "`detour plan --json` of this checkout"
    how = f"`detour plan --json` of {targets * starts * models:,} cells that never ran, whole process; {median}"
    seconds = statistics.median(one.seconds for one in plans)
    return [
        Row("runs.plan10000_s", seconds, "s", f"<= {PLAN_S:g}", seconds <= PLAN_S, how),
        Row("runs.plan10000_s.cpu", _cpu(plans), "CPU-s", None, None, f"{how}; its children included"),
        Row("runs.plan10000_s.dvc", _cpu(index), "CPU-s", None, None, f"DVC's own reading of the same graph; {median}"),
        Row("runs.plan_s", statistics.median(one.seconds for one in here), "s", None, None, f"{ours}; {median}"),
        Row("runs.plan_s.cpu", _cpu(here), "CPU-s", None, None, f"{ours}, its children included; {median}"),
    ]  # fmt: skip


def _measured(command: Sequence[str], folder: Path) -> _Cost:
    variables = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": str(Path.cwd())}
    begun = time.monotonic()
    process = subprocess.Popen(command, cwd=folder, env=variables, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(command)} ended with status {process.returncode} in {folder}")
    return _Cost(time.monotonic() - begun, usage.ru_utime + usage.ru_stime)


def _cpu(costs: Sequence[_Cost]) -> float:
    return statistics.median(one.cpu for one in costs)


if __name__ == "__main__":
    sys.exit(run("plan_rows", rows, ["dvc"]))
