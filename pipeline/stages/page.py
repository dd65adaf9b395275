"""page: the whole report as one page, reports/index.html, and as Markdown, reports/report.md."""

from pathlib import Path

from pipeline.files import write_text
from pipeline.reporting.page.digests import digests
from pipeline.reporting.page.html import html
from pipeline.reporting.page.inputs import read_inputs
from pipeline.reporting.page.markdown import markdown
from pipeline.reporting.page.report import TITLE, report
from pipeline.stages.command import run
from pipeline.study import Study

REPORTS = Path("reports")
READ = (
    "cells",
    "claims.json",
    "corpora",
    "curves",
    "evidence",
    "gains.json",
    "intermediate",
    "overlap",
    "studies",
    "studies.json",
    "timings",
)
"""What of reports/ the page shows."""


def main(study: Study, reports: Path = REPORTS) -> None:
    """Write both from whatever there is."""
    sections = report(read_inputs(study, reports), list(digests(reports / name for name in READ)))
    write_text(reports / "index.html", html(TITLE, sections))
    write_text(reports / "report.md", markdown(sections))


if __name__ == "__main__":
    run(main)
