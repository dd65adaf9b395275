"""browse.* and diff.*: reading a history of many experiments, and the same beside `dvc exp show`.

The experiments are made by plumbing (`benchmarks.browse_repository`), each with other settings of one model of three, so that a third
of its 45 records, of real size, are its own. Values of both readers are compared cell by cell before times are.
"""

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.browse_reading import FILTER
from benchmarks.browse_repository import build
from benchmarks.report import Row, run
from tui.history.leaves import leaves

FIRST_S, REFRESH_S, COLD, WARM, DIFF_MS, MANY_S, FILTER_MS = 1.5, 0.15, 100, 20, 20, 3, 100


def measure(quick: bool) -> Sequence[Row]:
    """Measure reading, refreshing, opening ten thousand, comparing, and DVC."""
    with tempfile.TemporaryDirectory(prefix="detour-browse-") as folder:
        place = Path(folder)
        return [
            *_first(place, quick), *_many(place, quick), *_diff(place), *_beside_dvc(place, quick), _busy(),
        ]  # fmt: skip


def _first(place: Path, quick: bool) -> Iterator[Row]:
    experiments, branches, times = (60, 6, 1) if quick else (1000, 100, 3)
    size = f"{experiments:,} experiments x 45 metric files + {branches} branches"
    loose = build(place / "loose", experiments, branches, packed=False)
    told = [_read(loose, place / f"cache{number}", "refresh") for number in range(times)]
    best = min(told, key=lambda one: one["rows_s"])
    again = min((_read(loose, place / "cache0") for _ in range(times)), key=lambda one: one["rows_s"])
    how = f"{size}, loose as after runs, nothing kept; parameters, origins and both metrics of every cell; best of {times}"
    yield _at_most("browse.first_s", best["rows_s"], "s", FIRST_S, f"{how}; the first row after {best['row_s']:.2f} s")
    yield Row(
        "browse.first_cpu_s",
        best["rows_cpu_s"],
        "CPU-s",
        None,
        None,
        "the same, CPU, which other processes change less",
    )
    yield Row(
        "browse.kept_s", best["whole_s"] - best["rows_s"], "s", None, None, "writing the cache behind the last row"
    )
    refreshed = min(told, key=lambda one: one["changed_s"])
    yield _at_most(
        "browse.refresh_s", refreshed["changed_s"], "s", REFRESH_S,
        f"{size}; an experiment was recorded: names listed, its row read, all values looked at; median of 5, best of {times}",
    )  # fmt: skip
    yield Row("browse.unchanged_s", refreshed["same_s"], "s", None, None, "nothing was recorded")
    yield Row(
        "browse.reopen_s",
        again["rows_s"],
        "s",
        None,
        None,
        f"{size}; a new process over the cache; {again['rows_cpu_s']:.2f} CPU-s",
    )
    packed = build(place / "packed", experiments, branches)
    other = _read(packed, place / "cache-packed")
    yield Row(
        "browse.first_s.packed", other["rows_s"], "s", None, None, f"{size}, packed; {other['rows_cpu_s']:.2f} CPU-s"
    )
    whole = build(place / "whole", experiments, branches, whole=True)
    other = _read(whole, place / "cache-whole")
    yield Row(
        "browse.first_s.whole", other["rows_s"], "s", None, None,
        f"{size}, all 45 records new in each, packed; {other['rows_cpu_s']:.2f} CPU-s",
    )  # fmt: skip
    for name in ("loose", "packed", "whole"):
        shutil.rmtree(place / name)


def _many(place: Path, quick: bool) -> Iterator[Row]:
    experiments = 200 if quick else 10_000
    root = build(place / "many", experiments, ordered=False)
    first = _read(root, place / "cache-many")
    told = _read(root, place / "cache-many")
    size = sum(file.stat().st_size for file in (place / "cache-many").rglob("*.sqlite")) / 1e6
    yield _at_most(
        "browse.ten_thousand_s", told["rows_s"], "s", MANY_S,
        f"{experiments:,} experiments out of a warm cache of {size:.0f} MB, every value looked at; {told['rows_cpu_s']:.2f} CPU-s; "
        f"the first reading took {first['rows_s']:.0f} s",
    )  # fmt: skip
    told = _read(root, place / "cache-many", "filter")
    yield _at_most(
        "browse.filter_ms", told["filter_ms"], "ms", FILTER_MS,
        f"{FILTER}; {experiments:,} experiments with {told['units']:,.0f} cells of their own, {told['chosen']:,.0f} chosen; "
        f"{told['filter_cpu_ms']:.0f} CPU-ms; taking them into the index while they are read took {told['index_s']:.1f} s",
    )  # fmt: skip
    shutil.rmtree(root)


