"""The lines of the gains screen: each target as the study has it, and below it as the paper has it."""

from collections.abc import Mapping

from tui.evidence.cells import PRETRAINED
from tui.evidence.gains import GainLine, GainsTable, score_of
from tui.evidence.words import MISSING, ends, points
from tui.history.snapshot import CellRecord
from tui.output import visible
from tui.widgets.cells import STALE, Tone
from tui.widgets.matrix import Block, Entry, MatrixLine

FLOORS = ("majority", "TF-IDF")
_TONES: Mapping[str, Tone] = {"^": "better", "v": "worse"}


def lines_of(table: GainsTable) -> tuple[list[str], list[MatrixLine], dict[tuple[str, str], GainLine]]:
    """Models, lines, and the gain of each line's key and model."""
    models = list(dict.fromkeys(line.parts.model for line in table.lines))
    groups: dict[tuple[str, str, str], dict[str, GainLine]] = {}
    for line in table.lines:
        groups.setdefault((line.parts.task, line.parts.target, line.parts.start), {})[line.parts.model] = line
    several = {target for _, target, _ in groups if sum(other == target for _, other, _ in groups) > 1}
    made: list[MatrixLine] = []
    found: dict[tuple[str, str], GainLine] = {}
    task_before = None
    for (task, target, start), by_model in groups.items():
        if task != task_before:
            made.append(MatrixLine(visible(task), "strong"))
            task_before = task
        key = f"{task}/{target}/{start}"
        title = f"{target} < {start}" if target in several else target
        made += [_replica(key, visible(title), by_model), _paper(by_model)]
        found.update({(key, model): line for model, line in by_model.items()})
    return models, made, found


def _replica(key: str, title: str, by_model: Mapping[str, GainLine]) -> MatrixLine:
    blocks = {model: _block(line) for model, line in by_model.items()}
    floors = [_first(by_model, name) for name in ("majority", "tfidf")]
    return MatrixLine(f" {title}", "plain", blocks, key, floors)


def _first(by_model: Mapping[str, GainLine], floor: str) -> str:
    return points(next((line.floor(floor) for line in by_model.values() if line.floor(floor) is not None), None))


def _block(line: GainLine) -> Block:
    gain = line.of("gain")
    if gain is None:
        word = Entry(f"{MISSING}{'x' if line.entry is not None and not line.problem else '?'}", "missing")
        return Block(_score(line.f), _score(line.if_), word, word)
    tone = _TONES.get(line.mark, "plain")
    sign = line.mark + ("*" if line.says("provisional") or line.says("negligible") else " ")
    value = points(gain, sign=True)
    width = ends(line.of("low"), line.of("high"))
    return Block(
        _score(line.f), _score(line.if_), Entry(f"{value}{sign}", tone), Entry(f"{value} {width:18s} {sign}", tone)
    )


def _score(cell: CellRecord | None) -> Entry:
    mean = score_of(cell).mean
    if cell is None or mean is None:
        return Entry(MISSING, "missing")
    if cell.origin.kind == "stale":
        return Entry(f"{STALE}{points(mean)}", "stale")
    return Entry(points(mean))


def _paper(by_model: Mapping[str, GainLine]) -> MatrixLine:
    blocks = {}
    for model, line in by_model.items():
        f, if_ = line.paper_score(PRETRAINED), line.paper_score(line.parts.start)
        if f is None or if_ is None:
            blank = Entry(f"{MISSING} ", "missing")
            blocks[model] = Block(blank, blank, blank, blank)
            continue
        # A blank for the third decimal, so that the points stand below each other.
        gain = points(line.paper_gain, 2, sign=True)
        scores = [Entry(f"{points(value, 2)} ", "inherited") for value in (f, if_)]
        blocks[model] = Block(
            scores[0],
            scores[1],
            Entry(f"{gain}   ", "inherited"),
            Entry(f"{gain} {'':20s}  ", "inherited"),
        )
    return MatrixLine("   paper", "inherited", blocks)


LEGEND = "^ positive  v negative  = equivalent  ~ inconclusive  * provisional or negligible  ·x not comparable  ! stale"
