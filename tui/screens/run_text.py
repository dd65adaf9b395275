"""Runs and their stages in words; every state has a mark and a word beside its colour."""

from collections.abc import Iterable, Iterator

from rich.text import Text

from tui.output import plain
from tui.runs.results import StageResults
from tui.runs.stage_story import Progress, StageStory
from tui.runs.stopping import can_resume
from tui.runs.story import RunStory

SIGNS = {
    "waiting": "·", "started": "›", "cached": "○", "done": "●", "failed": "✗", "skipped": "-", "again": "›", "stopped": "-",
}  # fmt: skip
WORDS = {"started": "running"}
STATUS_SIGNS = {
    "queued": "·", "running": "›", "done": "●", "failed": "✗", "stopped": "-", "refused": "✗", "died": "✗",
}  # fmt: skip
STYLES = {
    "failed": "red", "refused": "red", "died": "red", "done": "green", "cached": "green", "running": "bold", "started": "bold",
    "again": "bold",
}  # fmt: skip

UNDER_WAY = ("started", "again", "stopped")
HOUSEKEEPING = ("Updating lock file", "Generating lock file", "To track the changes with git")
"""How DVC begins what it says once a stage is through."""


def duration(seconds: float) -> str:
    """`0:07`, `12:34`, `1:02:03`."""
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def run_line(story: RunStory, now: float, left: float | None = None, place: int = 0) -> Text:
    """A run in the list: what it does, how long, how far, its name and its question.

    Args:
        story: The run.
        now: Seconds since 1970.
        left: Seconds that it still takes; None where nobody knows.
        place: Its place in the queue, from 1; 0 where it does not wait.
    """
    line = plain(f"{STATUS_SIGNS[story.status]} {story.status:8s}", STYLES.get(story.status, ""))
    line.append_text(plain(f"{duration(story.elapsed(now)):>7s}  {_progress(story, left, place):32s}  "))
    line.append_text(plain(story.name))
    return line.append_text(plain(f"  {story.note}", "dim")) if story.note else line


def _progress(story: RunStory, left: float | None, place: int) -> str:
    """`3/6 done, 1 running, ~2:10 left`: what waits is the difference."""
    if story.status == "queued":
        priority = f", priority {story.priority}" if story.priority else ""
        return f"{_ordinal(place)} in the queue{priority}"
    if not story.stages:
        return "planning" if story.status == "running" else "no stage"
    told = [f"{story.count('done', 'cached')}/{len(story.stages)} done"]
    told += [f"{story.count(state)} {state}" for state in ("failed", "skipped") if story.count(state)]
    if story.status == "running":
        running = story.count("started")
        told += [f"{running} running"] if running else []
        told += [f"~{duration(left)} left"] if left is not None else []
    return ", ".join(told)


def _ordinal(place: int) -> str:
    if place % 100 in (11, 12, 13):
        return f"{place}th"
    return f"{place}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(place % 10, 'th') }"


def run_about(story: RunStory) -> Text:
    """What else there is to say of a run, the most needed first: a line each, for a box that may be cut below."""
    lines = [plain("; ".join(_facts(story)))]
    lines += [plain(sentence, "bold") for sentence in _faults(story)]
    if advice := _advice(story):
        lines.append(plain(advice, "dim"))
    if story.note:
        lines.append(plain(f"Question: {story.note}"))
    lines += [plain(note) for note in story.notes[-1:]]
    return Text("\n").join(lines)


def _facts(story: RunStory) -> Iterator[str]:
    yield story.name
    cells = len(story.cells)
    if cells:
        yield "1 cell" if cells == 1 else f"{cells} cells"
    elif story.status == "running":
        yield "planning"
    yield from story.settings
    if story.jobs > 1:
        yield f"{story.jobs} side by side"
    if story.attempt > 1:
        yield f"attempt {story.attempt}"
    if story.experiment:
        yield f"experiment {story.experiment}, {story.commit[:9]}"


def _faults(story: RunStory) -> Iterator[str]:
    if story.status == "died":
        yield "Its supervisor is gone and did not say why."
    if story.why:
        yield story.why
    failed = [stage for stage in story.stages.values() if stage.state == "failed"]
    if failed:
        more = f" (and {len(failed) - 1} more)" if failed[1:] else ""
        yield f"{failed[0].name}: {failed[0].why or 'see its log'}{more}"


