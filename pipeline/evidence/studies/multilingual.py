"""Multilingual: is an intermediate in several languages better than one in English, where size and duration are equal?

The same encoder is trained either way, so size is equal. Duration is equal in examples, in optimiser steps or in tokens read; which
of them a pair of starts agrees in is computed from what was trained. For each of the three the start that agrees in it is compared
with the English one on the same test rows and seeds.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from pipeline.evidence.statistics import Estimate, crossed_interval, holm
from pipeline.evidence.studies.answer import Answer, Row, level, listed, unsaid
from pipeline.evidence.studies.evidence import ENGLISH, PRETRAINED, Cell, Evidence, Intermediate

ID = "multilingual"
QUESTION = (
    "How does multilingual intermediate training compare with English-only intermediate training, where the model's size and "
    "the training's duration are the same?"
)
EQUAL = ("examples", "steps", "tokens")
WITHIN = 0.02
"""Two quantities that differ by no more than this share are called equal."""


def multilingual(evidence: Evidence) -> Answer:
    """Compare every multilingual start with every English one of its task."""
    english = [start for start in evidence.starts if _languages(evidence, start) == {ENGLISH}]
    several = [start for start in evidence.starts if len(_languages(evidence, start)) > 1]
    if not several or not english:
        lacks = "in several languages" if english or not several else "in English alone"
        return unsaid(
            ID, QUESTION, f"no start of it was trained {lacks}; `detour run --study multilingual` trains both"
        )
    rows = list(_rows(evidence, english, several))
    if not rows:
        return unsaid(ID, QUESTION, "no target was fine-tuned from both kinds of start with the same seeds")
    arms = {
        arm: found
        for arm in EQUAL
        if (found := _pooled([(a, b) for row, a, b in rows if row[f"equal_{arm}"]], evidence.alpha))
    }
    told = [row for row, _, _ in rows]
    if not arms:
        return unsaid(ID, QUESTION, "no pair of starts is equal in examples, steps or tokens within 2 %", told)
    adjusted = dict(zip(arms, holm([found.p_value for found in arms.values()]), strict=True))
    summary = {
        "arms": {
            arm: {
                "difference": found.mean,
                "low": found.low,
                "high": found.high,
                "p": found.p_value,
                "p_holm": adjusted[arm],
            }
            for arm, found in arms.items()
        },
        "missing": [arm for arm in EQUAL if arm not in arms],
    }
    sentence = _sentence(arms, adjusted, evidence.alpha)
    seeds = min(int(row["seeds"] or 0) for row in told)
    said = seeds > 1
    return Answer(
        ID,
        QUESTION,
        said,
        sentence if said else f"It cannot be said from one seed: {sentence}",
        told,
        summary,
        _notes(told, summary),
    )


def _languages(evidence: Evidence, start: str) -> frozenset[str]:
    declared = evidence.starts[start]
    corpus = evidence.corpora.get(declared.corpus)
    return corpus.read_in if corpus and declared.is_plain else frozenset()


def _rows(
    evidence: Evidence, english: Sequence[str], several: Sequence[str]
) -> Iterator[tuple[dict[str, Any], Cell, Cell]]:
    for ours in evidence.cells:
        if ours.start not in several:
            continue
        for start in english:
            theirs = evidence.cell(ours.task, ours.target, start, ours.model)
            found = ours.over(theirs, alpha=evidence.alpha) if theirs else None
            if theirs is None or found is None:
                continue
            row: dict[str, Any] = {
                "task": ours.task,
                "target": ours.target,
                "model": ours.model,
                "english": start,
                "multilingual": ours.start,
                "languages": ", ".join(sorted(_languages(evidence, ours.start))),
                "seeds": len(ours.seeds),
                "english_accuracy": found.f,
                "multilingual_accuracy": found.if_,
                "difference": found.accuracy.mean,
                "low": found.accuracy.low,
                "high": found.accuracy.high,
                "english_gain": _gain(evidence, theirs),
                "multilingual_gain": _gain(evidence, ours),
            }
            yield row | _durations(evidence, ours, theirs), ours, theirs


def _gain(evidence: Evidence, cell: Cell) -> float | None:
    """Over F, for the table."""
    without = evidence.cell(cell.task, cell.target, PRETRAINED, cell.model)
    found = cell.over(without, alpha=evidence.alpha) if without else None
    return found.accuracy.mean if found else None


def _durations(evidence: Evidence, ours: Cell, theirs: Cell) -> dict[str, float | bool | None]:
    found: dict[str, float | bool | None] = {}
    both = [evidence.intermediates.get((cell.start, cell.model)) for cell in (theirs, ours)]
    for name in EQUAL:
        english, several = (_amount(training, name) for training in both)
        found |= {f"english_{name}": english, f"multilingual_{name}": several}
        found[f"equal_{name}"] = english is not None and several is not None and abs(several / english - 1) <= WITHIN
    return found


def _amount(training: Intermediate | None, name: str) -> float | None:
    amount = getattr(training, name) if training else None
    return float(amount) if amount else None


def _pooled(pairs: Sequence[tuple[Cell, Cell]], alpha: float) -> Estimate | None:
    """The mean difference over models and targets: models share their rows and are averaged, targets have rows of their own."""
    targets: dict[tuple[str, str], list[Any]] = {}
    for ours, theirs in pairs:
        targets.setdefault((ours.task, ours.target), []).append(ours.hits - theirs.hits)
    means = [np.mean(found, axis=0) for found in targets.values() if len({each.shape for each in found}) == 1]
    seeds = {each.shape[0] for each in means}
    if len(seeds) != 1:
        return None
    return crossed_interval(np.concatenate(means, axis=1), alpha, within=(-1.0, 1.0))


def _sentence(arms: dict[str, Estimate], adjusted: dict[str, float | None], alpha: float) -> str:
    told = []
    for arm, found in arms.items():
        p = adjusted[arm]
        word = "no difference is shown" if p is None or p > alpha else "better" if found.mean > 0 else "worse"
        ends = (
            "" if found.low is None or found.high is None else f", {level(alpha)} {found.low:+.3f} to {found.high:+.3f}"
        )
        told.append(f"at equal {arm} {word} ({found.mean:+.3f}{ends})")
    return f"Intermediate training in several languages against English alone, in accuracy: {listed(told)}."


def _notes(rows: Sequence[Row], summary: dict[str, Any]) -> list[str]:
    models = sorted({str(row["model"]) for row in rows})
    targets = sorted({str(row["target"]) for row in rows})
    notes = [
        f"Averaged over the models {', '.join(models)} and the targets {', '.join(targets)}; conditional on one checkpoint of each start.",
        "Verdicts by Holm over the arms; intervals are unadjusted.",
    ]
    if summary["missing"]:
        notes.append(f"No pair of starts is equal in {' or in '.join(summary['missing'])} within 2 %.")
    if min(int(row["seeds"] or 0) for row in rows) < 3:
        notes.append("Fewer than three seeds: provisional.")
    return notes
