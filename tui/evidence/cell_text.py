"""One cell in sections of plain lines, the same in `detour cell` and on the cell's screen. Nothing of it needs colour."""

import textwrap
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from tui.evidence.cell import CellStory, SeedScores
from tui.evidence.confusion import ClassScore, class_scores, constant, mean_confusion, most_confused
from tui.evidence.predicted import Predicted
from tui.evidence.words import MISSING, ends, over_folds, points, spread
from tui.output import visible
from tui.widgets.cells import cut, fitted, width_of

MOST_LABEL = 24
DEV, PAPER = "<dev", "<test"
"""Marks of the epochs that dev selected, and that the paper's protocol would: the best on test."""
SEED_COLUMNS = 6
"""More seeds than this stand in lines of their own."""


@dataclass(frozen=True)
class Section:
    """A part of a cell's page."""

    key: str
    title: str
    lines: tuple[str, ...]


def sections(story: CellStory, width: int = 80) -> list[Section]:
    """The page of a cell in the order in which it is read.

    Args:
        story: The cell.
        width: Columns of the terminal, for what is broken into lines.
    """
    made = [
        Section("scores", "Scores", tuple(_scores(story, width))),
        Section(
            "epochs",
            f"Epochs ({DEV}: selected on dev; {PAPER}: best on test, the paper's choice)",
            tuple(_epochs(story)),
        ),
        Section("confusion", "Confusion", tuple(_confusion(story.predicted, width))),
        Section("classes", "Classes (mean ± deviation over seeds)", tuple(_classes(story.predicted, width))),
        Section("comparable", "What makes it comparable", tuple(_comparable(story, width))),
        Section("corpus", f"Corpus {story.parts.target}", tuple(_corpus(story, width))),
    ]
    return [section for section in made if section.lines]


# Scores


def _scores(story: CellStory, width: int) -> list[str]:
    lines = _score_table(story)
    lines += _floors(story)
    lines += _paper(story)
    if story.repeated is not None:
        said = over_folds(story.repeated)
        lines.append(f"{said[0].upper()}{said[1:]}.")
    if story.predicted is not None and len(story.predicted.seeds) == 1:
        lines.append("One seed: there is no deviation and no interval.")
    found = dict(constant(story.predicted)) if story.predicted is not None else {}
    for seed in dict.fromkeys([*story.collapsed, *found]):
        label = f": always {visible(found[seed])}" if seed in found else ""
        lines.append(f"Seed {seed} predicts one class only{label}.")
    return [part for line in lines for part in (_wrapped(line, width) if "  " not in line else [line])]


def _score_table(story: CellStory) -> list[str]:
    if not story.scores:
        return []
    many = len(story.seeds) > SEED_COLUMNS
    seeds = () if many else story.seeds
    head = ["", "mean", "sd", "interval", *(f"seed {seed}" for seed in seeds)]
    rows = [head, *(_score_row(score, seeds) for score in story.scores)]
    lines = aligned(rows, right=range(1, len(head)))
    if many:
        lines += [f"{_named(score)} by seed: " + ", ".join(f"{seed} {points(value)}" for seed, value in score.seeds.items())
                  for score in story.scores if not score.language]  # fmt: skip
    return lines


def _score_row(score: SeedScores, seeds: Sequence[str]) -> list[str]:
    numbers = [points(score.mean), points(score.sd), ends(score.low, score.high, sign=False) or MISSING]
    return [_named(score), *numbers, *(points(score.seeds.get(seed)) for seed in seeds)]


def _named(score: SeedScores) -> str:
    metric = {"macro_f1": "macro-F1"}.get(score.metric, score.metric)
    return f"{metric}, {visible(score.language)}" if score.language else metric


def _floors(story: CellStory) -> list[str]:
    majority, tfidf = story.number("floors", "majority"), story.number("floors", "tfidf")
    if majority is None and tfidf is None:
        return []
    low, high = story.number("floors", "above_tfidf", "low"), story.number("floors", "above_tfidf", "high")
    above = points(story.number("floors", "above_tfidf", "mean"), sign=True)
    word = "" if low is None or high is None else " above" if low > 0 else " below" if high < 0 else " unclear"
    width = f" {ends(low, high)}" if word else ""
    return [f"Floors: majority {points(majority)}, TF-IDF {points(tfidf)}; beside TF-IDF {above}{width}{word}."]


def _paper(story: CellStory) -> list[str]:
    from pipeline.reporting.paper import paper_row

    lines = []
    row = paper_row(story.parts.task, story.parts.target)
    printed = row.score(story.parts.start, story.parts.model) if row else None
    best, optimism = story.number("paper", "accuracy", "mean"), story.number("paper", "optimism")
    if best is not None:
        lines.append(
            f"The paper's protocol, the epoch best on test: {points(best)}, optimism {points(optimism, sign=True)} over the epoch "
            "that dev selects."
        )
    if printed is not None:
        lines.append(f"The paper has {points(printed, 2)} for this cell.")
    rows, left_out = story.number("test_rows"), story.number("with_overlap", "rows")
    if rows is not None:
        seen = f"; {left_out:g} more were seen by a start and left out" if left_out else ""
        lines.append(f"Scored on {rows:g} test rows{seen}.")
    return lines


# Epochs


