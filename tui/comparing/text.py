"""A comparison on a terminal: the columns named, then parameters and metrics beside each other, as many experiments as fit."""

from collections.abc import Iterator, Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

from tui.comparing.comparison import Comparison, Contrast, MetricLine
from tui.comparing.words import (
    INTERVALS_LEGEND,
    MARKS_LEGEND,
    change,
    interval,
    remarks,
    spread,
    stale,
    summary,
    verdicts,
)
from tui.history.words import number, param, problems, side
from tui.output import console, plain, say, table, visible
from tui.widgets.cells import cut, fitted, width_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.text import Text

_STYLES = {"^": "green", "v": "red", "~": "dim", "=": "dim"}
_EXPERIMENT = 19
"""Columns of an experiment: `!0.9177 -0.1763 v?`, and its interval."""
_MOST_METRIC = 30
_GAP = 1


def print_comparison(whole: Comparison, found: Comparison) -> None:
    """Print the lines of `found`, the others of `whole` being the same in all columns."""
    _print_columns(whole)
    hidden = len(whole.metrics) - len(found.metrics)
    paper = console()
    say("")
    if found.params:
        _print_params(found, paper)
    else:
        unread = any(row.params_fault for row in found.rows)
        say("Parameters: none differ." if not unread else "Parameters: none of those that can be read differ.")
    if found.metrics:
        _Metrics(found, paper).print()
    say("")
    if hidden:
        say(f"{hidden} {'metric is' if hidden == 1 else 'metrics are'} the same in all (--all shows them).")
    for line in (*remarks(found), *_legend(found)):
        say(line)


def _legend(found: Comparison) -> Iterator[str]:
    contrasts = [one for line in found.metrics for one in line.contrasts]
    if contrasts:
        yield MARKS_LEGEND
    if any(one.low is not None for one in contrasts):
        yield INTERVALS_LEGEND
    if any(
        side.origin == "stale"
        for side in (*(one.measured for one in contrasts), *(line.baseline for line in found.metrics))
    ):
        yield "! stale: parameters or files are others than those it was measured with (detour diff says which)."


def _print_columns(found: Comparison) -> None:
    for place, (column, name) in enumerate(zip(found.columns, found.names, strict=True)):
        word = "baseline    " if place == 0 else f"experiment {place}" if len(found.sides) > 1 else "experiment"
        about = f"{name}  ({len(column.rows)} experiments averaged)" if column.is_group else side(column.row)
        say(f"{word}  {about}")
        worth = [verdicts(found, place - 1) if place else "", stale(found, place)]
        if any(worth):
            say(f"    {'; '.join(filter(None, worth))}")
        for row in column.rows:
            for problem in problems(row):
                say(f"    (!) {row.name}: {problem}" if column.is_group else f"    (!) {problem}")
    say(summary(found))


def _print_params(found: Comparison, paper: "Console") -> None:
    """Keys and values, so many experiments at a time that a value has room."""
    size = max(1, (paper.width - 30) // 16 - 1)
    for first in range(0, len(found.sides), size):
        places = range(first, min(first + size, len(found.sides)))
        # A table without columns of one name twice.
        heads = ["parameter", found.names[0], *(found.names[place + 1] for place in places)]
        shown = table(*heads, least={"parameter": min(30, max(len(line.key) for line in found.params))})
        for line in found.params:
            values = (line.baseline, *(line.values[place] for place in places))
            shown.add_row(plain(line.key), *(plain(param(value, 60)) for value in values))
        paper.print(shown)


class _Metrics:
    """The lines of the metrics, the cell above them."""

    def __init__(self, found: Comparison, paper: "Console") -> None:
        self._found, self._paper = found, paper
        self._grouped = any(column.is_group for column in found.columns)
        self._left = 2 + min(_MOST_METRIC, max(width_of(visible(line.metric)) for line in found.metrics))
        texts = [text for line in found.metrics for text in self._baseline(line)]
        self._second = max([8, *(width_of(text) for text in texts)])

    def print(self) -> None:
        """Table after table where not all experiments fit beside each other."""
        room = self._paper.width - self._left - _GAP - self._second
        size = max(1, room // (_EXPERIMENT + _GAP))
        for first in range(0, len(self._found.sides), size):
            self._table(range(first, min(first + size, len(self._found.sides))))

    def _table(self, places: Sequence[int]) -> None:
        names = [self._found.names[place + 1] for place in places]
        heads = [plain(text, "bold") for text in (self._found.names[0], *names)]
        say("")
        self._say(plain("  metric", "bold"), heads)
        scope = ""
        for line in self._found.metrics:
            if line.scope != scope:
                self._paper.print(plain(line.scope, "bold"), soft_wrap=True)
                scope = line.scope
            self._line(line, places)

    def _line(self, line: MetricLine, places: Sequence[int]) -> None:
        contrasts = [line.contrasts[place] for place in places]
        baseline = [plain(text, self._tone(line.baseline.n)) for text in self._baseline(line)]
        columns = [baseline, *(self._experiment(contrast) for contrast in contrasts)]
        for index, texts in enumerate(zip_longest(*columns)):
            label = plain(f"  {line.metric}" if index == 0 else "")
            self._say(label, [text or plain("") for text in texts])

    def _say(self, label: "Text", texts: "Sequence[Text]") -> None:
        from rich.text import Text

        said = Text(fitted(label.plain, self._left), style=label.style)
        for place, text in enumerate(texts):
            width = _EXPERIMENT if place else self._second
            said.append(" " * _GAP).append(fitted(cut(text.plain, width), width, right=True), style=text.style)
        said.rstrip()
        self._paper.print(said, soft_wrap=True)

    def _baseline(self, line: MetricLine) -> list[str]:
        value = f"{_stale(line.baseline.origin)}{number(line.baseline.value)}"
        return [value, spread(line.baseline)] if self._grouped and line.baseline.n else [value]

    def _experiment(self, contrast: Contrast) -> "list[Text]":
        measured = contrast.measured
        value = f"{_stale(measured.origin)}{number(measured.value)}"
        beside = spread(measured) if self._grouped else ""
        texts = [f"{value} {change(contrast)}".rstrip(), interval(contrast), beside]
        style = _STYLES.get(contrast.mark, "") or self._tone(measured.n)
        return [plain(text, style) for text in texts if text]

    def _tone(self, n: int) -> str:
        """Beside averages a single seed is grey."""
        return "dim" if self._grouped and n == 1 else ""


def _stale(origin: str) -> str:
    return "!" if origin == "stale" else ""
