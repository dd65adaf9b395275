"""What `detour advise TARGET --json` answered, in a sentence for each cell of the target."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui.evidence.cells import PRETRAINED, Parts
from tui.evidence.words import ends, points
from tui.output import visible
from tui.runs.planning import last_sentence


@dataclass(frozen=True)
class Advice:
    """The advice for one target, or why there is none."""

    words: str
    """Of the target as a whole, or the fault in a sentence."""
    options: Mapping[tuple[str, str], Mapping[str, Any]]
    """By start and model."""
    history: str = ""
    """How much has been measured of other targets."""

    def sentence(self, parts: Parts) -> str:
        """What it says of one cell: the advice, the gain, what it costs; of an F cell what it says of the target."""
        option = self.options.get((parts.start, parts.model))
        if parts.start == PRETRAINED or option is None:
            return visible(f"{self.words} {self.history}".strip())
        verb = "Take" if option["advice"] == "take" else "Skip"
        said = [f"{verb} the detour over {parts.start}: {option['words']}.", _gain(option), _cost(option["minutes"])]
        return visible(" ".join(filter(None, said)))


def read_advice(status: int, said: str, complained: str) -> Advice:
    """The advice, or the sentence that says why there is none."""
    if status != 0:
        why = last_sentence(complained).removeprefix("error: ")
        return Advice(why or f"`detour advise` ended with status {status} and said nothing.", {})
    try:
        told = json.loads(said)
        history = told["history"]
        count = len(history["targets"])
        return Advice(
            str(told["words"]),
            {(str(option["start"]), str(option["model"])): option for option in told["options"]},
            f"History: {history['gains']} gains of {count} other target{'' if count == 1 else 's'}.",
        )
    except (ValueError, KeyError, TypeError):
        return Advice("`detour advise` answered something else than advice; run it in a shell to see what.", {})


def _gain(option: Mapping[str, Any]) -> str:
    for name in ("measured", "expected"):
        told = option[name]
        if told is not None:
            by = f" by {told['by']} of {told['targets']} targets" if name == "expected" else ""
            interval = ends(told["low"], told["high"])
            return (
                f"{name.capitalize()} gain {points(told['gain'], sign=True)}{f' {interval}' if interval else ''}{by}."
            )
    return ""


def _cost(minutes: Mapping[str, Any]) -> str:
    if minutes["detour"] is None:
        return "What it costs is not recorded."
    device = f" {minutes['device']}" if minutes["device"] else ""
    return f"It costs {minutes['detour']:.2g}{device} minutes, once for all targets."
