"""Whether the models learn at all: each target against its TF-IDF floor, and what the records tell where they do not.

Where cells stay at or below what TF-IDF reaches on the same rows, a gain compares two failures. The reasons are read
off the records, the curves and the card; the reader judges them in the learning curves.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from pipeline.reporting.curves import Curves
from pipeline.reporting.lines import PRETRAINED, Cells, Json, cell_parts
from pipeline.reporting.table import against_tfidf
from pipeline.reporting.text import interval, look_up, paragraph, score

LEAST_TARGETS = 3
"""With fewer targets above their floor the report says so and why."""
FIGURE = "reports/figure1.svg"


@dataclass(frozen=True)
class Target:
    """All cells of one target."""

    task: str
    key: str
    cells: Mapping[tuple[str, str], Json]
    """The measured ones by start and model."""
    declared: int
    curves: Sequence[Curves]
    card: Json | None

    @property
    def tfidf(self) -> float | None:
        """The accuracy of the floor, the same for all cells."""
        floors = (look_up(cell, "floors", "tfidf") for cell in self.cells.values())
        return next((floor for floor in floors if floor is not None), None)

    def count(self, word: str) -> int:
        """How many cells are `above`, `below` or `unclear`."""
        return sum(against_tfidf(cell) == word for cell in self.cells.values())


def learning_text(cells: Cells, curves: Mapping[str, Curves | None], cards: Mapping[str, Json | None]) -> str:
    """The section of the report, ending in a line break; empty for a study without a cell.

    Args:
        cells: reports/cells by `<task>/<target>-<start>-<model>`, None for a missing one.
        curves: by the same names, None for missing ones.
        cards: cards by corpus, None for a missing one.
    """
    targets = _targets(cells, curves, cards)
    if not targets:
        return ""
    told = [_standing(target) for target in targets]
    parts = ["## Above the floor?", *_items(told)]
    above = [target.key for target in targets if target.count("above")]
    if len(above) < LEAST_TARGETS:
        named = f" ({', '.join(above)})" if above else ""
        said = (
            f"Fewer than {LEAST_TARGETS} targets have a cell above the floor: {len(above)} of {len(targets)}{named}. "
            f"The learning curves ({FIGURE}) show how far training came; of the others is known:"
        )
        others = [_reasons(target) for target in targets if not target.count("above")]
        parts += [paragraph(said if others else said.replace("; of the others is known:", ".")), *_items(others)]
    return "\n\n".join(parts) + "\n"


def _items(sentences: Sequence[str]) -> list[str]:
    return ["\n".join(paragraph(said, "- ", "  ") for said in sentences)] if sentences else []


def _targets(cells: Cells, curves: Mapping[str, Curves | None], cards: Mapping[str, Json | None]) -> list[Target]:
    names: dict[tuple[str, str], list[str]] = {}
    for name in cells:
        names.setdefault(cell_parts(name)[:2], []).append(name)
    return [
        Target(
            task,
            key,
            {cell_parts(name)[2:]: record for name in members if (record := cells[name])},
            len(members),
            [found for name in members if cells[name] and (found := curves.get(name))],
            cards.get(key),
        )
        for (task, key), members in names.items()
    ]


def _standing(target: Target) -> str:
    """Where a target's cells stand, with the interval of the highest."""
    if not target.cells:
        return f"{target.key}: no cell is measured."
    said = (
        f"{target.key}: {target.count('above')} of {len(target.cells)} cells above TF-IDF ({score(target.tfidf)}), "
        f"{target.count('below')} below, {target.count('unclear')} not distinguishable"
    )
    without = len(target.cells) - sum(target.count(word) for word in ("above", "below", "unclear"))
    said += f", {without} without an interval" if without else ""
    (start, model), best = max(target.cells.items(), key=lambda item: _distance(item[1]))
    form = "F" if start == PRETRAINED else f"IF from {start}"
    ends = (look_up(best, "floors", "above_tfidf", name) for name in ("mean", "low", "high"))
    missing = target.declared - len(target.cells)
    return f"{said}; highest {model} {form}, {interval(*ends)}{f'; {missing} not measured' if missing else ''}."


def _distance(cell: Json) -> float:
    above = look_up(cell, "floors", "above_tfidf", "mean")
    return -1.0 if above is None else float(above)


def _reasons(target: Target) -> str:
    """What the records tell of a target that is not above its floor."""
    return f"{target.key}: {'; '.join(_reason_parts(target))}."


def _reason_parts(target: Target) -> Iterator[str]:
    if target.tfidf == 1:
        yield "TF-IDF has every test row right, so nothing can be above it"
    # Of a target in folds, what each fold is trained on.
    rows = look_up(target.card, "split", "training_rows") or look_up(target.card, "parts", "train", "rows")
    labels = len(look_up(target.card, "label_order") or ())
    if rows is None:
        yield f"training rows and translation unknown (no reports/corpora/{target.key}.json)"
    else:
        yield f"{rows:,} training rows for {labels} labels"
        yield from _untranslated(target.card)
    seeds = [curve for curves in target.curves for curve in curves.values()]
    rising = sum(curve.still_rising for curve in seeds)
    if rising:
        epochs = max(len(curve.dev) for curve in seeds)
        told = f"dev accuracy was highest in the last of {epochs} epochs in {rising} of {len(seeds)} runs"
        yield f"{told}, {'so more epochs would help' if 2 * rising > len(seeds) else 'which more epochs may help'}"
    elif seeds:
        yield f"dev accuracy had stopped rising in all {len(seeds)} runs"
    collapsed = sum(len(look_up(cell, "collapsed") or ()) for cell in target.cells.values())
    runs = sum(len(look_up(cell, "accuracy", "seeds") or ()) for cell in target.cells.values())
    if collapsed:
        yield f"{collapsed} of {runs} runs predict one class only"


def _untranslated(card: Json | None) -> Iterator[str]:
    languages = [name for name in look_up(card, "languages") or () if name != "en"]
    untranslated = look_up(card, "translation", "untranslated")
    if look_up(card, "translation", "direction") == "none":
        if languages:
            yield f"texts in {', '.join(languages)} are not translated"
    elif untranslated:
        yield f"{untranslated:,} texts have no translation"
