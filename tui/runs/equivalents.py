"""What a run does, as commands of git and DVC that a shell takes.

The parameters that a run changes are written by Detour, which a comment stands for. Shared stages are taken under a lock, so that two
runs train one of them once. Recording is git plumbing: `dvc exp save` would commit every stage as if it had run.
"""

import shlex
from collections.abc import Sequence
from pathlib import Path

from tui.runs.plan import SHARED, RunPlan, Stage

SHOWN = 3
"""Names of stages in one line on a screen."""


def commands(plan: RunPlan, base: str, cache: Path, overrides: Sequence[str], shown: int | None = None) -> list[str]:
    """The commands of a run, in their order, given in the main checkout.

    Args:
        plan: The run's.
        base: The commit that it starts from.
        cache: The DVC cache of the main checkout.
        overrides: What `detour run` is told to change, as words of its command line.
        shown: At most so many stages are named in one line, with `...` for the others; all where None.
    """
    changed = [f"# params.yaml there: {shlex.join(overrides)}"] if overrides else []
    return [
        "mkdir -p .detour/locks",
        f"git worktree add --detach .detour/runs/RUN/tree {base[:12]}",
        f"cd .detour/runs/RUN/tree && dvc cache dir --local {shlex.quote(str(cache))}",
        *changed,
        "dvc checkout --force --allow-missing",
        *(
            line
            for phase in plan.phases
            for line in _of_phase([stage for stage in phase if stage.state != "current"], shown)
        ),
        "git add --update && git add reports dvc.lock",
        f'git update-ref refs/exps/{base[:2]}/{base[2:]}/NAME "$(git commit-tree "$(git write-tree)" -p {base[:12]} -m NAME)" ""',
        "cd - && git worktree remove --force .detour/runs/RUN/tree",
    ]


def _of_phase(stages: Sequence[Stage], shown: int | None) -> list[str]:
    shared = [
        f"flock ../../../locks/{stage.name} dvc --wait-for-lock repro -s {stage.name}"
        for stage in stages
        if stage.group in SHARED
    ]
    more = f" ... # and {len(shared) - shown} more" if shown is not None and len(shared) > shown else ""
    lines = shared[:shown]
    if more:
        lines[-1] += more
    if names := [stage.name for stage in stages if stage.group not in SHARED]:
        left = "" if shown is None or len(names) <= shown else f" ... # {len(names)} stages"
        lines.append(f"dvc --wait-for-lock repro -s -k {' '.join(names[:shown])}{left}")
    return lines
