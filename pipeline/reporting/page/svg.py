"""Small drawings as SVG whose colours are the page's own (style.css), so that they follow its theme and its print.

Every attribute and text is escaped. Numbers have one decimal, which makes the bytes the same everywhere.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pipeline.reporting.page.signs import with_minus

MODELS = 8
"""Models beyond this many repeat the colours and shapes of the first."""
SHAPES = ("circle", "square", "triangle", "diamond")
"""By model, so that colours alone decide nothing."""


def element(tag: str, text: object = "", **attributes: object) -> Markup:
    """One element; `_` in a name stands for `-`, a trailing one is dropped."""
    names = {name.rstrip("_").replace("_", "-"): value for name, value in attributes.items() if value != ""}
    told = Markup("").join(
        Markup(' {}="{}"').format(Markup(name), number(value) if isinstance(value, float) else value)
        for name, value in names.items()
    )
    return Markup("<{0}{1}>{2}</{0}>").format(Markup(tag), told, text)


def number(value: float) -> str:
    """A coordinate."""
    return f"{value + 0.0:.1f}".removesuffix(".0")


def joined(parts: Sequence[Markup]) -> Markup:
    """Elements one after the other."""
    return Markup("").join(parts)


def drawing(key: str, width: float, height: float, title: str, description: str, parts: Sequence[Markup]) -> Markup:
    """A whole picture: an image to a screen reader, with a title and a description.

    Args:
        key: unique among the drawings of the page.
        width: of the drawing, in its own units.
        height: likewise.
        title: its name.
        description: what it shows.
        parts: what it consists of.
    """
    key = f"drawing-{key}"
    told = joined([element("title", title, id=f"{key}-title"), element("desc", description, id=f"{key}-desc"), *parts])
    return element(
        "svg",
        told,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_labelledby=f"{key}-title",
        aria_describedby=f"{key}-desc",
    )


def label(x: float, y: float, text: str, class_: str = "", anchor: str = "start") -> Markup:
    """Text with its baseline at a point."""
    return element("text", with_minus(text), x=x, y=y, class_=class_, text_anchor="" if anchor == "start" else anchor)


def line(x1: float, y1: float, x2: float, y2: float, class_: str) -> Markup:
    """A straight line."""
    return element("line", x1=x1, y1=y1, x2=x2, y2=y2, class_=class_)


def path(points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """A line through points."""
    return element("polyline", points=" ".join(f"{number(x)},{number(y)}" for x, y in points), class_=class_)


def area(points: Sequence[tuple[float, float]], class_: str) -> Markup:
    """A filled shape."""
    return element("polygon", points=" ".join(f"{number(x)},{number(y)}" for x, y in points), class_=class_)


def colour(place: int) -> str:
    """The class of a model's colour."""
    return f"m{place % MODELS}"


def mark(place: int, x: float, y: float, size: float, filled: bool) -> Markup:
    """A model's sign, filled for IF and open for F."""
    class_ = f"{colour(place)} {'full' if filled else 'open'}"
    shape = SHAPES[place % len(SHAPES)]
    if shape == "circle":
        return element("circle", cx=x, cy=y, r=size, class_=class_)
    if shape == "square":
        side = size * 0.88
        return element("rect", x=x - side, y=y - side, width=2 * side, height=2 * side, class_=class_)
    if shape == "triangle":
        return area(
            [(x, y - 1.25 * size), (x + 1.15 * size, y + 0.8 * size), (x - 1.15 * size, y + 0.8 * size)], class_
        )
    return area([(x, y - 1.3 * size), (x + 1.3 * size, y), (x, y + 1.3 * size), (x - 1.3 * size, y)], class_)


def sample(place: int, dashed: bool, filled: bool) -> Markup:
    """A line with its sign, as a key shows it."""
    class_ = f"{colour(place)} line{' dashed' if dashed else ''}"
    parts = joined([line(1.0, 6.0, 29.0, 6.0, class_), mark(place, 15.0, 6.0, 3.2, filled)])
    return element("svg", parts, viewBox="0 0 30 12", class_="sample", aria_hidden="true")


@dataclass(frozen=True)
class Scale:
    """Values onto a stretch of the drawing."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The place of a value, kept within the stretch."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)

    def ticks(self, count: int) -> list[float]:
        """Round values between the ends, `count` or one more at most."""
        step = nice_step((self.high - self.low) / (count + 0.5))
        first = math.ceil(self.low / step - 1e-9)
        last = math.floor(self.high / step + 1e-9)
        return [round(place * step, 10) for place in range(first, last + 1)]


def nice_step(rough: float) -> float:
    """The smallest of 1, 2 and 5 times a power of ten that is not below `rough`."""
    power = 10.0 ** math.floor(math.log10(rough))
    return next(step * power for step in (1, 2, 5, 10) if step * power >= rough * (1 - 1e-9))
