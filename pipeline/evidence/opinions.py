"""What other tests say of each gain, beside the verdict of reports/gains.json and never in its place.

Every block carries the label of the statistic that it holds. `opinions` is a pure function of the predicted labels and the gains that were
found comparable; `by_study` looks at all of them together.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from pipeline.evidence.dominance import LABEL as DOMINANCE
from pipeline.evidence.dominance import MINIMUM_RUNS, epsilon_min
from pipeline.evidence.families import (
    DETECTABLE,
    DISCOVERIES,
    FRIEDMAN,
    benjamini_hochberg,
    friedman_nemenyi,
    minimum_detectable_effect,
)
from pipeline.evidence.intermediates import LABEL as IN_THREE
from pipeline.evidence.intermediates import variance_in_three
from pipeline.evidence.measures import class_scores, mcc_gain
from pipeline.evidence.repeated import repeated_cv
from pipeline.evidence.resampling import (
    BOOTSTRAP,
    RANDOMISATION,
    SCOPE,
    Resampled,
    Score,
    approximate_randomisations,
    paired_bootstraps,
)
from pipeline.evidence.statistics import Estimate, Ids, accuracy, gain

LABELS = {
    "mcc": "gain in Matthews' correlation (Gorodkin 2004), with the study's crossed interval, unadjusted",
    "languages": "gains by language of the test rows, with the study's crossed interval, unadjusted",
    "bootstrap": BOOTSTRAP,
    "randomisation": RANDOMISATION,
    "mcnemar": f"McNemar's exact test by seed (McNemar 1947); {SCOPE}",
    "dominance": DOMINANCE,
    "detectable": f"{DETECTABLE}, at power .8 and at alpha over the family's size",
    "in_three": IN_THREE,
    "classes": "precision, recall and F1 by label, means over seeds; null where they are not defined",
    "ranking": FRIEDMAN,
    "discoveries": DISCOVERIES,
}


def opinions(
    entry: Mapping[str, Any],
    f: Mapping[str, Any],
    if_: Mapping[str, Any],
    family: Mapping[str, Any],
    replicates: int,
    seed: int,
) -> dict[str, Any]:
    """What other tests say of one comparable gain.

    Args:
        entry: its entry of reports/gains.json.
        f: reports/predicted of F.
        if_: reports/predicted of IF.
        family: `family` of reports/gains.json.
        replicates: of the resampling tests.
        seed: of their draws.
    """
    gold, classes, alpha = np.array(if_["gold"], dtype=np.int64), len(if_["labels"]), float(family["alpha"])
    one, other = matrix_of(f), matrix_of(if_)
    sides = (one, other)
    found = gain(one, other, gold, classes, alpha)
    hits, hits_if = (side == gold for side in sides)
    folds = repeated_cv(f, if_, alpha)
    three = variance_in_three(hits_if.astype(np.float64) - hits, len(if_["intermediate_seeds"]), alpha)
    return {
        **{key: entry[key] for key in ("task", "target", "start", "model", "verdict")},
        "mcc": _estimate(mcc_gain(one, other, gold, classes, alpha)),
        "languages": _by_language(one, other, gold, classes, if_["languages"], alpha),
        "bootstrap": _resampled(
            paired_bootstraps, sides, gold, classes, {"alpha": alpha, "replicates": replicates, "seed": seed}
        ),
        "randomisation": _resampled(
            approximate_randomisations, sides, gold, classes, {"replicates": replicates, "seed": seed}
        ),
        "mcnemar": _mcnemar(hits, hits_if, seeds_of(if_)),
        "dominance": _dominance(one, other, gold, alpha, seed),
        "detectable": _detectable(found.accuracy, alpha / max(1, int(family["size"]))),
        "in_three": None if three is None else _in_three(three),
        "classes": _classes(sides, gold, if_["labels"]),
        # Where there are folds alone, its label with it.
        **({"repeated_cv": folds} if folds else {}),
    }


def seeds_of(cell: Mapping[str, Any]) -> list[str]:
    """The seeds of a record of predicted labels, rising."""
    return sorted(cell["predicted"], key=int)


def matrix_of(cell: Mapping[str, Any]) -> Ids:
    """Seeds x rows of predicted label ids."""
    return np.array([cell["predicted"][seed] for seed in seeds_of(cell)], dtype=np.int64)


def _estimate(found: Estimate) -> dict[str, Any]:
    return {"gain": found.mean, "low": found.low, "high": found.high, "p": found.p_value}


def _by_language(
    f: Ids, if_: Ids, gold: Ids, classes: int, languages: Sequence[str], alpha: float
) -> dict[str, dict[str, Any]]:
    told = {}
    for language in sorted(set(languages)):
        rows = np.array([one == language for one in languages])
        found = gain(f[:, rows], if_[:, rows], gold[rows], classes, alpha)
        told[language] = {
            "rows": int(rows.sum()),
            "accuracy": _estimate(found.accuracy),
            "macro_f1": _estimate(found.macro_f1),
            "mcc": _estimate(mcc_gain(f[:, rows], if_[:, rows], gold[rows], classes, alpha)),
        }
    return told


def _resampled(test: Any, sides: Sequence[Ids], gold: Ids, classes: int, options: Mapping[str, Any]) -> dict[str, Any]:
    scores: tuple[Score, ...] = ("accuracy", "macro_f1")
    told: dict[str, Any] = {"scope": SCOPE}
    by_score: Mapping[Score, Resampled] = test(*sides, gold, classes, scores, **options)
    for score, found in by_score.items():
        told[score] = {"gain": found.difference, "low": found.low, "high": found.high, "p": found.p_value}
    return told


def _mcnemar(f: Any, if_: Any, seeds: Sequence[str]) -> list[dict[str, Any]]:
    told = []
    for seed, one, other in zip(seeds, f, if_, strict=True):
        fixed, broken = int(np.sum(other > one)), int(np.sum(one > other))
        p = float(stats.binomtest(fixed, fixed + broken).pvalue) if fixed + broken else 1.0
        told.append({"seed": seed, "fixed": fixed, "broken": broken, "p": p})
    return told


def _dominance(f: Ids, if_: Ids, gold: Ids, alpha: float, seed: int) -> dict[str, Any]:
    runs = [np.array([accuracy(row, gold) for row in side]) for side in (f, if_)]
    epsilon = epsilon_min(runs[1], runs[0], alpha, seed=seed)
    reason = f"fewer than {MINIMUM_RUNS} seeds order nothing" if epsilon is None else None
    return {"epsilon_min": epsilon, "reason": reason}


def _detectable(found: Estimate, alpha: float) -> dict[str, Any]:
    if not found.standard_error or found.df is None:
        return {"gain": None, "reason": "without an interval nothing is known of what could be found"}
    return {"gain": minimum_detectable_effect(found.standard_error, found.df, alpha), "reason": None}


def _in_three(three: Any) -> dict[str, Any]:
    parts = None if three.components is None else dict(vars(three.components))
    return {"checkpoints": three.checkpoints, **_estimate(three.estimate), "variances": parts}


def _classes(sides: Sequence[Ids], gold: Ids, labels: Sequence[str]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = [
        {"label": label, "rows": int(np.sum(gold == number))} for number, label in enumerate(labels)
    ]
    for name, side in zip(("f", "if"), sides, strict=True):
        by_seed = [class_scores(row, gold, len(labels)) for row in side]
        for number, entry in enumerate(told):
            for score in ("precision", "recall", "f1"):
                known = [value for seed in by_seed if (value := getattr(seed[number], score)) is not None]
                entry[f"{name}_{score}"] = float(np.mean(known)) if known else None
    return told


def by_study(gains: Mapping[str, Any], alpha: float) -> dict[str, Any]:
    """What all gains say together: shares of false discoveries, and models with and without the detour ranked over targets."""
    entries = list(gains.values())
    adjusted = benjamini_hochberg([entry["p"] for entry in entries])
    return {
        "discoveries": [
            {"gain": name, "p": entry["p"], "p_adjusted": p}
            for (name, entry), p in zip(gains.items(), adjusted, strict=True)
        ],
        "ranking": _ranking(entries, alpha),
    }


def _ranking(entries: Sequence[Mapping[str, Any]], alpha: float) -> dict[str, Any]:
    """Every model as F and as IF, ranked on the targets where all of them are measured; of several starts the first counts."""
    scores: dict[str, dict[str, float]] = {}
    for entry in entries:
        of_target = scores.setdefault(f"{entry['task']}/{entry['target']}", {})
        for name, value in ((f"{entry['model']} F", entry["f"]), (f"{entry['model']} IF", entry["if"])):
            if entry["comparable"] and value is not None:
                of_target.setdefault(name, value)
    systems = sorted({name for of_target in scores.values() for name in of_target})
    targets = [target for target, of_target in scores.items() if len(of_target) == len(systems)]
    found = (
        friedman_nemenyi(np.array([[scores[target][name] for name in systems] for target in targets]), alpha)
        if targets and systems
        else None
    )
    if found is None:
        return {"reason": "ranks need three systems that are all measured on two targets or more", "systems": []}
    return {
        "reason": None,
        "targets": targets,
        "systems": [{"system": name, "rank": float(rank)} for name, rank in zip(systems, found.ranks, strict=True)],
        "chi_square": found.chi_square,
        "p": found.p_value,
        "f_statistic": found.f_statistic,
        "f_p": found.f_p_value,
        "critical_difference": found.critical_difference,
        "pairs": [[float(p) for p in row] for row in found.pairs],
    }
