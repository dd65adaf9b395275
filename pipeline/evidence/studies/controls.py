"""Controls: what in the detour helps, its task or its training?

Each control is a start that differs from another in one thing, so that both belong to the same target, settings, test rows and seeds and
are compared as F and IF are:

- **shuffled**: the same start on labels dealt out at random. A detour whose task matters is better than it.
- **longer**: fine-tuning first on the target's own rows, as many steps as the intermediate training. It takes the place of "F with as
  many steps as IF in all": settings of fine-tuning stay those of every other cell.
- **head**: the intermediate's head kept against one drawn anew.
- **objective**: training on the labels against training on the same texts alone, as masked language. What is left is the task's.
- **texts alone**: training on the texts alone against F: what the corpus gives without its labels.
- **ladder**: one start trained for several lengths, each against F.

Verdicts are Holm's over all these comparisons, a family apart from the study's gains.
"""

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from pipeline.evidence.statistics import Gain, holm, verdict
from pipeline.evidence.studies.answer import Answer, counted, level, unsaid
from pipeline.evidence.studies.evidence import PRETRAINED, Cell, Evidence, Start

ID = "controls"
QUESTION = "What in the detour helps or harms: its task, its labels, its length, or more steps of any kind?"
Kind = Literal["shuffled", "longer", "head", "ladder", "negative control", "objective", "texts alone"]
KINDS: tuple[Kind, ...] = ("ladder", "longer", "objective", "texts alone", "shuffled", "negative control", "head")
LIKE_STEPS = 0.15
"""Step counts within this share count as 'as many steps': epochs are whole."""


@dataclass(frozen=True)
class Comparison:
    """One cell against another that differs in one thing."""

    kind: Kind
    task: str
    target: str
    model: str
    of: str
    """Start of the cell whose accuracy is the minuend."""
    against: str
    epochs: int
    of_steps: int | None
    """Of the intermediate training."""
    against_steps: int | None
    difference: float
    low: float | None
    high: float | None
    p: float | None
    seeds: int
    p_holm: float | None = None
    verdict: str = "inconclusive"


def controls(evidence: Evidence) -> Answer:
    """Compare whatever controls the study has with what they control."""
    found = _decided(sorted(_comparisons(evidence), key=_order), evidence)
    kinds = {comparison.kind for comparison, _ in found}
    rows = [asdict(comparison) for comparison, _ in found]
    if not kinds - {"ladder"} and len(found) < 2:
        return unsaid(ID, QUESTION, "it has no controls; `detour run --study controls` trains them", rows)
    comparisons = [comparison for comparison, _ in found]
    if not comparisons:
        return unsaid(ID, QUESTION, "no control was measured with the seeds of what it controls")
    sentences = [
        *_told(comparisons, "shuffled", "The given labels against shuffled ones", evidence.alpha),
        *_told(comparisons, "longer", "The detour against as many steps on the target alone", evidence.alpha),
        *_told(comparisons, "objective", "The labels against masked language on the same texts", evidence.alpha),
        *_told(comparisons, "texts alone", "Masked language on the texts alone against no detour", evidence.alpha),
        *_told(comparisons, "head", "A kept head against a new one", evidence.alpha),
        *_negative_control(comparisons, evidence.alpha),
        *_ladder(comparisons),
    ]
    summary = {"family": len(comparisons), "counts": _counts(comparisons)}
    return Answer(ID, QUESTION, bool(sentences), " ".join(sentences), rows, summary, _notes(comparisons))


def _comparisons(evidence: Evidence) -> Iterator[tuple[Comparison, Gain]]:
    for cell in evidence.cells:
        start = evidence.starts.get(cell.start)
        if start is None or evidence.is_its_own(cell):
            continue
        for kind, other in _others(evidence, cell, start):
            found = cell.over(other, alpha=evidence.alpha)
            if found is not None:
                yield _comparison(evidence, kind, cell, other, start, found), found


def _order(found: tuple[Comparison, Gain]) -> tuple[str, str, str, int, str, int]:
    """By target, then by what is controlled, a ladder from its shortest."""
    each = found[0]
    return each.task, each.target, each.model, KINDS.index(each.kind), each.against, each.epochs


def _others(evidence: Evidence, cell: Cell, start: Start) -> Iterator[tuple[Kind, Cell]]:
    """The cells that one cell is held against."""
    without = evidence.cell(cell.task, cell.target, PRETRAINED, cell.model)
    if without is not None and start.labels == "shuffled":
        yield "negative control", without
    if without is not None and start.objective == "masked_language":
        yield "texts alone", without
    if not start.is_plain:
        return
    if without is not None and _lengths(evidence, start) > 1:
        yield "ladder", without
    for other in evidence.cells:
        theirs = evidence.starts.get(other.start)
        if theirs is None or (other.task, other.target, other.model) != (cell.task, cell.target, cell.model):
            continue
        if theirs == replace(start, labels="shuffled"):
            yield "shuffled", other
        elif theirs == replace(start, objective="masked_language"):
            yield "objective", other
        elif start.head == "keep" and theirs == replace(start, head="reinit"):
            yield "head", other
        elif theirs.is_plain and evidence.is_its_own(other) and _as_long(evidence, cell, other):
            yield "longer", other


