"""soak.*: the bundled study of 36 cells, trained for real, once undisturbed and once under kills.

Two clones of HEAD with empty caches run the same study. In the second, stages, warm children, warm parents, DVC's processes and the
supervisor are killed (`kill -9`) at moments drawn by `--seed`; a supervisor that is gone is followed by `detour resume`, a run that
gave a stage up by `detour retry`. At the end every cell has to be there with the same bytes, nothing may have been trained twice
beyond its last saved epoch, and nothing may be left behind. On 2 idle cores 100 kills take a quarter of an hour; after `MINUTES` no more
are made.
"""

import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from benchmarks.report import Row, parser, publish
from benchmarks.sandbox import clone, detour, shell
from benchmarks.soak.evidence import disorder, held_locks, identical, records, trained_twice
from benchmarks.soak.kills import Killer, Progress
from tui.runs.orphans import orphans
from tui.runs.story import RunStory, read_story

MINUTES = 20.0
"""For the run under kills, after which it counts as not done."""

WORDS = ("--jobs", "2", "--name", "soak")


def main() -> int:
    """Measure, print and write; the exit status is 1 where a budget does not hold."""
    options = parser("soak")
    options.add_argument("--kills", type=int, metavar="N", help="how many (100; 10 with --quick)")
    options.add_argument("--seed", type=int, default=6, metavar="N", help="of what is killed and when (6)")
    asked = options.parse_args()
    kills = asked.kills if asked.kills is not None else 10 if asked.quick else 100
    return publish("soak", measure(asked.quick, kills, asked.seed), asked.out, ["dvc", "torch", "transformers"])


def measure(quick: bool, kills: int, seed: int) -> Sequence[Row]:
    """Run the study twice; `quick` runs a single group."""
    cells = ["similarity"] if quick else []
    with tempfile.TemporaryDirectory() as place:
        # What else runs on this machine waits for nobody here and is no leftover.
        os.environ["DETOUR_MACHINE"] = str(Path(place) / "machine")
        calm, wild = (clone(Path(place) / name) for name in ("calm", "a wild study"))
        begun = time.monotonic()
        undisturbed = detour(calm, "run", "--wait", *WORDS, *cells)
        seconds = time.monotonic() - begun
        steps = Progress(calm / ".detour" / "runs" / undisturbed["run"]).count()
        say(f"Undisturbed: {len(undisturbed['cells'])} cells, {steps} steps, {seconds:.0f} s.")
        launched = detour(wild, "run", *WORDS, *cells)
        folder = wild / ".detour" / "runs" / launched["run"]
        killer = Killer(folder, kills, steps, seed, lambda story: go_on(wild, story))
        begun = time.monotonic()
        try:
            killer.carry(begun + MINUTES * 60)
            return rows(calm, wild, folder, undisturbed["commit"], killer, (seconds, time.monotonic() - begun), seed)
        finally:
            end(wild, folder)


def go_on(study: Path, story: RunStory) -> None:
    """Resume a run whose supervisor is gone, try again one that gave a stage up."""
    command = "retry" if story.status == "failed" and story.experiment else "resume"
    say(f"{story.status}: detour {command}  ({story.count('done', 'cached')} of {len(story.stages)} stages)")
    # One that has just been taken up again by itself refuses, and is looked at anew.
    shell(study, sys.executable, "-P", "-m", "tui", command, story.id, allowed=(0, 2))


def end(study: Path, folder: Path) -> None:
    """Leave nothing running where the time was up."""
    if not read_story(folder).is_over:
        detour(study, "stop", folder.name, "--now")


def rows(
    calm: Path, wild: Path, folder: Path, expected: str, killer: Killer, seconds: tuple[float, float], seed: int
) -> Sequence[Row]:
    """What became of it all."""
    story = read_story(folder)
    wanted = records(calm, expected)
    same = identical(wanted, records(wild, story.commit) if story.commit else {})
    twice, left, locks = trained_twice(folder, killer.moments), orphans(folder), held_locks(wild)
    mess = list(disorder(wild, story.commit, list(story.stages))) if story.commit else ["the run was not recorded"]
    done = sum(stage.is_cell and stage.state in ("done", "cached") for stage in story.stages.values())
    kinds = ", ".join(f"{count} {kind}" for kind, count in sorted(killer.killed.items()))
    made = killer.killed.total()
    for line in [*twice, *map(str, [*left, *locks]), *mess]:
        say(line)
    return [
        Row("soak.kills", made, "", None, None, f"{kinds}; seed {seed}; {killer.resumed} times resumed or tried again"),
        Row("soak.cells", done, "", f"{len(wanted)}", done == len(wanted), f"cells done; the run is {story.status}"),
        Row("soak.identical", same, "", f"{len(wanted)}", same == len(wanted),
            "cells whose record and predicted labels have the bytes of the undisturbed run"),
        none_of("soak.trained_twice", len(twice), "epochs trained again although they had been saved"),
        none_of("soak.orphans", len(left), "processes of the run that are left"),
        none_of("soak.stale_locks", len(locks), "locks of the study, the machine and DVC that are still held"),
        none_of("soak.disorder", len(mess), "lines of git status, git worktree list and dvc status of a tree of the experiment"),
        Row("soak.minutes", seconds[1] / 60, "minutes", None, None, f"under kills; undisturbed {seconds[0] / 60:.1f}"),
    ]  # fmt: skip


def none_of(name: str, count: int, how: str) -> Row:
    """A row of what there must be none of."""
    return Row(name, count, "", "0", count == 0, how)


def say(line: str) -> None:
    """Tell how far it is, beside the result."""
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
