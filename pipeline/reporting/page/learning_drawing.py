"""The learning curves of one target, drawn small: the paper's Figure 1 panel by panel."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from pipeline.reporting.lines import PRETRAINED
from pipeline.reporting.page.blocks import Drawing
from pipeline.reporting.page.svg import Scale, area, colour, drawing, label, line, mark, path
from pipeline.reporting.panels import CurveLine, Panel
from pipeline.reporting.text import score

WIDTH, HEIGHT = 340.0, 230.0
LEFT, RIGHT, TOP, BOTTOM = 38.0, 74.0, 12.0, 34.0
LEAST_SPAN = 0.1
"""A panel shows at least this much of the scale: noise must not fill it."""
LABEL_GAP = 12.0
FLOORS = {"majority": "majority", "tfidf": "TF-IDF"}


def learning_drawing(panel: Panel, models: Sequence[str], place: int) -> Drawing:
    """Draw one panel.

    Args:
        panel: what it shows.
        models: the study's, whose order gives colours and shapes.
        place: of the panel among all, which makes its key unique.
    """
    title = f"{panel.target}: test accuracy by epoch of fine-tuning"
    told = _told(panel)
    x, y = _scales(panel)
    parts = [*_axes(x, y), *_floors(panel, y)]
    parts += [part for drawn in panel.lines for part in _curve(drawn, models.index(drawn.model), x, y)]
    if not panel.lines:
        parts.append(label((LEFT + WIDTH - RIGHT) / 2, HEIGHT / 2, "no result yet", "quiet", "middle"))
    return Drawing(panel.target, told, drawing(f"curve-{place}", WIDTH, HEIGHT, title, told, parts))


def _told(panel: Panel) -> str:
    """The curves in words: where each begins, peaks and ends."""
    told = []
    for drawn in panel.lines:
        form = "F" if drawn.start == PRETRAINED else f"IF from {drawn.start}"
        top = max(drawn.mean)
        told.append(
            f"{drawn.model} {form} begins at {score(drawn.mean[0])}, is highest in epoch {drawn.mean.index(top) + 1} with "
            f"{score(top)} and ends at {score(drawn.mean[-1])}"
        )
    floors = ", ".join(f"{FLOORS[name]} {score(value)}" for name, value in panel.floors.items())
    parts = [*told, *([f"floors: {floors}"] if floors else []), *([panel.shortfall] if panel.shortfall else [])]
    return "; ".join(parts) + "." if parts else "Nothing is measured."


def _scales(panel: Panel) -> tuple[Scale, Scale]:
    low, high = panel.limits
    lacking = max(0.0, LEAST_SPAN - (high - low)) / 2
    room = 0.06 * max(high - low, LEAST_SPAN)
    epochs = max((len(drawn.mean) for drawn in panel.lines), default=1)
    x = Scale(1, max(2, epochs), LEFT + 8, WIDTH - RIGHT - 8)
    return x, Scale(max(-0.02, low - lacking - room), min(1.02, high + lacking + room), HEIGHT - BOTTOM, TOP)


def _axes(x: Scale, y: Scale) -> list[Markup]:
    parts = []
    for tick in y.ticks(4):
        parts.append(line(LEFT, y(tick), WIDTH - RIGHT, y(tick), "grid"))
        parts.append(label(LEFT - 6, y(tick) + 4, score(tick, 2), "tick", "end"))
    for tick in [tick for tick in x.ticks(8) if tick == int(tick)]:
        parts.append(label(x(tick), HEIGHT - BOTTOM + 15, f"{tick:g}", "tick", "middle"))
    parts.append(line(LEFT, HEIGHT - BOTTOM, WIDTH - RIGHT, HEIGHT - BOTTOM, "axis"))
    parts.append(label((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 4, "epoch", "tick", "middle"))
    return parts


def _floors(panel: Panel, y: Scale) -> list[Markup]:
    """Dotted lines, named at the right; names that would touch are moved apart."""
    parts: list[Markup] = []
    lowest = None
    for name, value in sorted(panel.floors.items(), key=lambda item: item[1]):
        parts.append(line(LEFT, y(value), WIDTH - RIGHT, y(value), "floor"))
        place = y(value) + 4 if lowest is None else min(y(value) + 4, lowest - LABEL_GAP)
        lowest = place
        parts.append(label(WIDTH - RIGHT + 5, place, f"{FLOORS[name]} {score(value, 2)}", "tick"))
    return parts


def _curve(drawn: CurveLine, place: int, x: Scale, y: Scale) -> list[Markup]:
    epochs = range(1, len(drawn.mean) + 1)
    is_f = drawn.start == PRETRAINED
    parts = []
    if drawn.seeds > 1:
        upper = [(x(epoch), y(value)) for epoch, value in zip(epochs, drawn.high, strict=True)]
        lower = [(x(epoch), y(value)) for epoch, value in zip(epochs, drawn.low, strict=True)]
        parts.append(area([*upper, *reversed(lower)], f"{colour(place)} band"))
    points = [(x(epoch), y(value)) for epoch, value in zip(epochs, drawn.mean, strict=True)]
    parts.append(path(points, f"{colour(place)} line{' dashed' if is_f else ''}"))
    return parts + _selected(drawn.selected, points, place, not is_f)


def _selected(
    selected: Mapping[int, float], points: Sequence[tuple[float, float]], place: int, filled: bool
) -> list[Markup]:
    """Signs at the epochs that dev selected, the larger the more seeds selected them."""
    return [mark(place, *points[epoch - 1], 2.2 + 2.0 * share**0.5, filled) for epoch, share in selected.items()]
