"""Runs and their stages in words; every state has a mark and a word beside its colour."""

from collections.abc import Iterable

from rich.text import Text

from tui.output import plain
from tui.runs.story import RunStory, StageStory

SIGNS = {"waiting": "·", "started": "›", "cached": "○", "done": "●", "failed": "✗", "skipped": "-", "stopped": "-"}
WORDS = {"started": "running"}
STATUS_SIGNS = {"running": "›", "done": "●", "failed": "✗", "interrupted": "-", "died": "✗"}
STYLES = {"failed": "red", "died": "red", "done": "green", "cached": "green", "running": "bold", "started": "bold"}


def duration(seconds: float) -> str:
    """`0:07`, `12:34`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def run_line(story: RunStory, now: float) -> Text:
    """A run in the list: what it does, how long, how far, its name."""
    line = plain(f"{STATUS_SIGNS[story.status]} {story.status:11s}", STYLES.get(story.status, ""))
    line.append_text(plain(f"{duration(story.elapsed(now)):>7s}  {_progress(story):24s}  "))
    return line.append_text(plain(story.name))


def _progress(story: RunStory) -> str:
    """`3/6 done, 1 running`: what is left is the difference."""
    if not story.stages:
        return "planning" if story.status == "running" else "no stage"
    told = [f"{story.count('done', 'cached')}/{len(story.stages)} done"]
    told += [
        f"{story.count(state)} {word}"
        for state, word in (("failed", "failed"), ("skipped", "skipped"))
        if story.count(state)
    ]
    running = story.count("started")
    return ", ".join([*told, f"{running} running"] if running and story.status == "running" else told)


def run_sentence(story: RunStory) -> Text:
    """What else there is to say of a run: its settings, its experiment, what went wrong."""
    told = [story.name, _cells(story) if story.cells else "planning"]
    told += list(story.settings)
    if story.experiment:
        told.append(f"experiment {story.experiment}, {story.commit[:9]}")
    if story.status == "died":
        told.append("its process is gone and it did not say why; R goes on from what is in the cache")
    if story.why:
        told.append(story.why)
    faults = [f"{stage.name}: {stage.why}" for stage in story.stages.values() if stage.state == "failed" and stage.why]
    return plain("; ".join([*told, *faults[:1]]))


def _cells(story: RunStory) -> str:
    return "1 cell" if len(story.cells) == 1 else f"{len(story.cells)} cells"


def in_order(stages: Iterable[StageStory]) -> list[StageStory]:
    """What failed and what runs, then the cells, then what prepares and follows them."""
    return sorted(stages, key=lambda stage: (stage.state != "failed", stage.state != "started", not stage.is_cell))


def stage_line(stage: StageStory, wide: bool) -> Text:
    """A stage in the list: its state, accuracy, time (where there is room), name."""
    value = stage.metrics.get("accuracy")
    text = "" if value is None else f"{value:.3f}".removeprefix("0")
    took = duration(stage.ended - stage.begun) if stage.begun and stage.ended else ""
    name = stage.name.partition("@")[2] if stage.is_cell else stage.name
    line = plain(f"{SIGNS[stage.state]} {WORDS.get(stage.state, stage.state):7s} ", STYLES.get(stage.state, ""))
    return line.append_text(plain(f"{text:5s}{f'{took:>7s}  ' if wide else ''}{name}"))
