"""One predictor against the gains that it should have told, drawn small."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.reporting.page.blocks import Drawing
from pipeline.reporting.page.svg import Scale, drawing, label, line, mark
from pipeline.reporting.text import score

WIDTH, HEIGHT = 300.0, 210.0
LEFT, RIGHT, TOP, BOTTOM = 42.0, 10.0, 10.0, 36.0
LEAST = 1e-6


@dataclass(frozen=True)
class Point:
    """One gain and what was known before it."""

    x: float
    gain: float
    model: str
    name: str
    """The gain's target and start."""


def scatter_drawing(name: str, title: str, points: Sequence[Point], models: Sequence[str], place: int) -> Drawing:
    """Draw one panel.

    Args:
        name: what stands at the axis of x.
        title: the panel's.
        points: at least one.
        models: the study's, whose order gives colours and shapes.
        place: of the panel among all, which makes its key unique.
    """
    x = _around([point.x for point in points], LEFT, WIDTH - RIGHT)
    y = _around([*(point.gain for point in points), 0.0], HEIGHT - BOTTOM, TOP)
    parts = [*_axes(x, y, name)]
    parts += [mark(models.index(point.model), x(point.x), y(point.gain), 3.2, True) for point in points]
    told = "; ".join(
        f"{point.name} {point.model}: {point.x:.3g}, gain {score(point.gain, sign=True)}" for point in points
    )
    return Drawing(
        title, f"{told}.", drawing(f"scatter-{place}", WIDTH, HEIGHT, f"{title} against gain", f"{told}.", parts)
    )


def _around(values: Sequence[float], start: float, end: float) -> Scale:
    low, high = min(values), max(values)
    room = 0.08 * max(high - low, LEAST)
    return Scale(low - room, high + room, start, end)


def _axes(x: Scale, y: Scale, name: str) -> list[Markup]:
    parts = []
    for tick in y.ticks(4):
        parts.append(line(LEFT, y(tick), WIDTH - RIGHT, y(tick), "axis" if tick == 0 else "grid"))
        parts.append(label(LEFT - 5, y(tick) + 4, score(tick, 2, sign=True) if tick else "0", "tick", "end"))
    for tick in x.ticks(4):
        parts.append(label(x(tick), HEIGHT - BOTTOM + 15, f"{tick:g}", "tick", "middle"))
    parts.append(line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis"))
    parts.append(label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, name, "tick", "middle"))
    return parts
