"""`make real`: run tests/real/study.yaml in a tree of its own and put its reports under reports/real/.

With `--study languages` (size, multilingual, efficiency) it is tests/real/languages.yaml and reports/real/languages/.

The sample's reports are never touched. What is copied are scores, label ids, curves and timings: no text of any corpus. A cell
that could not be trained, such as one whose corpus is not there, is named with the reason.
"""

import argparse
import json
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipeline.files import read_json, write_bytes, write_json
from pipeline.study import read_yaml, study_from
from tui.checkout import find_checkout, git
from tui.runs.record import identity

OVERLAYS = Path("tests/real")
MAIN = "study"
REPORTS = Path("reports/real")
CLOSING = (
    *("gains.json", "table1.md", "table1.csv", "table1.tex", "figure1.svg", "index.html", "report.md", "claims.json"),
    *(f"evidence/{name}.json" for name in ("second_opinions", "distances", "transferability", "predictors")),
    "studies.json",
    *(f"studies/{name}.svg" for name in ("efficiency", "languages", "size", "multilingual", "controls")),
)
STUDIES = ("efficiency", "languages", "multilingual", "size", MAIN)
KINDS = ("cells", "predicted", "curves", "timings")


def main() -> int:
    """Run the study and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.run")
    parser.add_argument("--jobs", default="2")
    parser.add_argument("--study", default=MAIN, choices=STUDIES, help="tests/real/STUDY.yaml")
    parser.add_argument("cells", nargs="*", help="cells by name, group or glob; all without any")
    options = parser.parse_args()
    begun = time.monotonic()
    overlay = OVERLAYS / f"{options.study}.yaml"
    reports = REPORTS if options.study == MAIN else REPORTS / options.study
    named = [] if options.study == MAIN else [f"STUDY={options.study}"]
    given = " ".join(
        ["make real", *named, *([f"CELLS={shlex.quote(' '.join(options.cells))}"] if options.cells else [])]
    )
    command = [
        sys.executable,
        # The checkout's own program, not that of the tree.
        "-P",
        "-m",
        "tui",
        "run",
        "--wait",
        "--study",
        str(overlay),
        "--jobs",
        options.jobs,
        "--json",
        *options.cells,
    ]
    with _without_the_sample() as tree:
        done = subprocess.run(command, cwd=tree, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout:
        return done.returncode
    outcome = json.loads(done.stdout)
    clear(reports)
    for path in _paths(outcome, overlay):
        blob = subprocess.run(
            ["git", "cat-file", "blob", f"{outcome['commit']}:reports/{path}"], capture_output=True, check=False
        )
        if blob.returncode == 0:
            write_bytes(reports / path, blob.stdout)
    minutes = (time.monotonic() - begun) / 60
    ran = [name for name in outcome["ran"] if name in outcome["cells"]]
    missing = [name for name in outcome["cells"] if name in {*outcome["failed"], *outcome["skipped"]}]
    write_json(
        reports / "run.json",
        {
            "command": given,
            "minutes": minutes,
            "training_minutes": training_minutes(reports),
            "jobs": int(options.jobs),
            "ran": ran,
            "missing": missing,
        },
    )
    subprocess.run([sys.executable, "-m", "tests.real.summary"], check=True)
    print((reports / "table1.md").read_text(encoding="utf-8"))
    for stage in outcome["failed"]:
        print(f"{stage} failed: {outcome['reasons'].get(stage, 'its log says why, in ' + outcome['logs'])}")
    for stage in outcome["skipped"]:
        print(f"{stage} was not run, since it depends on what failed.")
    print(
        f"{len(outcome['cells']) - len(missing)} of {len(outcome['cells'])} cells, {len(ran)} of them run now (what was trained before is "
        f"kept), in {minutes:.1f} minutes; page, table, figure and reports are in {reports}/."
    )
    return done.returncode


def training_minutes(reports: Path) -> float:
    """What all trainings took when they were made, one after another: a run that finds them kept is shorter."""
    seeds = [seed for path in reports.glob("timings/*/*.json") for seed in read_json(path)["seeds"]]
    return sum(float(seed["seconds"]) for seed in seeds) / 60


def clear(reports: Path) -> None:
    """Remove an earlier run's reports, and leave those of other studies that stand in folders beside them."""
    others = {REPORTS / study for study in STUDIES}
    for path in reports.iterdir() if reports.is_dir() else ():
        if path.is_dir() and path not in others:
            shutil.rmtree(path)
        elif path.is_file():
            path.unlink()


@contextmanager
def _without_the_sample() -> Iterator[Path]:
    """A linked working tree of a commit that lacks the sample's reports: a run of a few cells would inherit the others."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        here, tree = Path.cwd(), Path(folder) / "tree"
        git(here, "read-tree", "HEAD", variables=variables)
        git(here, "rm", "-r", "--cached", "--quiet", "--ignore-unmatch", "reports", "dvc.lock", variables=variables)
        written = git(here, "write-tree", variables=variables)
        message = "The study without the sample's reports"
        author = identity(find_checkout())
        base = git(here, "commit-tree", written, "-p", "HEAD", "-m", message, variables=author)
        git(here, "worktree", "add", "--quiet", "--detach", str(tree), base)
        try:
            yield tree
        finally:
            git(here, "worktree", "remove", "--force", str(tree))


def _paths(outcome: dict[str, list[str]], overlay: Path) -> list[str]:
    """What the run may have written, relative to reports/: never what it inherited of the sample."""
    study = study_from({**read_yaml("params.yaml"), **read_yaml(overlay)}, str(overlay))
    paths = [*CLOSING, *(f"corpora/{key}.json" for key in study.corpora)]
    paths += [f"overlap/{corpus.task}/{key}.json" for key, corpus in study.corpora.items()]
    for start in study.starts:
        for model in study.models:
            paths += [f"intermediate/{start}-{model}.json", f"curves/intermediate/{start}-{model}.csv"]
            paths.append(f"timings/intermediate/{start}-{model}.json")
    for cell in outcome["cells"]:
        task, stem = cell.split("@")
        paths += [f"{kind}/{task}/{stem}.{'csv' if kind == 'curves' else 'json'}" for kind in KINDS]
    return paths


if __name__ == "__main__":
    sys.exit(main())
