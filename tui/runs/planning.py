"""What `detour plan --json` answered, in short."""

import json
from collections import Counter
from dataclasses import dataclass

_WORDS = {
    "to run": "to run",
    "restorable": "from the cache",
    "current": "current",
}


@dataclass(frozen=True)
class PlanSummary:
    """A run's stages by state."""

    states: dict[str, str]
    """The state of each stage, in the plan's order."""
    minutes: tuple[float, float] | None = None
    """The forecast, one stage after another; None where earlier runs recorded nothing to go by."""

    def count(self, state: str) -> int:
        """How many stages are in a state."""
        return Counter(self.states.values())[state]

    def sentence(self) -> str:
        """`3 stages: 2 to run, 1 current; 4 to 9 min`."""
        from tui.runs.forecast import span_in_words

        parts = [f"{self.count(state)} {word}" for state, word in _WORDS.items() if self.count(state)]
        cost = f"; {span_in_words(*self.minutes)}" if self.minutes else ""
        return f"{len(self.states)} stages: {', '.join(parts)}{cost}"


def read_plan(status: int, said: str, complained: str) -> tuple[PlanSummary | None, str]:
    """The plan, or the sentence that says why there is none."""
    if status == 0:
        try:
            plan = json.loads(said)
            states = {str(stage["name"]): str(stage["state"]) for stage in plan["stages"]}
            return PlanSummary(states, tuple(plan["forecast"]["minutes"] or ()) or None), ""
        except (ValueError, KeyError, TypeError):
            return None, "`detour plan` answered something else than a plan; run it in a shell to see what."
    return None, last_sentence(complained) or f"`detour plan` ended with status {status} and said nothing."


def last_sentence(complained: str) -> str:
    """The last line that is not empty."""
    return next((line.strip() for line in reversed(complained.splitlines()) if line.strip()), "")
