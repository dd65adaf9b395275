"""A run's events as plain lines, the same on any terminal, in a pipe and to a screen reader."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from tui.history.values import number
from tui.runs.story import RunStory


def line_of(event: Mapping[str, Any], opened: float, epochs: bool) -> str | None:
    """The line that tells an event; None for one that needs none.

    Args:
        event: As it was written.
        opened: When the run was launched, in seconds since 1970.
        epochs: Whether epochs are told.
    """
    told = _words(event, epochs)
    if told is None:
        return None
    when = event.get("time")
    since = max(0.0, (number(when) or 0.0) - opened)
    seconds = int(since) if math.isfinite(since) else 0
    return f"{seconds // 60:3d}:{seconds % 60:02d}  {told}"


def _words(event: Mapping[str, Any], epochs: bool) -> str | None:
    match event.get("event"):
        case "opened" if event.get("attempt", 1) != 1:
            return f"attempt {event.get('attempt')} begins"
        case "planned":
            cells, stages = (
                len(found) if isinstance(found := event.get(key), list) else 0 for key in ("cells", "stages")
            )
            return f"planned  {'1 cell' if cells == 1 else f'{cells} cells'}, {stages} stages"
        case "stage":
            return _stage(event)
        case "epoch" if epochs:
            return _epoch(event)
        case "note":
            return str(event.get("text", ""))
    return None


def _stage(event: Mapping[str, Any]) -> str:
    metrics = event.get("metrics")
    accuracy = metrics.get("accuracy") if isinstance(metrics, dict) else None
    value = f"  accuracy {accuracy:.3f}" if isinstance(accuracy, int | float) else ""
    why = f": {event['why']}" if event.get("why") else ""
    return f"{event.get('state', '')!s:8s} {event.get('stage', '')}{value}{why}"


def _epoch(event: Mapping[str, Any]) -> str:
    found = event.get("metrics")
    metrics = found if isinstance(found, dict) else {}
    told = "  ".join(f"{name} {value:.3f}" for name, value in metrics.items() if isinstance(value, int | float))
    return (
        f"epoch    {event.get('stage')} seed {event.get('seed')}, {event.get('epoch')} of {event.get('epochs')}  {told}"
    )


def reached(story: RunStory) -> str:
    """How far a run is: `3/6`; `planning` while nobody knows its stages yet, `-` where nobody will."""
    if story.stages:
        return f"{story.count('done', 'cached')}/{len(story.stages)}"
    return "planning" if story.status == "running" else "-"


def finished(story: RunStory) -> str:
    """The same in words."""
    if not story.stages:
        return "its stages are not planned yet"
    return f"{story.count('done', 'cached')} of {len(story.stages)} stages are finished"


def ending(story: RunStory) -> Iterator[str]:
    """What to say of a run that is over."""
    for stage in story.stages.values():
        if stage.state == "failed":
            yield f"Failed: {stage.name}: {stage.why or 'see its log'}"
            yield from (f"    {line}" for line in stage.tail[-4:] if stage.why not in line)
    failed, skipped = (
        [stage.name for stage in story.stages.values() if stage.state == state] for state in ("failed", "skipped")
    )
    if failed:
        yield f"Logs: detour logs {story.id} {failed[0]}; again with detour retry {story.id}."
    if skipped:
        yield f"Skipped, since they depend on what failed: {', '.join(skipped)}."
    if story.why:
        yield _sentence(story.why)
    if story.experiment:
        minutes = story.elapsed(story.last) / 60
        yield f"Recorded as experiment {story.experiment} ({story.commit[:9]}) after {minutes:.1f} minutes."
        yield f"Compare it with `detour diff {story.experiment}`; make it a branch with `detour branch {story.experiment} BRANCH`."
    elif story.status == "stopped":
        yield f"Stopped: {finished(story)}; detour resume {story.id} goes on."
    elif story.status == "died":
        yield f"Its supervisor is gone and did not say why; detour resume {story.id} goes on from what is kept."


def _sentence(text: str) -> str:
    text = text[:1].upper() + text[1:]
    return text if text.endswith((".", "!", "?")) else f"{text}."
