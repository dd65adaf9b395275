"""Every cell of every target on one axis of accuracy, between the floors that it should pass."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from pipeline.reporting.lines import PRETRAINED, Cells, cell_parts
from pipeline.reporting.page.blocks import Drawing
from pipeline.reporting.page.svg import Scale, drawing, label, line, mark
from pipeline.reporting.text import look_up, score

WIDTH, ROW = 760.0, 30.0
LEFT, RIGHT, TOP, BOTTOM = 168.0, 16.0, 24.0, 30.0
LANES = 5.0
"""Distance of the two lanes, F above IF, so that equal accuracies do not cover each other."""
FLOORS = {"majority": "majority", "tfidf": "TF-IDF"}


def floor_drawing(
    targets: Mapping[tuple[str, str], Sequence[str]], cells: Cells, models: Sequence[str]
) -> Drawing | None:
    """Draw the cells that are measured; None where there is none.

    Args:
        targets: names of cells by task and target.
        cells: their records.
        models: the study's, whose order gives colours and shapes.
    """
    rows = [(key, names) for (_, key), names in targets.items() if any(cells[name] for name in names)]
    if not rows:
        return None
    x = Scale(0.0, 1.0, LEFT, WIDTH - RIGHT)
    height = TOP + ROW * len(rows) + BOTTOM
    parts = _axis(x, height)
    told = []
    for place, (key, names) in enumerate(rows):
        y = TOP + ROW * (place + 0.5)
        parts.append(label(LEFT - 10, y + 4, key, "name", "end"))
        parts += _row([name for name in names if cells[name]], cells, models, x, y)
        told.append(_told(key, names, cells))
    title = "Accuracy of each cell beside the floors of its target"
    description = "; ".join(told) + "."
    return Drawing(title, description, drawing("floors", WIDTH, height, title, description, parts))


def _axis(x: Scale, height: float) -> list[Markup]:
    parts = []
    for tick in x.ticks(5):
        parts.append(line(x(tick), TOP - 6, x(tick), height - BOTTOM + 4, "grid"))
        parts.append(label(x(tick), height - BOTTOM + 18, score(tick, 1), "tick", "middle"))
    return parts


def _row(names: Sequence[str], cells: Cells, models: Sequence[str], x: Scale, y: float) -> list[Markup]:
    parts = []
    for floor in FLOORS:
        value = look_up(cells[names[0]], "floors", floor)
        if value is not None:
            parts.append(line(x(value), y - 12, x(value), y + 12, f"floor-{floor}"))
    for name in names:
        _, _, start, model = cell_parts(name)
        mean = look_up(cells[name], "accuracy", "mean")
        lane = y - LANES if start == PRETRAINED else y + LANES
        if mean is not None:
            parts.append(mark(models.index(model), x(mean), lane, 3.6, start != PRETRAINED))
    return parts


def _told(key: str, names: Sequence[str], cells: Cells) -> str:
    record = next(cells[name] for name in names if cells[name])
    floors = ", ".join(f"{told} {score(look_up(record, 'floors', floor))}" for floor, told in FLOORS.items())
    accuracies = [look_up(cells[name], "accuracy", "mean") for name in names if cells[name]]
    return f"{key}: {floors}; cells from {score(min(accuracies))} to {score(max(accuracies))}"
