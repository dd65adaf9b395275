"""Gains beside what was known before them, joined from the reports; numpy alone, so that an answer takes no seconds.

`join` takes reports/gains.json, reports/evidence/transferability.json and reports/evidence/distances.json as they were read; any of
them may be absent. An entry stands for every start, target and model that one of them knows, measured or not.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Key = tuple[str, str, str, str]
"""Task, target, start and model."""


@dataclass(frozen=True)
class Observation:
    """A gain that was measured, and what was known before."""

    target: str
    start: str
    model: str
    gain: float
    known: Mapping[str, float]
    """By predictor."""


@dataclass(frozen=True)
class Line:
    """gain = level + slope x."""

    level: float
    slope: float

    def at(self, x: float) -> float:
        """The gain that it says."""
        return self.level + self.slope * x


def fit_line(x: Sequence[float], y: Sequence[float]) -> Line:
    """The least-squares line; level through the mean where x does not vary."""
    first, second = np.asarray(x, dtype=np.float64), np.asarray(y, dtype=np.float64)
    spread = float(np.square(first - first.mean()).sum())
    slope = float((first - first.mean()) @ (second - second.mean())) / spread if spread > 1e-12 else 0.0
    return Line(float(second.mean()) - slope * float(first.mean()), slope)


def join(gains: Any, transferability: Any, distances: Any) -> list[dict[str, Any]]:
    """Entries `{task, target, start, model, gain, known}`, sorted; `gain` is None where none was measured or it cannot be compared."""
    found: dict[Key, dict[str, Any]] = {}

    def entry(key: Key) -> dict[str, Any]:
        names = dict(zip(("task", "target", "start", "model"), key, strict=True))
        return found.setdefault(key, {**names, "gain": None, "known": {}})

    for one in (gains or {}).get("gains", {}).values():
        entry(_key(one))["gain"] = one["gain"] if one["comparable"] else None
    for one in (transferability or {}).get("cells", []):
        entry(_key(one))["known"].update(one["known"] or {})
    for pair in (distances or {}).get("pairs", []):
        of_words = dict(_above_floor(pair["words"] or {}))
        for key in [key for key in found if key[:3] == (pair["task"], pair["target"], pair["start"])]:
            found[key]["known"].update(of_words)
        for of_model in pair["models"]:
            key = (pair["task"], pair["target"], pair["start"], of_model["model"])
            entry(key)["known"].update(of_words | dict(_above_floor(of_model["distances"])))
    return [found[key] for key in sorted(found)]


def measured(entries: Sequence[Mapping[str, Any]]) -> list[Observation]:
    """The entries that have a gain."""
    return [
        Observation(one["target"], one["start"], one["model"], one["gain"], one["known"])
        for one in entries
        if one["gain"] is not None
    ]


def _key(one: Mapping[str, Any]) -> Key:
    return one["task"], one["target"], one["start"], one["model"]


def _above_floor(distances: Mapping[str, Any]) -> Iterator[tuple[str, float]]:
    """What of each distance is more than noise; a distance that could not be measured is a sentence."""
    for name, told in distances.items():
        if not isinstance(told, str):
            yield name, told["above_floor"]
