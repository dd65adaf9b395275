"""Which theme suits a terminal, and that its colours can be told apart."""

import pytest
from textual.color import Color

from tui.appearance.themes import DARK, LIGHT, suited

COLOURS = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("wanted", "variables", "theme"),
    [
        ("auto", COLOURS, DARK.name),
        ("auto", {**COLOURS, "COLORFGBG": "0;15"}, LIGHT.name),
        ("auto", {**COLOURS, "COLORFGBG": "15;0"}, DARK.name),
        ("light", COLOURS, LIGHT.name),
        ("light", {**COLOURS, "NO_COLOR": ""}, "ansi-light"),
        ("auto", {**COLOURS, "NO_COLOR": "1"}, "ansi-dark"),
        ("auto", {"TERM": "screen"}, "ansi-dark"),
        ("auto", {"TERM": "screen", "COLORTERM": "truecolor"}, DARK.name),
        ("terminal-light", COLOURS, "ansi-light"),
    ],
)
def test_a_terminal_gets_the_theme_that_suits_it(wanted: str, variables: dict[str, str], theme: str) -> None:
    assert suited(wanted, variables) == theme


def _without(kind: str, colour: Color) -> tuple[float, float, float]:
    """A colour as dichromats see it: Viénot, Brettel and Mollon 1999, on linear RGB."""
    red, green, blue = ((channel / 255) ** 2.2 for channel in (colour.r, colour.g, colour.b))
    if kind == "protan":
        mixed = 0.11238 * red + 0.88762 * green
        return mixed, mixed, 0.00401 * red - 0.00401 * green + blue
    mixed = 0.29275 * red + 0.70725 * green
    return mixed, mixed, -0.02234 * red + 0.02234 * green + blue


@pytest.mark.parametrize("kind", ["protan", "deutan"])
@pytest.mark.parametrize("theme", [DARK, LIGHT])
def test_better_and_worse_are_told_apart_without_red_or_green(kind: str, theme: object) -> None:
    better, worse = (_without(kind, Color.parse(getattr(theme, name))) for name in ("success", "error"))
    assert sum((one - other) ** 2 for one, other in zip(better, worse, strict=True)) ** 0.5 > 0.1


@pytest.mark.parametrize("theme", [DARK, LIGHT])
@pytest.mark.parametrize("name", ["foreground", "success", "warning", "error"])
def test_texts_can_be_read_on_their_background(theme: object, name: str) -> None:
    ground = Color.parse(theme.background)  # type: ignore[attr-defined]
    ratio = _contrast(Color.parse(getattr(theme, name)), ground)
    assert ratio >= 4.5


def _contrast(one: Color, other: Color) -> float:
    """The ratio of WCAG 2.2, success criterion 1.4.3."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour: Color) -> float:
    parts = (channel / 255 for channel in (colour.r, colour.g, colour.b))
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
