"""`make real`: run tests/real/study.yaml in a tree of its own and put its reports under reports/real/.

The sample's reports are never touched. What is copied are scores, label ids, curves and timings: no text of any corpus.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

from pipeline.files import write_bytes, write_json

STUDY = Path("tests/real/study.yaml")
REPORTS = Path("reports/real")
KINDS = ("cells", "predicted", "curves", "timings")


def main() -> int:
    """Run the study and return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.real.run")
    parser.add_argument("--jobs", default="2")
    jobs = parser.parse_args().jobs
    begun = time.monotonic()
    command = [sys.executable, "-m", "tui", "run", "--study", str(STUDY), "--jobs", jobs, "--json"]
    done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if not done.stdout:
        return done.returncode
    outcome = json.loads(done.stdout)
    shutil.rmtree(REPORTS, ignore_errors=True)
    for path in _paths(outcome):
        blob = subprocess.run(
            ["git", "cat-file", "blob", f"{outcome['commit']}:reports/{path}"], capture_output=True, check=False
        )
        if blob.returncode == 0:
            write_bytes(REPORTS / path, blob.stdout)
    minutes = (time.monotonic() - begun) / 60
    trained = [name for name in outcome["ran"] if name in outcome["cells"]]
    write_json(
        REPORTS / "run.json", {"command": "make real", "minutes": minutes, "jobs": int(jobs), "trained": trained}
    )
    print((REPORTS / "table1.md").read_text(encoding="utf-8"))
    print(f"{len(trained)} of {len(outcome['cells'])} cells trained in {minutes:.1f} minutes; reports in {REPORTS}/.")
    return done.returncode


def _paths(outcome: dict[str, list[str]]) -> list[str]:
    """What the run wrote, relative to reports/."""
    paths = [
        "gains.json",
        "table1.md",
        "table1.csv",
        "table1.tex",
        "figure1.svg",
        "intermediate/imdb-bert.json",
        "curves/intermediate/imdb-bert.csv",
    ]
    for cell in outcome["cells"]:
        task, stem = cell.split("@")
        paths += [f"{kind}/{task}/{stem}.{'csv' if kind == 'curves' else 'json'}" for kind in KINDS]
    return paths


if __name__ == "__main__":
    sys.exit(main())
