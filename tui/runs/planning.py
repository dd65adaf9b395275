"""What `detour plan --json` answered, in short."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

Span = tuple[float, float]
"""The least and the most."""


@dataclass(frozen=True)
class PlanSummary:
    """A run's stages by state, and what they cost."""

    states: dict[str, str]
    """The state of each stage, in the plan's order."""
    minutes: Span | None = None
    """The forecast, one stage after another; None where there is no basis."""
    resumable: int = 0
    """Stages to run that go on from a kept state."""
    gpu_mib: Span | None = None
    """What a seed of the largest stage takes of a GPU; None where nobody can tell."""
    disk_mib: Span | None = None
    """What the run leaves on disk; None where nobody can tell."""

    def count(self, state: str) -> int:
        """How many stages are in a state."""
        return Counter(self.states.values())[state]

    def sentence(self) -> str:
        """`103 stages: 38 to run (2 resumable), 5 cached; 4 to 9 h; GPU 12, disk 34 GiB`; what is current is the rest."""
        from tui.runs.spans import span_in_words

        kept = f" ({self.resumable} resumable)" if self.resumable else ""
        to_run, cached = self.count("to run"), self.count("restorable")
        parts = [f"{to_run} to run{kept}"] if to_run else []
        parts += [f"{cached} cached"] if cached else []
        told = f"{len(self.states)} stages: {', '.join(parts) or 'all current'}"
        if self.minutes:
            told += f"; {span_in_words(*self.minutes)}"
        return told + self._room()

    def _room(self) -> str:
        """`; GPU 12, disk 34 GiB`, at the most; the unit is said once where it is the same."""
        from tui.runs.spans import size_in_words

        spans = {"GPU": self.gpu_mib, "disk": self.disk_mib}
        sizes = {noun: size_in_words(span[1], span[1]) for noun, span in spans.items() if span and span[1]}
        units = {size.split()[1] for size in sizes.values()}
        if len(sizes) == 2 and len(units) == 1:
            sizes["GPU"] = sizes["GPU"].split()[0]
        return f"; {', '.join(f'{noun} {size}' for noun, size in sizes.items())}" if sizes else ""


def read_plan(status: int, said: str, complained: str) -> tuple[PlanSummary | None, str]:
    """The plan, or the sentence that says why there is none."""
    if status == 0:
        try:
            return _summary(json.loads(said)), ""
        except (ValueError, KeyError, TypeError):
            return None, "`detour plan` answered something else than a plan; run it in a shell to see what."
    return None, last_sentence(complained) or f"`detour plan` ended with status {status} and said nothing."


def _summary(plan: dict[str, Any]) -> PlanSummary:
    cost = plan["forecast"]
    return PlanSummary(
        {str(stage["name"]): str(stage["state"]) for stage in plan["stages"]},
        _span(cost["minutes"]),
        sum("resumable" in stage for stage in plan["stages"]),
        _span(cost["gpu_mib"]),
        _span(cost["disk_mib"]),
    )


def _span(value: Any) -> Span | None:
    return (float(value[0]), float(value[1])) if value else None


def last_sentence(complained: str) -> str:
    """The last line that is not empty."""
    return next((line.strip() for line in reversed(complained.splitlines()) if line.strip()), "")
