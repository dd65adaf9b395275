"""All gains of a study on one axis, each with its interval, beside the paper's."""

from collections.abc import Sequence

from markupsafe import Markup

from pipeline.reporting.lines import Line, rows_of
from pipeline.reporting.page.blocks import Drawing
from pipeline.reporting.page.svg import Scale, area, colour, drawing, element, label, line, mark
from pipeline.reporting.text import interval, look_up, score

WIDTH = 760.0
LEFT, RIGHT, TOP, BOTTOM = 168.0, 16.0, 26.0, 34.0
ROW, GAP = 19.0, 13.0
REACH = 0.5
"""The axis reaches no farther: an interval of two seeds may be wider than anything that it could tell. Arrows show where it goes on."""
ROOM = 0.02


def gain_drawing(lines: Sequence[Line], models: Sequence[str], margin: float | None) -> Drawing | None:
    """Draw every gain that could be compared; None where there is none.

    Args:
        lines: the gains in the order of the table.
        models: the study's, whose order gives colours and shapes.
        margin: gains within it are as good as none.
    """
    measured = [drawn for drawn in lines if look_up(drawn.gain, "gain") is not None]
    if not measured:
        return None
    x = _scale(measured)
    parts, y = [], TOP
    for row in rows_of(measured):
        parts.append(label(LEFT - 62, y + 13, row.title, "name", "end"))
        for model, drawn in row.lines.items():
            parts.append(label(LEFT - 8, y + 13, model, "tick", "end"))
            parts += _gain(drawn, models.index(model), x, y + ROW / 2)
            y += ROW
        y += GAP
    height = y - GAP + BOTTOM
    told = "; ".join(_told(drawn) for drawn in measured) + "."
    title = "Gain in accuracy of each cell, with interval"
    behind = _behind(x, margin, height)
    return Drawing(title, told, drawing("gains", WIDTH, height, title, told, [*behind, *parts]))


def _scale(lines: Sequence[Line]) -> Scale:
    ends = [look_up(drawn.gain, name) for drawn in lines for name in ("gain", "low", "high")]
    ends += [drawn.paper_gain for drawn in lines]
    reach = max(0.05, *(abs(end) for end in ends if end is not None))
    reach = min(max(REACH, *(abs(look_up(drawn.gain, "gain")) for drawn in lines)), reach) + ROOM
    return Scale(-reach, reach, LEFT, WIDTH - RIGHT)


def _behind(x: Scale, margin: float | None, height: float) -> list[Markup]:
    bottom = height - BOTTOM + 6
    parts = []
    if margin:
        left, right = x(-margin), x(margin)
        parts.append(element("rect", x=left, y=TOP - 8, width=right - left, height=bottom - TOP + 8, class_="margin"))
    for tick in x.ticks(8):
        parts.append(line(x(tick), TOP - 8, x(tick), bottom, "axis" if tick == 0 else "grid"))
        parts.append(label(x(tick), bottom + 14, score(tick, 2, sign=True) if tick else "0", "tick", "middle"))
    parts.append(label(x(0) - 10, TOP - 14, "\N{LEFTWARDS ARROW} detour hurts", "tick", "end"))
    parts.append(label(x(0) + 10, TOP - 14, "detour helps \N{RIGHTWARDS ARROW}", "tick"))
    return parts


def _gain(drawn: Line, place: int, x: Scale, y: float) -> list[Markup]:
    gain, low, high = (look_up(drawn.gain, name) for name in ("gain", "low", "high"))
    parts = []
    if low is not None and high is not None:
        parts.append(line(x(low), y, x(high), y, f"{colour(place)} line"))
        if low < x.low:
            parts.append(area([(x.start - 1, y), (x.start + 7, y - 4), (x.start + 7, y + 4)], f"{colour(place)} full"))
        if high > x.high:
            parts.append(area([(x.end + 1, y), (x.end - 7, y - 4), (x.end - 7, y + 4)], f"{colour(place)} full"))
    if drawn.paper_gain is not None:
        parts.append(line(x(drawn.paper_gain), y - 6, x(drawn.paper_gain), y + 6, "paper"))
    parts.append(mark(place, x(gain), y, 4.2, True))
    return parts


def _told(drawn: Line) -> str:
    gain = interval(*(look_up(drawn.gain, name) for name in ("gain", "low", "high")))
    paper = f", paper {score(drawn.paper_gain, 2, sign=True)}" if drawn.paper_gain is not None else ""
    return f"{drawn.name} {gain} {look_up(drawn.gain, 'verdict')}{paper}"
