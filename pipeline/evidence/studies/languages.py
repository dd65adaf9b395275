"""Languages: does the gain of an English detour fall with the distance of the target's language from English?

A gain is computed on the rows of each language by itself. Distances are between languages alone, so that a slope needs several languages,
however many cells there are (`slopes.language_slope`). What was done about the language is the arm: the target's texts were translated
into English (translate-test), it was fine-tuned on English texts translated into the language (translate-train), or texts stayed as they
are and it was fine-tuned on rows of the language (own-language) or of other languages alone (zero-shot). The names are those of
Conneau et al. 2018 (XNLI, EMNLP) and Hu et al. 2020 (XTREME, ICML).
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from pipeline.evidence.studies.answer import Answer, Row, counted, level, listed, unsaid
from pipeline.evidence.studies.evidence import ENGLISH, Cell, Corpus, Evidence
from pipeline.evidence.studies.slopes import Slope, language_slope

ID = "languages"
QUESTION = (
    "Does the effectiveness of English intermediate training depend on how similar the target's language is to English?"
)
TRANSLATED = {"to_english": "translate-test", "from_english": "translate-train"}
OWN, ZERO_SHOT = "own-language", "zero-shot"
ARMS = (OWN, ZERO_SHOT, *TRANSLATED.values())
LEAST = 5
"""Languages below which no slope is told: with fewer a random effect has nothing to vary over."""
STEP = 0.1
"""Of cosine distance, for the sentence."""
MEANINGS = (
    "own-language: the detour is in English, the target is fine-tuned on rows of the language; zero-shot: the target too is fine-tuned on "
    "rows of other languages alone."
)


def languages(evidence: Evidence, distances: Mapping[str, float], source: str) -> Answer:
    """Compare gains by language.

    Args:
        evidence: the study.
        distances: from English, by language (ISO 639-1).
        source: what the distances are, for the notes.
    """
    rows = list(_rows(evidence, distances))
    notes = [f"Distances: {source}.", MEANINGS]
    if not rows:
        return unsaid(
            ID, QUESTION, "no pair of F and IF from an English start has test rows in another language", notes=notes
        )
    summary: dict[str, Any] = {"languages": _by(rows, "language"), "arms": _by(rows, "arm"), "least_languages": LEAST}
    unknown = sorted({str(row["language"]) for row in rows if row["distance"] is None})
    if unknown:
        notes.append(f"Without a distance, and so in no slope: {', '.join(unknown)}.")
    empty = [row for row in rows if row["collapsed"]]
    if empty:
        notes.append(
            f"In no slope: {counted(len(empty), 'gain')} of {len(rows)} between models that predict one class only, and so have "
            "learnt nothing."
        )
    known = [row for row in rows if row["distance"] is not None and not row["collapsed"]]
    slopes = {arm: found for arm in ARMS if (found := _slope([row for row in known if row["arm"] == arm], evidence))}
    summary["slopes"] = {arm: slope.as_mapping() for arm, slope in slopes.items()}
    if not slopes:
        return Answer(ID, QUESTION, False, f"{_too_few(known)} {_means(summary['languages'])}", rows, summary, notes)
    return Answer(
        ID,
        QUESTION,
        True,
        " ".join(_sentence(arm, slope, rows, evidence.alpha) for arm, slope in slopes.items()),
        rows,
        summary,
        notes,
    )


def _rows(evidence: Evidence, distances: Mapping[str, float]) -> Iterator[Row]:
    for without, cell in evidence.plain_pairs():
        start = evidence.corpora.get(evidence.starts[cell.start].corpus)
        if start is None or start.read_in != {ENGLISH}:
            continue
        for language in sorted(set(cell.languages) - {ENGLISH}):
            yield _row(evidence, without, cell, language, distances.get(language))


def _row(evidence: Evidence, without: Cell, cell: Cell, language: str, distance: float | None) -> Row:
    places = [place for place, found in enumerate(cell.languages) if found == language]
    found = cell.over(without, places, evidence.alpha)
    assert found is not None
    corpus = evidence.corpora.get(cell.target)
    return {
        "task": cell.task,
        "target": cell.target,
        "start": cell.start,
        "model": cell.model,
        "language": language,
        "distance": distance,
        "arm": _arm(corpus or Corpus(), language),
        "test_rows": len(places),
        "seeds": len(cell.seeds),
        "collapsed": cell.is_empty_beside(without),
        "gain": found.accuracy.mean,
        "low": found.accuracy.low,
        "high": found.accuracy.high,
        "f_accuracy": found.f,
        "if_accuracy": found.if_,
    }


def _arm(corpus: Corpus, language: str) -> str:
    """What was done about a language of a target."""
    if corpus.translation in TRANSLATED:
        return TRANSLATED[corpus.translation]
    return OWN if language in corpus.trained else ZERO_SHOT


def _by(rows: Sequence[Row], key: str) -> dict[str, Any]:
    """Means over the cells of each value of a key."""
    found: dict[str, list[float]] = {}
    for row in rows:
        found.setdefault(str(row[key]), []).append(_number(row["gain"]))
    return {
        name: {
            "gain": statistics.fmean(gains),
            "sd_over_cells": statistics.stdev(gains) if len(gains) > 1 else None,
            "cells": len(gains),
        }
        for name, gains in sorted(found.items())
    }


def _slope(rows: Sequence[Row], evidence: Evidence) -> Slope | None:
    if len({row["language"] for row in rows}) < LEAST:
        return None
    return language_slope(
        np.array([_number(row["distance"]) for row in rows]),
        np.array([_number(row["gain"]) for row in rows]),
        [str(row["language"]) for row in rows],
        evidence.alpha,
    )


def _too_few(known: Sequence[Row]) -> str:
    found = sorted({str(row["language"]) for row in known})
    return (
        f"It cannot be said from this study: {counted(len(found), 'language')} with a known distance from English "
        f"({', '.join(found) or 'none'}) and one arm {'is' if len(found) == 1 else 'are'} too few for a slope, which needs {LEAST}."
    )


def _means(by_language: Mapping[str, Mapping[str, Any]]) -> str:
    told = [
        f"{name} {found['gain']:+.3f} over {counted(found['cells'], 'cell')}" for name, found in by_language.items()
    ]
    return f"Mean gains are {listed(told)}."


def _sentence(arm: str, slope: Slope, rows: Sequence[Row], alpha: float) -> str:
    count = len({row["language"] for row in rows if row["arm"] == arm and row["distance"] is not None})
    if slope.low > 0:
        word = "grows"
    elif slope.high < 0:
        word = "falls"
    else:
        word = "is not shown to change"
    return (
        f"{arm[0].upper()}{arm[1:]}: the gain {word} with distance from English, by {STEP * slope.slope:+.3f} for each {STEP} of distance "
        f"({level(alpha)} {STEP * slope.low:+.3f} to {STEP * slope.high:+.3f}, {counted(count, 'language')})."
    )


def _number(value: Any) -> float:
    return float(value)
