"""One process that opens a repository and tells, as JSON, how long what took: `python -m benchmarks.browse_reading ROOT`.

With `refresh` behind it, an experiment is recorded meanwhile and the list is read again; with `diff`, two experiments are compared;
with `filter`, a filter is answered.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from tui.filtering.choosing import Filter
from tui.filtering.index import Index
from tui.history.diff import difference
from tui.history.rows import History, Row
from tui.history.values import value_of

TIMES = 5


def seen(rows: Sequence[Row]) -> int:
    """Look at what a list shows of each row: parameters, origins, every declared metric of every cell."""
    found = 0
    for row in rows:
        assert row.params is not None
        assert sum(row.counts().values()) == len(row.cells)
        for cell in row.cells.values():
            record = cell.value
            found += sum([value_of(record, metric) is not None for metric in METRICS])
    return found


METRICS = ("accuracy", "macro_f1")


def _timed(start: float, cpu: float) -> tuple[float, float]:
    return time.perf_counter() - start, time.process_time() - cpu


def reading(root: Path) -> tuple[History, Mapping[str, float]]:
    """Open the repository and read every row."""
    start, cpu = time.perf_counter(), time.process_time()
    history = History(root)
    rows = []
    told: dict[str, float] = {}
    listed = history.each()
    expected = len(history.newest())
    for row in listed:
        rows.append(row)
        if len(rows) == 1:
            told["row_s"] = time.perf_counter() - start
        if len(rows) == expected:
            # What is kept in the cache is written behind the last row.
            values = seen(rows)
            told["rows_s"], told["rows_cpu_s"] = _timed(start, cpu)
    told["whole_s"], told["whole_cpu_s"] = _timed(start, cpu)
    assert not history.note, history.note
    return history, {**told, "rows": len(rows), "values": values}


def refreshing(root: Path, history: History) -> Mapping[str, float]:
    """Record an experiment and read the list again; then read it with nothing changed."""
    base = _git(root, "rev-parse", "main")
    changed, same = [], []
    for number in range(TIMES):
        commit = _git(root, "commit-tree", "main^{tree}", "-p", base, "-m", f"new {number} {time.time_ns()}")
        _git(root, "update-ref", f"refs/exps/{base[:2]}/{base[2:]}/new-{time.time_ns()}", commit)
        changed.append(_read_again(history))
        # A change is trusted to be none once the clock has gone on.
        time.sleep(0.2)
        _read_again(history)
        same.append(_read_again(history))
    return {
        "changed_s": statistics.median(wall for wall, _ in changed), "changed_cpu_s": statistics.median(cpu for _, cpu in changed),
        "same_s": statistics.median(wall for wall, _ in same),
    }  # fmt: skip


def _read_again(history: History) -> tuple[float, float]:
    start, cpu = time.perf_counter(), time.process_time()
    seen(history.rows())
    return _timed(start, cpu)


def comparing(root: Path, history: History) -> Mapping[str, float]:
    """Compare two experiments, for the first time and again."""
    rows = [row for row in history.rows() if row.kind == "experiment"][:2]
    import numpy  # noqa: F401  the statistics load it once in the life of a process

    import pipeline.evidence.statistics  # noqa: F401

    times = []
    for _ in range(TIMES):
        start = time.perf_counter()
        found = difference(history, rows[1], rows[0])
        times.append(1000 * (time.perf_counter() - start))
    metrics = [metric for cell in found.cells for metric in cell.metrics]
    intervals = sum(metric.low is not None for metric in metrics)
    return {
        "first_ms": times[0],
        "again_ms": statistics.median(times[1:]),
        "differences": len(metrics),
        "intervals": intervals,
    }


FILTER = "metrics.macro_f1>=0.4 params.training.target.epochs<10 task:classification -stale branch:main|size"


def filtering(history: History) -> Mapping[str, float]:
    """Take the rows into the index of filters, as the list does while it reads, then answer a filter."""
    rows = history.rows()
    start = time.perf_counter()
    index = Index()
    for row in rows:
        index.add(row)
    index.learn()
    for metric in METRICS:
        index.values(metric)
    indexed = time.perf_counter() - start
    walls, cpus = [], []
    for _ in range(TIMES):
        start, cpu = time.perf_counter(), time.process_time()
        filter = Filter(FILTER)
        filter.check(index)
        chosen = filter.choose(index)
        wall, spent = _timed(start, cpu)
        walls.append(1000 * wall)
        cpus.append(1000 * spent)
    return {
        "filter_ms": statistics.median(walls), "filter_cpu_ms": statistics.median(cpus), "index_s": indexed,
        "chosen": len(chosen), "units": len(index.units),
    }  # fmt: skip


def _git(root: Path, *arguments: str) -> str:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"]
    return subprocess.run(
        ["git", *who, *arguments], cwd=root, capture_output=True, text=True, check=True
    ).stdout.strip()


if __name__ == "__main__":
    opened, measured = reading(Path(sys.argv[1]))
    if "refresh" in sys.argv:
        measured = {**measured, **refreshing(Path(sys.argv[1]), opened)}
    if "diff" in sys.argv:
        measured = {**measured, **comparing(Path(sys.argv[1]), opened)}
    if "filter" in sys.argv:
        measured = {**measured, **filtering(opened)}
    print(json.dumps(measured))
