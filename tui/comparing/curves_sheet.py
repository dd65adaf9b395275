"""Learning curves as a sheet: a row for each step, a column for each curve with its deviation over seeds."""

from collections.abc import Sequence

from tui.comparing.curves import Curves, mean_of, smoothed
from tui.sharing import Column, Provenance, Sheet, Value

_DECIMALS = 4


def curves_sheet(
    curves: Sequence[Curves], column: str, weight: float = 0.0, provenance: Provenance | None = None
) -> Sheet:
    """The means over seeds.

    Args:
        curves: The curves, each of which has the column.
        column: What is shown of them.
        weight: The smoothing; 0 for none.
        provenance: Where they came from.
    """
    names = _names(curves)
    rows: dict[float, list[Value]] = {}
    for place, one in enumerate(curves):
        seeds = one.columns[column]
        mean, spread = mean_of(seeds, weight), mean_of(seeds, weight, "sd")
        for (step, value), (_, low), count in zip(mean.points, spread.low, mean.counts, strict=True):
            blank = [Value(None, _DECIMALS) for _ in curves]
            sd = value - low if count > 1 else None
            rows.setdefault(step, blank)[place] = Value(value, _DECIMALS, sd=sd)
    columns = (Column("step", "step", number=True), *(Column(name, name, number=True) for name in names))
    notes = ("Means over seeds, ± their standard deviation.", *([f"Smoothed by {weight:g}."] if weight else ()))
    table = tuple((Value(_step(step)), *rows[step]) for step in sorted(rows))
    return Sheet(f"{column} by step", columns, table, notes, provenance)


def points_sheet(
    curves: Sequence[Curves], column: str, weight: float = 0.0, provenance: Provenance | None = None
) -> Sheet:
    """Every point of every seed, a row each, for programs."""
    columns = (
        Column("experiment", "experiment"),
        Column("cell", "cell"),
        Column("seed", "seed"),
        Column("step", "step", number=True),
        Column(column, column, number=True),
    )
    rows = tuple(
        (Value(one.name), Value(one.cell), Value(seed), Value(_step(step)), Value(value))
        for one in curves
        for seed, points in one.columns[column].items()
        for step, value in smoothed(points, weight)
    )
    return Sheet(f"{column} by step", columns, rows, (), provenance)


def _names(curves: Sequence[Curves]) -> list[str]:
    one_cell = len({one.cell for one in curves}) == 1
    names: list[str] = []
    for one in curves:
        name = one.name if one_cell else f"{one.name} {one.cell.partition('@')[2] or one.cell}"
        names.append(name if name not in names else f"{name} {len(names) + 1}")
    return names


def _step(step: float) -> int | float:
    return int(step) if step.is_integer() else step


def words_of(
    cells: Sequence[str], names: Sequence[str], column: str, weight: float = 0.0, apart: bool = False
) -> list[list[str]]:
    """The commands that make the curves again, one for each cell, `detour` first."""
    smooth = ["--smooth", f"{weight:g}"] if weight else []
    single = ["--no-group"] if apart else []
    return [["detour", "curves", "--column", column, *smooth, *single, cell, *names] for cell in cells]
