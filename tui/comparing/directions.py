"""Whether more of a metric is better: as params.yaml declares it, else by its name, and then it is said that this was assumed.

lower is better     a word of the name says loss, error, perplexity, time, rmse ... (`LOWER`)
no direction        the name counts something: epoch, steps, rows ... (`COUNTS`)
higher is better    every other name
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui.history.values import DEFAULT_METRICS

_LOWER = """
loss losses error errors err perplexity ppl time times seconds sec secs ms latency duration runtime rmse mse
mae mape msle wer cer ter fid kid nll bpc bpb brier ece logloss crossentropy cost regret distance eer fpr fnr
far frr misses memory energy emissions
"""
LOWER = frozenset(_LOWER.split())
"""Words of which less is better."""
_COUNTS = "epoch epochs step steps iteration iterations iter count counts n num rows samples examples size seed support"
COUNTS = frozenset(_COUNTS.split())
"""Words that count something, of which neither more nor less is better."""
_WORDS = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


@dataclass(frozen=True)
class Direction:
    """What is better."""

    higher: bool | None
    """Whether more is better; None where neither is."""
    assumed: bool
    """Whether only the name says so."""

    @property
    def words(self) -> str:
        """`higher is better`, with a word where nobody declared it."""
        told = {True: "higher is better", False: "lower is better", None: "no direction"}[self.higher]
        return f"{told} (assumed)" if self.assumed else told


def direction_of(metric: str, params: Mapping[str, Any] | None) -> Direction:
    """The direction of a metric.

    Args:
        metric: A dotted key; params.yaml may declare the whole key or its last part (`languages.fr.accuracy` is an accuracy).
        params: The parsed params.yaml; its `metrics.<name>.higher_is_better` counts.
    """
    declared = params.get("metrics") if params is not None else None
    for name in (metric, metric.rpartition(".")[2]):
        settings = declared.get(name) if isinstance(declared, Mapping) else None
        if isinstance(settings, Mapping):
            return Direction(settings.get("higher_is_better", True) is not False, assumed=False)
        if not declared and name in DEFAULT_METRICS:
            return Direction(DEFAULT_METRICS[name], assumed=True)
    return Direction(_by_name(metric.rpartition(".")[2]), assumed=True)


def _by_name(name: str) -> bool | None:
    words = {word.casefold() for word in _WORDS.findall(name)} | {name.casefold()}
    if words & LOWER:
        return False
    return None if words & COUNTS else True
