"""The difference of one cell between two experiments, with its interval, from predicted ids in git.

Two records of predicted ids pair up where they scored the same test rows with the same seeds; settings and
checkpoints may differ, since that is what a difference between experiments is about. The interval is that of
`pipeline.evidence.statistics` (crossed over seeds and examples, 95 %, unadjusted for the number of cells that
are looked at).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.evidence.statistics import Estimate

ALPHA = 0.05
# Means are recorded to six digits at least.
_SAME = 1e-6


@dataclass(frozen=True)
class Interval:
    """A 95 % interval of a difference, or the reason why there is none."""

    low: float | None = None
    high: float | None = None
    why: str = ""
    provisional: bool = False
    """Whether there are too few seeds for a verdict, whatever the interval says."""


@dataclass(frozen=True)
class Pair:
    """Intervals of B minus A for the metrics that can be computed from predicted ids."""

    by_metric: Mapping[str, "Estimate"]
    why: str = ""
    """Why nothing can be paired; empty where it can."""
    provisional: bool = False
    """Whether there are fewer seeds than a verdict takes."""

    def interval(self, metric: str, difference: float) -> Interval:
        """The interval of a metric whose recorded values differ by `difference`."""
        if self.why:
            return Interval(why=self.why)
        estimate = self.by_metric.get(metric)
        if estimate is None:
            return Interval(why="not a metric of predicted ids")
        if abs(estimate.mean - difference) > _SAME:
            return Interval(why="predicted ids do not give these values")
        if estimate.low is None or estimate.high is None:
            return Interval(why="one seed or one test row")
        return Interval(estimate.low, estimate.high, provisional=self.provisional)


def pair(a: Mapping[str, Any] | None, b: Mapping[str, Any] | None) -> Pair:
    """Compare two records of predicted ids (reports/predicted/...) of one cell.

    Args:
        a: The baseline's record; None where there is none.
        b: The other's.
    """
    if a is None or b is None:
        return Pair({}, f"{'A' if a is None else 'B'} has no predicted ids")
    try:
        return _pair(a, b)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        return Pair({}, "predicted ids cannot be read")


def _pair(a: Mapping[str, Any], b: Mapping[str, Any]) -> Pair:
    why = _unlike(a, b)
    if why:
        return Pair({}, why)
    # numpy costs 100 ms, which `detour --help` should not.
    import numpy as np

    from pipeline.evidence.statistics import MINIMUM_SEEDS, gain

    seeds = list(a["predicted"])
    gold = np.asarray(a["gold"], dtype=np.int64)
    ids_a = np.asarray([a["predicted"][seed] for seed in seeds], dtype=np.int64)
    ids_b = np.asarray([b["predicted"][seed] for seed in seeds], dtype=np.int64)
    found = gain(ids_a, ids_b, gold, len(a["labels"]), ALPHA)
    return Pair({"accuracy": found.accuracy, "macro_f1": found.macro_f1}, provisional=len(seeds) < MINIMUM_SEEDS)


def pooled(records: Sequence[Mapping[str, Any] | None]) -> Mapping[str, Any] | None:
    """The predicted ids of several experiments as those of one: all seeds over the same test rows.

    None where one of them has none or was tested on other rows, or where a seed occurs twice.
    """
    known = [record for record in records if record is not None]
    try:
        seeds = [seed for record in known for seed in record["predicted"]]
        alike = not any(_unlike({**known[0], "predicted": record["predicted"]}, record) for record in known)
        if len(known) < len(records) or not alike or len(set(seeds)) < len(seeds):
            return None
        return {**known[0], "predicted": {seed: ids for record in known for seed, ids in record["predicted"].items()}}
    except (KeyError, TypeError, IndexError, AttributeError):
        return None


def _unlike(a: Mapping[str, Any], b: Mapping[str, Any]) -> str:
    """What keeps two records from pairing; empty where they pair."""
    if a["about"][0]["test"] != b["about"][0]["test"] or a["gold"] != b["gold"]:
        return "test rows differ"
    if a["labels"] != b["labels"]:
        return "labels differ"
    if set(a["predicted"]) != set(b["predicted"]):
        return f"seeds differ: {_seeds(a)} and {_seeds(b)}"
    return "" if a["gold"] and a["predicted"] and a["labels"] else "nothing was predicted"


def _seeds(record: Mapping[str, Any]) -> str:
    return ", ".join(str(seed) for seed in record["predicted"])