def _advice(story: RunStory) -> str:
    """The keys that lead on."""
    if story.status == "queued":
        return "Waits for its share of the machine: + and - move it, s takes it out of the queue."
    if can_resume(story):
        record = ", w records what is finished" if can_record(story) else ""
        return f"R goes on where it was left{record}."
    if story.experiment and story.is_over:
        again = "R runs again what failed, " if story.status == "failed" else ""
        return f"{again}c compares it with main, B makes a branch of it."
    return ""


def can_record(story: RunStory) -> bool:
    """Whether something of a run that is not recorded is finished."""
    return can_resume(story) and story.count("done", "cached") > 0


def in_order(stages: Iterable[StageStory]) -> list[StageStory]:
    """What failed, what runs or was stopped, then the cells, then what prepares and follows them."""
    return sorted(stages, key=lambda stage: (stage.state != "failed", stage.state not in UNDER_WAY, not stage.is_cell))


def stage_line(stage: StageStory, wide: bool, share: float | None = None, left: float | None = None) -> Text:
    """A stage in the list: its state, accuracy, time (where there is room), name, and how far it is."""
    value = stage.metrics.get("accuracy")
    text = "" if value is None else f"{value:.3f}".removeprefix("0")
    took = duration(stage.ended - stage.begun) if stage.begun and stage.ended else ""
    word = WORDS.get(stage.state, stage.state)
    if stage.state == "started" and stage.progress is not None and share is not None:
        word = f"run {min(99, int(100 * share)):2d}%"
    line = plain(f"{SIGNS[stage.state]} {word:7s} ", STYLES.get(stage.state, ""))
    line.append_text(plain(f"{text:5s}{f'{took:>7s}  ' if wide else ''}{_short(stage)}"))
    if stage.state == "started" and stage.progress is not None:
        line.append_text(plain(f"  {progress_words(stage.progress, left)}", "dim"))
    return line


def _short(stage: StageStory) -> str:
    """A cell is known by its target, start and model."""
    return stage.name.partition("@")[2] if stage.is_cell else stage.name


def progress_words(progress: Progress, left: float | None = None) -> str:
    """`seed 1, epoch 3 of 10, dev .812, ~0:40 left`."""
    told = [f"seed {progress.seed}", f"epoch {progress.epoch} of {progress.epochs}"]
    told += [f"dev {progress.dev:.3f}".replace(" 0.", " .")] if progress.dev is not None else []
    told += [f"~{duration(left)} left"] if left is not None else []
    return ", ".join(told)


def stage_head(stage: StageStory, left: float | None) -> Text:
    """A stage's name, with how far it is or why it failed."""
    lines = [plain(_short(stage), "bold")]
    if stage.state == "failed" and stage.why:
        lines.append(plain(stage.why, "bold red"))
    elif stage.state == "started" and stage.progress is not None:
        lines.append(plain(progress_words(stage.progress, left), "dim"))
    return Text("\n").join(lines)


def log_tail(results: StageResults, stage: StageStory, width: int, room: int) -> Text:
    """The end of what a stage printed, as many lines as there is room for.

    Args:
        results: What the stage has.
        stage: The stage.
        width: Columns that there are; what a failed stage said is wrapped, other lines are cut.
        room: Lines that there are.
    """
    failed = stage.state == "failed"
    printed = list(_told_by_stage(results.stage, (failed and stage.tail) or results.log)) or ["has printed nothing yet"]
    shown: list[str] = []
    for line in reversed(printed):
        room -= _rows(line, width, failed)
        if shown and room < 0:
            break
        shown.insert(0, line)
    return Text("\n").join(plain(line) for line in shown)


def _rows(line: str, width: int, wrapped: bool) -> int:
    """Rows that a line takes."""
    return max(1, -(-len(line) // width)) if wrapped and width > 0 else 1


def _told_by_stage(stage: str, printed: Iterable[str]) -> Iterator[str]:
    """The lines without what DVC says behind them; those of a training begin with its name, which stands above."""
    for line in printed:
        if line.startswith(HOUSEKEEPING):
            return
        if line.strip():
            yield line.removeprefix(f"{stage} ")
