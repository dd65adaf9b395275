"""How fast a run's trainings go and how long they still take, from the epochs that they told.

A stage's pace is what it did since it began, its start-up included, so that the first words are cautious. Trainings that end before
their last epoch (patience) make every number an upper bound. What waits is taken to last as long as what has run of its kind.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import InputError
from tui.runs.stage_story import StageStory
from tui.runs.story import RunStory


@dataclass(frozen=True)
class Seeds:
    """How many seeds a stage trains."""

    cells: int
    intermediates: int

    def of(self, stage: StageStory) -> int:
        """The seeds of a cell or an intermediate."""
        return self.cells if stage.is_cell else self.intermediates


def read_seeds(folder: Path) -> Seeds | None:
    """The seeds of the run in `folder`, as long as its tree stands; None where that says nothing."""
    from pipeline.study import load_study

    try:
        study = load_study(folder / "tree" / "params.yaml")
    except InputError:
        # The run itself says what is wrong with its study.
        return None
    return Seeds(len(study.seeds), len(study.training.intermediate.seeds))


def share_done(stage: StageStory, seeds: Seeds) -> float:
    """The part of a training that is through, from 0 to 1."""
    told = {one.seed: one for one in stage.epochs}
    parts = [min(1.0, one.epoch / one.epochs) for one in told.values() if one.epochs > 0]
    return min(1.0, sum(parts) / max(1, seeds.of(stage)))


def seconds_left(stage: StageStory, seeds: Seeds, now: float) -> float | None:
    """How long a running training still takes; None before its first epoch, and when it takes longer than it should."""
    if stage.state != "started" or stage.progress is None or stage.begun is None:
        return None
    took = stage.progress.when - stage.begun
    gained = sum(1 / one.epochs for one in stage.epochs if one.when >= stage.begun and one.epochs > 0)
    if gained <= 0 or took <= 0:
        return None
    whole = took * max(1, seeds.of(stage)) / gained
    left = (1 - share_done(stage, seeds)) * whole - (now - stage.progress.when)
    return left if left >= 0 else None


def run_seconds_left(story: RunStory, seeds: Seeds, now: float) -> float | None:
    """How long the whole run still takes; None where a training that waits has nothing to go by.

    Stages other than trainings count nothing until one of their kind has run.
    """
    lefts = {stage.name: seconds_left(stage, seeds, now) for stage in story.stages.values()}
    kinds = _times_by_kind(story, lefts, now)
    waited = []
    for stage in story.stages.values():
        if stage.state in ("waiting", "started", "again"):
            left = lefts[stage.name]
            known = left if left is not None else _by_kind(stage, kinds, now)
            if known is None and _trains(stage):
                return None
            waited.append(known or 0.0)
    return max([sum(waited) / max(1, story.jobs), *waited])


def _times_by_kind(story: RunStory, lefts: Mapping[str, float | None], now: float) -> dict[str, list[float]]:
    """How long the stages of each group, and of each group and model, took or will have taken."""
    kinds: dict[str, list[float]] = {}
    for stage in story.stages.values():
        whole = _whole_time(stage, lefts[stage.name], now)
        if whole is not None:
            for kind in (_kind(stage), _group(stage)):
                kinds.setdefault(kind, []).append(whole)
    return kinds


def _by_kind(stage: StageStory, kinds: Mapping[str, list[float]], now: float) -> float | None:
    """How long a stage that has told nothing still takes, if it is like others of its model, else of its group."""
    known = kinds.get(_kind(stage)) or kinds.get(_group(stage))
    if known is None:
        return None
    spent = now - stage.begun if stage.state == "started" and stage.begun is not None else 0.0
    return max(0.0, sum(known) / len(known) - spent)


def _whole_time(stage: StageStory, left: float | None, now: float) -> float | None:
    """How long a stage took, or will have taken."""
    if stage.begun is None:
        return None
    if stage.state == "done" and stage.ended is not None:
        return stage.ended - stage.begun
    return None if left is None else now - stage.begun + left


def _trains(stage: StageStory) -> bool:
    return stage.is_cell or _group(stage) == "intermediate"


def _group(stage: StageStory) -> str:
    return stage.name.partition("@")[0]


def _kind(stage: StageStory) -> str:
    """Stages of one group and model take about as long."""
    return f"{_group(stage)}@{stage.name.rpartition('-')[2]}"
