"""runs.*: what it costs to launch a run, to carry it and to have it watched over.

Launches are those of the bundled study in a clone of this checkout's HEAD. What a run costs beside its stages is measured over toy
studies of real git and DVC whose stages are a shell's work of a moment, or sleep: CPU is user and system time of the supervisor and of
all processes below it. The plan of 10,000 cells comes from `benchmarks.plan_rows`.
"""

import ctypes
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import psutil

from benchmarks import plan_rows
from benchmarks.report import Row, run
from benchmarks.sandbox import clone, detour, shell
from tests.tui.toy import GRAPH, large_params, make_toy
from tui.runs.events import EventReader
from tui.runs.story import RunStory, read_story

LAUNCH_S, CELL_CPU_S, TWO_SLOTS, FIRST_STEP_S, RSS_MB, CPU_PERCENT = 3.0, 1.5, 0.6, 8.0, 60.0, 0.5

STAGE = """\
name=$1; shift
case $name in classification*) {work};; esac
for out; do
    mkdir -p "${{out%/*}}"
    printf '{{"stage": "%s", "accuracy": {{"mean": 0.5}}}}\\n' "$name" > "$out"
done
"""

CELL = "classification@sms_spam-pretrained-bert"
_PR_SET_CHILD_SUBREAPER = 36
"""prctl(2): a supervisor whose launch is back becomes this process's child, which then learns what it has used."""


def measure(quick: bool) -> Sequence[Row]:
    """All rows; `quick` has fewer launches and shorter sleeps, which are no results."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    with tempfile.TemporaryDirectory() as place:
        # Slots that other runs on this machine hold are none of ours.
        os.environ.update(DETOUR_MACHINE=str(Path(place) / "machine"), DETOUR_SLOTS="2", OMP_NUM_THREADS="1")
        folder = Path(place)
        return [
            *launches(folder, quick), *stages(folder, quick), *slots(folder, quick), *watching(folder, quick),
            *plan_rows.rows(quick),
        ]  # fmt: skip


def launches(place: Path, quick: bool) -> Sequence[Row]:
    """The prompt back, and the way to a cell's own process, of the bundled study."""
    study, times = clone(place / "bundled"), 1 if quick else 5
    # As in a study that somebody works on, what the cell needs was made and recorded before.
    detour(study, "run", "--wait", CELL, "--cold", "--name", "before")
    detour(study, "apply", "before", "--yes")
    shell(study, "git", "add", "--all")
    shell(study, "git", "commit", "--quiet", "--message", "The cell, run")
    backs, starts = [], []
    for number in range(times):
        begun, wall = time.monotonic(), time.time()
        told = detour(study, "run", CELL, "--cold", "--set", f"training.target.learning_rate=0.002{number}")
        backs.append(time.monotonic() - begun)
        folder = study / ".detour" / "runs" / told["run"]
        starts.append(until(lambda folder=folder: started(folder)) - wall)  # type: ignore[misc]
        detour(study, "stop", told["run"], "--now")
        ended(folder)
    how = f"`detour run` of one cell of the bundled study, whose inputs are recorded and cached; median of {times}"
    return [
        budget("runs.launch_s", statistics.median(backs), "s", LAUNCH_S, f"until the prompt is back: {how}"),
        budget("runs.first_step_s", statistics.median(starts), "s", FIRST_STEP_S,
               f"until the process of its training begins, from where on the time is the stage's own: {how}"),
    ]  # fmt: skip


def started(folder: Path) -> float | None:
    """When DVC began the cell's command, in seconds since 1970; None before that."""
    events = EventReader(folder).read()
    return next((event["time"] for event in events if event.get("state") == "started" and event["stage"] == CELL), None)


def stages(place: Path, quick: bool) -> Sequence[Row]:
    """What scheduling costs a stage whose own work costs next to nothing."""
    study = toy(place / "many", (3, 2, 1) if quick else (5, 5, 2), "true")
    story, used = carried(study, "--jobs", "2")
    commands = [["sh", "stage.sh", name, f"bare/{name}"] for name in story.stages]
    before = os.times()
    for command in commands:
        shell(study, *command)
    after = os.times()
    bare = after.children_user + after.children_system - before.children_user - before.children_system
    cost = (used - bare) / len(story.stages)
    how = (
        f"CPU of a run of {len(story.stages)} stages on two slots, its beginning and end included, less the {bare:.1f} s of the "
        "stages' commands alone; for each stage"
    )
    return [budget("runs.cell_cpu_s", cost, "CPU-s", CELL_CPU_S, how, quick)]


