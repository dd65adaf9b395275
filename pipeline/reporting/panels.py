"""What Figure 1 shows and says, before it is drawn: a panel for each target, a line for each of its cells.

Rows are tasks and columns are kinds of target, as in the paper's Figure 1; several targets of one kind stand below
each other in their task's row. A line is the mean over seeds. Its band is their range below 3 seeds and one standard
deviation about the mean from 3 on: two values have no deviation worth drawing. Where seeds stop at different epochs,
mean and band are of those still training.
"""

import statistics
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from pipeline.reporting.curves import Curves
from pipeline.reporting.lines import Cells, cell_parts
from pipeline.reporting.text import look_up, one_line

KINDS = ("domain", "crosslingual")
DEVIATION_SEEDS = 3
"""From this many seeds on a band is a deviation."""


@dataclass(frozen=True)
class CurveLine:
    """One cell: its accuracy on the test set, epoch 1 first."""

    model: str
    start: str
    mean: tuple[float, ...]
    low: tuple[float, ...]
    high: tuple[float, ...]
    selected: Mapping[int, float]
    """By epoch: the share of seeds for which dev selected it."""
    seeds: int


@dataclass(frozen=True)
class Panel:
    """One target."""

    task: str
    target: str
    kind: str
    lines: tuple[CurveLine, ...]
    cells: tuple[tuple[str, str], ...]
    """Start and model of each cell that the study declares; one without a record or a curve has no line."""
    floors: Mapping[str, float]
    """Accuracies of `majority` and `tfidf`; empty where no cell is measured."""

    @property
    def shortfall(self) -> str | None:
        """What a reader must know of missing cells."""
        return None if len(self.lines) == len(self.cells) else f"{len(self.lines)} of {len(self.cells)} cells"

    @property
    def limits(self) -> tuple[float, float]:
        """The accuracies that hold every line, band and floor."""
        values = [*self.floors.values(), *(end for line in self.lines for end in (*line.low, *line.high))]
        return (min(values), max(values)) if values else (0.0, 1.0)


def panels(cells: Cells, curves: Mapping[str, Curves | None], kinds: Mapping[str, str]) -> list[Panel]:
    """A panel for each target in the order of `cells`.

    Args:
        cells: reports/cells by `<task>/<target>-<start>-<model>`, None for a missing one.
        curves: by the same names, None for a missing one.
        kinds: `domain` or `crosslingual` by target.
    """
    names: dict[tuple[str, str], list[str]] = {}
    for name in cells:
        names.setdefault(cell_parts(name)[:2], []).append(name)
    return [
        Panel(
            task,
            target,
            kinds[target],
            tuple(line for name in members if (line := _line(name, cells[name], curves.get(name)))),
            tuple(cell_parts(name)[2:] for name in members),
            _floors([cells[name] for name in members]),
        )
        for (task, target), members in names.items()
    ]


def _line(name: str, record: object, curves: Curves | None) -> CurveLine | None:
    """A cell's line; None unless both its record and its curves are there."""
    if record is None or curves is None:
        return None
    _, _, start, model = cell_parts(name)
    by_epoch = [
        [value for value in values if value is not None]
        for values in zip_longest(*(curve.test for curve in curves.values()))
    ]
    bands = [_band(values, len(curves)) for values in by_epoch]
    selected = Counter((look_up(record, "epochs") or {}).values())
    total = sum(selected.values())
    return CurveLine(
        model,
        start,
        tuple(statistics.fmean(values) for values in by_epoch),
        tuple(low for low, _ in bands),
        tuple(high for _, high in bands),
        {epoch: count / total for epoch, count in sorted(selected.items()) if epoch <= len(by_epoch)},
        len(curves),
    )


def _band(values: Sequence[float], seeds: int) -> tuple[float, float]:
    """The ends of the band at one epoch, kept within the scale."""
    if seeds < DEVIATION_SEEDS or len(values) < 2:
        return min(values), max(values)
    mean, deviation = statistics.fmean(values), statistics.stdev(values)
    return max(0.0, mean - deviation), min(1.0, mean + deviation)


def _floors(records: Sequence[object]) -> dict[str, float]:
    """The floors of a target: every cell is scored on the same rows."""
    for record in records:
        found = {name: look_up(record, "floors", name) for name in ("majority", "tfidf")}
        if None not in found.values():
            return found
    return {}


def caption(note: str, panels: Sequence[Panel], columns: int) -> list[str]:
    """What the figure shows and the study's note, in lines of so many columns."""
    told = (
        "Accuracy on all test rows by epoch of fine-tuning, a line for each model and start: the mean over seeds. "
        f"{_band_told(panels)} Markers stand at the epochs that dev selected, the larger the more seeds selected "
        "them; filled for IF, open for F. Dotted: the floors, majority label and TF-IDF with logistic regression."
    )
    declared = sum(len(panel.cells) for panel in panels)
    drawn = sum(len(panel.lines) for panel in panels)
    if drawn < declared:
        told += f" {declared - drawn} of {declared} cells have no result."
    paragraphs = [told, *([f"Study: {one_line(note)}"] if one_line(note) else [])]
    return [line for paragraph in paragraphs for line in textwrap.wrap(paragraph, columns)]


def _band_told(panels: Sequence[Panel]) -> str:
    counts = sorted({line.seeds for panel in panels for line in panel.lines})
    kinds = []
    if few := [count for count in counts if 1 < count < DEVIATION_SEEDS]:
        kinds.append(f"the lowest and the highest of {_listed(few)} seeds")
    if many := [count for count in counts if count >= DEVIATION_SEEDS]:
        kinds.append(f"the mean ± one standard deviation over {_listed(many)} seeds")
    if kinds:
        return f"Bands: {' or '.join(kinds)}."
    return "One seed has no band." if counts else "Nothing is measured yet."


def _listed(counts: Sequence[int]) -> str:
    return " or ".join(map(str, counts))
