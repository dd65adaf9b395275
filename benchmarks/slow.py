"""The tests that take longer than a coffee, with what came of each: `python -m benchmarks.slow` is `make test-slow`.

Each row is one test, its seconds and whether it passed. The seconds are those of one run on a machine that may have had other work;
nothing is promised of them.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path

from benchmarks.report import Row, parser, publish

PYTEST = ("-m", "pytest", "-m", "slow", "--override-ini", "addopts=-q --strict-markers")


def main() -> int:
    """Run the tests and write what came of them; the exit status is pytest's where a test failed."""
    options = parser("slow").parse_args()
    with tempfile.TemporaryDirectory() as folder:
        results = Path(folder) / "results.xml"
        done = subprocess.run([sys.executable, *PYTEST, "--junit-xml", str(results)], check=False)
        rows = list(_rows(results))
    return publish("test-slow", rows, options.out, ["pytest", "dvc", "torch", "transformers", "ray"]) or done.returncode


def _rows(results: Path) -> Iterator[Row]:
    for case in ET.parse(results).iter("testcase"):
        name = f"{case.get('classname', '').removeprefix('tests.')}.{case.get('name')}"
        left_out = case.find("skipped")
        if left_out is not None:
            yield Row(name, None, "s", "passes", None, f"left out: {left_out.get('message', '')}"[:200])
            continue
        passed = case.find("failure") is None and case.find("error") is None
        yield Row(name, round(float(case.get("time", "0")), 1), "s", "passes", passed, "one run")


if __name__ == "__main__":
    sys.exit(main())
