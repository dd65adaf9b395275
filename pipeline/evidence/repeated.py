"""The gain of a target divided into folds, fold by fold, with the variance that repeated cross-validation needs.

The study's interval takes the training rows that folds share as given. The corrected resampled t-test (Nadeau and Bengio 2003) does
not: beside the verdict, never in its place, it says what the gain is worth over new divisions of rows like these.

Seeds that were trained on one division are averaged before anything else: they are several trainings of one repeat, and no repeats.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from pipeline.evidence.families import REPEATED, corrected_repeated_cv
from pipeline.evidence.statistics import Floats

LABEL = f"{REPEATED}, over folds; decides nothing"


def repeated_cv(f: Mapping[str, Any], if_: Mapping[str, Any], alpha: float = 0.05) -> dict[str, Any] | None:
    """What repeated cross-validation says of one comparable gain; None for a target with one split.

    Args:
        f: reports/predicted of F.
        if_: reports/predicted of IF.
        alpha: the interval's error rate.
    """
    folds = next((value for key, value in if_["about"][0]["settings"].items() if key.endswith(".split.folds")), None)
    if folds is None:
        return None
    told = {"label": LABEL, "folds": int(folds), "repeats": None, "gain": None, "low": None, "high": None, "p": None}
    found = fold_gains(f, if_, int(folds))
    if isinstance(found, str):
        return {**told, "reason": found}
    # A fold's rows are tested, all others are what its model was made from: dev chooses the epoch.
    said = corrected_repeated_cv(found, 1 / int(folds), alpha)
    if said is None:
        return {**told, "reason": "one fold tells nothing of another"}
    numbers = {"gain": said.mean, "low": said.low, "high": said.high, "p": said.p_value}
    return {**told, "repeats": len(found), **numbers, "reason": None}


def fold_gains(f: Mapping[str, Any], if_: Mapping[str, Any], folds: int) -> Floats | str:
    """The gain in accuracy of every fold, repeats x folds, or the reason why there is none.

    Args:
        f: reports/predicted of F: `folds` holds, by seed, the number of the fold (from 1) in which each row was tested.
        if_: the same of IF.
        folds: how many there are.
    """
    if not (f.get("folds") and if_.get("folds")):
        return "the records do not say in which fold a row was tested; run both cells again"
    if f["folds"] != if_["folds"]:
        return "F and IF trained the same seed on other divisions; run both cells again"
    gold = np.array(if_["gold"])
    by_division: dict[tuple[int, ...], list[Floats]] = {}
    for seed, numbers in if_["folds"].items():
        hits, hits_if = (np.array(cell["predicted"][seed]) == gold for cell in (f, if_))
        by_division.setdefault(tuple(numbers), []).append(hits_if.astype(np.float64) - hits)
    gains = []
    for division, differences in by_division.items():
        mean, rows_of = np.mean(differences, 0), [np.array(division) == fold for fold in range(1, folds + 1)]
        if not all(rows.any() for rows in rows_of):
            return "a fold has no row that is scored: a start has seen them all"
        gains.append([float(mean[rows].mean()) for rows in rows_of])
    return np.array(gains)