def _epochs(story: CellStory) -> list[str]:
    if not story.curves:
        return ["There is no learning curve of it in git."] if story.cell.blob is not None else []
    names = ("train_loss", "dev_loss", "dev_accuracy", "dev_macro_f1", "test_accuracy")
    rows = [["seed", "epoch", "train loss", "dev loss", "dev acc", "dev F1", "test acc", ""]]
    for seed, epochs in story.curves.items():
        for epoch in epochs:
            marks = [DEV] if story.selected.get(seed) == epoch.number else []
            marks += [PAPER] if story.paper_selected.get(seed) == epoch.number else []
            losses = [_loss(epoch.values.get(name)) for name in names[:2]]
            scores = [points(epoch.values.get(name)) for name in names[2:]]
            rows.append([visible(seed), str(epoch.number), *losses, *scores, " ".join(marks)])
    return aligned(rows, right=range(7))


def _loss(value: float | None) -> str:
    return MISSING if value is None else f"{value:.4f}"


# Confusion


def _confusion(predicted: Predicted | None, width: int) -> list[str]:
    if predicted is None:
        return []
    said = "Rows: gold; columns: predicted; mean over seeds."
    table = aligned(confusion_rows(predicted), right=range(1, len(predicted.labels) + 2))
    if max(map(width_of, table)) <= width:
        return [said, *table]
    pairs = [["gold", "taken for", "rows", "of gold"]]
    for one in most_confused(predicted):
        pairs.append([_short(one.gold), _short(one.predicted), f"{one.rows:.1f}", points(one.share)])
    return [f"The most frequent of {len(predicted.labels)} x {len(predicted.labels)}:", *aligned(pairs, right=(2, 3))]


def confusion_rows(predicted: Predicted) -> list[list[str]]:
    """The matrix with its heads: gold labels down, predicted ones across, mean rows over seeds."""
    form: Callable[[float], str] = (
        (lambda value: f"{value:.0f}") if len(predicted.seeds) == 1 else (lambda value: f"{value:.1f}")
    )
    rows = [["gold \\ predicted", *(_short(label) for label in predicted.labels)]]
    for label, line in zip(predicted.labels, mean_confusion(predicted), strict=True):
        rows.append([_short(label), *(form(value) for value in line)])
    return rows


# Classes


def _classes(predicted: Predicted | None, width: int) -> list[str]:
    if predicted is None:
        return []
    scores = class_scores(predicted)
    rows = [["label", "rows", "predicted", "precision", "recall", "F1"]]
    for one in scores:
        values = (spread(score.mean, score.sd) for score in (one.precision, one.recall, one.f1))
        rows.append([_short(one.label), str(one.support), f"{one.predicted:.1f}", *values])
    said = [note for name, labels in _odd(scores).items() if labels for note in _wrapped(f"{name}: {labels}", width)]
    return [*aligned(rows, right=range(1, 6)), *said]


def _odd(scores: Sequence[ClassScore]) -> dict[str, str]:
    absent = [visible(one.label) for one in scores if not one.support]
    never = [visible(one.label) for one in scores if one.precision.mean is None]
    return {
        f"No test row has ({MISSING} recall; macro-F1 counts 0 for each)": ", ".join(absent),
        f"No seed ever predicts ({MISSING} precision)": ", ".join(never),
    }


# The rest


def _comparable(story: CellStory, width: int) -> list[str]:
    rows = [[key, digest] for key, digest in story.digests.items()]
    rows.append(["values", story.cell.origin.kind])
    lines = [fitted(key, 11) + cut(value, max(8, width - 11)) for key, value in rows]
    if story.predicted is not None:
        lines += [
            cut(f"  {visible(key)}: {visible(_value(value))}", width) for key, value in story.predicted.settings.items()
        ]
        if story.predicted.intermediate_seeds:
            seeds = ", ".join(map(str, story.predicted.intermediate_seeds))
            lines.append(f"Intermediate seed{'s' if len(story.predicted.intermediate_seeds) > 1 else ''}: {seeds}.")
    return lines


def _value(value: object) -> str:
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def _corpus(story: CellStory, width: int) -> list[str]:
    if not story.card:
        return [f"There is no page of it in {visible(story.row.name)}: `dvc repro report` writes reports/cards."]
    return [
        part for line in _paragraphs(story.card) for part in ([line] if line.startswith("|") else _wrapped(line, width))
    ]


def _paragraphs(markdown: str) -> list[str]:
    """Lines of tables, headings and blank ones as they are, those of a paragraph as one."""
    lines: list[str] = []
    for raw in markdown.splitlines():
        line = visible(raw.replace("\t", "    ").replace("\\_", "_")).rstrip()
        alone = not line or line.startswith(("|", "#", "- ", "!"))
        if alone or not lines or not lines[-1] or lines[-1].startswith(("|", "#")):
            lines.append(line)
        else:
            lines[-1] = f"{lines[-1]} {line.lstrip()}"
    return lines


# Lines


def aligned(rows: Sequence[Sequence[str]], right: Collection[int] = ()) -> list[str]:
    """Rows as lines whose columns stand below each other, two blanks between them."""
    widths = [max(width_of(row[column]) for row in rows) for column in range(len(rows[0]))]
    return [
        "  ".join(
            fitted(text, width, column in right) for column, (text, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]


def _short(label: str) -> str:
    return cut(visible(label), MOST_LABEL) or '""'


def _wrapped(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, max(20, width)) or [""]