def _diff(place: Path) -> Iterator[Row]:
    root = build(place / "two", 3, whole=True, predicted=True)
    told = _read(root, place / "cache-two", "diff")
    count = f"{told['differences']:.0f} metrics of 45 cells"
    yield _at_most(
        "diff.ms",
        told["again_ms"],
        "ms",
        DIFF_MS,
        f"two experiments that share no record, {count}; intervals known from before",
    )
    yield Row(
        "diff.first_ms", told["first_ms"], "ms", None, None,
        f"the first time, {told['intervals']:.0f} crossed intervals computed (119 rows x 2 seeds)",
    )  # fmt: skip


def _beside_dvc(place: Path, quick: bool) -> Iterator[Row]:
    experiments = 5 if quick else 300
    root = build(place / "beside", experiments, packed=False)
    ours = [sys.executable, "-m", "tui", "experiments", "--json"]
    theirs = [sys.executable, "-m", "dvc", "exp", "show", "--json"]
    variables = _variables(place / "cache-beside")
    times: dict[str, tuple[float, float]] = {}
    values: dict[str, Any] = {}
    for name, command in (("cold", ours), ("warm", ours), ("dvc cold", theirs), ("dvc warm", theirs)):
        values[name], *spent = _timed(command, root, variables)
        times[name] = spent[0], spent[1]
    for _ in range(4):
        _, *spent = _timed(ours, root, variables)
        times["warm"] = min(times["warm"], (spent[0], spent[1]))
    # Half a second, read once, is mostly what else the machine did; DVC's minute is its own average.
    again = [times["cold"]]
    for number in range(4):
        _, *spent = _timed(ours, root, _variables(place / f"cache-beside-{number}"))
        again.append((spent[0], spent[1]))
    times["cold"] = sorted(again)[len(again) // 2]
    compared = _compare(values["cold"], values["dvc cold"])
    assert values["cold"] == values["warm"]
    for state, least in (("cold", COLD), ("warm", WARM)):
        (wall, cpu), (dvc_wall, dvc_cpu) = times[state], times[f"dvc {state}"]
        yield Row(
            f"browse.vs_dvc_{state}", dvc_wall / wall, "times", f">= {least}", dvc_wall / wall >= least,
            f"{experiments} experiments, whole processes: `dvc exp show --json` {dvc_wall:.1f} s, `detour experiments --json` "
            f"{wall:.2f} s (CPU {dvc_cpu:.1f} and {cpu:.2f}), {'median' if state == 'cold' else 'best'} of 5 of the latter; {compared:,} "
            "values compared and equal",
        )  # fmt: skip


def _compare(ours: Mapping[str, Any], theirs: Sequence[Mapping[str, Any]]) -> int:
    """Check every parameter and declared metric that DVC shows against ours; returns their number.

    Raises:
        AssertionError: One differs.
    """
    rows = {row["commit"]: row for row in ours["experiments"]}
    listed = [entry for entry in theirs if entry["rev"] != "workspace"]
    shown = [entry["data"] for entry in listed]
    shown += [rev["data"] for entry in listed for run in entry["experiments"] or () for rev in run["revs"]]
    count = 0
    for data in shown:
        row = rows[data["rev"]]
        told = dict(leaves(data["params"]["params.yaml"]["data"]))
        assert told == dict(leaves(row["params"])), data["rev"]
        count += len(told)
        for path, metric in data["metrics"].items():
            task, stem = path.removeprefix("reports/cells/").removesuffix(".json").split("/")
            kept = row["cells"][f"{task}@{stem}"]["metrics"]
            assert kept == {name: metric["data"][name]["mean"] for name in kept}, (data["rev"], path)
            count += len(kept)
    assert len(shown) == len(rows)
    return count


def _busy() -> Row:
    load = os.getloadavg()[1] / len(os.sched_getaffinity(0))
    how = "processes that wanted a core over the last five minutes, for each core: above 1 the machine was not idle and walls are long"
    return Row("machine.load", load, "per core", None, None, how)


def _read(root: Path, cache: Path, *more: str) -> Mapping[str, float]:
    command = [sys.executable, "-m", "benchmarks.browse_reading", str(root), *more]
    done = subprocess.run(command, env=_variables(cache), capture_output=True, text=True, check=True)
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def _variables(cache: Path) -> dict[str, str]:
    return {**os.environ, "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(Path.cwd())}


def _timed(command: Sequence[str], root: Path, variables: Mapping[str, str]) -> tuple[Any, float, float]:
    """The JSON that a command prints, its seconds and CPU-seconds."""
    with _cpu() as spent:
        start = time.perf_counter()
        done = subprocess.run(
            command, cwd=root, env=dict(variables), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True
        )
        wall = time.perf_counter() - start
    return json.loads(done.stdout), wall, spent[0]


@contextmanager
def _cpu() -> Iterator[list[float]]:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent: list[float] = []
    yield spent
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    spent.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _at_most(id: str, value: float, unit: str, most: float, how: str) -> Row:
    return Row(id, value, unit, f"<= {most:g}", value <= most, how)


if __name__ == "__main__":
    sys.exit(run("browse", measure, ["dvc", "pygit2", "orjson"]))
