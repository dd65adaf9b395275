"""Gains, cells and flips as tables that leave the app (`tui.sharing`)."""

from collections.abc import Sequence

from pipeline.errors import InputError
from tui.evidence.cell import CellStory
from tui.evidence.cells import PRETRAINED
from tui.evidence.choice import Choice
from tui.evidence.comparison import Comparison
from tui.evidence.confusion import Spread, class_scores, mean_confusion
from tui.evidence.curves import COLUMNS
from tui.evidence.flip_text import head, mcnemar_lines
from tui.evidence.flips import Flip, Flips
from tui.evidence.gains import GainLine, GainsTable, score_of
from tui.evidence.texts import Texts
from tui.evidence.words import notes, verdict
from tui.history.rows import History
from tui.history.snapshot import CellRecord
from tui.sharing import Column, Sheet, Value
from tui.sharing.provenance import provenance_of

PLACES = 3

GAIN_COLUMNS = (
    Column("task", "task"),
    Column("target", "target"),
    Column("start", "start"),
    Column("model", "model"),
    Column("f", "F", number=True),
    Column("if", "IF", number=True),
    Column("gain", "gain", number=True),
    Column("verdict", "verdict"),
    Column("seeds", "seeds", number=True),
    Column("p_holm", "p (Holm)", number=True),
    Column("paper_f", "paper F", number=True),
    Column("paper_if", "paper IF", number=True),
    Column("paper_gain", "paper gain", number=True),
    Column("majority", "majority", number=True),
    Column("tfidf", "TF-IDF", number=True),
)


def gains_sheet(table: GainsTable, history: History) -> Sheet:
    """A line for each gain."""
    best = _best(table.lines)
    rows = tuple(_gain_row(line, best) for line in table.lines)
    provenance = provenance_of(history, ["detour", "gains", table.row.name], [table.row])
    return Sheet("Is the detour worth it?", GAIN_COLUMNS, rows, (*notes(table), *table.problems), provenance)


def _best(lines: Sequence[GainLine]) -> dict[tuple[str, str], float]:
    """The highest accuracy of each target, to the digits that are printed: what looks equal is marked equally."""
    best: dict[tuple[str, str], float] = {}
    for line in lines:
        for cell in (line.f, line.if_):
            mean = score_of(cell).mean
            if mean is not None:
                key = line.parts.task, line.parts.target
                best[key] = max(best.get(key, 0.0), round(mean, PLACES))
    return best


def _gain_row(line: GainLine, best: dict[tuple[str, str], float]) -> tuple[Value, ...]:
    top = best.get((line.parts.task, line.parts.target))
    return (
        *(Value(text) for text in (line.parts.task, line.parts.target, line.parts.start, line.parts.model)),
        _score(line.f, top),
        _score(line.if_, top),
        Value(line.of("gain"), PLACES, low=line.of("low"), high=line.of("high"), mark=line.mark, sign=True),
        Value(verdict(line)),
        Value(line.seeds),
        Value(line.of("p_holm")),
        Value(line.paper_score(PRETRAINED), 2),
        Value(line.paper_score(line.parts.start), 2),
        Value(line.paper_gain, 2, sign=True),
        *(Value(line.floor(name), PLACES) for name in ("majority", "tfidf")),
    )


def cell_sheet(story: CellStory, history: History, part: str = "scores") -> Sheet:
    """One part of a cell's page: `scores`, `epochs`, `confusion` or `classes`.

    Raises:
        InputError: There is no such part, or the cell has nothing for it.
    """
    makers = {"scores": _scores, "epochs": _epochs, "confusion": _confusion, "classes": _classes}
    if part not in makers:
        raise InputError(f"A cell has no part '{part}'; choose one of {', '.join(makers)}.")
    columns, rows = makers[part](story)
    if not rows:
        why = " ".join(story.problems) or "Its records hold none."
        raise InputError(f"{story.cell.name} of {story.row.name} has no {part} to write. {why}")
    command = ["detour", "cell", story.cell.name, story.row.name, "--part", part]
    title = f"{story.cell.name}: {part}"
    return Sheet(title, columns, rows, _said(story, part), provenance_of(history, command, [story.row]))


Table = tuple[tuple[Column, ...], tuple[tuple[Value, ...], ...]]


def _said(story: CellStory, part: str) -> tuple[str, ...]:
    note = story.row.params.get("note") if story.row.params else None
    notes = [" ".join(note.split())] if isinstance(note, str) and note else []
    notes += {
        "scores": ["Mean over seeds, with deviation and 95 % interval over new seeds and new test rows."],
        "confusion": ["Rows: gold; columns: predicted; mean over seeds."],
        "classes": ["Mean over seeds ± deviation; a label that is never predicted has no precision."],
    }.get(part, [])
    return (*notes, *story.problems)


