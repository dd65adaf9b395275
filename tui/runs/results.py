"""What a run has for one of its stages: the learning curve and what it printed."""

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pygit2

from pipeline.errors import InputError
from tui.history.refs import open_repository
from tui.history.values import number
from tui.output import visible
from tui.runs.following import stage_logs
from tui.runs.stage_story import StageStory
from tui.runs.story import RunStory

READ_BYTES = 256 * 1024
"""Of a long log only the end is read."""
COLUMN = "dev_accuracy"
"""The column that is drawn: what the epoch is selected by."""


@dataclass(frozen=True)
class Curve:
    """Accuracy on dev by epoch, a line for each seed."""

    seeds: Mapping[str, tuple[tuple[float, float], ...]]
    epochs: int = 0
    """How many are planned at most; 0 for a training that is over."""


@dataclass(frozen=True)
class StageResults:
    """One stage of a run."""

    run: str
    stage: str
    curve: Curve | None
    log: tuple[str, ...]
    """The lines that it printed, made visible."""


def read_results(root: Path, story: RunStory, stage: str) -> StageResults:
    """What the run has for the stage by now: while it trains from its events, then from its tree, then from its experiment."""
    curve = _curve(_curve_text(root, story, stage)) or _told_curve(story.stages.get(stage))
    return StageResults(story.id, stage, curve, tuple(_log(story, stage)))


def curve_path(stage: str) -> str | None:
    """Where a stage writes its learning curve; None for one that trains nothing."""
    group, at, stem = stage.partition("@")
    return f"reports/curves/{group}/{stem}.csv" if at and group not in ("encoder", "prepare") else None


def _curve_text(root: Path, story: RunStory, stage: str) -> str:
    path = curve_path(stage)
    if path is None:
        return ""
    # The base's curve stands in the tree, and in what is recorded, until the stage has run.
    finished = stage in story.stages and story.stages[stage].state in ("done", "cached")
    if finished and story.commit and story.is_over:
        return _blob(root, story.commit, path)
    try:
        return (story.folder / "tree" / path).read_text(encoding="utf-8") if finished else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _blob(root: Path, commit: str, path: str) -> str:
    """A file of a commit; empty where this clone has neither."""
    try:
        found = open_repository(root)[commit].peel(pygit2.Commit).tree[path]
    except (KeyError, ValueError, pygit2.GitError):
        return ""
    return found.data.decode("utf-8", "replace") if isinstance(found, pygit2.Blob) else ""


def _curve(text: str) -> Curve | None:
    seeds: dict[str, list[tuple[float, float]]] = {}
    for row in csv.DictReader(io.StringIO(text)):
        epoch, value = (_number(row.get(key)) for key in ("epoch", COLUMN))
        if epoch is not None and value is not None:
            seeds.setdefault(str(row.get("seed", "")), []).append((epoch, value))
    return Curve({seed: tuple(points) for seed, points in seeds.items()}) if seeds else None


def _told_curve(stage: StageStory | None) -> Curve | None:
    """The curve that the events tell; an epoch that was told again after a kill counts once."""
    seeds: dict[str, dict[float, float]] = {}
    for told in stage.epochs if stage is not None else ():
        if told.dev is not None:
            seeds.setdefault(str(told.seed), {})[float(told.epoch)] = told.dev
    if stage is None or not seeds:
        return None
    running = stage.state in ("started", "again")
    planned = max(told.epochs for told in stage.epochs) if running else 0
    return Curve({seed: tuple(sorted(points.items())) for seed, points in seeds.items()}, planned)


def _number(text: str | None) -> float | None:
    try:
        return number(float(text or ""))
    except ValueError:
        return None


def thinned(points: Iterable[tuple[float, float]], columns: int) -> list[tuple[float, float]]:
    """At most two points a column, the lowest and the highest of each, in their order."""
    points = list(points)
    size = max(1, -(-len(points) // max(1, columns)))
    if size <= 2:
        return points
    kept: list[tuple[float, float]] = []
    for first in range(0, len(points), size):
        part = points[first : first + size]
        kept += sorted({min(part, key=lambda point: point[1]), max(part, key=lambda point: point[1])})
    return kept


def _log(story: RunStory, stage: str) -> list[str]:
    """What the stage printed when it last ran; of one that ran on another machine, what its failure told."""
    try:
        text = _end_of(stage_logs(story.folder, stage)[-1])
    except InputError:
        told = story.stages.get(stage)
        text = "\n".join(told.tail) if told is not None else ""
    return [visible(line.expandtabs(4)) for line in text.splitlines()]


def _end_of(path: Path) -> str:
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - READ_BYTES))
            return file.read().decode("utf-8", "replace")
    except OSError:
        return ""
