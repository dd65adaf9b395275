"""The keys of figures: which sign is which model, and how F and IF are told apart."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup

from pipeline.reporting.page.svg import element, joined, line, mark, sample


def model_key(
    shown: Iterable[str], models: Sequence[str], forms: bool = False, tick: str = "", lines: str = ""
) -> Markup:
    """A list of signs.

    Args:
        shown: the models of the figure.
        models: the study's, whose order gives colours and shapes.
        forms: whether F and IF are drawn differently.
        tick: what a short upright line means.
        lines: what a dotted line means.
    """
    entries = [_entry(sample(models.index(model), False, True), model) for model in dict.fromkeys(shown)]
    if forms:
        entries += [_entry(_form(True), "F (pretrained)"), _entry(_form(False), "IF (intermediate)")]
    if tick:
        entries.append(_entry(_box(line(15.0, 1.0, 15.0, 11.0, "paper")), tick))
    if lines:
        entries.append(_entry(_box(line(1.0, 6.0, 29.0, 6.0, "floor")), lines))
    return element("ul", joined(entries), class_="key")


def floor_key(shown: Iterable[str], models: Sequence[str]) -> Markup:
    """The key of cells between floors."""
    entries = [_entry(_sign(models.index(model), True), model) for model in dict.fromkeys(shown)]
    entries += [_entry(_sign(None, False), "F (above)"), _entry(_sign(None, True), "IF (below)")]
    entries.append(_entry(_box(line(15.0, 0.0, 15.0, 12.0, "floor-majority")), "majority label"))
    entries.append(_entry(_box(line(15.0, 0.0, 15.0, 12.0, "floor-tfidf")), "TF-IDF"))
    return element("ul", joined(entries), class_="key")


def _entry(drawn: Markup, text: str) -> Markup:
    return element("li", joined([drawn, element("span", text)]))


def _form(dashed: bool) -> Markup:
    class_ = f"plain line{' dashed' if dashed else ''}"
    sign = element("circle", cx=15.0, cy=6.0, r=3.2, class_=f"plain {'open' if dashed else 'full'}")
    return _box(joined([line(1.0, 6.0, 29.0, 6.0, class_), sign]))


def _sign(place: int | None, filled: bool) -> Markup:
    if place is not None:
        return _box(mark(place, 15.0, 6.0, 3.6, filled))
    return _box(element("circle", cx=15.0, cy=6.0, r=3.6, class_=f"plain {'full' if filled else 'open'}"))


def _box(drawn: Markup) -> Markup:
    return element("svg", drawn, viewBox="0 0 30 12", class_="sample", aria_hidden="true")
