"""A plan and its forecast as lines of text, and as JSON."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from tui.runs.forecast import Estimate, Forecast
from tui.runs.plan import RunPlan, Stage
from tui.runs.spans import size_in_words, span_in_words


def stage_lines(plan: RunPlan, cost: Forecast) -> list[str]:
    """One line for each stage: its state, its name, its minutes, and why."""
    estimates = {estimate.stage: estimate for estimate in cost.estimates}
    width = max(len(stage.name) for stage in plan.stages)
    return [
        f"{stage.state:10s}  {stage.name:{width}s}  {_minutes(estimates.get(stage.name)):18s}  {_reason(stage)}".rstrip()
        for stage in plan.stages
    ]


def total_lines(plan: RunPlan, cost: Forecast, free_mib: float) -> list[str]:
    """The counts of a plan, and what it costs.

    Args:
        plan: The run's.
        cost: Its forecast.
        free_mib: Room on the disk of the main checkout.
    """
    resumable = sum(stage.kept is not None for stage in plan.stages)
    kept = f" ({resumable} resumable)" if resumable else ""
    counts = (
        f"{len(plan.cells)} cells: of {len(plan.stages)} stages {plan.count('to run')} to run{kept}, "
        f"{plan.count('restorable')} restorable from the cache, {plan.count('current')} current."
    )
    return [counts, *_minutes_lines(cost), *_room_lines(cost, free_mib)]


def as_mapping(plan: RunPlan, cost: Forecast, commands: Sequence[str]) -> dict[str, Any]:
    """What `detour plan --json` prints."""
    estimates = {estimate.stage: estimate for estimate in cost.estimates}
    return {
        "cells": list(plan.cells),
        "stages": [_stage(stage, estimates.get(stage.name)) for stage in plan.stages],
        "forecast": {
            "minutes": cost.minutes,
            "jobs": cost.jobs,
            "wall_minutes": cost.wall_minutes,
            "memory_mib": cost.memory_mib,
            "gpu_mib": cost.gpu_mib,
            "disk_mib": cost.disk_mib,
            "without_forecast": cost.without,
        },
        "commands": list(commands),
    }


def _stage(stage: Stage, estimate: Estimate | None) -> dict[str, Any]:
    told: dict[str, Any] = {"name": stage.name, "state": stage.state, "why": list(stage.why)}
    if stage.kept is not None:
        fits: list[Mapping[str, Any]] = [vars(fit) for fit in stage.kept.fits]
        told["resumable"] = {"words": stage.kept.sentence(), "done": stage.kept.done, "fits": fits}
    if estimate is not None:
        told["minutes"] = None if estimate.low is None else [estimate.low, estimate.high]
        told |= {"memory_mib": estimate.memory_mib, "gpu_mib": estimate.gpu_mib, "disk_mib": estimate.disk_mib}
        told["basis"] = estimate.basis
    return told


def _minutes(estimate: Estimate | None) -> str:
    if estimate is None or estimate.low is None or estimate.high is None:
        return ""
    return span_in_words(estimate.low, estimate.high)


def _reason(stage: Stage) -> str:
    why = "; ".join(stage.why[:2]) + (f" and {len(stage.why) - 2} more" if len(stage.why) > 2 else "")
    return f"{stage.kept.sentence()}; {why}" if stage.kept is not None else why


def _minutes_lines(cost: Forecast) -> list[str]:
    """The minutes, what they rest on and what they leave out; nothing where nothing is to run."""
    if not cost.estimates:
        return []
    bases = Counter(estimate.basis for estimate in cost.estimates)
    told = [f"  {count:3d} stages: {basis}" for basis, count in bases.most_common()]
    if cost.minutes is None or cost.wall_minutes is None:
        return ["Forecast: no basis.", *told]
    memory = (
        f", at least {size_in_words(cost.memory_mib, cost.memory_mib)} of memory a stage" if cost.memory_mib else ""
    )
    beside = (
        f" and {span_in_words(*cost.wall_minutes)} with {cost.jobs} side by side, if none slows another down"
        if cost.jobs > 1
        else ""
    )
    return [f"Forecast: {span_in_words(*cost.minutes)}, one stage after another{beside}{memory}. It rests on", *told]


def _room_lines(cost: Forecast, free_mib: float) -> list[str]:
    lines = []
    if cost.gpu_mib:
        lines.append(f"On a GPU a seed takes {size_in_words(*cost.gpu_mib)}.")
    if cost.disk_mib and cost.disk_mib[1]:
        short = "; that may not be enough" if cost.disk_mib[1] > free_mib else ""
        lines.append(
            f"Disk: {size_in_words(*cost.disk_mib)} for checkpoints and kept states; "
            f"{size_in_words(free_mib, free_mib)} are free{short}."
        )
    return lines