def _scores(story: CellStory) -> Table:
    seeds = story.seeds
    columns = (
        Column("language", "language"), Column("metric", "metric"), Column("mean", "mean", number=True),
        *(Column(f"seed_{seed}", f"seed {seed}", number=True) for seed in seeds),
    )  # fmt: skip
    rows = tuple(
        (
            Value(score.language or "all"), Value(score.metric),
            Value(score.mean, PLACES, sd=score.sd, low=score.low, high=score.high),
            *(Value(score.seeds.get(seed), PLACES) for seed in seeds),
        )
        for score in story.scores
    )  # fmt: skip
    return columns, rows


def _epochs(story: CellStory) -> Table:
    columns = (
        Column("seed", "seed"), Column("epoch", "epoch", number=True),
        *(Column(name, name.replace("_", " "), number=True) for name in COLUMNS),
        Column("dev_selected", "selected on dev"), Column("paper_selected", "best on test"),
    )  # fmt: skip
    rows = tuple(
        (
            Value(seed), Value(epoch.number), *(Value(epoch.values.get(name), PLACES) for name in COLUMNS),
            Value(story.selected.get(seed) == epoch.number), Value(story.paper_selected.get(seed) == epoch.number),
        )
        for seed, epochs in story.curves.items()
        for epoch in epochs
    )  # fmt: skip
    return columns, rows


def _confusion(story: CellStory) -> Table:
    predicted = story.predicted
    if predicted is None:
        return (), ()
    columns = (
        Column("gold", "gold \\ predicted"),
        *(Column(f"predicted_{id}", label, number=True) for id, label in enumerate(predicted.labels)),
    )
    matrix = zip(predicted.labels, mean_confusion(predicted), strict=True)
    return columns, tuple((Value(label), *(Value(value, 1) for value in line)) for label, line in matrix)


def _classes(story: CellStory) -> Table:
    if story.predicted is None:
        return (), ()
    names = ("precision", "recall", "f1")
    columns = (
        Column("label", "label"), Column("rows", "rows", number=True), Column("predicted", "predicted", number=True),
        *(Column(name, name.replace("f1", "F1"), number=True) for name in names),
    )  # fmt: skip
    rows = tuple(
        (
            Value(one.label),
            Value(one.support),
            Value(one.predicted, 1),
            *map(_spread, (one.precision, one.recall, one.f1)),
        )
        for one in class_scores(story.predicted)
    )
    return columns, rows


def _spread(score: Spread) -> Value:
    return Value(score.mean, PLACES, sd=score.sd)


def flips_sheet(
    found: Comparison, rows: Sequence[Flip], texts: Texts | None, history: History, choice: Choice
) -> Sheet:
    """A line for each row that differs."""
    flips = found.flips
    columns = (
        Column("row", "row", number=True), Column("kind", "kind"), Column("language", "language"), Column("gold", "gold"),
        *(Column(f"{side}_{seed}", f"{side.upper()} {seed}") for side, seeds in _sides(flips) for seed in seeds),
        *((Column("text", "text"),) if texts else ()),
    )  # fmt: skip
    lines = tuple(_flip(flip, flips, texts) for flip in rows)
    told = [*head(found), *mcnemar_lines(flips), *([texts.warning] if texts and texts.warning else [])]
    command = ["detour", "flips", found.a.cell.name]
    same = found.a.row.commit == found.b.row.commit and found.a.row.name == found.b.row.name
    command += [found.b.cell.name] if found.b.cell.name != found.a.cell.name else []
    command += ["--rev", found.a.row.name] if same else ["--between", found.a.row.name, found.b.row.name]
    for name in ("kind", "language", "gold", "predicted"):
        command += [f"--{name}", getattr(choice, name)] if getattr(choice, name) else []
    sides = [found.a.row] if same else [found.a.row, found.b.row]
    title = f"Flips from {found.a.cell.name} to {found.b.cell.name}" if same else f"Flips of {found.b.cell.name}"
    return Sheet(title, columns, lines, tuple(told), provenance_of(history, command, sides))


def _sides(flips: Flips) -> tuple[tuple[str, tuple[str, ...]], ...]:
    return ("a", flips.a_seeds), ("b", flips.b_seeds)


def _flip(flip: Flip, flips: Flips, texts: Texts | None) -> tuple[Value, ...]:
    labels = [flips.labels[id] for id in (flip.gold, *flip.a, *flip.b)]
    example = texts.by_row.get(flip.row) if texts else None
    told = (Value(example.told if example else None),) if texts else ()
    return (Value(flip.row), Value(flip.kind), Value(flip.language), *map(Value, labels), *told)


def _score(cell: CellRecord | None, best: float | None) -> Value:
    score = score_of(cell)
    is_best = score.mean is not None and best is not None and round(score.mean, PLACES) == best
    return Value(score.mean, PLACES, sd=score.sd, best=is_best)
