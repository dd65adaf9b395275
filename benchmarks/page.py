"""The report's page: bytes, seconds to write it, and seconds until a real Chromium has drawn it.

Measured on the reports of this tree, and on a study of ten times as many targets whose records are copies of these. Without Debian's
chromium and chromium-driver the drawing is left out.
"""

import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.report import Row, run
from pipeline.reporting.lines import cell_name, cell_parts
from pipeline.reporting.page.html import html
from pipeline.reporting.page.inputs import Inputs, read_inputs
from pipeline.reporting.page.report import TITLE, report
from pipeline.study import load_study

BYTES, SECONDS = 3_000_000, 2.0
TIMES = 10
DRAWN = """
const [navigation] = performance.getEntriesByType('navigation');
document.documentElement.getBoundingClientRect();
const paint = performance.getEntriesByName('first-contentful-paint')[0];
return Math.max(navigation.loadEventEnd, paint ? paint.startTime : 0) / 1000;
"""


def rows(quick: bool) -> list[Row]:
    """Measure both studies."""
    sample = read_inputs(load_study(), Path("reports"))
    found = []
    for suffix, inputs, what in (
        ("", sample, "the reports of this tree"),
        ("_large", _larger(sample), f"{TIMES} times as many targets"),
    ):
        begun = time.process_time()
        made = html(TITLE, report(inputs, ()))
        wrote = time.process_time() - begun
        size = len(made.encode())
        count = f"{what}, {len(inputs.cells)} cells"
        found += [
            Row(
                f"page.bytes{suffix}", size, "bytes", f"<= {BYTES:,}", size <= BYTES, f"reports/index.html over {count}"
            ),
            Row(
                f"page.write_cpu_s{suffix}",
                wrote,
                "CPU-s",
                None,
                None,
                f"sections and HTML over {count}, once, in process",
            ),
            _drawn(f"page.drawn_s{suffix}", made, 2 if quick else 7, count),
        ]
    return found


def _drawn(name: str, made: str, loads: int, count: str) -> Row:
    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    budget = f"<= {SECONDS:g}"
    if not chromium or not driver:
        return Row(name, None, "s", budget, None, "chromium and chromium-driver are not installed here")
    with tempfile.TemporaryDirectory() as folder, _browser(chromium, driver) as browser:
        path = Path(folder) / "index.html"
        path.write_text(made, encoding="utf-8")
        seconds = []
        # The browser's own start is not the page's.
        browser.get("about:blank")
        for _ in range(loads):
            browser.get(path.as_uri())
            seconds.append(float(browser.execute_script(DRAWN)))
    middle = statistics.median(seconds)
    how = (
        f"navigation to the later of load and first paint, headless Chromium at 1280 x 900, median of {loads} (worst "
        f"{max(seconds):.2f}); {count}"
    )
    return Row(name, middle, "s", budget, middle <= SECONDS, how)


@contextmanager
def _browser(chromium: str, driver: str) -> Iterator[Any]:
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    switches = ["--headless=new", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1280,900"]
    for switch in [*switches, *(["--no-sandbox"] if os.geteuid() == 0 else [])]:
        options.add_argument(switch)
    browser = webdriver.Chrome(options=options, service=Service(driver))
    try:
        yield browser
    finally:
        browser.quit()


def _larger(inputs: Inputs) -> Inputs:
    """The same study with every target `TIMES` times under other names."""

    def copies(name: str) -> Iterator[str]:
        task, target, start, model = cell_parts(name)
        yield from (cell_name(task, f"{target}_{place}", start, model) for place in range(TIMES))

    def many(held: Mapping[str, Any]) -> dict[str, Any]:
        return {copy: value for name, value in held.items() for copy in copies(name)}

    entries = {
        f"{entry['task']}/{entry['target']}_{place}/{entry['start']}/{entry['model']}": {
            **entry,
            "target": f"{entry['target']}_{place}",
        }
        for entry in inputs.gains.get("gains", {}).values()
        for place in range(TIMES)
    }
    keyed = {f"{key}_{place}": key for key in inputs.kinds for place in range(TIMES)}
    return replace(
        inputs,
        cells=many(inputs.cells),
        curves=many(inputs.curves),
        timings=many(inputs.timings),
        kinds={copy: inputs.kinds[key] for copy, key in keyed.items()},
        cards={copy: inputs.cards.get(key) for copy, key in keyed.items()},
        found={**inputs.found, "gains": {**inputs.gains, "gains": entries}},
    )


if __name__ == "__main__":
    sys.exit(run("page", rows, ["jinja2", "selenium"]))