def slots(place: Path, quick: bool) -> Sequence[Row]:
    """Sleeping cells on two slots beside DVC's own serial `repro`."""
    targets, seconds = (2, 1) if quick else (8, 5)
    study = toy(place / "sleeping", (targets, 1, 2), f"sleep {seconds}")
    plain = toy(place / "serial", (targets, 1, 2), f"sleep {seconds}")
    begun = time.monotonic()
    carried(study, "--jobs", "2")
    ours = time.monotonic() - begun
    begun = time.monotonic()
    shell(plain, sys.executable, "-m", "dvc", "repro", "--quiet")
    theirs = time.monotonic() - begun
    how = f"{targets * 2} cells of {seconds} s: {ours:.1f} s from launch to record on two slots, {theirs:.1f} s by `dvc repro`"
    return [budget("runs.two_slots", ours / theirs, "ratio", TWO_SLOTS, how, quick)]


def watching(place: Path, quick: bool) -> Sequence[Row]:
    """What a supervisor takes while a long stage runs."""
    seconds = 5 if quick else 60
    study = toy(place / "long", (1, 1, 1), "sleep 600")
    told = detour(study, "run", "--cold")
    folder = study / ".detour" / "runs" / told["run"]
    until(lambda: any(stage.is_cell and stage.state == "started" for stage in read_story(folder).stages.values()))
    supervisor = psutil.Process(read_story(folder).process)
    before = supervisor.cpu_times()
    time.sleep(seconds)
    after = supervisor.cpu_times()
    used = after.user + after.system - before.user - before.system
    host = next(child for child in supervisor.children() if "tui.runs.host" in child.cmdline())
    sizes = [process.memory_info().rss / 1e6 for process in (supervisor, host)]
    detour(study, "stop", told["run"], "--now")
    ended(folder)
    return [
        budget("runs.supervisor_rss_mb", sizes[0], "MB", RSS_MB, "resident memory of a supervisor whose stage runs"),
        Row("runs.host_rss_mb", sizes[1], "MB", None, None, "resident memory of the DVC process below it, one for each job"),
        budget("runs.supervisor_cpu_pct", 100 * used / seconds, "%", CPU_PERCENT,
               f"of one core, over {seconds} s in which a stage runs"),
    ]  # fmt: skip


def toy(folder: Path, sizes: tuple[int, int, int], work: str) -> Path:
    """A toy study of so many targets, starts and models whose cells do `work` in a shell."""
    make_toy(folder, large_params(*sizes))
    (folder / "stage.sh").write_text(STAGE.format(work=work), encoding="utf-8")
    (folder / "dvc.yaml").write_text(GRAPH.replace("python stage.py", "sh stage.sh"), encoding="utf-8")
    shell(folder, "git", "add", "--all")
    shell(folder, "git", "commit", "--quiet", "--message", "Stages of a shell")
    return folder


def carried(study: Path, *words: str) -> tuple[RunStory, float]:
    """Run all of a study with cold starts: its story, and the CPU seconds of its supervisor and all below it."""
    told = detour(study, "run", "--cold", *words)
    folder = study / ".detour" / "runs" / told["run"]
    used = ended(folder)
    story = read_story(folder)
    if story.status != "done":
        raise SystemExit(f"run {story.id} is {story.status}: {story.why}")
    return story, used


def ended(folder: Path) -> float:
    """Wait for the end of a run's supervisor, whose launch has ended: its CPU seconds, those of all below it included."""
    _, _, usage = os.wait4(int(until(lambda: read_story(folder).process)), 0)
    return usage.ru_utime + usage.ru_stime


def until(condition: Callable[[], float | None]) -> float:
    """What a condition gives as soon as it gives something."""
    while not (found := condition()):
        time.sleep(0.02)
    return found


def budget(name: str, value: float, unit: str, most: float, how: str, quick: bool = False) -> Row:
    """A row that may be so much at most; with `quick` it is no result."""
    return Row(name, value, unit, None if quick else f"<= {most:g}", None if quick else value <= most, how)


if __name__ == "__main__":
    sys.exit(run("runs", measure, ["dvc"]))
