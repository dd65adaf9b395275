"""Removing what runs left: folders of runs that are over and recorded, and states of fits that nobody will come back for.

What is queued, runs, may be resumed or was never recorded goes only where it is named, and what is live never. Everything is looked at
once more right before it goes, since a run may be resumed while the question stands on the screen.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

from pipeline.errors import InputError
from tui.checkout import Checkout
from tui.runs.disk import LIVE, RunUse, read_runs
from tui.runs.dvc_exp import near
from tui.runs.states import DAYS, State, old_states, remove_state
from tui.runs.tree import forget_run

IN_USE = "it is in use, or cannot be removed"


@dataclass(frozen=True)
class Removal:
    """What would go and what stays."""

    runs: tuple[RunUse, ...]
    states: tuple[State, ...]
    kept: tuple[RunUse, ...]

    @property
    def bytes(self) -> int:
        """Of all that would go."""
        return sum(run.bytes for run in self.runs) + sum(state.bytes for state in self.states)


@dataclass
class Removed:
    """What went and, by name, why the rest is still there."""

    runs: list[str] = field(default_factory=list)
    states: list[str] = field(default_factory=list)
    bytes: int = 0
    kept: dict[str, str] = field(default_factory=dict)


def plan_removal(checkout: Checkout, named: Sequence[str], days: float | None) -> Removal:
    """What a removal would take.

    Args:
        checkout: Of which study.
        named: Ids of runs; these alone go then, recorded or not.
        days: The age of old states; the usual one where absent, and none are taken beside named runs.

    Raises:
        InputError: There is no run of that id, or it is live.
    """
    found = list(read_runs(checkout))
    going = _named(found, named) if named else [run for run in found if not run.kept]
    kept = tuple(run for run in found if run not in going)
    states: list[State] = []
    if not named or days is not None:
        unfinished = [run.opened for run in kept if run.kept]
        states = old_states(checkout, DAYS if days is None else days, unfinished)
    return Removal(tuple(going), tuple(states), kept)


def carry_out(checkout: Checkout, plan: Removal) -> Removed:
    """Remove what a plan says and nothing that changed since."""
    removed = Removed(kept={run.id: run.kept for run in plan.kept if run.kept})
    now = {run.id: run.status for run in read_runs(checkout)}
    for run in plan.runs:
        if now.get(run.id) == run.status:
            forget_run(checkout, run.id)
        if (checkout.runs / run.id).exists():
            removed.kept[run.id] = IN_USE
        else:
            removed.runs.append(run.id)
            removed.bytes += run.bytes
    for state in plan.states:
        if remove_state(state):
            removed.states.append(state.folder.name)
            removed.bytes += state.bytes
        else:
            removed.kept[state.folder.name] = IN_USE
    return removed


def _named(found: Sequence[RunUse], names: Sequence[str]) -> list[RunUse]:
    by_id = {run.id: run for run in found}
    for name in names:
        if name not in by_id:
            raise InputError(f"There is no run '{name}'; {near(name, list(by_id))}")
        if by_id[name].status in LIVE:
            raise InputError(f"Run {name} is {by_id[name].status}; stop it first.")
    return [by_id[name] for name in dict.fromkeys(names)]
