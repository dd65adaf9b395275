"""The shape that every benchmark shares: rows against budgets, one table on the screen, one JSON file.

A module of this package is run as `python -m benchmarks.<name> [--quick] [--out FILE]`. It measures, prints an aligned
table and, with `--out`, writes `{name, machine, versions, rows: [{id, value, unit, budget, holds, how}]}`. The exit
status is 1 where a budget does not hold. Nothing that names a person, a host or a folder is written.
"""

import argparse
import importlib.metadata
import os
import platform
import sys
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from pipeline.files import write_json


@dataclass(frozen=True)
class Row:
    """One measured value."""

    id: str
    """The budget's id, or the id with a suffix for a value that is reported beside it."""
    value: float | None
    """None where this machine cannot measure it; `how` says why."""
    unit: str
    budget: str | None
    """The budget in words, None for a value that has none."""
    holds: bool | None
    how: str
    """How it was measured, enough to judge it: sizes, repetitions, the worst case."""


def run(name: str, measure: Callable[[bool], Sequence[Row]], packages: Sequence[str] = ()) -> int:
    """Measure, print and write; `measure` is given whether to be quick.

    Args:
        name: the benchmark's name.
        measure: returns the rows.
        packages: distributions whose versions belong to the result.

    Returns:
        The exit status: 1 where a budget does not hold, else 0.
    """
    options = parser(name).parse_args()
    return publish(name, measure(options.quick), options.out, packages)


def parser(name: str) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    # What is measured keeps compiled modules, as in any installation; images of containers often turn that off.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    options = argparse.ArgumentParser(prog=f"python -m benchmarks.{name}")
    options.add_argument("--quick", action="store_true", help="fewer repetitions: a check that it runs, not a result")
    options.add_argument("--out", type=Path, metavar="FILE", help="write the result as JSON")
    return options


def publish(
    name: str, rows: Sequence[Row], out: Path | None, packages: Sequence[str] = (), device: str | None = None
) -> int:
    """Print the rows and, with `out`, write them; returns the exit status.

    Args:
        name: the benchmark's name.
        rows: what was measured.
        out: where the result is written as JSON.
        packages: distributions whose versions belong to the result.
        device: the accelerator's name, where one was used.
    """
    print(as_table(rows))
    if out:
        versions = {package: importlib.metadata.version(package) for package in packages}
        versions["python"] = platform.python_version()
        described = machine() | ({"device": device} if device else {})
        write_json(
            out, {"name": name, "machine": described, "versions": versions, "rows": [asdict(row) for row in rows]}
        )
    return 1 if any(row.holds is False for row in rows) else 0


def as_table(rows: Sequence[Row]) -> str:
    """The rows as aligned text, how each was measured below the table."""
    marks = {True: "holds", False: "BROKEN", None: ""}
    cells = [("id", "value", "unit", "budget", "")]
    cells += [(row.id, _told(row.value), row.unit, row.budget or "", marks[row.holds]) for row in rows]
    widths = [max(len(cell[column]) for cell in cells) for column in range(5)]
    lines = [
        "  ".join(text.rjust(width) if column == 1 else text.ljust(width) for column, (text, width) in enumerate(pair))
        for pair in (list(zip(cell, widths, strict=True)) for cell in cells)
    ]
    notes = [textwrap.fill(f"{row.id}: {row.how}", 110, subsequent_indent="  ") for row in rows]
    return "\n".join([line.rstrip() for line in lines] + [""] + notes)


def _told(value: float | None) -> str:
    return "left out" if value is None else f"{value:.4g}"


def machine() -> dict[str, str | int | float]:
    """What the numbers depend on: processor, cores, memory (GiB), system."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": _processor(),
        "cores": len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1,
        "memory_gib": round(memory, 1),
        "system": f"{platform.system()} {platform.machine()}",
    }


def _processor() -> str:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.processor()
    names = [line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name")]
    return names[0] if names else platform.processor()
