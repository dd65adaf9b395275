"""The study's one question answered in one sentence, from the gains alone.

The mean over targets has an interval for a new target: gains of one target share its test rows, so each target counts once
(its mean over models and starts), and Student's t over targets gives the interval. Whether the detour is worth it is decided by the
verdicts, which are adjusted for their number; never by that mean.
"""

import math
import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pipeline.evidence.statistics import t_quantile
from pipeline.reporting.lines import Json
from pipeline.reporting.text import look_up, score

VERDICTS = ("positive", "negative", "equivalent", "inconclusive", "not comparable")
DEFAULT_ALPHA = 0.05


@dataclass(frozen=True)
class Mean:
    """A mean over targets."""

    mean: float
    low: float | None
    high: float | None
    """None where one target gives no interval."""
    targets: int


def answer(gains: Json) -> str:
    """The sentence.

    Args:
        gains: what reports/gains.json holds; empty where it is not there.
    """
    compared = [entry for entry in entries(gains) if look_up(entry, "gain") is not None]
    if not compared:
        return "Nothing can be said yet: no gain of this study has been measured."
    words = counts(gains)
    found = over_targets(compared, 1 - alpha_of(gains))
    assert found is not None, "there is a gain"
    return f"{_verdict(words, len(compared))}: {_counted(words)}; {_mean(found, alpha_of(gains))}."


def entries(gains: Json) -> list[Json]:
    """The entries of all gains."""
    held = look_up(gains, "gains")
    return [entry for entry in held.values() if isinstance(entry, Mapping)] if isinstance(held, Mapping) else []


def counts(gains: Json) -> dict[str, int]:
    """How many gains have each verdict, in the order of `VERDICTS`."""
    found = Counter(look_up(entry, "verdict") for entry in entries(gains))
    return {name: found[name] for name in VERDICTS}


def alpha_of(gains: Json) -> float:
    """The error rate of the study's intervals."""
    return float(look_up(gains, "family", "alpha") or DEFAULT_ALPHA)


def over_targets(compared: Sequence[Json], level: float) -> Mean | None:
    """The mean gain over targets, each target counting once; None without a gain.

    Args:
        compared: entries of gains that could be compared.
        level: of the interval.
    """
    by_target: dict[tuple[object, object], list[float]] = {}
    for entry in compared:
        by_target.setdefault((entry.get("task"), entry.get("target")), []).append(entry["gain"])
    if not by_target:
        return None
    means = [statistics.fmean(values) for values in by_target.values()]
    mean, count = statistics.fmean(means), len(means)
    if count == 1:
        return Mean(mean, None, None, 1)
    reach = t_quantile((1 + level) / 2, count - 1) * statistics.stdev(means) / math.sqrt(count)
    return Mean(mean, mean - reach, mean + reach, count)


def _verdict(words: Mapping[str, int], compared: int) -> str:
    positive, negative, equivalent = (words[name] for name in ("positive", "negative", "equivalent"))
    if positive and negative:
        return f"It depends: the detour helps in {positive} of {compared} comparisons and hurts in {negative}"
    if positive:
        return f"The detour helps in {positive} of {compared} comparisons and demonstrably hurts in none"
    if negative:
        return f"The detour hurts in {negative} of {compared} comparisons and demonstrably helps in none"
    if equivalent == compared:
        return f"The detour is as good as none in all {compared} comparisons"
    if equivalent:
        return f"The detour demonstrably helps in none of {compared} comparisons, and in {equivalent} it is as good as none"
    return f"Undecided: in none of {compared} comparisons can a gain be told from none"


def _counted(words: Mapping[str, int]) -> str:
    told = [f"{count} {name}" for name, count in words.items() if count or name in VERDICTS[:2]]
    return ", ".join(told)


def _mean(found: Mean, alpha: float) -> str:
    told = f"the mean gain in accuracy is {score(found.mean, sign=True)}"
    if found.low is None:
        return f"{told} on its one target, which gives no interval"
    ends = f"{score(found.low, sign=True)} to {score(found.high, sign=True)}"
    return f"{told} over {found.targets} targets ({100 * (1 - alpha):g} % interval for a new target {ends})"
