"""How good predictors of gains are: rank correlations, and the regret of choosing by them, leaving one target out at a time.

A predictor is judged on the gains that a study has measured. **Regret@1**: for each target and model, a line through the other targets'
gains says what each start should gain here; the best start is taken if that is above 0, else none. The regret is what the
best choice would have gained more. Beside it stand the choices that know nothing: never a detour, always the first start, and the
mean gain of the other targets.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from scipy import stats

from pipeline.evidence.observations import Observation, fit_line

MINIMUM_PAIRS = 4
"""Fewer gains have no rank correlation worth a number."""
MINIMUM_TARGETS = 3
"""Fewer targets leave too little when one is left out."""


Choose = Callable[[Sequence[Observation], Observation], float]
"""The gain that is expected of a start, given the gains of the other targets."""


def expected_by(name: str) -> Choose:
    """The choice by one predictor."""

    def expected(others: Sequence[Observation], one: Observation) -> float:
        line = fit_line([other.known[name] for other in others], [other.gain for other in others])
        return line.at(one.known[name])

    return expected


def expected_mean(others: Sequence[Observation], _one: Observation) -> float:
    """The choice by the mean gain of the other targets."""
    return float(np.mean([other.gain for other in others]))


def left_out(observations: Sequence[Observation], choose: Choose) -> list[tuple[Observation, float]]:
    """Each observation with the gain that the other targets make expected; none where there are too few targets."""
    targets = {one.target for one in observations}
    if len(targets) < MINIMUM_TARGETS:
        return []
    return [(one, choose([other for other in observations if other.target != one.target], one)) for one in observations]


def regret(told: Sequence[tuple[Observation, float]]) -> float | None:
    """The mean regret over targets and models of taking the start of the highest expectation, if that is above 0."""
    choices: dict[tuple[str, str], list[tuple[float, float]]] = defaultdict(list)
    for one, expected in told:
        choices[one.target, one.model].append((expected, one.gain))
    lost = []
    for starts in choices.values():
        expected, gain = max(starts, key=lambda start: start[0])
        lost.append(max(0.0, *(other for _, other in starts)) - (gain if expected > 0 else 0.0))
    return float(np.mean(lost)) if lost else None


def error(told: Sequence[tuple[Observation, float]]) -> float | None:
    """The root of the mean squared error of the expectations, each target counting alike."""
    squares: dict[str, list[float]] = defaultdict(list)
    for one, expected in told:
        squares[one.target].append((expected - one.gain) ** 2)
    return math.sqrt(float(np.mean([np.mean(of_target) for of_target in squares.values()]))) if squares else None


def judge(observations: Sequence[Observation], names: Sequence[str]) -> dict[str, Any]:
    """Every predictor's correlations, regret and error, and the baselines'.

    Correlations have no p-values: models share a target's rows, so that observations are not independent.
    """
    baselines: dict[str, Choose] = {
        "never": lambda others, one: -1.0,
        "always": lambda others, one: 1.0,
        "mean_gain": expected_mean,
    }
    return {
        "observations": len(observations),
        "targets": len({one.target for one in observations}),
        "predictors": {name: _judged(name, [one for one in observations if name in one.known]) for name in names},
        "baselines": {
            name: {"regret": regret(told), "error": error(told) if name == "mean_gain" else None}
            for name, choose in baselines.items()
            for told in [left_out(observations, choose)]
        },
    }


def _judged(name: str, observations: Sequence[Observation]) -> dict[str, Any]:
    x, y = [one.known[name] for one in observations], [one.gain for one in observations]
    found: dict[str, Any] = {"observations": len(observations), "spearman": None, "kendall": None, "note": None}
    if len(observations) < MINIMUM_PAIRS:
        found["note"] = f"{len(observations)} gains are too few for a rank correlation"
    elif len(set(x)) < 2 or len(set(y)) < 2:
        found["note"] = "it does not vary over the measured gains" if len(set(x)) < 2 else "the gains do not vary"
    else:
        found |= {
            "spearman": float(stats.spearmanr(x, y).statistic),
            "kendall": float(stats.kendalltau(x, y).statistic),
        }
    told = left_out(observations, expected_by(name))
    if not told and found["note"] is None:
        found["note"] = f"fewer than {MINIMUM_TARGETS} targets: none can be left out"
    return found | {"regret": regret(told), "error": error(told)}