def _lengths(evidence: Evidence, start: Start) -> int:
    return len({other.epochs for other in evidence.starts.values() if replace(other, epochs=start.epochs) == start})


def _as_long(evidence: Evidence, cell: Cell, other: Cell) -> bool:
    ours, theirs = (_steps(evidence, each) for each in (cell, other))
    return ours is not None and theirs is not None and abs(theirs / ours - 1) <= LIKE_STEPS


def _steps(evidence: Evidence, cell: Cell) -> int | None:
    training = evidence.intermediates.get((cell.start, cell.model))
    return training.steps if training and training.steps else None


def _comparison(evidence: Evidence, kind: Kind, cell: Cell, other: Cell, start: Start, found: Gain) -> Comparison:
    accuracy = found.accuracy
    return Comparison(
        kind, cell.task, cell.target, cell.model, cell.start, other.start, start.epochs, _steps(evidence, cell),
        _steps(evidence, other), accuracy.mean, accuracy.low, accuracy.high, accuracy.p_value, len(cell.seeds),
    )  # fmt: skip


def _decided(found: Sequence[tuple[Comparison, Gain]], evidence: Evidence) -> list[tuple[Comparison, Gain]]:
    differences = holm([gain.accuracy.p_value for _, gain in found])
    equivalences = holm([gain.accuracy.equivalence_p(evidence.margin) for _, gain in found])
    decided = []
    for (comparison, gain), p, equivalence in zip(found, differences, equivalences, strict=True):
        said = verdict(gain.accuracy, comparison.seeds, p, equivalence, evidence.alpha, evidence.margin)
        decided.append((replace(comparison, p_holm=p, verdict=said.name), gain))
    return decided


def _of(comparisons: Sequence[Comparison], kind: Kind) -> list[Comparison]:
    return [comparison for comparison in comparisons if comparison.kind == kind]


def _told(comparisons: Sequence[Comparison], kind: Kind, what: str, alpha: float) -> list[str]:
    chosen = _of(comparisons, kind)
    if not chosen:
        return []
    up, down = (sum(each.verdict == word for each in chosen) for word in ("positive", "negative"))
    return [
        f"{what}: {_size(chosen, alpha)}; by verdict better in {up} of {counted(len(chosen), 'comparison')}, worse in {down}."
    ]


def _negative_control(comparisons: Sequence[Comparison], alpha: float) -> list[str]:
    chosen = _of(comparisons, "negative control")
    if not chosen:
        return []
    up = sum(each.verdict == "positive" for each in chosen)
    word = "never" if not up else f"in {up} of {len(chosen)}, which it should not be,"
    return [f"A start from shuffled labels is by verdict {word} better than none: {_size(chosen, alpha)}."]


def _ladder(comparisons: Sequence[Comparison]) -> list[str]:
    chosen = _of(comparisons, "ladder")
    told = []
    for task, target, model, against in sorted({(c.task, c.target, c.model, c.against) for c in chosen}):
        steps = sorted(
            (c for c in chosen if (c.task, c.target, c.model, c.against) == (task, target, model, against)),
            key=lambda comparison: comparison.epochs,
        )
        gains = ", ".join(f"{each.difference:+.3f} after {each.epochs}" for each in steps)
        told.append(f"{target} ({model}): {gains}")
    return [f"Gains by epochs of intermediate training: {'; '.join(told)}."] if told else []


def _size(chosen: Sequence[Comparison], alpha: float) -> str:
    """The difference with its interval, or the mean of several with the least and the largest."""
    differences = [each.difference for each in chosen]
    if len(chosen) > 1:
        return f"{statistics.fmean(differences):+.3f} on average ({min(differences):+.3f} to {max(differences):+.3f})"
    low, high = chosen[0].low, chosen[0].high
    ends = "" if low is None or high is None else f" ({level(alpha)} {low:+.3f} to {high:+.3f})"
    return f"{differences[0]:+.3f}{ends}"


def _counts(comparisons: Sequence[Comparison]) -> dict[str, Any]:
    kinds = sorted({comparison.kind for comparison in comparisons})
    words = ("positive", "negative", "equivalent", "inconclusive")
    return {
        kind: {word: sum(each.verdict == word for each in _of(comparisons, kind)) for word in words} for kind in kinds
    }


def _notes(comparisons: Sequence[Comparison]) -> list[str]:
    notes = [f"Verdicts by Holm over {counted(len(comparisons), 'comparison')} of controls, a family of their own."]
    if _of(comparisons, "longer"):
        notes.append(
            "More steps on the target are a first training on its own rows and a second one like every other, with two warm-ups, as in the "
            "detour."
        )
    else:
        notes.append("No start was trained on the target's own rows for as many steps.")
    if comparisons and min(each.seeds for each in comparisons) < 3:
        notes.append("Fewer than three seeds: provisional.")
    if not _of(comparisons, "texts alone"):
        notes.append("No start was trained on its corpus's texts alone (objective: masked_language).")
    return notes
